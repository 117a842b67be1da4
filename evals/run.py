"""Asks and searches every question of a set and measures what comes back.

Knows nothing of how the answers come about: a `System` is three functions, so that a small one can
be computed by hand. Nothing is caught: a question that makes the system fail ends the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from assistant.answer import Answer, Citation, Context, Status
from corpus.catalogue import Guidance
from evals import metrics
from evals.pages import read_page
from evals.scores import PageRef, Report, Result, groups_of, latency
from evals.sets import Question
from evals.text import contains_all, contains_any
from ingest.document import Document
from ui.service import Library, Service

RANKING_DEPTH = 10
ANSWERED = frozenset({Status.ANSWERED, Status.PARTIAL})


@dataclass(frozen=True)
class CitationCheck:
    """What a second reading of the PDF says of a citation, each in [0, 1]."""

    verbatim: float
    boxes: float


@dataclass(frozen=True)
class System:
    """What is measured: `search` gives up to k pages, best first; `check` reads the cited page again."""

    ask: Callable[[str, Context], Answer]
    search: Callable[[str, int], Sequence[PageRef]]
    check: Callable[[Citation], CitationCheck]
    index_version: str


class Sources(Protocol):
    """The documents that citations point into, and their files."""

    @property
    def guidance(self) -> Mapping[str, Guidance]:
        """The catalogue entry of each document, by id."""
        ...

    def document(self, document_id: str, /) -> Document:
        """The document of that id."""
        ...

    def pdf_path(self, document_id: str, /) -> Path:
        """The file of that document."""
        ...


def system_of(service: Service) -> System:
    """The system that a service is, on the version of the index that it serves now."""
    library = service.live.searcher
    return System(
        ask=service.ask,
        search=lambda query, k: found_pages(library, query, k),
        check=lambda citation: check_citation(library, citation),
        index_version=library.version,
    )


def found_pages(library: Library, query: str, k: int) -> list[PageRef]:
    """The pages of the first k passages, as `/v1/search` counts them."""
    hits = library.search(query, k, one_per_page=True)
    return [(hit.chunk.document_id, library.page_for(hit.chunk, query).number) for hit in hits]


def check_citation(sources: Sources, citation: Citation) -> CitationCheck:
    """Compare the citation with the document's text and with the PDF page as pdfium reads it."""
    document_id = citation.document_id
    password = sources.guidance[document_id].password
    reading = read_page(sources.pdf_path(document_id), citation.page, password)
    text = sources.document(document_id).text
    return CitationCheck(
        verbatim=metrics.quote_verbatim(citation.quote, text[citation.start : citation.end], reading.text),
        boxes=metrics.boxes_on_words(citation.quote, reading.inside(citation.boxes)),
    )


def results_of(questions: Iterable[Question], system: System) -> Iterator[Result]:
    """Ask and search one question after another; each result is ready before the next is asked."""
    for question in questions:
        started = time.perf_counter()
        answer = system.ask(question.question, Context(role=question.role))
        asked = time.perf_counter()
        ranking = system.search(question.question, RANKING_DEPTH)
        searched = time.perf_counter()
        checks = [system.check(citation) for citation in answer.citations]
        yield Result(
            id=question.id,
            question=question.question,
            set=question.set,
            split=question.split,
            answerable=question.answerable,
            role=question.role,
            kind=question.kind,
            overlap=question.overlap,
            status=answer.status.value,
            generator=answer.generator,
            answered=answer.status in ANSWERED,
            confidence=answer.confidence,
            answer=answer.text,
            gold=tuple(sorted(question.gold_pages)),
            ranking=tuple(dict.fromkeys(ranking)),
            cited=tuple(dict.fromkeys((c.document_id, c.page) for c in answer.citations)),
            ask_ms=(asked - started) * 1000,
            search_ms=(searched - asked) * 1000,
            values={**_right(question, answer), **_found(question, ranking), **_held(checks)},
        )


def report_of(results: Sequence[Result], split: str, system: System) -> Report:
    """Sum the results of one run up. Raises `ValueError` when there are none."""
    if not results:
        raise ValueError("There is no question to report on. Choose other sets or another split.")
    return Report(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        split=split,
        sets=tuple(dict.fromkeys(result.set for result in results)),
        index_version=system.index_version,
        generator=", ".join(sorted({result.generator for result in results})),
        groups=groups_of(results),
        ask_ms=latency(result.ask_ms for result in results),
        search_ms=latency(result.search_ms for result in results),
        results=tuple(results),
    )


def _found(question: Question, ranking: Sequence[PageRef]) -> dict[str, float]:
    if not question.answerable:
        return {}
    gold = question.gold_pages
    return {
        **{f"page@{k}": metrics.page_at(ranking, gold, k) for k in (1, 3, 5, 10)},
        "recall@10": metrics.recall_at(ranking, gold, 10),
        "mrr@10": metrics.mrr_at(ranking, gold, 10),
        "ndcg@10": metrics.ndcg_at(ranking, gold, 10),
    }


def _right(question: Question, answer: Answer) -> dict[str, float]:
    if not question.answerable:
        return {}
    answered = answer.status in ANSWERED
    # The sentences as shown, without the citation marks that may part a fact.
    shown = " ".join(sentence.text for sentence in answer.sentences) if answered else ""
    fact = contains_any(shown, question.must_contain)
    complete = answered and contains_all(shown, question.must_include)
    cited = answered and any((c.document_id, c.page) in question.gold_pages for c in answer.citations)
    values = {
        "answered": answered,
        "key_fact": fact,
        "gold_cited": cited,
        "right_and_cited": fact and complete and cited,
    }
    if question.must_include:
        values["conditions"] = complete
    return {name: float(value) for name, value in values.items()}


def _held(checks: Sequence[CitationCheck]) -> dict[str, float]:
    if not checks:
        return {}
    return {
        "quotes_verbatim": sum(check.verbatim for check in checks) / len(checks),
        "boxes_on_words": sum(check.boxes for check in checks) / len(checks),
    }
