"""The fitting itself; what it learns from lies outside the project."""

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.evidence import FEATURES, SUMMARY, Selector
from assistant.signs import any_of
from assistant.train import auroc, fit


def test_fit_finds_the_weights_that_made_the_labels() -> None:
    random = np.random.default_rng(7)
    rows = np.column_stack([np.ones(20_000), random.normal(size=(20_000, 2))])
    truth = np.array([0.0, 2.0, -1.0])
    labels = (random.random(20_000) < 1 / (1 + np.exp(-(rows @ truth)))).astype(float)
    assert fit(rows, labels) == pytest.approx(truth, abs=0.1)


def test_fit_counts_both_classes_the_same() -> None:
    # One yes in ten: with the bias alone, the balanced log odds are zero.
    labels = np.array([1.0] + [0.0] * 9)
    assert fit(np.ones((10, 1)), labels) == pytest.approx([0.0], abs=1e-6)


def test_auroc_by_hand() -> None:
    # Pairs (yes, no): (3, 1) (3, 2) (2, 1) are right and (2, 2) is half right.
    scores, labels = np.array([3.0, 2.0, 2.0, 1.0]), np.array([1, 1, 0, 0])
    assert auroc(scores, labels) == (3 + 0.5) / 4


def test_a_selector_survives_saving(tmp_path: Path) -> None:
    made = Selector(np.arange(len(FEATURES), dtype=float), np.arange(len(SUMMARY), dtype=float), 0.25)
    made.save(tmp_path / "s.json", {"seed": 1})
    again = Selector.load(tmp_path / "s.json")
    assert again.candidate.tolist() == made.candidate.tolist()
    assert again.confidence.tolist() == made.confidence.tolist()
    assert again.threshold == 0.25


def test_a_selector_for_other_features_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"candidate": {"bias": 1}, "confidence": {}, "threshold": 0.5}))
    with pytest.raises(ValueError, match=r"1 candidate features, but this version has 21.*assistant\.train"):
        Selector.load(path)


def test_words_are_whole_and_stars_are_endings() -> None:
    pattern = any_of("timm* mas en_gång")
    assert pattern.search("varje timme")
    assert pattern.search("en gång om året")
    assert not pattern.search("massage på tomten")
