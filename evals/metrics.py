"""The measures, each a pure function with its formula. Knows nothing of documents, services or files.

A ranking is a list of pages, best first, and gold a set of pages; a page is anything hashable. Ranks
count from 1 and rel(i) is 1 when the page at rank i is gold, else 0. Intervals and tests take one
value for each question and resample questions, as questions are what the sets are a sample of.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from evals.text import squash

Rows = NDArray[np.float64]
"""One row for each question: (n,) values, or (n, columns) where a measure needs several."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval; both ends in the unit of the measure."""

    low: float
    high: float


def page_at(ranking: Sequence[Hashable], gold: Collection[Hashable], k: int) -> float:
    """max over i ≤ k of rel(i): 1 when any gold page is among the first k (hit rate)."""
    return float(any(page in gold for page in ranking[:k]))


def recall_at(ranking: Sequence[Hashable], gold: Collection[Hashable], k: int) -> float:
    """Σ_{i≤k} rel(i) / |gold|: the share of the gold pages among the first k."""
    return sum(page in gold for page in ranking[:k]) / len(gold)


def mrr_at(ranking: Sequence[Hashable], gold: Collection[Hashable], k: int) -> float:
    """1 / (rank of the first gold page), 0 when it is beyond k; its mean is the MRR."""
    return next((1 / rank for rank, page in enumerate(ranking[:k], 1) if page in gold), 0.0)


def ndcg_at(ranking: Sequence[Hashable], gold: Collection[Hashable], k: int) -> float:
    """DCG / ideal DCG, where DCG = Σ_{i≤k} rel(i) / log2(i + 1) (Järvelin & Kekäläinen 2002)."""
    found = sum(1 / math.log2(rank + 1) for rank, page in enumerate(ranking[:k], 1) if page in gold)
    return found / sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(gold)) + 1))


def quote_verbatim(quote: str, slice_of_document: str, page_text: str) -> float:
    """1 when the quote is the slice it claims to be and its letters and digits stand on the page in order.

    `page_text` must come from another reader than the one that made the document.
    """
    letters = squash(quote)
    return float(bool(letters) and quote == slice_of_document and letters in squash(page_text))


def boxes_on_words(quote: str, boxed: str) -> float:
    """|letters(quote) ∩ letters(boxed)| / max(|letters(quote)|, |letters(boxed)|), as multisets.

    1 when the boxes hold the quote's letters and no others: a box over the whole page scores low,
    and so does one that misses a line.
    """
    wanted, covered = Counter(squash(quote)), Counter(squash(boxed))
    return (wanted & covered).total() / max(wanted.total(), covered.total(), 1)


def mean(values: Rows) -> float:
    """Σ x / n."""
    return float(values.mean())


def abstention_precision(rows: Rows) -> float:
    """|not answered ∧ unanswerable| / |not answered|; NaN when everything was answered.

    `rows` is (n, 2): 1 where the question was not answered, 1 where it is unanswerable.
    """
    silent, unanswerable = rows[:, 0], rows[:, 1]
    return _ratio(float(silent @ unanswerable), float(silent.sum()))


def abstention_recall(rows: Rows) -> float:
    """|not answered ∧ unanswerable| / |unanswerable|; rows as for `abstention_precision`."""
    silent, unanswerable = rows[:, 0], rows[:, 1]
    return _ratio(float(silent @ unanswerable), float(unanswerable.sum()))


def auroc(rows: Rows) -> float:
    """P(confidence of an answerable question > of an unanswerable one) + ½ P(equal); NaN without both.

    `rows` is (n, 2): the confidence, and 1 where the question is answerable.
    """
    answerable = rows[:, 1] > 0
    difference = rows[answerable, 0][:, None] - rows[~answerable, 0][None, :]
    return _ratio(float((difference > 0).sum() + 0.5 * (difference == 0).sum()), float(difference.size))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` in [0, 1] of the values lie, interpolated; NaN for no values."""
    return float(np.quantile(np.asarray(values), share)) if len(values) else math.nan


def bootstrap_interval(
    rows: Rows,
    statistic: Callable[[Rows], float] = mean,
    *,
    level: float = 0.95,
    rounds: int = 1000,
    seed: int = 0,
) -> Interval:
    """The percentile bootstrap: the middle `level` of `statistic` over resampled questions.

    Draws n of the n rows with replacement `rounds` times; draws without a value (NaN) are left out.
    The same rows and seed give the same interval. Raises `ValueError` without rows.
    """
    if len(rows) == 0:
        raise ValueError("An interval needs at least one question.")
    draws = np.random.default_rng(seed).integers(0, len(rows), (rounds, len(rows)))
    if statistic is mean and rows.ndim == 1:
        drawn = rows[draws].mean(axis=1)
    else:
        drawn = np.array([statistic(rows[draw]) for draw in draws])
    drawn = drawn[~np.isnan(drawn)]
    if len(drawn) == 0:
        return Interval(math.nan, math.nan)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def paired_test(before: Rows, after: Rows, *, rounds: int = 10_000, seed: int = 0) -> float:
    """The two-sided p-value that two runs over the same questions differ in their mean by chance.

    Fisher's randomisation test: with d = after - before, the share of sign flips s for which
    |Σ s·d| ≥ |Σ d|. All 2ⁿ flips are tried while they are fewer than `rounds`; else `rounds` random
    ones and the observed one (Smucker, Allan & Carterette 2007).
    """
    if before.shape != after.shape:
        raise ValueError(f"Runs of {len(before)} and {len(after)} questions cannot be paired.")
    difference = after - before
    difference = difference[difference != 0]
    if len(difference) == 0:
        return 1.0
    observed = abs(difference.sum()) - 1e-12
    if 2 ** len(difference) <= rounds:
        flips = np.array(list(product((-1.0, 1.0), repeat=len(difference))))
        return float((abs(flips @ difference) >= observed).mean())
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), (rounds, len(difference)))
    return float((1 + (abs(signs @ difference) >= observed).sum()) / (1 + rounds))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
