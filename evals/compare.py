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

from evals.metrics import bootstrap_interval, paired_test
from evals.report import ReportError, plain_console, read_report
from evals.scores import MEASURES, Report

DECISIVE = "right_and_cited"
"""The measure whose gains and losses are listed by question."""


@dataclass(frozen=True)
class Difference:
    """A measure over the `n` questions that have it in both runs; `low` to `high` is the 95 % bootstrap
    interval of after - before, `p` the two-sided p-value of Fisher's randomisation test."""

    measure: str
    before: float
    after: float
    low: float
    high: float
    p: float
    n: int


@dataclass(frozen=True)
class Comparison:
    """What changed; `gained` and `lost` are ids of questions, `alone` counts those only one run asked."""

    differences: tuple[Difference, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    alone: int


def compare(before: Report, after: Report) -> Comparison:
    """Pair the runs' questions by id and wording. Raises `ValueError` when they share none."""
    old = {(result.id, result.question): result for result in before.results}
    new = {(result.id, result.question): result for result in after.results}
    pairs = [(old[key], new[key]) for key in old if key in new]
    if not pairs:
        raise ValueError("The two runs share no question, so there is nothing to compare.")
    differences = []
    for name in MEASURES:
        both = [(a.values[name], b.values[name]) for a, b in pairs if name in a.values and name in b.values]
        if both:
            differences.append(_difference(name, both))
    change = {a.id: b.values.get(DECISIVE, 0.0) - a.values.get(DECISIVE, 0.0) for a, b in pairs}
    return Comparison(
        tuple(differences),
        gained=tuple(id for id, step in change.items() if step > 0),
        lost=tuple(id for id, step in change.items() if step < 0),
        alone=len(old) + len(new) - 2 * len(pairs),
    )


def _difference(name: str, both: Sequence[tuple[float, float]]) -> Difference:
    before, after = np.array(both, dtype=np.float64).T
    interval = bootstrap_interval(after - before)
    return Difference(
        name,
        float(before.mean()),
        float(after.mean()),
        interval.low,
        interval.high,
        paired_test(before, after),
        len(both),
    )


def print_comparison(comparison: Comparison, console: Console) -> None:
    """The differences as a table, then which questions were gained and lost."""
    table = Table("measure", box=None, header_style="bold")
    for heading in ("before", "after", "change", "95 % interval", "p", "questions"):
        table.add_column(heading, justify="right")
    for d in comparison.differences:
        table.add_row(
            d.measure,
            f"{d.before:.3f}",
            f"{d.after:.3f}",
            f"{d.after - d.before:+.3f}",
            f"{d.low:+.3f} to {d.high:+.3f}",
            f"{d.p:.3f}",
            str(d.n),
        )
    console.print(table)
    for word, ids in (("gained", comparison.gained), ("lost", comparison.lost)):
        console.print(f"{DECISIVE} {word}: {', '.join(ids) or 'none'}")
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
