import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.cases import AcuteCase, Conversation, Gold, Question
from evals.check_sets import check_case, check_files, check_question, write_overlap
from evals.sets import read_set
from tests.evals.examples import SHELF, Shelf, document, question
from tests.evals.test_sets import ANSWERABLE, UNANSWERABLE, write

VILA = question("A-1", "hur ofta vänds han?", ("vila", 1), facts=["varannan timme"], overlap="high")


def test_a_good_question_has_no_fault() -> None:
    assert check_question(VILA, SHELF) == []
    assert check_question(question("U-1", "vad kostar det?"), SHELF) == []


@pytest.mark.parametrize(
    ("gold", "message"),
    [
        (Gold("villa", 1, "Vänd"), 'there is no document "villa". Did you mean "vila"'),
        (Gold("vila", 2, "minst varannan timme"), "stands on page 1 of vila, not on 2"),
        (Gold("vila", 9, "minst varannan timme"), "stands on page 1 of vila, not on 9"),
        (Gold("vila", 1, "timme. Kontakta"), "runs over a page break of vila"),
        (Gold("vila", 1, "var tredje timme"), "stands nowhere in vila: 'var tredje timme'"),
    ],
)
def test_a_quote_that_is_not_where_it_should_be(gold: Gold, message: str) -> None:
    (fault,) = check_question(replace(VILA, gold=(gold,)), SHELF)
    assert message in fault.message


def test_a_quote_is_compared_by_letters_and_digits() -> None:
    assert check_question(replace(VILA, gold=(Gold("vila", 1, "per-\nsonen MINST"),)), SHELF) == []


def test_a_quote_may_leave_footnote_marks_out() -> None:
    marked = replace(document("vila", ["Vänd personen.7 Smörj huden."]), markers=((14, 15),))
    for quote in ("personen.7 Smörj", "personen. Smörj"):
        asked = replace(VILA, gold=(Gold("vila", 1, quote),), must_contain=("smörj",))
        assert check_question(asked, Shelf({"vila": marked})) == []


def test_facts_must_be_there_to_be_found() -> None:
    faults = check_question(replace(VILA, must_contain=("var tredje",), must_include=("natten",)), SHELF)
    assert ["must_contain" in faults[0].message, "must_include" in faults[1].message] == [True, True]


def test_a_wrong_level_is_told_with_the_measured_one() -> None:
    (fault,) = check_question(replace(VILA, overlap="low"), SHELF)
    assert fault.message.startswith("overlap is low, measured high (1.00). Fill it in: ")
    (fault,) = check_question(replace(VILA, overlap=None), SHELF)
    assert fault.message.startswith("overlap is not given")


def test_levels_are_filled_in_and_other_lines_kept(tmp_path: Path) -> None:
    kept = json.dumps(UNANSWERABLE).replace('": ', '":   ')
    row = {k: v for k, v in ANSWERABLE.items() if k != "overlap"}
    path = write(tmp_path / "small.jsonl", kept, row)
    questions, _ = read_set(path)
    answerable = [q for q in questions if isinstance(q, Question) and q.answerable]
    assert write_overlap(path, answerable, SHELF) == 1
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == kept and json.loads(lines[1]) == {**row, "overlap": "high"}
    assert check_files([path], SHELF) == []
    again, _ = read_set(path)
    assert write_overlap(path, [q for q in again[1:] if isinstance(q, Question)], SHELF) == 0


def test_filling_in_leaves_lines_with_a_wrong_place_alone(tmp_path: Path) -> None:
    lost = {**ANSWERABLE, "gold": [{"document": "vila", "page": 2, "quote": "varannan timme"}]}
    path = write(tmp_path / "small.jsonl", lost, "{")
    before = path.read_bytes()
    faults = check_files([path], SHELF, write=True)
    assert [fault.line for fault in faults] == [1, 2] and path.read_bytes() == before


def test_documents_that_must_be_cited_are_there() -> None:
    named = replace(VILA, must_cite=("vila",), must_not_cite=("villa",))
    (fault,) = check_question(named, SHELF)
    assert '`must_not_cite` has no document "villa". Did you mean "vila"' in fault.message


def test_the_gold_of_a_conversation_is_checked() -> None:
    lost = replace(VILA, gold=(Gold("vila", 2, "minst varannan timme"),))
    for asked, faults in ((VILA, 0), (lost, 1)):
        case = Conversation("FU-1", "dev", Path("f.jsonl"), 1, ("hej?",), asked, asked)
        assert len(check_case(case, SHELF)) == faults
    acute = AcuteCase("AC-1", "dev", Path("a.jsonl"), 1, "hon vaknar inte", True, "unconscious", "mas", "nu")
    assert check_case(acute, SHELF) == []
