"""What is left out of training: held-out documents by title, copied paragraphs by their words."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from ingest.training_text import SHINGLE, HeldOut, read_documents

LAW = "Den som har ett trycksår ska vändas ofta enligt en plan som sjuksköterskan har skrivit för dygnet."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A training folder with four documents, and a held-out one."""
    rows: list[dict[str, Any]] = [
        {"source": "sfs", "title": "Vändlag", "questions": [], "paragraphs": ["Något annat."]},
        {"source": "sfs", "title": "VÄNDLAG ", "questions": [], "paragraphs": ["Något annat."]},
        {
            "source": "gov",
            "title": "Nyhet",
            "questions": ["Varför?"],
            "paragraphs": ["Så här lyder lagen:", LAW],
        },
        {"source": "gov", "title": "Råd", "questions": [], "paragraphs": ["Egna ord om vändning."]},
    ]
    (tmp_path / "train").mkdir()
    with lzma.open(tmp_path / "train" / "part-00.jsonl.xz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "qa/everyday-dev").mkdir(parents=True)
    pages = {"L1": {"title": "Vändlag", "pages": ["1 §", LAW.replace(" ska ", "\nSKA ")]}}
    (tmp_path / "qa/everyday-dev/pages.json").write_text(json.dumps(pages), encoding="utf-8")
    return tmp_path


def test_held_out_titles_and_copied_paragraphs_are_left_out(data: Path) -> None:
    documents = list(read_documents(data))
    assert [document.title for document in documents] == ["Nyhet", "Råd"]
    assert documents[0].paragraphs == ("Så här lyder lagen:",)
    assert documents[0].questions == ("Varför?",)


def test_text_is_held_out_when_most_of_it_is_copied(data: Path) -> None:
    held_out = HeldOut.read(data)
    assert held_out.has_text(LAW)
    assert held_out.has_text(LAW.upper())
    assert not held_out.has_text(" ".join(LAW.split()[: SHINGLE - 1]))
    assert not held_out.has_text(LAW + " Men detta är en lång egen text " * 8)


def test_a_folder_without_text_is_named(data: Path) -> None:
    (data / "train" / "part-00.jsonl.xz").unlink()
    with pytest.raises(FileNotFoundError, match=r"no part-\*\.jsonl\.xz in .*train.*--data"):
        list(read_documents(data))
