"""Citations of a real PDF, read by `ingest/` and checked by a second reading of the file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assistant.answer import Citation
from corpus.catalogue import Guidance
from evals.judge import CitationCheck
from evals.run import check_citation
from ingest.document import Document
from ingest.pdf import read_pdf
from tests.evals.examples import citation

typst = pytest.importorskip("typst", reason="needs the typesetter of the corpus")

PDF = """
#set page(width: 240pt, height: 300pt, margin: 40pt, numbering: "1")
#set text(size: 11pt, lang: "sv", hyphenate: true)
#set par(justify: true)
= Vändning
Personer med nedsatt rörelseförmåga behöver tryckavlastande madrass och lägesändringar minst varannan
timme. Kontakta sjuksköterskan vid rodnad som inte bleknar.
#pagebreak()
Dokumentera lägesändringen i genomförandeplanen.
"""
SENTENCE = "Kontakta sjuksköterskan vid rodnad som inte bleknar."


@dataclass(frozen=True)
class OneBook:
    """A document and its file."""

    read: Document
    path: Path

    @property
    def guidance(self) -> Mapping[str, Guidance]:
        return {self.read.id: self.read.guidance}

    def document(self, document_id: str, /) -> Document:
        assert document_id == self.read.id
        return self.read

    def pdf_path(self, document_id: str, /) -> Path:
        assert document_id == self.read.id
        return self.path


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> OneBook:
    path = tmp_path_factory.mktemp("book") / "vila.pdf"
    typst.compile(PDF.encode(), output=str(path), ignore_system_fonts=True)
    return OneBook(read_pdf(path, "vila", Guidance()), path)


def cite(book: OneBook, start: int, end: int) -> Citation:
    return replace(
        citation("vila", 1),
        quote=book.read.text[start:end],
        start=start,
        end=end,
        page=book.read.page_at(start).number,
        boxes=tuple(book.read.layout.rectangles(start, end)),
    )


def test_every_slice_of_the_document_checks_out(book: OneBook) -> None:
    for page in book.read.pages:
        whole = cite(book, page.start, page.end)
        assert check_citation(book, whole) == CitationCheck(1.0, 1.0, book.read.clean(page.start, page.end))


def test_a_wrong_citation_is_found_out(book: OneBook) -> None:
    start = book.read.text.index(SENTENCE)
    right = cite(book, start, start + len(SENTENCE))
    assert check_citation(book, right) == CitationCheck(1.0, 1.0, SENTENCE)
    assert check_citation(book, replace(right, page=2)).verbatim == 0
    assert check_citation(book, replace(right, start=start + 1)).verbatim == 0
    assert check_citation(book, replace(right, quote=SENTENCE.replace("inte ", ""))).verbatim == 0
    assert check_citation(book, replace(right, boxes=())).boxes == 0
    whole_page = replace(right, boxes=((0.0, 0.0, 240.0, 300.0),))
    boxes = check_citation(book, whole_page).boxes
    assert boxes is not None and 0 < boxes < 0.5
