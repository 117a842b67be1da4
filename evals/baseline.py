"""The committed baseline: what each case got at the last release, and nothing else.

`baseline.json` has one line for each case – a digest of its wording and its value of each measure that
a gate watches – so that a change to it can be read. Knows nothing of gates or of how a run is made.

    BaselineError
    └── raised for a file that is missing or holds no baseline of this format
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.scores import Report, Result

BASELINE_PATH = Path(__file__).parent / "baseline.json"
FORMAT = 1
DIGITS = 4


class BaselineError(Exception):
    """There is no baseline to compare with; the message says how to write one."""


@dataclass(frozen=True)
class Baseline:
    """`cases` has (digest of the wording, values in the order of `measures`, None where one does not
    apply) by id; `created` is when that run was made."""

    created: str
    index_version: str
    measures: tuple[str, ...]
    cases: Mapping[str, tuple[str, tuple[float | None, ...]]]

    def known(self, report: Report) -> int:
        """How many of the report's cases were measured then, worded alike."""
        return sum(self._values(result) is not None for result in report.results)

    def pairs(self, report: Report, measure: str) -> list[tuple[str, float, float]]:
        """(id, value then, value now) of the cases that both have, worded alike, with this measure."""
        if measure not in self.measures:
            return []
        place = self.measures.index(measure)
        found = []
        for result in report.results:
            values, now = self._values(result), result.values.get(measure)
            then = values[place] if values else None
            if then is not None and now is not None:
                found.append((result.id, then, now))
        return found

    def _values(self, result: Result) -> tuple[float | None, ...] | None:
        wording, values = self.cases.get(result.id, ("", ()))
        return values if wording == digest_of(result.question) else None


def digest_of(wording: str) -> str:
    """Eight characters by which a case that was reworded is told from the one that was measured."""
    return hashlib.sha256(wording.encode()).hexdigest()[:8]


def baseline_of(report: Report, measures: Sequence[str]) -> Baseline:
    """What is kept of a report: the values of these measures of every case that has any of them."""
    cases = {
        result.id: (digest_of(result.question), tuple(result.values.get(name) for name in measures))
        for result in report.results
        if any(name in result.values for name in measures)
    }
    return Baseline(report.created, report.index_version, tuple(measures), cases)


def write_baseline(baseline: Baseline, path: Path = BASELINE_PATH) -> None:
    """Write the baseline, one case a line."""
    head = {
        "format": FORMAT,
        "created": baseline.created,
        "index_version": baseline.index_version,
        "measures": list(baseline.measures),
    }
    lines = [
        f" {json.dumps(id)}: {json.dumps([wording, *map(_short, values)])}"
        for id, (wording, values) in baseline.cases.items()
    ]
    text = json.dumps(head, indent=1)[:-2] + ',\n "cases": {\n' + ",\n".join(lines) + "\n }\n}\n"
    path.write_text(text, encoding="utf-8")


def read_baseline(path: Path = BASELINE_PATH) -> Baseline:
    """Read what `write_baseline` wrote. Raises `BaselineError` for anything else."""
    mend = "Write one from a run that is good: lotsen eval --write-baseline"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = content["format"]
        if found != FORMAT:
            raise BaselineError(f"{path} has format {found}, this version reads {FORMAT}. {mend}")
        return Baseline(
            content["created"],
            content["index_version"],
            tuple(content["measures"]),
            {id: (wording, tuple(values)) for id, (wording, *values) in content["cases"].items()},
        )
    except (OSError, ValueError) as error:
        raise BaselineError(f"{path}: cannot be read as JSON in UTF-8: {error}. {mend}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise BaselineError(f"{path} is not a whole baseline: {error!r}. {mend}") from error


def _short(value: float | None) -> float | int | None:
    """A value with as few digits as tell it apart: 1.0 is written 1."""
    if value is None:
        return None
    return int(value) if value == int(value) else round(value, DIGITS)
