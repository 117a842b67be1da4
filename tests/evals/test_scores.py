from dataclasses import replace

import pytest

from evals.measures import LESS_IS_BETTER, MEASURES, decisive, groups_of, latency, mistakes, score
from evals.scores import Result
from evals.texts import TEXTS

BASE = Result(
    id="A-1",
    question="hur ofta?",
    set="small",
    split="dev",
    component="questions",
    answerable=True,
    role="underskoterska",
    kind="number",
    overlap="low",
    language="sv",
    status="answered",
    generator="extractive",
    answered=True,
    confidence=0.9,
    answer="Varannan timme.",
    expected="Varannan timme.",
    quotes=("minst varannan timme",),
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
    values={"abstention_recall": 1.0},
)


def test_a_mean_counts_only_questions_that_have_the_measure() -> None:
    found = score(MEASURES["page@1"], [BASE, MISSED, SILENT])
    assert found is not None and (found.value, found.n) == ((1 + 0) / 2, 2)
    assert found.low <= found.value <= found.high


def test_a_measure_that_nothing_has_is_left_out() -> None:
    assert score(MEASURES["completeness"], [BASE]) is None
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
        "language=sv",
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
    assert times is not None
    assert (times.p50, times.p95, times.longest) == pytest.approx((2.0, 2 + 0.9 * (3 - 2), 3.0))
    assert latency([None]) is None


def test_an_answer_to_a_question_without_one_is_wrong() -> None:
    right = replace(BASE, values={"right_and_cited": 1.0})
    given = replace(SILENT, answered=True, confidence=0.75, values={"abstention_recall": 0.0})
    precision = score(MEASURES["answer_precision"], [right, given, SILENT])
    assert precision is not None and (precision.value, precision.n) == (1 / 2, 2)
    error = score(MEASURES["calibration_error"], [right, given, SILENT])
    assert error is not None and error.value == pytest.approx((abs(1 - 0.9) + abs(0 - 0.75)) / 2)


def test_alarms_are_counted_over_the_cases_that_may_raise_one() -> None:
    flags = [(1, 1), (1, 0), (0, 1)]
    cases = [
        replace(SILENT, component="triage", values={"acute_flagged": f, "acute_true": t}) for f, t in flags
    ]
    found = {
        name: score(MEASURES[f"triage_{name}"], [BASE, *cases]) for name in ("precision", "recall", "f1")
    }
    assert {name: value.value for name, value in found.items() if value} == {
        "precision": 1 / 2,
        "recall": 1 / 2,
        "f1": 2 * 1 / (2 + 2),
    }


def test_mistakes_come_with_the_surest_wrong_answer_first() -> None:
    wrong = {"right_and_cited": 0.0}
    sure, unsure = (replace(BASE, id=f"A-{i}", confidence=i / 10, values=wrong) for i in (9, 2))
    missing = replace(BASE, id="A-0", answered=False, values=wrong)
    assert [r.id for r in mistakes([unsure, missing, SILENT, sure])] == ["A-9", "A-2", "A-0"]
    assert decisive(BASE) is None and decisive(SILENT) == 1


def test_every_measure_has_its_meaning() -> None:
    for language in ("sv", "en"):
        named = {key.removeprefix("measure.") for key in TEXTS[language] if key.startswith("measure.")}
        assert named == set(MEASURES)
    assert set(MEASURES) >= LESS_IS_BETTER and TEXTS["sv"].keys() == TEXTS["en"].keys()
