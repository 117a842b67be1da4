"""Learning fusion weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.calibrate import Case, Question, cases, compared, learn, read_questions, table, worth
from index.fusion import Candidates, FusionWeights
from index.search import Searcher
from tests.index.support import WordEmbedder

QUESTION = Question("fråga", frozenset({("a", 1)}), "low")


def case(lexical: list[float], dense: list[float], pages: list[int], right: int, best: float = 0.5) -> Case:
    """A question whose candidates have these scores; page `right` is the one looked for."""
    n = len(pages)
    zeros = np.zeros(n, np.float32)
    scores = np.array(lexical, np.float32), np.array(dense, np.float32)
    found = Candidates(np.arange(n), zeros, zeros, zeros, *scores, zeros, best)
    return Case(QUESTION, found, np.array(pages), np.array(pages) == right)


def test_rank_counts_pages_not_passages() -> None:
    found = case([5, 4, 3, 2], [0, 0, 0, 9], [1, 1, 2, 3], right=3)
    assert found.rank(FusionWeights(dense=0, dense_gap=0)) == 3
    assert found.rank(FusionWeights(dense=1, dense_gap=0)) == 1
    assert case([1], [1], [1], right=2).rank(FusionWeights()) is None
    deep = case(list(range(20, 0, -1)), [0] * 20, list(range(20)), right=10)
    assert deep.rank(FusionWeights()) is None
    assert replace(deep, gold=deep.pages == 9).rank(FusionWeights()) == 10


def test_worth() -> None:
    assert worth([1, 2, 6, None]) == pytest.approx(((1 + 1) + (1 / 2 + 1) + 1 / 6 + 0) / 2 / 4)


def test_a_ranker_that_misleads_gets_no_weight() -> None:
    known = [case([2, 1, 0], [-2, 1, 2], [1, 2, 3], right=1) for _ in range(3)]
    assert learn(known).dense == 0


def test_weight_goes_where_words_find_nothing() -> None:
    clear = [case([3, 1], [-1, 1], [1, 2], right=1, best=1.0) for _ in range(3)]
    foreign = [case([1, 0], [-1, 1], [1, 2], right=2, best=0.1) for _ in range(3)]
    weights = learn([*clear, *foreign])
    assert weights.dense_gap > 0
    assert worth([found.rank(weights) for found in [*clear, *foreign]]) == 1


def test_questions_without_gold_pages_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    rows = [
        {"question": "a", "gold": [{"document": "fall", "page": 2, "quote": "…"}], "overlap": "low"},
        {"question": "b", "gold": []},
        {"question": "c", "answerable": False},
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    assert read_questions([path]) == [Question("a", frozenset({("fall", 2)}), "low")]
    path.write_text("\n{")
    with pytest.raises(ValueError, match=r"q\.jsonl:2"):
        read_questions([path])


def test_cases_know_the_pages_of_the_passages(index_dir: Path, embedder: WordEmbedder) -> None:
    searcher = Searcher.open(index_dir, embedder)
    question = Question("skriv en avvikelse", frozenset({("fall", 2)}), "high")
    (found,) = cases(searcher, [question])
    assert len(found.pages) == 7
    assert len(set(found.pages.tolist())) == 4
    assert found.gold.sum() == 1
    assert found.rank(searcher.manifest.fusion) == 1
    assert "high" in table([found], searcher.manifest.fusion)


def test_what_was_learned_is_compared(index_dir: Path, embedder: WordEmbedder) -> None:
    question = Question("trycksår", frozenset({("trycksar", 1)}), "high")
    printed = compared(Searcher.open(index_dir, embedder), [question])
    assert "as built: FusionWeights(lexical=1.0" in printed
    assert "learned: FusionWeights(lexical=1.0" in printed
