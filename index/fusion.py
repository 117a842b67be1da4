"""One score out of a lexical and a dense one. Knows nothing of where the scores come from.

Scores are fused, not ranks: a rank hides whether the best passage is far ahead or one of a crowd. Each
ranker's scores become standard deviations above the mean of all passages, and how much the dense ones
count depends on the question: where even the best lexical passage holds little of the question's idf
weight, staff used other words than the guidance, and word likeness has little to say.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class FusionWeights:
    """The weights of a fused score, learned by `index.calibrate`.

    `dense` counts in full where all of the question's weight is covered, `dense + dense_gap` where
    none is, and in proportion between; `coverage` is given for a passage that covers everything.
    """

    lexical: float = 1.0
    dense: float = 0.0
    dense_gap: float = 6.0
    coverage: float = 12.0

    def __post_init__(self) -> None:
        """Refuse weights that are not finite numbers."""
        for field in fields(self):
            if not np.isfinite(value := getattr(self, field.name)):
                raise ValueError(f"The fusion weight {field.name} is {value}; give a finite number.")


def standardised(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Standard deviations above the mean; all zero where the scores do not differ.

    >>> standardised(np.array([0, 0, 3, 1], np.float32)).round(2).tolist()
    [-0.82, -0.82, 1.63, 0.0]
    """
    if not len(scores) or not (spread := float(scores.std())) > 1e-9:
        return np.zeros(len(scores), np.float32)
    return np.asarray((scores - scores.mean()) / spread, np.float32)


@dataclass(frozen=True, eq=False)
class Candidates:
    """The passages looked at closely for one question, all arrays (m,): their rows, what each ranker
    gave them (as it is, and standardised over all passages), what of `bm25` is due to the lexicon, and
    the share of the question's idf weight each holds. `best` is that share in the best lexical passages."""

    rows: NDArray[np.int64]
    bm25: NDArray[np.float32]
    lexicon: NDArray[np.float32]
    cosine: NDArray[np.float32]
    lexical: NDArray[np.float32]
    dense: NDArray[np.float32]
    coverage: NDArray[np.float32]
    best: float


@dataclass(frozen=True, eq=False)
class Parts:
    """What makes up the scores of candidates, arrays (m,)."""

    lexical: NDArray[np.float32]
    dense: NDArray[np.float32]
    bonus: NDArray[np.float32]

    def scores(self) -> NDArray[np.float64]:
        """The sum, rounded so that equal scores are equal whatever the order of addition was."""
        total = np.asarray(self.lexical + self.dense + self.bonus, np.float64)
        return np.round(total, 5)


def fuse(candidates: Candidates, weights: FusionWeights) -> Parts:
    """The weighted parts of each candidate's score.

    >>> # weights 1, .6, .4, 1; lexical 2.0, dense 1.0, coverage .5, best .75
    >>> # -> 2.0 + (.6 + .4 * .25) * 1.0 + .5 = 3.2
    """
    dense = weights.dense + weights.dense_gap * (1.0 - candidates.best)
    return Parts(
        lexical=np.float32(weights.lexical) * candidates.lexical,
        dense=np.float32(dense) * candidates.dense,
        bonus=np.float32(weights.coverage) * candidates.coverage,
    )
