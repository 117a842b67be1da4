"""From weighed candidates to the sentences of an answer, each with its exact citations.

The best sentence comes first, with what it must not be read without: the list it introduces, the
introduction of the item it is, the header of the table row, the condition or exception that follows
it. Then what else is likely to belong to the answer, up to `MAX_WORDS`. Nothing is rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.answer import Citation, Sentence
from assistant.candidates import Candidate
from assistant.evidence import Array
from assistant.signs import LEANS_BACK, LIMITS
from index.analysis import words
from ingest.document import Document, Page
from ingest.sentences import sentence_spans

MAX_WORDS = 120
MAX_SENTENCES = 6
MAX_LIST_WORDS = 160
"""A list is shown whole up to this many words, since half a list is a wrong answer."""

RELATIVE_ODDS = 1.6
"""A further sentence is shown when its log odds lie at most this far below the best."""

_BULLET = re.compile(r"^[•●▪■□○◦‣⁃∙·➢➤✓✔\uf0b7\uf0a7–—-]\s+")


@dataclass(frozen=True)
class Span:
    """What one sentence of the answer shows: `parts` are slices of the document in reading order."""

    document: Document
    parts: tuple[tuple[int, int], ...]
    kind: str


def choose(candidates: Sequence[Candidate], odds: Array) -> list[Span]:
    """The spans of an answer in the order in which they are shown."""
    order = sorted(range(len(candidates)), key=lambda i: (-odds[i], candidates[i].rank, candidates[i].start))
    chosen: list[Span] = []
    shown: set[tuple[str, int, int]] = set()
    budget = MAX_WORDS
    for place, i in enumerate(order):
        if odds[i] < odds[order[0]] - RELATIVE_ODDS or len(chosen) >= MAX_SENTENCES:
            break
        group = [span for span in _with_company(candidates[i], first=place == 0) if _key(span) not in shown]
        cost = sum(_word_count(span) for span in group)
        if not group or (place and (cost > budget or _repeats(group[0], chosen))):
            continue
        budget -= cost
        for span in group:
            shown.add(_key(span))
            chosen.append(span)
        if budget <= 0:
            break
    return _in_reading_order(chosen)


def passage_of(candidate: Candidate) -> list[Span]:
    """A candidate alone, with only its lead: what is shown of a passage that is near but no answer."""
    own = (candidate.start, candidate.end)
    return [Span(candidate.document, (candidate.lead, own) if candidate.lead else (own,), candidate.kind)]


def cite(spans: Iterable[Span]) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Sentences and citations; a span over a page break gets a citation for each page."""
    citations: dict[tuple[str, int, int], Citation] = {}
    sentences = []
    for span in spans:
        numbers = []
        for start, end in span.parts:
            for page, a, b in span.document.split_by_page(start, end):
                key = span.document.id, a, b
                if key not in citations:
                    citations[key] = _citation(len(citations) + 1, span.document, page, a, b)
                numbers.append(citations[key].number)
        sentences.append(Sentence(shown_text(span), tuple(numbers)))
    return tuple(sentences), tuple(citations.values())


def shown_text(span: Span) -> str:
    """A span as a reader sees it: a table's row with its column heads, a list's item without its dot.

    >>> # header "Kategori\\tÅtgärd", row "1\\tAvlasta" → "Kategori: 1 · Åtgärd: Avlasta"
    """
    if span.kind != "row":
        return _BULLET.sub("", span.document.clean(*span.parts[-1]))
    *head, cells = (_cells(span.document, *part) for part in span.parts)
    if head and len(head[0]) == len(cells):
        return " · ".join(f"{h}: {c}" if h else c for h, c in zip(head[0], cells, strict=True))
    return " · ".join(cells)


def _cells(document: Document, start: int, end: int) -> list[str]:
    """The cells of a table row as shown."""
    cells, at = [], start
    for cell in document.text[start:end].split("\t"):
        cells.append(document.clean(at, at + len(cell)))
        at += len(cell) + 1
    return cells


def answer_text(sentences: Sequence[Sentence], kinds: Sequence[str]) -> str:
    """The sentences with their `[n]` marks; list items and rows on lines of their own."""
    pieces: list[str] = []
    for sentence, kind in zip(sentences, kinds, strict=True):
        marks = "".join(f"[{number}]" for number in sentence.citations)
        line = kind in ("item", "row")
        separator = "" if not pieces else "\n" if line or pieces[-1].startswith(("– ", "\n– ")) else " "
        pieces.append(f"{separator}{'– ' if line else ''}{sentence.text} {marks}")
    return "".join(pieces)


def _with_company(candidate: Candidate, *, first: bool) -> list[Span]:
    """A candidate's span and what it must not be read without."""
    document = candidate.document
    own = (candidate.start, candidate.end)
    if candidate.kind == "row":
        return [Span(document, (candidate.lead, own) if candidate.lead else (own,), "row")]
    if candidate.kind == "item" and candidate.lead:
        items = _items(document, candidate.lead)
        lead = Span(document, (candidate.lead,), "lead")
        whole = sum(map(_word_count, items)) <= MAX_LIST_WORDS // (1 if first else 2)
        return [lead, *(items if whole else [Span(document, (own,), "item")])]
    if candidate.is_lead:
        items = _items(document, own)
        kept: list[Span] = []
        for item in items:
            if sum(map(_word_count, kept)) + _word_count(item) <= MAX_LIST_WORDS:
                kept.append(item)
        return [Span(document, (own,), "lead"), *kept]
    return _with_neighbours(candidate)


def _items(document: Document, lead: tuple[int, int]) -> list[Span]:
    """The items of the list that the sentence at `lead` introduces."""
    blocks = [block for block in document.blocks if block.kind == "item" and block.lead == lead]
    return [Span(document, ((block.start, block.end),), "item") for block in blocks]


def _with_neighbours(candidate: Candidate) -> list[Span]:
    """A sentence with the one it leans on before it, and the condition or exception after it."""
    document = candidate.document
    block = document.blocks[candidate.block]
    spans = sentence_spans(document.text, block.start, block.end)
    own = (candidate.start, candidate.end)
    if own not in spans:
        return [Span(document, (own,), candidate.kind)]
    at = spans.index(own)
    picked = [own]
    before = at
    while before > 0 and at - before < 2 and LEANS_BACK.match(document.text[slice(*picked[0])]):
        before -= 1
        picked.insert(0, spans[before])
    if at + 1 < len(spans) and LIMITS.match(document.text[spans[at + 1][0] : spans[at + 1][1]]):
        picked.append(spans[at + 1])
    return [Span(document, (span,), "paragraph") for span in picked]


def _repeats(span: Span, chosen: Sequence[Span]) -> bool:
    """Whether a span says, nearly word for word, what is already there."""
    here = {word.stem for word in words(shown_text(span))}
    for other in chosen:
        there = {word.stem for word in words(shown_text(other))}
        if here and len(here & there) / len(here) > 0.8:
            return True
    return False


def _in_reading_order(chosen: list[Span]) -> list[Span]:
    """Spans of one block stand together in the order of the text; blocks in the order of the best."""
    groups: dict[tuple[str, int], list[Span]] = {}
    for span in chosen:
        groups.setdefault(_home(span), []).append(span)
    return [span for group in groups.values() for span in sorted(group, key=lambda s: s.parts[-1])]


def _home(span: Span) -> tuple[str, int]:
    """The block a span belongs to; a list and the sentence that introduces it count as one."""
    start = span.parts[0][0]
    if span.kind == "lead":
        return span.document.id, start
    block = next(b for b in span.document.blocks if b.start <= start < b.end)
    return span.document.id, block.lead[0] if block.kind == "item" and block.lead else block.start


def _citation(number: int, document: Document, page: Page, start: int, end: int) -> Citation:
    guidance = document.guidance
    return Citation(
        number=number,
        document_id=document.id,
        title=document.title,
        publisher=guidance.publisher,
        kind=guidance.kind,
        published=guidance.published.isoformat() if guidance.published else None,
        valid_to=guidance.valid_to.isoformat() if guidance.valid_to else None,
        page=page.number,
        page_label=page.label,
        section=_section(document, start),
        quote=document.text[start:end],
        start=start,
        end=end,
        boxes=tuple(document.layout.rectangles(start, end)),
        url=guidance.url,
    )


def _section(document: Document, offset: int) -> str:
    """The headings above an offset, outermost first."""
    path: list[tuple[int, str]] = []
    for block in document.blocks:
        if block.start > offset:
            break
        if block.kind == "heading":
            path = [entry for entry in path if entry[0] < block.level]
            path.append((block.level, document.clean(block.start, block.end)))
    return " › ".join(title for _, title in path)


def _key(span: Span) -> tuple[str, int, int]:
    return span.document.id, *span.parts[-1]


def _word_count(span: Span) -> int:
    return sum(len(span.document.text[a:b].split()) for a, b in span.parts)
