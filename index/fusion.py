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
    dense: float = 0.6
    dense_gap: float = 0.6
    coverage: float = 1.0

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


def dense_weight(weights: FusionWeights, best_coverage: float) -> float:
    """How much the dense score counts for a question whose best lexical passage covers this much."""
    return weights.dense + weights.dense_gap * (1.0 - best_coverage)
