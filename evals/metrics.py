"""The measures, each a pure function with its formula. Knows nothing of documents, services or files.

A ranking is a list of pages, best first, and gold a set of pages; a page is anything hashable. Ranks
count from 1 and rel(i) is 1 when the page at rank i is gold, else 0. Intervals and tests take one
value for each question and resample questions, as questions are what the sets are a sample of.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

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
    return graded_ndcg_at(ranking, dict.fromkeys(gold, 1), k)


def graded_ndcg_at(ranking: Sequence[Hashable], grades: Mapping[Any, int], k: int) -> float:
    """`ndcg_at` where rel(i) is the grade of the page at rank i, as trec_eval and BEIR count it."""
    found = sum(grades.get(page, 0) / math.log2(rank + 1) for rank, page in enumerate(ranking[:k], 1))
    ideal = sorted(grades.values(), reverse=True)[:k]
    return found / sum(grade / math.log2(rank + 1) for rank, grade in enumerate(ideal, 1))


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


def supports(statement: str, quotes: Sequence[str]) -> bool:
    """Whether each part of the statement stands, letter by letter, in the quotes read one after another.

    Parts are what " · " and ": " separate, as a table's row is shown with the heads of its columns.
    """
    read = squash("".join(quotes))
    parts = [squash(part) for part in re.split(r" · |: ", statement)]
    return any(parts) and all(part in read for part in parts)


def citation_recall(statements: Sequence[tuple[str, Sequence[str]]]) -> float:
    """|statements that their quotes support| / |statements| (ALCE, Gao et al. 2023).

    Each statement comes with the quotes it cites. ALCE asks a language model whether the cited passages
    entail the statement; here `supports` must find its very words in the spans that are cited.
    """
    return sum(supports(text, quotes) for text, quotes in statements) / len(statements)


def citation_precision(statements: Sequence[tuple[str, Sequence[str]]]) -> float:
    """|citations that are needed| / |citations|, NaN when nothing is cited (ALCE).

    A citation is needed when the statement is supported, and the citation either supports it alone or
    is one without which the others do not.
    """
    needed = [_needed(text, quotes, i) for text, quotes in statements for i in range(len(quotes))]
    return _ratio(sum(needed), len(needed))


def _needed(text: str, quotes: Sequence[str], i: int) -> bool:
    if not supports(text, quotes):
        return False
    return supports(text, [quotes[i]]) or not supports(text, [*quotes[:i], *quotes[i + 1 :]])


def completeness(conditions: Collection[bool]) -> float:
    """|conditions that the answer holds| / |conditions|; one `bool` for each condition."""
    return sum(conditions) / len(conditions)


def mean(values: Rows) -> float:
    """Σ x / n."""
    return float(values.mean())


def precision(rows: Rows) -> float:
    """|flagged ∧ true| / |flagged|; NaN when nothing was flagged.

    `rows` is (n, 2): 1 where the case was flagged, 1 where it should be.
    """
    return _ratio(float(rows[:, 0] @ rows[:, 1]), float(rows[:, 0].sum()))


def recall(rows: Rows) -> float:
    """|flagged ∧ true| / |true|; rows as for `precision`, NaN when nothing should be flagged."""
    return _ratio(float(rows[:, 0] @ rows[:, 1]), float(rows[:, 1].sum()))


def f1(rows: Rows) -> float:
    """2 · precision · recall / (precision + recall) = 2 TP / (|flagged| + |true|); rows as for them."""
    return _ratio(2 * float(rows[:, 0] @ rows[:, 1]), float(rows.sum()))


def auroc(rows: Rows) -> float:
    """P(confidence of an answerable question > of an unanswerable one) + ½ P(equal); NaN without both.

    `rows` is (n, 2): the confidence, and 1 where the question is answerable.
    """
    answerable = rows[:, 1] > 0
    difference = rows[answerable, 0][:, None] - rows[~answerable, 0][None, :]
    return _ratio(float((difference > 0).sum() + 0.5 * (difference == 0).sum()), float(difference.size))


@dataclass(frozen=True)
class Bin:
    """The `n` answers whose confidence lies in [low, high): their mean confidence and share that is right."""

    low: float
    high: float
    confidence: float
    right: float
    n: int


def reliability(rows: Rows, bins: int = 10) -> tuple[Bin, ...]:
    """Answers by confidence in `bins` parts of [0, 1] of equal width, empty ones left out.

    `rows` is (n, 2): the confidence, and 1 where the answer was right. 1.0 counts in the last bin.
    """
    which = np.minimum((rows[:, 0] * bins).astype(int), bins - 1)
    found = []
    for i in range(bins):
        inside = rows[which == i]
        if len(inside):
            confidence, right = inside.mean(axis=0).tolist()
            found.append(Bin(i / bins, (i + 1) / bins, confidence, right, len(inside)))
    return tuple(found)


def calibration_error(rows: Rows, bins: int = 10) -> float:
    """Σ_b n_b / n · |right_b - confidence_b|: the expected calibration error (Naeini et al. 2015).

    `rows` as for `reliability`; NaN without rows.
    """
    if len(rows) == 0:
        return math.nan
    which = np.minimum((rows[:, 0] * bins).astype(int), bins - 1)
    # Within a bin, n_b · |right_b - confidence_b| is the size of the summed differences.
    gaps = np.bincount(which, weights=rows[:, 1] - rows[:, 0], minlength=bins)
    return float(np.abs(gaps).sum() / len(rows))


@dataclass(frozen=True)
class Point:
    """What a threshold would give: answers with at least `confidence`, as a share of all questions, and
    how many of those are right."""

    confidence: float
    coverage: float
    precision: float


def coverage_curve(rows: Rows, asked: int) -> tuple[Point, ...]:
    """Coverage |confidence ≥ t| / asked against precision |right ∧ confidence ≥ t| / |confidence ≥ t|.

    One point for each confidence t that occurs, highest first. `rows` as for `reliability`, of the
    questions that were answered; `asked` counts all.
    """
    ordered = rows[np.argsort(-rows[:, 0], kind="stable")]
    right = np.cumsum(ordered[:, 1])
    last = [i for i in range(len(ordered)) if i + 1 == len(ordered) or ordered[i, 0] != ordered[i + 1, 0]]
    return tuple(Point(float(ordered[i, 0]), (i + 1) / asked, float(right[i] / (i + 1))) for i in last)


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
    signs = np.random.default_rng(seed).integers(0, 2, (rounds, len(difference)), np.int8) * 2.0 - 1
    return float((1 + (abs(signs @ difference) >= observed).sum()) / (1 + rounds))


def corrected(p_values: Sequence[float]) -> list[float]:
    """Holm's correction for asking several times: p(i) becomes max over j ≤ i of min(1, (m - j + 1) p(j)),
    where p(1) ≤ … ≤ p(m) (Holm 1979). Given back in the order they came."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    found, least = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        least = max(least, min(1.0, (len(order) - rank) * p_values[i]))
        found[i] = least
    return found


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
