import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from evals.compare import compare, main, print_comparison
from evals.report import write_report
from evals.scores import Report, Result
from tests.evals.test_report import REPORT

TURN, FAST, PRICE = REPORT.results


def with_results(*results: Result) -> Report:
    return replace(REPORT, results=results)


BETTER = with_results(
    TURN, replace(FAST, values={**FAST.values, "right_and_cited": 1.0, "page@1": 1.0}), PRICE
)


def test_questions_are_paired() -> None:
    change = compare(REPORT, BETTER)
    found = {d.measure: d for d in change.differences}
    right = found["right_and_cited"]
    assert (right.before, right.after, right.n) == ((1 + 0) / 2, (1 + 1) / 2, 2)
    # One question differs, and either sign of one difference is as large.
    assert right.p == 1.0 and (right.low, right.high) == (0.0, 1.0)
    assert found["key_fact"].after - found["key_fact"].before == 0
    assert (change.gained, change.lost, change.alone) == (("A-2",), (), 0)
    back = compare(BETTER, REPORT)
    assert (back.gained, back.lost) == ((), ("A-2",))


def test_only_questions_of_both_runs_count() -> None:
    change = compare(REPORT, with_results(TURN, replace(FAST, question="en annan fråga?")))
    assert change.alone == 3
    assert {d.n for d in change.differences} == {1}
    with pytest.raises(ValueError, match="share no question"):
        compare(REPORT, with_results())


def test_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(width=120, file=io.StringIO(), record=True)
    print_comparison(compare(REPORT, BETTER), console)
    text = console.export_text()
    (row,) = (line.split() for line in text.splitlines() if line.strip().startswith("right_and_cited  "))
    assert row[1:4] == ["0.500", "1.000", "+0.500"]
    assert "gained (1): A-2" in text and "lost (0): none" in text
    before, after = write_report(REPORT, tmp_path / "a"), write_report(BETTER, tmp_path / "b")
    assert main([str(before), str(after)]) == 0
    assert "gained (1): A-2" in capsys.readouterr().out
    assert main([str(before), str(tmp_path / "c.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err
