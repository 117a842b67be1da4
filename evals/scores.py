"""From results of single questions to a report: which measures there are and how they are summed up.

Knows nothing of how results are obtained, printed or kept. A measure that no question of a group can
have (an interval of abstention where all is answerable) is left out of the group, never counted as 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evals import metrics
from evals.metrics import Rows

PageRef = tuple[str, int]
"""(document id, page counted from 1)."""

GROUPED_BY = ("set", "split", "overlap", "role", "kind")
"""The traits of a question that a report is broken down by."""


@dataclass(frozen=True)
class Result:
    """What one question gave. `ranking` holds the pages found, best first, each once; times are in ms.

    `values` has a number for each measure of single questions that applies to this one.
    """

    id: str
    question: str
    set: str
    split: str
    answerable: bool
    role: str
    kind: str | None
    overlap: str | None
    status: str
    generator: str
    answered: bool
    confidence: float
    answer: str
    gold: tuple[PageRef, ...]
    ranking: tuple[PageRef, ...]
    cited: tuple[PageRef, ...]
    ask_ms: float
    search_ms: float
    values: Mapping[str, float]


@dataclass(frozen=True)
class Measure:
    """A measure by name; `rows` picks what it needs of the results, `statistic` sums it up."""

    name: str
    meaning: str
    rows: Callable[[Sequence[Result]], Rows]
    statistic: Callable[[Rows], float]


@dataclass(frozen=True)
class Score:
    """A measure's value over `n` questions, with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Group:
    """The scores of the questions that share a trait: `name` is "all" or, say, "overlap=low"."""

    name: str
    questions: int
    scores: Mapping[str, Score]


@dataclass(frozen=True)
class Latency:
    """How long calls took, in milliseconds."""

    p50: float
    p95: float
    longest: float


@dataclass(frozen=True)
class Report:
    """One run of the suite. `created` is UTC in ISO 8601; the first group is "all"."""

    created: str
    split: str
    sets: tuple[str, ...]
    index_version: str
    generator: str
    groups: tuple[Group, ...]
    ask_ms: Latency
    search_ms: Latency
    results: tuple[Result, ...]

    def group(self, name: str) -> Group | None:
        """The group of that name, if any question belongs to it."""
        return next((group for group in self.groups if group.name == name), None)


def _mean_of(name: str, meaning: str) -> Measure:
    def rows(results: Sequence[Result]) -> Rows:
        return np.array([r.values[name] for r in results if name in r.values], dtype=np.float64)

    return Measure(name, meaning, rows, metrics.mean)


def _silent_rows(results: Sequence[Result]) -> Rows:
    return np.array([(not r.answered, not r.answerable) for r in results], dtype=np.float64).reshape(-1, 2)


def _confidence_rows(results: Sequence[Result]) -> Rows:
    return np.array([(r.confidence, r.answerable) for r in results], dtype=np.float64).reshape(-1, 2)


MEASURES = {
    measure.name: measure
    for measure in (
        _mean_of("page@1", "a gold page is the first page found"),
        _mean_of("page@3", "a gold page is among the first 3 pages found"),
        _mean_of("page@5", "a gold page is among the first 5 pages found"),
        _mean_of("page@10", "a gold page is among the first 10 pages found"),
        _mean_of("recall@10", "share of the gold pages among the first 10"),
        _mean_of("mrr@10", "1 / rank of the first gold page"),
        _mean_of("ndcg@10", "gain discounted by rank, against the ideal"),
        _mean_of("answered", "an answerable question gets an answer"),
        _mean_of("key_fact", "the answer holds the key fact"),
        _mean_of("conditions", "the answer holds all conditions, where there are any"),
        _mean_of("gold_cited", "the answer cites a gold page"),
        _mean_of("right_and_cited", "key fact, conditions and gold page at once"),
        _mean_of("quotes_verbatim", "share of quotes that stand on their page word by word"),
        _mean_of("boxes_on_words", "how well the boxes cover the quote and nothing else"),
        Measure(
            "abstention_precision",
            "share of unanswered questions that have no answer",
            _silent_rows,
            metrics.abstention_precision,
        ),
        Measure(
            "abstention_recall",
            "share of questions without an answer that stay unanswered",
            _silent_rows,
            metrics.abstention_recall,
        ),
        Measure(
            "auroc",
            "confidence is higher where there is an answer",
            _confidence_rows,
            metrics.auroc,
        ),
    )
}


def score(measure: Measure, results: Sequence[Result]) -> Score | None:
    """The measure over these results, or None when none of them can have it."""
    rows = measure.rows(results)
    if len(rows) == 0 or math.isnan(value := measure.statistic(rows)):
        return None
    interval = metrics.bootstrap_interval(rows, measure.statistic)
    return Score(value, interval.low, interval.high, len(rows))


def groups_of(results: Sequence[Result]) -> tuple[Group, ...]:
    """All questions, then those of each value of each trait in `GROUPED_BY`, values in order."""
    groups = [_group("all", results)]
    for trait in GROUPED_BY:
        values = sorted({value for r in results if (value := getattr(r, trait)) is not None})
        groups += [_group(f"{trait}={v}", [r for r in results if getattr(r, trait) == v]) for v in values]
    return tuple(groups)


def latency(times: Iterable[float]) -> Latency:
    """Percentiles of times in ms; NaN when there are none."""
    ordered = sorted(times)
    return Latency(*(metrics.percentile(ordered, share) for share in (0.5, 0.95, 1.0)))


def _group(name: str, results: Sequence[Result]) -> Group:
    scores = {m.name: found for m in MEASURES.values() if (found := score(m, results)) is not None}
    return Group(name, len(results), scores)
