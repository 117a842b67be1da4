from pathlib import Path

import pytest

from evals.gates import Floor, GateError, failures, load_floors
from tests.evals.test_report import REPORT


def floors(tmp_path: Path, text: str) -> tuple[Floor, ...]:
    path = tmp_path / "gates.toml"
    path.write_text(text, encoding="utf-8")
    return load_floors(path)


def test_our_own_floors_are_good() -> None:
    assert Floor("all", "quotes_verbatim", 1.0) in load_floors()


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
        ("", "must hold one table `floors`, but holds: nothing"),
        ("[floor.all]", "must hold one table `floors`, but holds: floor"),
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
    assert failures(REPORT, (Floor("all", "key_fact", 1.0), Floor("overlap=low", "page@5", 1.0))) == []


def test_each_floor_that_is_missed_has_its_reason() -> None:
    wanted = (Floor("all", "right_and_cited", 0.6), Floor("overlap=medium", "page@5", 0.1))
    assert failures(REPORT, wanted) == [
        "right_and_cited (all) is 0.500 over 2 questions, below its floor of 0.600.",
        "page@5 (overlap=medium) was not measured; its floor is 0.100.",
    ]
