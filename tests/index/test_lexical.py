"""The lexical index against BM25 by its formula."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from index.analysis import Word, words
from index.errors import IndexMismatch
from index.lexical import ARRAYS, GRAM_WEIGHT, K1, B, DocumentTerms, LexicalIndex, write_lexical

PASSAGES = [
    "Den som har fallit ska inte lyftas.",
    "Fallrisken bedöms varje månad, fallrisken skrivs ned.",
    "Sårvården sköts av sjuksköterskan.",
    "",
    "Fall fall fall: sjuksköterskan bedömer fallrisker hos den som ofta faller omkull.",
]


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    """Three documents of two, no and three passages."""
    parts = [PASSAGES[:2], [], PASSAGES[2:]]
    paths = []
    for i, passages in enumerate(parts):
        paths.append(tmp_path / f"{i}.npz")
        DocumentTerms.of([(text, 1.0)] for text in passages).save(paths[-1])
    assert write_lexical(tmp_path, paths) == len(PASSAGES)
    return LexicalIndex(tmp_path, len(PASSAGES))


def terms_of(word: Word) -> list[int]:
    return [word.stem, *word.grams]


def naive_scores(query: str) -> list[float]:
    counts = [Counter(term for word in words(text) for term in terms_of(word)) for text in PASSAGES]
    lengths = [sum(count.values()) for count in counts]
    average = sum(lengths) / len(lengths)
    weights: dict[int, float] = {}
    for word in set(words(query)):
        weights[word.stem] = 1.0
        for gram in word.grams:
            weights[gram] = weights.get(gram, 0.0) + GRAM_WEIGHT
    scores = []
    for count, length in zip(counts, lengths, strict=True):
        score = 0.0
        for term, weight in weights.items():
            n = sum(term in other for other in counts)
            if n and (tf := count[term]):
                idf = math.log(1 + (len(PASSAGES) - n + 0.5) / (n + 0.5))
                score += weight * idf * (K1 + 1) * tf / (tf + K1 * (1 - B + B * length / average))
        scores.append(score)
    return scores


@pytest.mark.parametrize(
    "query", ["fallrisk", "vem sköter sårvård", "fall fall sjuksköterskans bedömning", "xyz", ""]
)
def test_scores_are_those_of_the_formula(index: LexicalIndex, query: str) -> None:
    np.testing.assert_allclose(index.scores(words(query)), naive_scores(query), rtol=2e-3, atol=1e-6)


def test_coverage_is_the_share_of_idf_weight(index: LexicalIndex) -> None:
    # "lyfta" stands in one passage, "xyz" in none: ln(1 + 4.5/1.5) and ln(1 + 5.5/0.5)
    lifted, unseen = math.log(4), math.log(12)
    found = index.coverage(words("lyftas xyz"), np.arange(len(PASSAGES)))
    np.testing.assert_allclose(found, [lifted / (lifted + unseen), 0, 0, 0, 0], rtol=1e-6)


def test_coverage_counts_a_compound_by_its_grams(index: LexicalIndex) -> None:
    rows = np.array([1, 3])
    covered = index.coverage(words("riskfallrisk"), rows)
    assert 0.2 < covered[0] < 1
    assert covered[1] == 0


def test_nothing_to_look_for_covers_nothing(index: LexicalIndex) -> None:
    assert index.coverage([], np.arange(5)).tolist() == [0] * 5
    assert index.scores([]).tolist() == [0] * 5


def test_an_index_without_passages(tmp_path: Path) -> None:
    assert write_lexical(tmp_path, []) == 0
    index = LexicalIndex(tmp_path, 0)
    assert index.scores(words("fall")).shape == (0,)
    assert index.coverage(words("fall"), np.zeros(0, np.int64)).shape == (0,)


@pytest.mark.parametrize("name", ARRAYS)
def test_cut_or_missing_files_are_refused(index: LexicalIndex, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(IndexMismatch, match=name):
        LexicalIndex(tmp_path, len(PASSAGES))
    path.unlink()
    with pytest.raises(IndexMismatch, match=name):
        LexicalIndex(tmp_path, len(PASSAGES))


def test_files_of_two_indexes_are_refused(index: LexicalIndex, tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.zeros(3, np.int32))
    with pytest.raises(IndexMismatch, match="postings"):
        LexicalIndex(tmp_path, len(PASSAGES))
