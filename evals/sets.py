"""Question sets: what is asked, and where in the documents the answer stands. Knows nothing of rankers.

A set is a file `evals/sets/<name>.jsonl` with one question a line:

    {"id": "F-001", "question": "hur ofta ska man vända någon?", "answerable": true, "split": "dev",
     "role": "underskoterska", "kind": "number", "overlap": "low",
     "gold": [{"document": "trycksar", "page": 3, "quote": "Lägesändring görs minst varannan timme"}],
     "answer": "Minst varannan timme.", "must_contain": ["varannan timme"], "must_include": []}
    {"id": "F-900", "question": "vad kostar en rullator?", "answerable": false, "split": "dev",
     "role": "hemtjanst", "why": "priser står inte i materialet"}

`gold` lists places that each answer the question. An answer holds the key fact when one of
`must_contain` occurs in it, and its conditions when all of `must_include` do.

    SetError
    └── raised for a file that cannot be read as questions; `.faults` says each line's trouble
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpus.catalogue import ROLES, near_miss
from evals.overlap import LEVELS
from evals.text import squash

SETS_DIR = Path(__file__).parent / "sets"
SPLITS = ("dev", "test")
ANSWER_KINDS = ("yesno", "number", "list", "who", "when", "how", "definition", "what")
MAX_QUESTION_CHARACTERS = 500


@dataclass(frozen=True)
class Fault:
    """Something wrong with one line of a set; `line` counts from 1."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line}: {self.message}"


class SetError(Exception):
    """A question set cannot be used as it stands. `.faults` holds every trouble found."""

    def __init__(self, faults: Sequence[Fault] = (), message: str = "") -> None:
        super().__init__(message or "\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Gold:
    """A place that answers the question: `quote` stands verbatim on page `page` (counted from 1)."""

    document: str
    page: int
    quote: str


@dataclass(frozen=True)
class Question:
    """One line of a set. An unanswerable question has `why` and neither gold nor facts."""

    id: str
    question: str
    answerable: bool
    split: str
    role: str
    path: Path
    line: int
    kind: str | None = None
    overlap: str | None = None
    gold: tuple[Gold, ...] = ()
    answer: str = ""
    must_contain: tuple[str, ...] = ()
    must_include: tuple[str, ...] = ()
    why: str = ""

    @property
    def set(self) -> str:
        """The name of the set: its file's stem."""
        return self.path.stem

    @property
    def gold_pages(self) -> frozenset[tuple[str, int]]:
        """The (document, page) pairs that answer the question."""
        return frozenset((gold.document, gold.page) for gold in self.gold)

    def fault(self, message: str) -> Fault:
        """A fault of this question's line."""
        return Fault(self.path, self.line, message)


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


def load_sets(paths: Iterable[Path], split: str = "all") -> tuple[Question, ...]:
    """The questions of these files in their order; `split` is dev, test or all.

    Raises `SetError` with every fault of every line, also when ids, questions or splits clash, and
    when no question is left.
    """
    if split not in (*SPLITS, "all"):
        raise SetError(message=f'There is no split "{split}". {near_miss(split, [*SPLITS, "all"])}')
    questions: list[Question] = []
    faults: list[Fault] = []
    for path in paths:
        read, wrong = read_set(path)
        questions += read
        faults += wrong
    faults += clashes(questions)
    if faults:
        raise SetError(faults)
    chosen = tuple(question for question in questions if split in ("all", question.split))
    if not chosen:
        raise SetError(message=f"There is no question to ask in split {split} of these sets.")
    return chosen


def read_set(path: Path) -> tuple[list[Question], list[Fault]]:
    """The questions of a file and what is wrong with its other lines; blank lines are skipped.

    Raises `SetError` when the file cannot be read as UTF-8 text at all.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SetError([Fault(path, 1, f"cannot be read as UTF-8 text: {error}")]) from error
    questions, faults = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            questions.append(_question(json.loads(line), path, number))
        except json.JSONDecodeError as error:
            faults.append(Fault(path, number, f"is not JSON: {error}"))
        except ValueError as error:
            faults.append(Fault(path, number, str(error)))
    return questions, faults


def clashes(questions: Sequence[Question]) -> list[Fault]:
    """What is wrong between questions: a repeated id or question, a document in both splits."""
    faults: list[Fault] = []
    ids: dict[str, Question] = {}
    texts: dict[str, Question] = {}
    splits: dict[str, Question] = {}
    for question in questions:
        other = ids.setdefault(question.id, question)
        if other is not question:
            faults.append(question.fault(f'id "{question.id}" is taken by {_place(other)}.'))
        other = texts.setdefault(squash(question.question), question)
        if other is not question:
            faults.append(question.fault(f"the same question stands in {_place(other)}."))
        for document in sorted({gold.document for gold in question.gold}):
            other = splits.setdefault(document, question)
            if other.split != question.split:
                faults.append(
                    question.fault(
                        f'split is {question.split}, but "{document}" is in {other.split} by '
                        f"{_place(other)}. A document belongs to one split."
                    )
                )
    return faults


def _place(question: Question) -> str:
    return f"{question.path.name}:{question.line}"


COMMON_KEYS = ("id", "question", "answerable", "split", "role")
ANSWERABLE_KEYS = (*COMMON_KEYS, "kind", "overlap", "gold", "answer", "must_contain", "must_include")
UNANSWERABLE_KEYS = (*COMMON_KEYS, "why")


def _question(row: Any, path: Path, line: int) -> Question:
    """Raises `ValueError` with the first thing that is wrong with the row."""
    if not isinstance(row, dict):
        raise ValueError(f"must be an object, not {type(row).__name__}.")
    answerable = row.get("answerable")
    if not isinstance(answerable, bool):
        raise ValueError(f"`answerable` must be true or false, not {answerable!r}.")
    known = ANSWERABLE_KEYS if answerable else UNANSWERABLE_KEYS
    for key in row:
        if key not in known:
            kind = "answerable" if answerable else "unanswerable"
            raise ValueError(f'unknown key "{key}" in an {kind} question. {near_miss(key, known)}')
    question = _text(row, "question")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise ValueError(f"`question` has {len(question)} characters; at most {MAX_QUESTION_CHARACTERS}.")
    common = Question(
        id=_text(row, "id"),
        question=question,
        answerable=answerable,
        split=_choice(row, "split", SPLITS),
        role=_choice(row, "role", ROLES),
        path=path,
        line=line,
    )
    return _answerable(row, common) if answerable else replace(common, why=_text(row, "why"))


def _answerable(row: Mapping[str, Any], common: Question) -> Question:
    gold = row.get("gold")
    if not isinstance(gold, list) or not gold:
        raise ValueError("`gold` must be a list of at least one place.")
    must_contain = _texts(row, "must_contain")
    if not must_contain:
        raise ValueError("`must_contain` needs at least one string: without it no answer can be right.")
    return replace(
        common,
        kind=_choice(row, "kind", ANSWER_KINDS),
        overlap=_choice(row, "overlap", LEVELS) if row.get("overlap") else None,
        gold=tuple(_gold(entry) for entry in gold),
        answer=_text(row, "answer"),
        must_contain=must_contain,
        must_include=_texts(row, "must_include"),
    )


def _gold(entry: Any) -> Gold:
    if not isinstance(entry, dict) or set(entry) != {"document", "page", "quote"}:
        raise ValueError("each place in `gold` must be an object with document, page and quote.")
    page = entry["page"]
    if type(page) is not int or page < 1:
        raise ValueError(f"`gold` page must be a whole number from 1, not {page!r}.")
    quote = _text(entry, "quote")
    if not squash(quote):
        raise ValueError(f"`gold` quote {quote!r} holds no letter or digit.")
    return Gold(_text(entry, "document"), page, quote)


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"`{key}` must be a text that is not empty, not {value!r}.")
    return value


def _texts(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = row.get(key, [])
    if not isinstance(values, list) or not all(isinstance(v, str) and squash(v) for v in values):
        raise ValueError(f"`{key}` must be a list of texts with a letter or digit each, not {values!r}.")
    return tuple(values)


def _choice(row: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    value = row.get(key)
    if value not in allowed:
        raise ValueError(f"`{key}` is {value!r}. {near_miss(str(value), allowed)}")
    return str(value)
