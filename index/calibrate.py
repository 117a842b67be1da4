"""Learns the weights of a fused score on questions whose pages are known.

    python -m index.calibrate --index DIR --questions FILE...

Each line of a question file is JSON: {"question": "…", "gold": [{"document": "…", "page": 3}],
"overlap": "low"}; lines without gold pages are left out, and "overlap", the share of words that
question and page have in common, is optional. All combinations of a grid are tried. A combination
counts as much as it and its neighbours on the grid achieve on average, so that the choice does not
hang on a few questions. Knows nothing of how answers are made.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.fusion import Candidates, FusionWeights, fuse
from index.search import Searcher

GRID: dict[str, tuple[float, ...]] = {
    "dense": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.3),
    "dense_gap": (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0),
    "coverage": (0.0, 1.0, 2.0, 4.0, 8.0, 12.0, 16.0),
}
"""Values tried for each weight; `lexical` is the unit that the others are measured in."""

DEPTH = 10
"""A page further down counts as not found."""


@dataclass(frozen=True)
class Question:
    """A question and the pages that answer it, as `(document id, page number)`."""

    text: str
    gold: frozenset[tuple[str, int]]
    overlap: str


@dataclass(frozen=True, eq=False)
class Case:
    """A question's candidates: `pages` (m,) numbers their pages, `gold` (m,) says which are right."""

    question: Question
    candidates: Candidates
    pages: NDArray[np.int64]
    gold: NDArray[np.bool_]

    def rank(self, weights: FusionWeights) -> int | None:
        """The place of the first right page among the pages found, from 1; None beyond `DEPTH`."""
        order = np.argsort(-fuse(self.candidates, weights).scores(), kind="stable")
        right = np.flatnonzero(self.gold[order])
        if not len(right):
            return None
        rank = len(np.unique(self.pages[order[: right[0]]])) + 1
        return rank if rank <= DEPTH else None


def read_questions(paths: Sequence[Path]) -> list[Question]:
    """The questions with gold pages in JSON lines files; raises ValueError naming file and line."""
    questions = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                gold = frozenset((page["document"], int(page["page"])) for page in row.get("gold") or ())
                question = Question(row["question"], gold, row.get("overlap") or "unknown")
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{path}:{number} is no question: {error!r}") from error
            if gold:
                questions.append(question)
    return questions


def cases(searcher: Searcher, questions: Sequence[Question]) -> Iterator[Case]:
    """Look each question up once, so that weights can be tried without searching again."""
    for question in questions:
        found = searcher.candidates(question.text)
        numbers: dict[tuple[str, int], int] = {}
        pages, gold = [], []
        for row in found.rows:
            chunk = searcher.chunks[int(row)]
            page = (chunk.document_id, searcher.page_for(chunk, question.text).number)
            pages.append(numbers.setdefault(page, len(numbers)))
            gold.append(page in question.gold)
        yield Case(question, found, np.array(pages, np.int64), np.array(gold, np.bool_))


def worth(ranks: Sequence[int | None]) -> float:
    """Half the mean reciprocal rank, half the share of questions with a right page among five."""
    return float(np.mean([(1 / rank + (rank <= 5)) / 2 if rank else 0.0 for rank in ranks]))


def learn(known: Sequence[Case]) -> FusionWeights:
    """The weights of the grid that, with their neighbours, are worth most on these cases."""
    shape = tuple(len(values) for values in GRID.values())
    values = np.zeros(shape)
    for place in np.ndindex(shape):
        weights = _weights(place)
        values[place] = worth([case.rank(weights) for case in known])
    padded = np.pad(values, 1, mode="edge")
    offsets = itertools.product(range(3), repeat=len(shape))
    smooth = sum(padded[tuple(slice(o, o + n) for o, n in zip(at, shape, strict=True))] for at in offsets)
    best = np.unravel_index(int(np.argmax(smooth)), shape)
    return _weights(tuple(int(i) for i in best))


def table(known: Sequence[Case], weights: FusionWeights) -> str:
    """page@k and MRR by overlap level, as text."""
    groups: dict[str, list[int | None]] = {}
    for case in known:
        groups.setdefault(case.question.overlap, []).append(case.rank(weights))
    groups = dict(sorted(groups.items())) | {"all": [rank for ranks in groups.values() for rank in ranks]}
    lines = [
        f"{'overlap':10}{'questions':>10}{'page@1':>8}{'page@3':>8}{'page@5':>8}{'page@10':>8}{'MRR':>8}"
    ]
    for name, ranks in groups.items():
        shares = [np.mean([rank is not None and rank <= k for rank in ranks]) for k in (1, 3, 5, 10)]
        mrr = np.mean([1 / rank if rank else 0.0 for rank in ranks])
        lines.append(f"{name:10}{len(ranks):10}" + "".join(f"{value:8.3f}" for value in [*shares, mrr]))
    return "\n".join(lines)


def compared(searcher: Searcher, questions: Sequence[Question]) -> str:
    """What the index's own weights achieve on these questions, and what those learned from them do."""
    known = list(cases(searcher, questions))
    parts = []
    for title, weights in (("as built", searcher.manifest.fusion), ("learned", learn(known))):
        values = ", ".join(f"{f.name}={getattr(weights, f.name)}" for f in fields(weights))
        parts.append(f"{title}: FusionWeights({values})\n{table(known, weights)}\n")
    return "\n".join(parts)


def _weights(place: tuple[int, ...]) -> FusionWeights:
    return FusionWeights(**{name: GRID[name][i] for name, i in zip(GRID, place, strict=True)})


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--index", type=Path, required=True, help="folder of the index")
    parser.add_argument("--questions", type=Path, nargs="+", required=True, help="JSON lines files")
    arguments = parser.parse_args()
    print(compared(Searcher.open(arguments.index), read_questions(arguments.questions)))


if __name__ == "__main__":
    main()
