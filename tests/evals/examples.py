"""A world small enough to compute by hand: two documents of two pages, typeset as real PDFs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.answer import Answer, Citation, Sentence, Status
from corpus.catalogue import Guidance
from evals.cases import Gold, Question
from evals.judge import CitationCheck
from ingest.document import Box, Document, Page

PAGES = {
    "vila": ("Vänd personen minst varannan timme.", "Kontakta sjuksköterska vid rodnad hud."),
    "mat": ("Nattfastan bör inte vara längre än elva timmar.", "Väg personen en gång i månaden."),
}


def document(id: str, pages: Sequence[str]) -> Document:
    """A document whose pages follow each other, parted by a line break."""
    starts = [sum(len(page) + 1 for page in pages[:i]) for i in range(len(pages))]
    return Document(
        id=id,
        title=id.capitalize(),
        text="\n".join(pages),
        pages=tuple(
            Page(number, str(number), start, start + len(text), (300.0, 200.0))
            for number, (start, text) in enumerate(zip(starts, pages, strict=True), 1)
        ),
        guidance=Guidance(),
        digest="0" * 64,
    )


@dataclass(frozen=True)
class Shelf:
    """Documents by id, as an index gives them."""

    documents: Mapping[str, Document]

    @property
    def guidance(self) -> Mapping[str, Guidance]:
        return {id: document.guidance for id, document in self.documents.items()}

    def document(self, document_id: str, /) -> Document:
        return self.documents[document_id]


SHELF = Shelf({id: document(id, pages) for id, pages in PAGES.items()})


def question(id: str, text: str, *golds: tuple[str, int], facts: Sequence[str] = (), **more: str) -> Question:
    """A question answered by the whole of each gold page; without gold it is unanswerable."""
    return Question(
        id=id,
        question=text,
        answerable=bool(golds),
        split=more.get("split", "dev"),
        role=more.get("role", "underskoterska"),
        path=Path("small.jsonl"),
        line=1,
        kind="number" if golds else None,
        overlap=more.get("overlap", "low") if golds else None,
        gold=tuple(Gold(document, page, PAGES[document][page - 1]) for document, page in golds),
        must_contain=tuple(facts),
        must_include=(more["condition"],) if "condition" in more else (),
    )


def citation(document_id: str, page: int, boxes: tuple[Box, ...] = ()) -> Citation:
    """A citation of the whole of a page."""
    document = SHELF.document(document_id)
    place = document.pages[page - 1]
    return Citation(
        number=1,
        document_id=document_id,
        title=document.title,
        publisher=None,
        kind="unspecified",
        published=None,
        valid_to=None,
        page=page,
        page_label=place.label,
        section="",
        quote=document.text[place.start : place.end],
        start=place.start,
        end=place.end,
        boxes=boxes,
        url=None,
    )


def checked(citation: Citation, verbatim: float = 1.0, boxes: float | None = 1.0) -> CitationCheck:
    """What a second reading says of a citation; its text is what stands there."""
    document = SHELF.document(citation.document_id)
    return CitationCheck(verbatim, boxes, document.clean(citation.start, citation.end))


def answer(
    text: str,
    *citations: Citation,
    status: Status = Status.ANSWERED,
    confidence: float = 0.9,
    question: str = "",
) -> Answer:
    """An answer of one sentence that all the citations hold."""
    return Answer(
        id="a",
        question=question,
        status=status,
        text=text,
        sentences=(Sentence(text, tuple(c.number for c in citations)),),
        citations=citations,
        hits=(),
        confidence=confidence,
        next_step=None,
        notices=(),
        index_version="v1",
        generator="extractive",
        timings_ms={},
    )
