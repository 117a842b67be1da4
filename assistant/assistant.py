"""The whole way from a question to an answer, extract-only: every sentence stands in the guidance.

Knows nothing of HTTP or pages. The same index, question and day give the same answer.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from assistant.answer import Answer, Citation, Context, Status
from assistant.candidates import candidates_of
from assistant.compose import Span, answer_text, choose, cite, passage_of
from assistant.contacts import whom_to_ask
from assistant.evidence import Array, Evidence, Selector, gather, summarise
from assistant.question import Question, read_question
from assistant.texts import text
from corpus.catalogue import superseded_by
from index.hit import Filters, Hit
from index.search import Searcher

PASSAGES = 12
"""Passages that are read for an answer."""

NEAREST = 3
"""Passages that are shown when there is no answer."""

log = logging.getLogger(__name__)

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
        used = live.searcher.manifest.embedder.name
        if self.selector.embedder and used != self.selector.embedder:
            log.warning(
                'The index uses the embedder "%s", but when to answer was learned with "%s": answers come '
                "too readily or too seldom. Train it for yours: python -m assistant.train",
                used,
                self.selector.embedder,
            )

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
        odds = self.selector.odds(evidence)
        confidence = self._confidence(searcher, question, hits, evidence, odds)
        answered = confidence >= self.selector.threshold
        spans = choose(evidence.candidates, odds) if answered else _nearest(evidence, odds)
        sentences, citations = cite(spans)
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

    def _confidence(
        self, searcher: Searcher, question: Question, hits: Sequence[Hit], evidence: Evidence, odds: Array
    ) -> float:
        """The probability that what was found answers the question."""
        if not evidence.candidates:
            return 0.0
        return self.selector.sure(summarise(searcher, question, hits, evidence, odds))


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


def _nearest(evidence: Evidence, odds: Array) -> list[Span]:
    """The best sentence of each of the best passages, for whoever asked to go on from."""
    best: dict[int, int] = {}
    for i, candidate in enumerate(evidence.candidates):
        if candidate.rank not in best or odds[i] > odds[best[candidate.rank]]:
            best[candidate.rank] = i
    return [span for rank in sorted(best)[:NEAREST] for span in passage_of(evidence.candidates[best[rank]])]


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
