import json
from pathlib import Path
from typing import Any

import pytest

from evals.cases import Question
from evals.regressions import add_reviews
from evals.sets import SetError, load_sets, set_paths
from tests.evals.examples import SHELF
from tests.evals.test_sets import UNANSWERABLE, write

DIGEST = SHELF.document("vila").digest
REVIEW: dict[str, Any] = {
    "question": "hur ofta vänds den som ligger?",
    "role": "nattpersonal",
    "kind": "number",
    "gold": [{"document": "vila", "page": 1, "quote": "minst varannan timme"}],
    "key_facts": ["varannan timme"],
    "must_include": ["minst"],
    "answer": "Minst varannan timme.",
    "reviewers": ["MAS", "sjuksköterska natt"],
    "date": "2026-11-22",
    "sources": {"vila": DIGEST},
}
SILENT = {
    "question": "vilken kod har medicinskåpet?",
    "role": "vardbitrade",
    "answerable": False,
    "why": "koder står inte i materialet",
    "reviewers": ["MAS"],
    "date": "2026-11-22",
    "sources": {},
}


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    folder = tmp_path / "sets"
    folder.mkdir()
    write(folder / "small.jsonl", UNANSWERABLE)
    return folder


def test_reviews_become_cases_that_load_and_check(sets: Path, tmp_path: Path) -> None:
    added = add_reviews(write(tmp_path / "reviews.jsonl", REVIEW, SILENT), SHELF, sets)
    assert (added.ids, added.refused) == (("RE-001", "RE-002"), ())
    first, second = load_sets([added.path])
    assert isinstance(first, Question) and isinstance(second, Question)
    assert (first.split, first.overlap, first.must_contain) == ("dev", "medium", ("varannan timme",))
    assert first.review is not None and first.review.reviewers == ("MAS", "sjuksköterska natt")
    assert first.review.sources == {"vila": DIGEST} and second.why == SILENT["why"]


def test_a_source_that_changed_is_taken_while_its_quote_stands(sets: Path, tmp_path: Path) -> None:
    old = {**REVIEW, "sources": {"vila": "f" * 64}}
    added = add_reviews(write(tmp_path / "reviews.jsonl", old), SHELF, sets)
    (case,) = load_sets([added.path])
    assert isinstance(case, Question) and case.review is not None
    assert case.review.sources == {"vila": DIGEST}


def test_a_case_keeps_to_the_split_of_its_document(sets: Path, tmp_path: Path) -> None:
    row = {**REVIEW, "id": "A-1", "answerable": True, "split": "test", "must_contain": REVIEW["key_facts"]}
    row = {k: v for k, v in row.items() if k not in ("key_facts", "reviewers", "date", "sources")}
    write(sets / "other.jsonl", {**row, "question": "hur vänds han?"})
    added = add_reviews(write(tmp_path / "reviews.jsonl", REVIEW), SHELF, sets)
    assert [case.split for case in load_sets([added.path])] == ["test"]
    load_sets(set_paths(folder=sets))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gold": [{"document": "vila", "page": 1, "quote": "var tredje timme"}]}, "stands nowhere in vila"),
        ({"gold": [{"document": "vila", "page": 2, "quote": "varannan timme"}]}, "stands on page 1 of vila"),
        ({"gold": [{"document": "vilo", "page": 1, "quote": "x"}]}, '`sources` lacks the digest of "vilo"'),
        (
            {"gold": [{"document": "vilo", "page": 1, "quote": "x"}], "sources": {"vilo": DIGEST}},
            'there is no document "vilo". Did you mean "vila"',
        ),
        ({"key_facts": ["var tredje"]}, "no string of `must_contain` stands on a gold page"),
        ({"sources": {}}, '`sources` lacks the digest of "vila"'),
        ({"reviewers": []}, "at least one reviewer"),
        ({"date": "22 nov"}, "`date` must be a date like 2026-11-22"),
        ({"question": "Vad kostar en rullator"}, "the same question stands in small.jsonl:1 as U-1"),
        ({"kind": "numbers"}, 'Did you mean "number"'),
        ({"keyfacts": ["x"]}, 'unknown key "keyfacts". Did you mean "key_facts"'),
    ],
)
def test_what_does_not_hold_is_refused(
    sets: Path, tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    added = add_reviews(write(tmp_path / "reviews.jsonl", {**REVIEW, **change}), SHELF, sets)
    assert added.ids == () and not added.path.exists()
    assert [refusal.line for refusal in added.refused] == [1]
    assert reason in added.refused[0].reason


def test_a_review_is_added_once_and_others_still_are(sets: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "reviews.jsonl", REVIEW, "{", REVIEW, SILENT)
    added = add_reviews(file, SHELF, sets)
    assert added.ids == ("RE-001", "RE-002") and [refusal.line for refusal in added.refused] == [2, 3]
    before = added.path.read_text(encoding="utf-8")
    again = add_reviews(file, SHELF, sets)
    assert again.ids == () and added.path.read_text(encoding="utf-8") == before
    assert all(json.loads(line)["id"].startswith("RE-") for line in before.splitlines())


def test_sets_that_cannot_be_read_stop_it(sets: Path, tmp_path: Path) -> None:
    write(sets / "broken.jsonl", "{")
    with pytest.raises(SetError, match=r"broken\.jsonl:1: is not JSON"):
        add_reviews(write(tmp_path / "reviews.jsonl", REVIEW), SHELF, sets)
