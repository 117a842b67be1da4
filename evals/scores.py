"""What a run comes to: the result of each case, scores of groups of them, and the report.

Knows nothing of how results are obtained, summed up, printed or kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PageRef = tuple[str, int]
"""(document id, page counted from 1)."""

GROUPED_BY = ("set", "split", "language", "overlap", "role", "kind")
"""The traits of a case that a report is broken down by."""


@dataclass(frozen=True)
class Result:
    """What one case gave. `ranking` holds the pages found, best first, each once; times are in ms.

    What was not measured in this run, or does not apply, is None or empty. `expected` is the right
    answer in short, `quotes` are the gold quotes. `values` has a number for each measure of single
    cases that applies to this one.
    """

    id: str
    question: str
    set: str
    split: str
    component: str
    answerable: bool | None
    role: str | None
    kind: str | None
    overlap: str | None
    language: str | None
    status: str | None
    generator: str | None
    answered: bool | None
    confidence: float | None
    answer: str
    expected: str
    quotes: tuple[str, ...]
    gold: tuple[PageRef, ...]
    ranking: tuple[PageRef, ...]
    cited: tuple[PageRef, ...]
    ask_ms: float | None
    search_ms: float | None
    values: Mapping[str, float]


@dataclass(frozen=True)
class Score:
    """A measure's value over `n` cases, with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Group:
    """The scores of the cases that share a trait: `name` is "all" or, say, "overlap=low"."""

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
    ask_ms: Latency | None
    search_ms: Latency | None
    results: tuple[Result, ...]

    def group(self, name: str) -> Group | None:
        """The group of that name, if any case belongs to it."""
        return next((group for group in self.groups if group.name == name), None)
