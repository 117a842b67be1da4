from dataclasses import replace
from pathlib import Path

import pytest

from evals.baseline import baseline_of
from evals.gates import Floor, GateError, Gates, NoLoss, failures, load_gates
from evals.scores import Report
from tests.evals.test_report import REPORT


def floors(tmp_path: Path, text: str) -> tuple[Floor, ...]:
    path = tmp_path / "gates.toml"
    path.write_text(text, encoding="utf-8")
    return load_gates(path).floors


def test_our_own_floors_are_good() -> None:
    assert Floor("all", "quotes_verbatim", 1.0) in load_gates().floors


def test_floors_are_read_by_group(tmp_path: Path) -> None:
    text = '[floors.all]\nkey_fact = 1\n[floors.overlap.low]\n"page@5" = 0.5\n[floors.set.small]\nauroc = 0.5'
    assert floors(tmp_path, text) == (
        Floor("all", "key_fact", 1.0),
        Floor("overlap=low", "page@5", 0.5),
        Floor("set=small", "auroc", 0.5),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[floors", "cannot be read as TOML"),
        ("", "must hold a table `floors` and may hold `no_loss`, but holds: nothing"),
        ("[floor.all]", "must hold a table `floors` .* but holds: floor"),
        ("[floors.all]\n[noloss]", "but holds: floors, noloss"),
        ("[floors.all]\n[no_loss]\nlevel = 0.05", "must hold `measures` and `level`"),
        ('[floors.all]\n[no_loss]\nlevel = 5\nmeasures = ["auroc"]', "level is 5; it lies between"),
        ("[floors.all]\n[no_loss]\nlevel = 0.05\nmeasures = []", "a list of at least one measure"),
        ('[floors.all]\n[no_loss]\nlevel = 0.05\nmeasures = ["keyfact"]', 'Did you mean "key_fact"'),
        ("[floors.al]", r'\[floors.al\] is no group. Did you mean "all"'),
        ("[floors.overlap.lo]", r'has no group "lo". Did you mean "low"'),
        ('[floors.all]\n"page@50" = 0.5', r'unknown measure "page@50". Did you mean "page@5"'),
        ("[floors.all]\nkey_fact = 62", r"key_fact is 62; a floor lies between 0 and 1"),
        ("[floors.all]\nkey_fact = true", r"key_fact is True; a floor lies"),
        ("[floors.overlap]\nlow = 0.5", r"\[floors.overlap.low\] must be a table of floors"),
        ("floors.all = 1", r"\[floors.all\] must be a table"),
    ],
)
def test_a_floor_that_means_nothing_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(GateError, match=message):
        floors(tmp_path, text)


def test_a_report_at_its_floors_passes() -> None:
    gates = Gates((Floor("all", "key_fact", 1.0), Floor("overlap=low", "page@5", 1.0)))
    assert failures(REPORT, gates) == []


def test_each_floor_that_is_missed_has_its_reason() -> None:
    wanted = (Floor("all", "right_and_cited", 0.6), Floor("overlap=medium", "page@5", 0.1))
    assert failures(REPORT, Gates(wanted)) == [
        "right_and_cited (all) is 0.500 over 2 questions, below its floor of 0.600.",
        "page@5 (overlap=medium) was not measured; its floor is 0.100.",
    ]


def test_of_an_error_less_is_better() -> None:
    value = REPORT.groups[0].scores["calibration_error"].value
    assert failures(REPORT, Gates((Floor("all", "calibration_error", value),))) == []
    (reason,) = failures(REPORT, Gates((Floor("all", "calibration_error", value / 2),)))
    assert "above its ceiling" in reason


MANY = replace(REPORT, results=tuple(replace(REPORT.results[0], id=f"A-{i}") for i in range(8)))
WATCHED = Gates((), NoLoss(("key_fact", "completeness"), 0.05))


def with_facts(*facts: float) -> Report:
    """The run of `MANY` with these values of key_fact."""
    changed = [
        replace(result, values={**result.values, "key_fact": fact})
        for result, fact in zip(MANY.results, facts, strict=True)
    ]
    return replace(MANY, results=tuple(changed))


def test_a_loss_beyond_chance_is_a_reason_and_one_within_is_not() -> None:
    baseline = baseline_of(MANY, WATCHED.no_loss.measures if WATCHED.no_loss else ())
    assert failures(MANY, WATCHED, baseline) == []
    # One of eight may be chance: of the two signs, both are as large.
    assert failures(with_facts(0, *[1] * 7), WATCHED, baseline) == []
    # All eight are not: 2 of 2⁸ sign flips, times two measures that are watched.
    (reason,) = failures(with_facts(*[0] * 8), WATCHED, baseline)
    assert reason.startswith("key_fact fell from 1.000 to 0.000 over 8 cases, beyond chance (p = 0.016)")
    assert reason.endswith("Lost: A-0, A-1, A-2, A-3, A-4, A-5, A-6, A-7")


def test_a_gain_is_no_reason() -> None:
    before = baseline_of(with_facts(*[0] * 8), ("key_fact", "completeness"))
    assert failures(MANY, WATCHED, before) == []


def test_a_baseline_that_is_missing_or_old_is_a_reason() -> None:
    assert "there is no baseline" in failures(MANY, WATCHED)[0]
    old = baseline_of(replace(MANY, results=MANY.results[:3]), ("key_fact", "completeness"))
    (reason,) = failures(MANY, WATCHED, old)
    assert "knows 3 of the 8 cases" in reason
