"""Which measures there are, and how the results of single cases are summed up by them.

Knows nothing of how results are obtained. A measure that no case of a group can have (abstention where
all is answerable) is left out of the group, never counted as 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from evals import metrics
from evals.metrics import Rows
from evals.scores import GROUPED_BY, Group, Latency, Result, Score


@dataclass(frozen=True)
class Measure:
    """A measure by name; `rows` picks what it needs of the results, `statistic` sums it up.

    `evals.texts` says what it means. Of every measure but those in `LESS_IS_BETTER`, more is better.
    """

    name: str
    rows: Callable[[Sequence[Result]], Rows]
    statistic: Callable[[Rows], float]


def _mean_of(name: str) -> Measure:
    def rows(results: Sequence[Result]) -> Rows:
        return np.array([r.values[name] for r in results if name in r.values], dtype=np.float64)

    return Measure(name, rows, metrics.mean)


def _flags(name: str) -> Callable[[Sequence[Result]], Rows]:
    """Rows (n, 2): what was flagged as `name`, and what should be."""

    def rows(results: Sequence[Result]) -> Rows:
        found = [
            (r.values[f"{name}_flagged"], r.values[f"{name}_true"])
            for r in results
            if f"{name}_true" in r.values
        ]
        return np.array(found, dtype=np.float64).reshape(-1, 2)

    return rows


def _asked(results: Sequence[Result]) -> list[Result]:
    """The questions that may or may not have an answer, and that were asked."""
    return [r for r in results if r.component == "questions" and r.answered is not None]


def _silent_rows(results: Sequence[Result]) -> Rows:
    found = [(not r.answered, not r.answerable) for r in _asked(results)]
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def _confidence_rows(results: Sequence[Result]) -> Rows:
    found = [(r.confidence, r.answerable) for r in _asked(results)]
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def answer_rows(results: Sequence[Result]) -> Rows:
    """Rows (n, 2) of the questions that were answered: the confidence, and 1 where the answer is right.

    An answer to a question that has none is wrong.
    """
    found = [(r.confidence, r.values.get("right_and_cited", 0.0)) for r in _asked(results) if r.answered]
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def _right_rows(results: Sequence[Result]) -> Rows:
    return answer_rows(results)[:, 1]


MEASURES = {
    measure.name: measure
    for measure in (
        _mean_of("page@1"),
        _mean_of("page@3"),
        _mean_of("page@5"),
        _mean_of("page@10"),
        _mean_of("recall@10"),
        _mean_of("mrr@10"),
        _mean_of("ndcg@10"),
        _mean_of("answered"),
        _mean_of("key_fact"),
        _mean_of("completeness"),
        _mean_of("gold_cited"),
        _mean_of("span_cited"),
        _mean_of("right_and_cited"),
        Measure("answer_precision", _right_rows, metrics.mean),
        _mean_of("citation_recall"),
        _mean_of("citation_precision"),
        _mean_of("quotes_verbatim"),
        _mean_of("boxes_on_words"),
        _mean_of("must_cite"),
        _mean_of("must_not_cite"),
        Measure("abstention_precision", _silent_rows, metrics.precision),
        _mean_of("abstention_recall"),
        Measure("auroc", _confidence_rows, metrics.auroc),
        Measure("calibration_error", answer_rows, metrics.calibration_error),
        Measure("triage_precision", _flags("acute"), metrics.precision),
        Measure("triage_recall", _flags("acute"), metrics.recall),
        Measure("triage_f1", _flags("acute"), metrics.f1),
        _mean_of("triage_right"),
        Measure("personal_precision", _flags("personal"), metrics.precision),
        Measure("personal_recall", _flags("personal"), metrics.recall),
        Measure("personal_f1", _flags("personal"), metrics.f1),
        _mean_of("personal_right"),
        _mean_of("conversation_success"),
        _mean_of("standalone_success"),
        _mean_of("conversation_kept"),
    )
}

LESS_IS_BETTER = frozenset({"calibration_error"})

DECISIVE = (
    "right_and_cited",
    "abstention_recall",
    "triage_right",
    "personal_right",
    "conversation_success",
)
"""What counts as right or wrong of a single case: each case that was asked has one of these."""


def decisive(result: Result) -> float | None:
    """1 where the case went right, 0 where it went wrong, None where it was only searched."""
    return next((result.values[name] for name in DECISIVE if name in result.values), None)


def mistakes(results: Sequence[Result]) -> list[Result]:
    """The cases that went wrong: wrong answers first, the surest of them on top, then missing ones."""
    wrong = [result for result in results if decisive(result) == 0]
    return sorted(wrong, key=lambda result: (not result.answered, -(result.confidence or 0.0), result.id))


def score(measure: Measure, results: Sequence[Result]) -> Score | None:
    """The measure over these results, or None when none of them can have it."""
    rows = measure.rows(results)
    if len(rows) == 0 or math.isnan(value := measure.statistic(rows)):
        return None
    interval = metrics.bootstrap_interval(rows, measure.statistic)
    return Score(value, interval.low, interval.high, len(rows))


def groups_of(results: Sequence[Result]) -> tuple[Group, ...]:
    """All cases, then those of each value of each trait in `GROUPED_BY`, values in order."""
    groups = [_group("all", results)]
    for trait in GROUPED_BY:
        values = sorted({value for r in results if (value := getattr(r, trait)) is not None})
        groups += [_group(f"{trait}={v}", [r for r in results if getattr(r, trait) == v]) for v in values]
    return tuple(groups)


def latency(times: Iterable[float | None]) -> Latency | None:
    """Percentiles of times in ms, leaving out None; None when no time is left."""
    ordered = sorted(time for time in times if time is not None)
    if not ordered:
        return None
    return Latency(*(metrics.percentile(ordered, share) for share in (0.5, 0.95, 1.0)))


def _group(name: str, results: Sequence[Result]) -> Group:
    scores = {m.name: found for m in MEASURES.values() if (found := score(m, results)) is not None}
    return Group(name, len(results), scores)
