"""The suite tests itself: an assistant that is worse in one way fails the gates on that, and no others.

Each worse assistant wraps the real one on the starter corpus. The gates are the real one's own values on
the same questions, so that they hold whatever it reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answer import Answer, Citation, Context, Sentence, Status
from evals.baseline import baseline_of
from evals.cases import Question
from evals.gates import Floor, Gates, NoLoss, failures
from evals.judge import ANSWERED
from evals.run import System, report_of, results_of, system_of
from evals.scores import PageRef, Report
from evals.sets import load_sets, set_paths
from evals.text import contains_any
from index.search import Searcher
from ui.settings import Settings
from ui.wiring import build_service

GATED = (
    "page@5",
    "mrr@10",
    "key_fact",
    "completeness",
    "gold_cited",
    "right_and_cited",
    "citation_recall",
    "citation_precision",
    "quotes_verbatim",
    "boxes_on_words",
    "abstention_recall",
)
MARGIN = 0.02
EVERY = 8


def sample() -> list[Question]:
    """Every eighth question with conditions, without, and without an answer."""
    cases = load_sets(path for path in set_paths() if path.stem.startswith("starter"))
    questions = [case for case in cases if isinstance(case, Question)]
    kinds = (
        [q for q in questions if q.must_include],
        [q for q in questions if q.answerable and not q.must_include],
        [q for q in questions if not q.answerable],
    )
    return [question for kind in kinds for question in kind[::EVERY]]


QUESTIONS = sample()
OTHER = {a.question: b.question for a, b in zip(QUESTIONS, [*QUESTIONS[7:], *QUESTIONS[:7]], strict=True)}
BY_TEXT = {question.question: question for question in QUESTIONS}


@pytest.fixture(scope="module")
def real(corpus_index: Path) -> System:
    """The real assistant, each question asked once however many wrap it."""
    settings = Settings(data=corpus_index.parent, index=corpus_index, corpus=corpus_index.parent)
    system = system_of(build_service(settings))
    answers: dict[str, Answer] = {}

    def ask(question: str, context: Context) -> Answer:
        if question not in answers:
            answers[question] = system.ask(question, context)
        return answers[question]

    return replace(system, ask=ask)


def report(system: System) -> Report:
    return report_of(list(results_of(QUESTIONS, system)), "all", system.index_version)


@pytest.fixture(scope="module")
def honest(real: System) -> Report:
    return report(real)


@pytest.fixture(scope="module")
def fails(honest: Report) -> Callable[[System], set[str]]:
    """Which measures' gates a system does not pass."""
    scores = honest.groups[0].scores
    floors = tuple(Floor("all", name, max(0.0, scores[name].value - MARGIN)) for name in GATED)
    gates, baseline = Gates(floors, NoLoss(GATED, 0.05)), baseline_of(honest, GATED)

    def failed(system: System) -> set[str]:
        return {reason.split()[0] for reason in failures(report(system), gates, baseline)}

    return failed


def worse(system: System, change: Callable[[str, Answer], Answer]) -> System:
    """The system with every answer changed."""
    return replace(system, ask=lambda question, context: change(question, system.ask(question, context)))


def test_the_sample_can_tell(honest: Report) -> None:
    scores = honest.groups[0].scores
    assert all(scores[name].value > 0.1 for name in GATED)


def test_the_real_assistant_passes(real: System, fails: Callable[[System], set[str]]) -> None:
    assert fails(real) == set()


def test_random_passages(real: System, fails: Callable[[System], set[str]]) -> None:
    """It answers as often, but from what was found for another question."""

    def elsewhere(question: str, context: Context) -> Answer:
        own, other = real.ask(question, context), real.ask(OTHER[question], context)
        return replace(other, status=own.status, confidence=own.confidence, sentences=_cited(other))

    def _cited(other: Answer) -> tuple[Sentence, ...]:
        return other.sentences or tuple(Sentence(real.check(c).text, (c.number,)) for c in other.citations)

    def search(query: str, k: int) -> Sequence[PageRef]:
        return real.search(OTHER[query], k)

    assert fails(replace(real, ask=elsewhere, search=search)) == {
        "page@5",
        "mrr@10",
        "key_fact",
        "completeness",
        "gold_cited",
        "right_and_cited",
    }


def test_always_answers(real: System, fails: Callable[[System], set[str]]) -> None:
    """Where it should be silent, it gives the nearest passages as its answer."""

    def talk(question: str, own: Answer) -> Answer:
        if own.status in ANSWERED:
            return own
        near = tuple(Sentence(real.check(c).text, (c.number,)) for c in own.citations)
        return replace(own, status=Status.ANSWERED, sentences=near)

    assert fails(worse(real, talk)) == {"abstention_recall"}


def test_never_answers(real: System, fails: Callable[[System], set[str]]) -> None:
    def hush(question: str, own: Answer) -> Answer:
        return replace(own, status=Status.UNANSWERABLE, sentences=())

    # Sentences that are not there have no citations to judge: that is a reason of its own.
    assert fails(worse(real, hush)) == {
        "key_fact",
        "completeness",
        "gold_cited",
        "right_and_cited",
        "citation_recall",
        "citation_precision",
    }


def test_cites_the_wrong_page(
    real: System, corpus_searcher: Searcher, fails: Callable[[System], set[str]]
) -> None:
    def astray(citation: Citation) -> Citation:
        pages = len(corpus_searcher.document(citation.document_id).pages)
        return replace(citation, page=citation.page % pages + 1)

    def turn(question: str, own: Answer) -> Answer:
        return replace(own, citations=tuple(astray(citation) for citation in own.citations))

    assert fails(worse(real, turn)) == {
        "gold_cited",
        "right_and_cited",
        "quotes_verbatim",
        "boxes_on_words",
        "citation_recall",
        "citation_precision",
    }


def test_drops_a_condition(real: System, fails: Callable[[System], set[str]]) -> None:
    """It says what is asked for and leaves out the "only if" that stands beside it."""

    def shorten(question: str, own: Answer) -> Answer:
        asked = BY_TEXT[question]
        kept = own.sentences
        for condition in asked.must_include:
            kept = tuple(short for s in kept if (short := without(s, condition, asked.must_contain)))
        return replace(own, sentences=kept)

    assert fails(worse(real, shorten)) == {"completeness", "right_and_cited"}


def without(sentence: Sentence, condition: str, facts: Sequence[str]) -> Sentence | None:
    """The part of a sentence beside the condition that holds a key fact, None when neither does.

    A sentence without the condition, or whose fact is the condition itself, stays as it is.
    """
    start = sentence.text.lower().find(condition.lower())
    if start < 0:
        return sentence
    parts = (sentence.text[:start], sentence.text[start + len(condition) :])
    with_fact = [part for part in parts if contains_any(part, facts)]
    if with_fact:
        return replace(sentence, text=with_fact[0])
    return sentence if contains_any(sentence.text, facts) else None
