"""What could be shown as an answer: the sentences, list items and table rows of the passages found.

Knows nothing of scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.hit import Hit
from ingest.document import Block, Document
from ingest.sentences import sentence_spans

MIN_LETTERS = 12
"""Shorter sentences ("Se bilaga.") say nothing alone."""


class Library(Protocol):
    """Where documents come from."""

    def document(self, document_id: str, /) -> Document: ...


@dataclass(frozen=True)
class Candidate:
    """`document.text[start:end]`, found through hit number `rank` (from 0).

    `lead` is the list's introduction or the table's header row, without which it is not understood;
    `is_lead` marks a sentence that introduces a list, `block` the number of its block.
    """

    document: Document
    start: int
    end: int
    kind: str
    block: int
    rank: int
    lead: tuple[int, int] | None = None
    is_lead: bool = False

    @property
    def text(self) -> str:
        """As shown to a reader, without its lead."""
        return self.document.clean(self.start, self.end)

    @property
    def lead_text(self) -> str:
        """The lead as shown, or an empty text."""
        return self.document.clean(*self.lead) if self.lead else ""


def candidates_of(library: Library, hits: Sequence[Hit]) -> list[Candidate]:
    """All candidates of the hits' passages, each once, those of the best passage first."""
    found: dict[tuple[str, int], Candidate] = {}
    for rank, hit in enumerate(hits):
        document = library.document(hit.chunk.document_id)
        for candidate in _of_span(document, hit.chunk.start, hit.chunk.end, rank):
            found.setdefault((document.id, candidate.start), candidate)
    return list(found.values())


def _of_span(document: Document, start: int, end: int, rank: int) -> Iterator[Candidate]:
    leads = {block.lead for block in document.blocks if block.kind == "item" and block.lead}
    for number, block in enumerate(document.blocks):
        if block.end <= start or block.start >= end or block.kind not in ("paragraph", "item", "row"):
            continue
        for a, b in _pieces(document, block):
            letters = sum(map(str.isalpha, document.text[a:b]))
            if b <= start or a >= end or letters < MIN_LETTERS or block.lead == (a, b):
                continue
            is_header = block.kind == "row" and block.lead is None and _heads_rows(document, number)
            if not is_header:
                yield Candidate(document, a, b, block.kind, number, rank, block.lead, (a, b) in leads)


def _pieces(document: Document, block: Block) -> list[tuple[int, int]]:
    """An item or row is shown whole; a paragraph by its sentences."""
    if block.kind == "paragraph":
        return sentence_spans(document.text, block.start, block.end)
    return [(block.start, block.end)]


def _heads_rows(document: Document, number: int) -> bool:
    block = document.blocks[number]
    following = document.blocks[number + 1 : number + 2]
    return bool(following) and following[0].lead == (block.start, block.end)
