"""The whole way from a question to an answer, extract-only: every sentence stands in the guidance.

Knows nothing of HTTP or pages. The same index, question and day give the same answer.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from assistant.answer import Answer, Citation, Context, Status
from assistant.candidates import candidates_of
from assistant.compose import Span, answer_text, choose, cite
from assistant.contacts import whom_to_ask
from assistant.evidence import Evidence, Selector, gather, summarise
from assistant.question import Question, read_question
from assistant.texts import text
from corpus.catalogue import superseded_by
from index.hit import Filters, Hit
from index.search import Searcher

PASSAGES = 12
"""Passages that are read for an answer."""

NEAREST = 3
"""Passages that are shown when there is no answer."""

_ASKS_FOR_OLDER = re.compile(
    r"\b(19|20)\d\d\b"
    r"|\b(tidigare|förra|föregående|gamla|äldre) (utgåv|version|riktlinj|vägledning|rutin|upplag)",
    re.IGNORECASE,
)


class Live(Protocol):
    """A handle on the index that follows its newest snapshot."""

    @property
    def searcher(self) -> Searcher: ...


class Assistant:
    """Answers questions from an index. Safe to use from several threads."""

    def __init__(self, live: Live, selector: Selector | None = None) -> None:
        self.live = live
        self.selector = selector or Selector.load()

    def ask(self, raw: str, context: Context | None = None) -> Answer:
        """Answer a question. Raises `QuestionError` for one that cannot be taken, `UnknownFilter`."""
        context = context or Context()
        language = context.language
        started = time.perf_counter()
        question = read_question(raw, language)
        searcher = self.live.searcher
        today = date.today()
        hits = searcher.search(question.text, PASSAGES, _current(searcher, question, context.filters, today))
        retrieved = time.perf_counter()
        evidence = gather(searcher, question, hits, candidates_of(searcher, hits))
        spans, confidence = self._select(searcher, question, hits, evidence)
        answered = confidence >= self.selector.threshold and bool(spans)
        sentences, citations = cite(spans if answered else _nearest(searcher, hits))
        composed = time.perf_counter()
        return Answer(
            id=uuid.uuid4().hex,
            question=question.text,
            status=Status.ANSWERED if answered else Status.UNANSWERABLE,
            text=answer_text(sentences, [span.kind for span in spans])
            if answered
            else text("unanswerable", language),
            sentences=sentences if answered else (),
            citations=citations,
            hits=tuple(hits),
            confidence=round(confidence, 3),
            next_step=None if answered else whom_to_ask(question.text, language),
            notices=_notices(searcher, citations, today, language),
            index_version=searcher.version,
            generator="extractive",
            timings_ms={
                "retrieve": round((retrieved - started) * 1000, 2),
                "compose": round((composed - retrieved) * 1000, 2),
                "total": round((time.perf_counter() - started) * 1000, 2),
            },
        )

    def _select(
        self, searcher: Searcher, question: Question, hits: Sequence[Hit], evidence: Evidence
    ) -> tuple[list[Span], float]:
        """The spans that would answer, and how sure it is that they do."""
        if not evidence.candidates:
            return [], 0.0
        odds = self.selector.odds(evidence)
        summary = summarise(searcher, question, hits, evidence, odds)
        return choose(evidence.candidates, odds), self.selector.sure(summary)


def _current(searcher: Searcher, question: Question, filters: Filters, today: date) -> Filters:
    """Only guidance that applies today, unless a day is given, documents are named, or the question
    itself is about an older edition."""
    if filters.valid_on or filters.documents or _ASKS_FOR_OLDER.search(question.text):
        return filters
    guidance = searcher.guidance
    replaced = {old for old, new in superseded_by(guidance).items() if guidance[new].valid_on(today)}
    if not replaced:
        return replace(filters, valid_on=today)
    kept = tuple(sorted(set(guidance) - replaced))
    return replace(filters, valid_on=today, documents=kept)


def _nearest(searcher: Searcher, hits: Sequence[Hit]) -> list[Span]:
    """The best passages, to be read by whoever asked when no sentence of them is a sure answer."""
    return [
        Span(searcher.document(hit.chunk.document_id), ((hit.chunk.start, hit.chunk.end),), "passage")
        for hit in hits[:NEAREST]
    ]


def _notices(
    searcher: Searcher, citations: Sequence[Citation], today: date, language: str
) -> tuple[str, ...]:
    """What a reader must know of the age of the documents cited."""
    newer = superseded_by(searcher.guidance)
    notices: dict[str, None] = {}
    for citation in citations:
        guidance = searcher.guidance[citation.document_id]
        if citation.document_id in newer:
            title = searcher.titles.get(newer[citation.document_id], newer[citation.document_id])
            notices[text("notice.superseded", language, title=citation.title, newer=title)] = None
        if guidance.valid_to and guidance.valid_to < today:
            notices[text("notice.expired", language, title=citation.title, date=guidance.valid_to)] = None
        if guidance.valid_from and guidance.valid_from > today:
            notices[text("notice.not_yet", language, title=citation.title, date=guidance.valid_from)] = None
    return tuple(notices)
