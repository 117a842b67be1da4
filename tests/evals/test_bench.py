from pathlib import Path

import pytest

from evals.bench import longest_file, pypdf_text
from evals.processes import BenchError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_blank_page(100, 100)
    writer.write(tmp_path / "good.pdf")
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7\nbroken")
    return tmp_path


def test_pypdf_counts_pages_and_what_it_refuses(folder: Path) -> None:
    pages, unread, seconds = pypdf_text([folder / "bad.pdf", folder / "good.pdf"])
    assert (pages, unread) == (2, 1) and seconds > 0
    with pytest.raises(BenchError, match="reads no page of 1 files"):
        pypdf_text([folder / "bad.pdf"])


def test_the_longest_file_is_named(folder: Path) -> None:
    name, seconds = longest_file(folder)
    assert name in ("good.pdf", "bad.pdf") and seconds > 0
