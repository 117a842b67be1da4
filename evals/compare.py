"""Compares two runs question by question: `python -m evals.compare BEFORE.json AFTER.json`.

Only questions that both runs asked count. Knows nothing of how a run is made.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from evals.measures import MEASURES, decisive
from evals.metrics import Rows, bootstrap_interval, corrected, paired_test
from evals.report import ReportError, plain_console, read_report
from evals.scores import Report, Result

LEVEL = 0.05
"""Chance explains a difference unless its p-value, corrected for the number of measures, is below."""


@dataclass(frozen=True)
class Difference:
    """A measure over the `n` cases that have it in both runs; `low` to `high` is the 95 % bootstrap
    interval of after - before, `p` the two-sided p-value of Fisher's randomisation test after Holm's
    correction for all measures compared."""

    measure: str
    before: float
    after: float
    low: float
    high: float
    p: float
    n: int

    @property
    def verdict(self) -> str:
        """`better` or `worse` when chance does not explain the difference, else `same`."""
        if self.p >= LEVEL or self.after == self.before:
            return "same"
        return "better" if self.after > self.before else "worse"


@dataclass(frozen=True)
class Change:
    """A case that one run got right and the other did not."""

    before: Result
    after: Result
    gained: bool


@dataclass(frozen=True)
class Comparison:
    """What changed from the run of `created` to this one, case by case; `alone` counts those that only
    one run asked."""

    created: str
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]
    alone: int

    @property
    def gained(self) -> tuple[str, ...]:
        """The ids of the cases that are right now and were not."""
        return tuple(change.after.id for change in self.changes if change.gained)

    @property
    def lost(self) -> tuple[str, ...]:
        """The ids of the cases that were right and are not now."""
        return tuple(change.after.id for change in self.changes if not change.gained)


def compare(before: Report, after: Report) -> Comparison:
    """Pair the runs' cases by id and wording. Raises `ValueError` when they share none."""
    old = {(result.id, result.question): result for result in before.results}
    new = {(result.id, result.question): result for result in after.results}
    pairs = [(old[key], new[key]) for key in old if key in new]
    if not pairs:
        raise ValueError("The two runs share no question, so there is nothing to compare.")
    found = {}
    for name in MEASURES:
        both = [(a.values[name], b.values[name]) for a, b in pairs if name in a.values and name in b.values]
        if both:
            found[name] = np.array(both, dtype=np.float64).T
    chances = corrected([paired_test(then, now) for then, now in found.values()])
    differences = [
        _difference(name, then, now, p) for (name, (then, now)), p in zip(found.items(), chances, strict=True)
    ]
    steps = [(a, b, (decisive(b) or 0.0) - (decisive(a) or 0.0)) for a, b in pairs]
    return Comparison(
        before.created,
        tuple(differences),
        tuple(Change(a, b, step > 0) for a, b, step in steps if step),
        alone=len(old) + len(new) - 2 * len(pairs),
    )


def _difference(name: str, before: Rows, after: Rows, p: float) -> Difference:
    interval = bootstrap_interval(after - before)
    return Difference(
        name, float(before.mean()), float(after.mean()), interval.low, interval.high, p, len(before)
    )


def print_comparison(comparison: Comparison, console: Console) -> None:
    """The differences as a table, then which cases were gained and lost."""
    table = Table("measure", box=None, header_style="bold")
    for heading in ("before", "after", "change", "95 % interval", "p", "questions"):
        table.add_column(heading, justify="right")
    table.add_column("beyond chance")
    for d in comparison.differences:
        table.add_row(
            d.measure,
            f"{d.before:.3f}",
            f"{d.after:.3f}",
            f"{d.after - d.before:+.3f}",
            f"{d.low:+.3f} to {d.high:+.3f}",
            f"{d.p:.3f}",
            str(d.n),
            "" if d.verdict == "same" else d.verdict,
        )
    console.print(table)
    for word, ids in (("gained", comparison.gained), ("lost", comparison.lost)):
        console.print(f"{word} ({len(ids)}): {', '.join(ids) or 'none'}")
    if comparison.alone:
        console.print(f"{comparison.alone} questions were asked in one run only and are left out.")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit status: 0, or 2 when there is nothing to compare."""
    parser = argparse.ArgumentParser(prog="python -m evals.compare", description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    options = parser.parse_args(arguments)
    try:
        comparison = compare(read_report(options.before), read_report(options.after))
    except (ReportError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print_comparison(comparison, plain_console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
