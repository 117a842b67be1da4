"""Question sets: files `evals/sets/<name>.jsonl` with one case a line. Knows nothing of rankers.

`evals.schema` says what a line looks like, `evals/sets/README.md` what each set is for.

    SetError
    └── raised for a file that cannot be read as cases; `.faults` says each line's trouble
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from corpus.catalogue import near_miss
from evals.cases import Case, Fault
from evals.schema import SPLITS, case_of
from evals.text import squash

SETS_DIR = Path(__file__).parent / "sets"


class SetError(Exception):
    """A question set cannot be used as it stands. `.faults` holds every trouble found."""

    def __init__(self, faults: Sequence[Fault] = (), message: str = "") -> None:
        super().__init__(message or "\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


def set_paths(names: Sequence[str] = (), folder: Path = SETS_DIR) -> list[Path]:
    """The files of the named sets, of all sets when no name is given, in alphabetical order.

    Raises `SetError` for a name that no file has (with the near miss) and for a folder without sets.
    """
    found = {path.stem: path for path in sorted(folder.glob("*.jsonl"))}
    if not found:
        raise SetError(message=f"There is no question set (*.jsonl) in {folder}.")
    for name in names:
        if name not in found:
            raise SetError(message=f'There is no question set "{name}". {near_miss(name, list(found))}')
    return [path for name, path in found.items() if not names or name in names]


def load_sets(paths: Iterable[Path], split: str = "all") -> tuple[Case, ...]:
    """The cases of these files in their order; `split` is dev, test or all.

    Raises `SetError` with every fault of every line, also when ids, wordings or splits clash, and
    when no case is left.
    """
    if split not in (*SPLITS, "all"):
        raise SetError(message=f'There is no split "{split}". {near_miss(split, [*SPLITS, "all"])}')
    cases: list[Case] = []
    faults: list[Fault] = []
    for path in paths:
        read, wrong = read_set(path)
        cases += read
        faults += wrong
    faults += clashes(cases)
    if faults:
        raise SetError(faults)
    chosen = tuple(case for case in cases if split in ("all", case.split))
    if not chosen:
        raise SetError(message=f"There is no question to ask in split {split} of these sets.")
    return chosen


def read_set(path: Path) -> tuple[list[Case], list[Fault]]:
    """The cases of a file and what is wrong with its other lines; blank lines are skipped.

    Raises `SetError` when the file cannot be read as UTF-8 text at all.
    """
    cases, faults = [], []
    for number, line in numbered_lines(path):
        try:
            cases.append(case_of(json.loads(line), path, number))
        except json.JSONDecodeError as error:
            faults.append(Fault(path, number, f"is not JSON: {error}"))
        except ValueError as error:
            faults.append(Fault(path, number, str(error)))
    return cases, faults


def numbered_lines(path: Path) -> list[tuple[int, str]]:
    """The lines of a file that are not blank, each with its number from 1. Raises `SetError`."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SetError([Fault(path, 1, f"cannot be read as UTF-8 text: {error}")]) from error
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def clashes(cases: Sequence[Case]) -> list[Fault]:
    """What is wrong between cases: a repeated id or wording, a document in both splits."""
    faults: list[Fault] = []
    ids: dict[str, Case] = {}
    texts: dict[str, Case] = {}
    splits: dict[str, Case] = {}
    for case in cases:
        other = ids.setdefault(case.id, case)
        if other is not case:
            faults.append(case.fault(f'id "{case.id}" is taken by {other.place}.'))
        other = texts.setdefault(squash(case.wording), case)
        if other is not case:
            faults.append(case.fault(f"the same question stands in {other.place}."))
        for document in case.documents:
            other = splits.setdefault(document, case)
            if other.split != case.split:
                faults.append(
                    case.fault(
                        f'split is {case.split}, but "{document}" is in {other.split} by '
                        f"{other.place}. A document belongs to one split."
                    )
                )
    return faults
