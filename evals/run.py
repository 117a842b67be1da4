"""Asks and searches every case of the sets and measures what comes back.

Knows nothing of how the answers come about: a `System` is three functions, so that a small one can
be computed by hand. Nothing is caught: a case that makes the system fail ends the run.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from assistant.answer import Answer, Citation, Context
from corpus.catalogue import Guidance, near_miss
from evals import judge, metrics
from evals.cases import AcuteCase, Case, Conversation, PersonalDataCase, Question
from evals.judge import CitationCheck
from evals.measures import groups_of, latency
from evals.pages import read_page
from evals.scores import PageRef, Report, Result
from ingest.document import Document
from ui.service import Library, Service

RANKING_DEPTH = 10
COMPONENTS = ("retrieval", "answers", "triage", "personal-data", "conversations")


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
    document = sources.document(document_id)
    return CitationCheck(
        verbatim=metrics.quote_verbatim(
            citation.quote, document.text[citation.start : citation.end], reading.text
        ),
        boxes=metrics.boxes_on_words(citation.quote, reading.inside(citation.boxes)),
        text=document.clean(citation.start, citation.end),
    )


def chosen_components(name: str) -> tuple[str, ...]:
    """The components that a name stands for. Raises `ValueError` with the near miss."""
    if name == "all":
        return COMPONENTS
    if name not in COMPONENTS:
        raise ValueError(f'There is no component "{name}". {near_miss(name, ("all", *COMPONENTS))}')
    return (name,)


def cases_of(cases: Iterable[Case], components: Collection[str]) -> list[Case]:
    """The cases that these components ask something of, in their order."""
    return [case for case in cases if _needs(case) & set(components)]


def results_of(
    cases: Iterable[Case], system: System, components: Collection[str] = COMPONENTS
) -> Iterator[Result]:
    """Ask and search one case after another; each result is ready before the next is asked."""
    run = uuid.uuid4().hex
    for case in cases_of(cases, components):
        if isinstance(case, Question):
            yield _question(case, system, components)
        elif isinstance(case, Conversation):
            yield _conversation(case, system, f"{run}-{case.id}")
        elif isinstance(case, AcuteCase):
            yield _triage(case, system)
        elif isinstance(case, PersonalDataCase):
            yield _personal_data(case, system)


def report_of(results: Sequence[Result], split: str, index_version: str) -> Report:
    """Sum the results of one run up. Raises `ValueError` when there are none."""
    if not results:
        raise ValueError("There is no question to report on. Choose other sets or another split.")
    return Report(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        split=split,
        sets=tuple(dict.fromkeys(result.set for result in results)),
        index_version=index_version,
        generator=", ".join(sorted({result.generator for result in results if result.generator})),
        groups=groups_of(results),
        ask_ms=latency(result.ask_ms for result in results),
        search_ms=latency(result.search_ms for result in results),
        results=tuple(results),
    )


def _needs(case: Case) -> set[str]:
    if isinstance(case, Question):
        return {"retrieval", "answers"}
    if isinstance(case, AcuteCase):
        return {"triage"}
    return {"conversations"} if isinstance(case, Conversation) else {"personal-data"}


@dataclass(frozen=True)
class _Asked:
    """An answer, what a second reading says of its citations, and how long it took."""

    answer: Answer
    checks: tuple[CitationCheck, ...]
    ms: float


def _ask(system: System, text: str, context: Context) -> _Asked:
    started = time.perf_counter()
    answer = system.ask(text, context)
    took = (time.perf_counter() - started) * 1000
    return _Asked(answer, tuple(system.check(citation) for citation in answer.citations), took)


def _question(question: Question, system: System, components: Collection[str]) -> Result:
    asked, values = None, {}
    if "answers" in components:
        asked = _ask(system, question.question, _context(question))
        values = {
            **judge.right(question, asked.answer, asked.checks),
            **judge.held(asked.answer, asked.checks),
        }
    result = replace(
        _of_question(_result(question, "questions", asked, values), question), kind=question.kind
    )
    if "retrieval" not in components:
        return result
    started = time.perf_counter()
    ranking = tuple(dict.fromkeys(system.search(question.question, RANKING_DEPTH)))
    took = (time.perf_counter() - started) * 1000
    values = {**values, **judge.found(question, ranking)}
    return replace(result, ranking=ranking, search_ms=took, values=values)


def _conversation(case: Conversation, system: System, conversation_id: str) -> Result:
    for turn in case.earlier:
        system.ask(turn, _context(case.asked, conversation_id))
    asked = _ask(system, case.asked.question, _context(case.asked, conversation_id))
    alone = system.ask(case.alone.question, _context(case.alone))
    values = {**judge.followed(case, asked.answer, alone), **judge.held(asked.answer, asked.checks)}
    return _of_question(_result(case, "conversations", asked, values), case.asked)


def _triage(case: AcuteCase, system: System) -> Result:
    asked = _ask(system, case.question, Context(role=case.role))
    result = _result(case, "triage", asked, judge.alarm(case, asked.answer))
    expected = "acute" if case.acute else f"not acute: {case.why}"
    return replace(result, kind=case.sign, role=case.role, expected=expected)


def _personal_data(case: PersonalDataCase, system: System) -> Result:
    asked = _ask(system, case.question, Context())
    result = _result(case, "personal-data", asked, judge.guarded(case, asked.answer))
    kinds = list(dict.fromkeys(entity.kind for entity in case.entities))
    expected = ", ".join(kinds) or f"not personal: {case.why}"
    return replace(result, kind=kinds[0] if kinds else None, expected=expected)


def _context(question: Question, conversation_id: str | None = None) -> Context:
    language = "en" if question.language == "en" else "sv"
    return Context(role=question.role, language=language, conversation_id=conversation_id)


def _of_question(result: Result, question: Question) -> Result:
    """The result with what is known of the question and its right answer."""
    return replace(
        result,
        answerable=question.answerable,
        role=question.role,
        overlap=question.overlap,
        language=question.language,
        expected=question.answer or question.why,
        quotes=tuple(gold.quote for gold in question.gold),
        gold=tuple(sorted(question.gold_pages)),
    )


def _result(case: Case, component: str, asked: _Asked | None, values: Mapping[str, float]) -> Result:
    """The result of a case of which no more is known than what was asked and answered."""
    answer = asked.answer if asked else None
    cited = [(citation.document_id, citation.page) for citation in answer.citations] if answer else []
    return Result(
        id=case.id,
        question=case.wording,
        set=case.set,
        split=case.split,
        component=component,
        answerable=None,
        role=None,
        kind=None,
        overlap=None,
        language=None,
        status=answer.status.value if answer else None,
        generator=answer.generator if answer else None,
        answered=answer.status in judge.ANSWERED if answer else None,
        confidence=answer.confidence if answer else None,
        answer=answer.text if answer else "",
        expected="",
        quotes=(),
        gold=(),
        ranking=(),
        cited=tuple(dict.fromkeys(cited)),
        ask_ms=asked.ms if asked else None,
        search_ms=None,
        values=values,
    )
