import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.baseline import BaselineError, baseline_of, digest_of, read_baseline, write_baseline
from tests.evals.test_report import REPORT

MEASURES = ("mrr@10", "right_and_cited", "abstention_recall")


def test_what_is_written_is_read_again_with_one_case_a_line(tmp_path: Path) -> None:
    baseline = baseline_of(REPORT, MEASURES)
    path = tmp_path / "baseline.json"
    write_baseline(baseline, path)
    assert read_baseline(path) == baseline
    lines = path.read_text(encoding="utf-8").splitlines()
    assert f' "A-1": ["{digest_of("hur ofta vänds han?")}", 0.5, 1, null],' in lines
    assert list(json.loads("\n".join(lines))["cases"]) == ["A-1", "A-2", "U-1"]


def test_cases_are_paired_by_id_and_wording() -> None:
    baseline = baseline_of(REPORT, MEASURES)
    turn, fast, price = REPORT.results
    reworded = replace(fast, question="en annan fråga?")
    now = replace(REPORT, results=(replace(turn, values={"mrr@10": 1.0}), reworded, price))
    assert baseline.pairs(now, "mrr@10") == [("A-1", 1 / 2, 1.0)]
    assert baseline.pairs(now, "key_fact") == []
    assert (baseline.known(REPORT), baseline.known(now)) == (3, 2)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read as JSON"),
        ("{", "cannot be read as JSON"),
        ('{"format": 7}', "has format 7, this version reads 1"),
        ('{"format": 1}', "is not a whole baseline: KeyError"),
        ("[]", "is not a whole baseline: TypeError"),
    ],
)
def test_a_file_that_is_no_baseline(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "baseline.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(BaselineError, match=rf"{message}.*lotsen eval --write-baseline"):
        read_baseline(path)
