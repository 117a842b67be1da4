"""The starter corpus: sources, PDFs and catalogue fit together, and every page says what it is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from corpus import build
from corpus.catalogue import CATALOGUE_NAME, load_catalogue

MARKING = "Exempelmaterial – ersätter inte gällande vägledning"
GUIDES = sorted(build.GUIDES.glob("*.typ"))
ENTRIES = load_catalogue(build.ROOT / CATALOGUE_NAME)


def test_the_pdfs_are_what_their_sources_give(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["--check"]) == 0
    assert capsys.readouterr().out == "The PDFs are what their sources give.\n"


def test_there_is_enough_to_ask_about() -> None:
    assert len(GUIDES) >= 24
    assert sum(entry.kind == "good_example" for entry in ENTRIES.values()) >= 4


@pytest.mark.parametrize("path", sorted(build.PDFS.glob("*.pdf")), ids=lambda path: path.stem)
def test_every_page_is_marked_as_an_example(path: Path) -> None:
    with pdfium.PdfDocument(path) as pdf:
        pages = [" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf]
    assert 3 <= len(pages) <= 8
    assert [number for number, text in enumerate(pages, 1) if MARKING not in text] == []


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_every_source_is_in_the_catalogue_and_every_one_there_is_used(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert f'guide.with("{path.stem}"' in text
    used = set(re.findall(r'#source\(\s*"([^"]+)"', text))
    assert used == {source.key for source in ENTRIES[path.stem].sources}
    assert used


def test_editions_name_documents_that_exist() -> None:
    assert {old for entry in ENTRIES.values() for old in entry.supersedes} <= set(ENTRIES)


def test_a_check_names_what_does_not_fit(tmp_path: Path) -> None:
    for name in ("guides", "pdf"):
        (tmp_path / name).mkdir()
    shutil.copy(build.ROOT / "template.typ", tmp_path)
    shutil.copy(build.GUIDES / "smarta.typ", tmp_path / "guides")
    catalogue = (build.ROOT / CATALOGUE_NAME).read_text(encoding="utf-8")
    start = catalogue.index("[documents.smarta]")
    end = re.compile(r"^\[documents\.(?!smarta)", re.MULTILINE).search(catalogue, start)
    (tmp_path / CATALOGUE_NAME).write_text(catalogue[start : end.start() if end else None], encoding="utf-8")

    assert build.problems(tmp_path) == ["smarta.pdf: differs from its source; run python -m corpus.build"]
    (tmp_path / "pdf" / "smarta.pdf").write_bytes(build.build("smarta", tmp_path))
    assert build.problems(tmp_path) == []
    (tmp_path / "pdf" / "gammal.pdf").write_bytes(b"%PDF")
    (tmp_path / "guides" / "ny.typ").write_text("= Ny", encoding="utf-8")
    assert build.problems(tmp_path) == [
        "ny: guides/ny.typ without a catalogue entry",
        "gammal.pdf: no source in guides/",
    ]
