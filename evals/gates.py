"""The floors below which a run does not pass. Knows nothing of how a report is measured.

GateError
└── raised for a file that cannot be read, or a floor for a measure or group that does not exist
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.catalogue import ROLES, near_miss
from evals.overlap import LEVELS
from evals.scores import GROUPED_BY, MEASURES, Report
from evals.sets import ANSWER_KINDS, SPLITS

GATES_PATH = Path(__file__).parent / "gates.toml"

TRAIT_VALUES = {"split": SPLITS, "overlap": LEVELS, "role": ROLES, "kind": ANSWER_KINDS}
"""What a group can be named; sets come and go, so theirs are not fixed."""


class GateError(Exception):
    """The file of floors cannot be used as it stands; the message says where and what would mend it."""


@dataclass(frozen=True)
class Floor:
    """The least value that `measure` may have in `group` ("all" or, say, "overlap=low")."""

    group: str
    measure: str
    least: float


def load_floors(path: Path = GATES_PATH) -> tuple[Floor, ...]:
    """Read the floors of a TOML file. Raises `GateError` with the near miss for an unknown name."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GateError(f"{path}: cannot be read as TOML in UTF-8: {error}") from error
    tables = raw.get("floors")
    if set(raw) != {"floors"} or not isinstance(tables, dict):
        raise GateError(f"{path}: must hold one table `floors`, but holds: {', '.join(raw) or 'nothing'}.")
    return tuple(floor for trait, table in tables.items() for floor in _trait_floors(path, trait, table))


def _trait_floors(path: Path, trait: str, table: Any) -> list[Floor]:
    where = f"{path}: [floors.{trait}]"
    if not isinstance(table, dict):
        raise GateError(f"{where} must be a table.")
    if trait == "all":
        return _floors(table, "all", where)
    if trait not in GROUPED_BY:
        raise GateError(f"{where} is no group. {near_miss(trait, ('all', *GROUPED_BY))}")
    floors: list[Floor] = []
    for value, inner in table.items():
        allowed = TRAIT_VALUES.get(trait, (value,))
        if value not in allowed:
            raise GateError(f'{where} has no group "{value}". {near_miss(value, allowed)}')
        floors += _floors(inner, f"{trait}={value}", f"{path}: [floors.{trait}.{value}]")
    return floors


def _floors(table: Any, group: str, where: str) -> list[Floor]:
    if not isinstance(table, Mapping):
        raise GateError(f"{where} must be a table of floors.")
    floors = []
    for measure, least in table.items():
        if measure not in MEASURES:
            hint = near_miss(measure, list(MEASURES))
            raise GateError(f'{where} has the unknown measure "{measure}". {hint}')
        if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
            raise GateError(f"{where} {measure} is {least!r}; a floor lies between 0 and 1.")
        floors.append(Floor(group, measure, float(least)))
    return floors


def failures(report: Report, floors: tuple[Floor, ...]) -> list[str]:
    """One reason for each floor that the report does not reach; a measure it lacks is a reason too."""
    reasons = []
    for floor in floors:
        group = report.group(floor.group)
        score = group.scores.get(floor.measure) if group else None
        if score is None:
            reasons.append(
                f"{floor.measure} ({floor.group}) was not measured; its floor is {floor.least:.3f}."
            )
        elif score.value < floor.least:
            reasons.append(
                f"{floor.measure} ({floor.group}) is {score.value:.3f} over {score.n} questions, "
                f"below its floor of {floor.least:.3f}."
            )
    return reasons
