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
from index.analysis import words
from ingest.document import Document
from ingest.sentences import sentence_spans

MAX_WORDS = 120
MAX_SENTENCES = 6
MAX_LIST_WORDS = 160
"""A list is shown whole up to this many words, since half a list is a wrong answer."""

RELATIVE_ODDS = 1.6
"""A further sentence is shown when its log odds lie at most this far below the best."""

_CONDITION = re.compile(
    r"^(om inte|om |men |dock|undantag|utom|däremot|annars|i annat fall|det gäller (inte|även|också)|detta gäller|förutsatt|finns det|finns |"
    r"saknas|är det |kan personen inte|vid |samma gäller|det är inte tillåtet|observera|however|unless|if )",
    re.IGNORECASE,
)
_LEANS_BACK = re.compile(r"^(den|det|detta|dessa|de|då|hen|där|därför|därefter|sådana?|båda|samma|denna|även)\b", re.IGNORECASE)
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


def cite(
    spans: Iterable[Span], describe: dict[str, tuple[str, str | None]] | None = None
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Sentences and citations; a span over a page break gets a citation for each page.

    `describe` overrides (title, section) by document id; without it the document's own are used.
    """
    citations: dict[tuple[str, int, int], Citation] = {}
    sentences = []
    for span in spans:
        numbers = []
        for start, end in span.parts:
            for page, a, b in span.document.split_by_page(start, end):
                key = span.document.id, a, b
                if key not in citations:
                    citations[key] = _citation(len(citations) + 1, span.document, page.number, page.label, a, b)
                numbers.append(citations[key].number)
        sentences.append(Sentence(shown_text(span), tuple(numbers)))
    return tuple(sentences), tuple(citations.values())


def shown_text(span: Span) -> str:
    """A span as a reader sees it: a table's row with its column heads, a list's item without its dot.

    >>> # header "Kategori\\tÅtgärd", row "1\\tAvlasta" → "Kategori: 1 · Åtgärd: Avlasta"
    """
    document = span.document
    if span.kind == "row" and len(span.parts) == 2:
        head, cells = (document.text[a:b].split("\t") for a, b in span.parts)
        if len(head) == len(cells):
            pairs = zip(head, cells, strict=True)
            return " · ".join(f"{_tidy(h)}: {_tidy(c)}" if h.strip() else _tidy(c) for h, c in pairs)
    start, end = span.parts[-1]
    if span.kind == "row":
        return " · ".join(_tidy(cell) for cell in document.text[start:end].split("\t"))
    return _BULLET.sub("", document.clean(start, end))


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
    document, blocks = candidate.document, candidate.document.blocks
    own = (candidate.start, candidate.end)
    if candidate.kind == "row":
        return [Span(document, (candidate.lead, own) if candidate.lead else (own,), "row")]
    if candidate.kind == "item" and candidate.lead:
        items = [Span(document, ((b.start, b.end),), "item") for b in blocks if b.kind == "item" and b.lead == candidate.lead]
        lead = Span(document, (candidate.lead,), "lead")
        whole = sum(map(_word_count, items)) <= MAX_LIST_WORDS // (1 if first else 2)
        return [lead, *(items if whole else [Span(document, (own,), "item")])]
    if candidate.is_lead:
        items = [Span(document, ((b.start, b.end),), "item") for b in blocks if b.kind == "item" and b.lead == own]
        kept: list[Span] = []
        for item in items:
            if sum(map(_word_count, kept)) + _word_count(item) <= MAX_LIST_WORDS:
                kept.append(item)
        return [Span(document, (own,), "lead"), *kept]
    return _with_neighbours(candidate)


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
    if at and _LEANS_BACK.match(document.text[own[0] : own[1]]):
        picked.insert(0, spans[at - 1])
    if at + 1 < len(spans) and _CONDITION.match(document.text[spans[at + 1][0] : spans[at + 1][1]]):
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
    """The block a span belongs to; a list and its lead-in count as one."""
    start = span.parts[0][0]
    block = next(b for b in span.document.blocks if b.start <= start < b.end)
    return span.document.id, (block.lead or (block.start, 0))[0] if block.kind == "item" else start_of(span, block.start)


def start_of(span: Span, block_start: int) -> int:
    """Where the group of a span begins: a list's lead-in sentence, else its block."""
    return span.parts[0][0] if span.kind == "lead" else block_start


def _citation(number: int, document: Document, page: int, label: str, start: int, end: int) -> Citation:
    guidance = document.guidance
    return Citation(
        number=number,
        document_id=document.id,
        title=document.title,
        publisher=guidance.publisher,
        kind=guidance.kind,
        published=guidance.published.isoformat() if guidance.published else None,
        valid_to=guidance.valid_to.isoformat() if guidance.valid_to else None,
        page=page,
        page_label=label,
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


def _tidy(cell: str) -> str:
    return " ".join(cell.split())
