import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from evals.report import ReportError, print_report, read_report, write_report
from evals.run import report_of, results_of
from tests.evals.test_run import FAST, PRICE, SYSTEM, TURN

REPORT = report_of(list(results_of([TURN, FAST, PRICE], SYSTEM)), "dev", SYSTEM.index_version)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = write_report(REPORT, tmp_path / "new" / "folder")
    assert read_report(path) == REPORT
    content = json.loads(path.read_text(encoding="utf-8"))
    assert [result["id"] for result in content["results"]] == ["A-1", "A-2", "U-1"]


def test_the_table_shows_measures_groups_and_times() -> None:
    console = Console(width=160, file=io.StringIO(), record=True)
    print_report(REPORT, console)
    lines = console.export_text().splitlines()
    assert lines[0] == "3 questions of small (split: dev) · index v1 · extractive"
    (fact,) = (line.split() for line in lines if line.strip().startswith("key_fact"))
    assert (fact[0], fact[-5], fact[-1]) == ("key_fact", "1.000", "2")
    (low,) = (line.split() for line in lines if "overlap=low" in line)
    assert low[:4] == ["overlap=low", "1", "0.000", "1.000"] and low[-1] == "-"
    assert lines[-2].startswith("ask: p50 ") and lines[-1].startswith("search: p50 ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "has format None, this version reads 1"),
        ('{"format": 7}', "has format 7, this version reads 1"),
        ('{"format": 1}', "is not a whole report"),
    ],
)
def test_a_file_that_is_no_report(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match=message):
        read_report(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read"):
        read_report(tmp_path / "report.json")
