"""Where large test data lies, which is no part of the repository; tests that want it skip without it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent.parent
DATA = Path(os.environ.get("TEST_DATA", REPOSITORY.parent / "shared" / "data"))


def need(path: Path) -> Path:
    """The path; skips the test, saying how to change that, when there is nothing."""
    if not path.exists():
        pytest.skip(f"{path} is missing; TEST_DATA names the folder with test data")
    return path


def hostile_pdfs() -> Path:
    """The folder of PDFs that break readers."""
    return need(DATA / "pdf" / "hostile")


def authority_pdf(name: str) -> Path:
    """A regulation as published."""
    return need(DATA / "pdf" / "authority" / f"{name}.pdf")


def folders() -> dict[str, Path]:
    """Folders of PDFs that must read well, by a name for the test."""
    return {
        "corpus": REPOSITORY / "corpus" / "pdf",
        "authority": DATA / "pdf" / "authority",
        "everyday": DATA / "qa" / "everyday-dev" / "pdf",
    }
