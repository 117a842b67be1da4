"""What a run must reach to pass: floors, and no loss beyond chance against the baseline.

`gates.toml` names them. Knows nothing of how a report is measured.

GateError
└── raised for a file that cannot be read, or a gate on a measure or group that does not exist
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.catalogue import ROLES, near_miss
from evals.baseline import Baseline
from evals.measures import LESS_IS_BETTER, MEASURES
from evals.metrics import corrected, paired_test
from evals.overlap import LEVELS
from evals.schema import ANSWER_KINDS, ENTITY_KINDS, LANGUAGES, SIGNS, SPLITS
from evals.scores import GROUPED_BY, Report

GATES_PATH = Path(__file__).parent / "gates.toml"

TRAIT_VALUES = {
    "split": SPLITS,
    "language": LANGUAGES,
    "overlap": LEVELS,
    "role": ROLES,
    "kind": (*ANSWER_KINDS, *SIGNS, *ENTITY_KINDS),
}
"""What a group can be named; sets come and go, so theirs are not fixed."""

SHARED = 0.5
"""A baseline that knows less than this share of a run's cases is out of date and no measure of a loss."""


class GateError(Exception):
    """The file of gates cannot be used as it stands; the message says where and what would mend it."""


@dataclass(frozen=True)
class Floor:
    """The least value that `measure` may have in `group` ("all" or, say, "overlap=low").

    Of a measure of which less is better, `least` is the greatest value.
    """

    group: str
    measure: str
    least: float


@dataclass(frozen=True)
class NoLoss:
    """The measures that may not be worse than the baseline by more than chance explains: by a paired
    test, at `level` for all of them together (Holm's correction)."""

    measures: tuple[str, ...]
    level: float


@dataclass(frozen=True)
class Gates:
    """All that a run must pass; `no_loss` None when no baseline is watched."""

    floors: tuple[Floor, ...]
    no_loss: NoLoss | None = None


def load_gates(path: Path = GATES_PATH) -> Gates:
    """Read the gates of a TOML file. Raises `GateError` with the near miss for an unknown name."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GateError(f"{path}: cannot be read as TOML in UTF-8: {error}") from error
    tables = raw.get("floors")
    if not isinstance(tables, dict) or set(raw) - {"floors", "no_loss"}:
        raise GateError(
            f"{path}: must hold a table `floors` and may hold `no_loss`, but holds: "
            f"{', '.join(raw) or 'nothing'}."
        )
    floors = [floor for trait, table in tables.items() for floor in _trait_floors(path, trait, table)]
    return Gates(tuple(floors), _no_loss(path, raw["no_loss"]) if "no_loss" in raw else None)


def failures(report: Report, gates: Gates, baseline: Baseline | None = None) -> list[str]:
    """One reason for each gate that the report does not pass.

    A measure that the report lacks is a reason, and so is a baseline that is missing or out of date
    when `gates.no_loss` asks for one.
    """
    reasons = _below(report, gates.floors)
    if gates.no_loss:
        reasons += _lost(report, gates.no_loss, baseline)
    return reasons


def _below(report: Report, floors: tuple[Floor, ...]) -> list[str]:
    reasons = []
    for floor in floors:
        group = report.group(floor.group)
        score = group.scores.get(floor.measure) if group else None
        if score is None:
            reasons.append(
                f"{floor.measure} ({floor.group}) was not measured; its floor is {floor.least:.3f}."
            )
        elif floor.measure in LESS_IS_BETTER and score.value > floor.least:
            reasons.append(
                f"{floor.measure} ({floor.group}) is {score.value:.3f} over {score.n} questions, "
                f"above its ceiling of {floor.least:.3f}."
            )
        elif floor.measure not in LESS_IS_BETTER and score.value < floor.least:
            reasons.append(
                f"{floor.measure} ({floor.group}) is {score.value:.3f} over {score.n} questions, "
                f"below its floor of {floor.least:.3f}."
            )
    return reasons


def _lost(report: Report, no_loss: NoLoss, baseline: Baseline | None) -> list[str]:
    if baseline is None:
        return ["there is no baseline to compare with. Write one: lotsen eval --write-baseline"]
    known = baseline.known(report)
    if known < SHARED * len(report.results):
        return [
            f"the baseline of {baseline.created} knows {known} of the {len(report.results)} cases that were "
            "asked. Write a new one: lotsen eval --write-baseline"
        ]
    reasons = []
    found = [(name, pairs) for name in no_loss.measures if (pairs := baseline.pairs(report, name))]
    arrays = [np.array([(then, now) for _, then, now in pairs]).T for _, pairs in found]
    chances = corrected([paired_test(then, now) for then, now in arrays])
    for (measure, pairs), (then, now), p in zip(found, arrays, chances, strict=True):
        if now.mean() < then.mean() and p < no_loss.level:
            worse = [id for id, before, after in pairs if after < before]
            reasons.append(
                f"{measure} fell from {then.mean():.3f} to {now.mean():.3f} over {len(pairs)} cases, beyond "
                f"chance (p = {p:.3f}). Lost: {', '.join(worse)}"
            )
    return reasons


def _no_loss(path: Path, table: Any) -> NoLoss:
    where = f"{path}: [no_loss]"
    if not isinstance(table, dict) or set(table) != {"measures", "level"}:
        raise GateError(f"{where} must hold `measures` and `level`.")
    measures, level = table["measures"], table["level"]
    if not isinstance(measures, list) or not measures:
        raise GateError(f"{where} measures must be a list of at least one measure.")
    for measure in measures:
        if measure not in MEASURES:
            raise GateError(f'{where} has the unknown measure "{measure}". {near_miss(measure, [*MEASURES])}')
    if not isinstance(level, float) or not 0 < level < 1:
        raise GateError(f"{where} level is {level!r}; it lies between 0 and 1.")
    return NoLoss(tuple(measures), level)


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
