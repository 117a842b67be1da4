from dataclasses import replace

import pytest

from evals.scores import MEASURES, Result, groups_of, latency, score

BASE = Result(
    id="A-1",
    question="hur ofta?",
    set="small",
    split="dev",
    answerable=True,
    role="underskoterska",
    kind="number",
    overlap="low",
    status="answered",
    generator="extractive",
    answered=True,
    confidence=0.9,
    answer="Varannan timme.",
    gold=(("vila", 1),),
    ranking=(("vila", 1),),
    cited=(("vila", 1),),
    ask_ms=10.0,
    search_ms=5.0,
    values={"page@1": 1.0, "key_fact": 1.0},
)
MISSED = replace(BASE, id="A-2", overlap="high", confidence=0.4, values={"page@1": 0.0, "key_fact": 0.0})
SILENT = replace(
    BASE,
    id="U-1",
    answerable=False,
    kind=None,
    overlap=None,
    status="unanswerable",
    answered=False,
    confidence=0.5,
    values={},
)


def test_a_mean_counts_only_questions_that_have_the_measure() -> None:
    found = score(MEASURES["page@1"], [BASE, MISSED, SILENT])
    assert found is not None and (found.value, found.n) == ((1 + 0) / 2, 2)
    assert found.low <= found.value <= found.high


def test_a_measure_that_nothing_has_is_left_out() -> None:
    assert score(MEASURES["conditions"], [BASE]) is None
    assert score(MEASURES["auroc"], [BASE, MISSED]) is None
    assert score(MEASURES["page@1"], []) is None


def test_abstention_and_confidence_are_over_all_questions() -> None:
    results = [BASE, MISSED, SILENT, replace(MISSED, answered=False)]
    precision, recall = (score(MEASURES[f"abstention_{name}"], results) for name in ("precision", "recall"))
    assert precision is not None and precision.value == 1 / 2
    assert recall is not None and recall.value == 1 / 1
    separated = score(MEASURES["auroc"], results)
    # Of the three answerable questions one is more confident than the unanswerable one.
    assert separated is not None and separated.value == pytest.approx(1 / 3)


def test_groups_by_every_trait() -> None:
    groups = {group.name: group for group in groups_of([BASE, MISSED, SILENT])}
    assert list(groups) == [
        "all",
        "set=small",
        "split=dev",
        "overlap=high",
        "overlap=low",
        "role=underskoterska",
        "kind=number",
    ]
    assert (groups["all"].questions, groups["overlap=low"].questions) == (3, 1)
    assert groups["overlap=high"].scores["page@1"].value == 0
    assert "auroc" not in groups["overlap=low"].scores


def test_latency() -> None:
    times = latency([3.0, 1.0, 2.0])
    assert (times.p50, times.p95, times.longest) == pytest.approx((2.0, 2 + 0.9 * (3 - 2), 3.0))
