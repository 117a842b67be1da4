import json
from pathlib import Path
from typing import Any

import pytest

from evals.cases import AcuteCase, Conversation, Entity, Gold, PersonalDataCase, Question
from evals.check_sets import counts_table
from evals.sets import SETS_DIR, SetError, load_sets, read_set, set_paths

ANSWERABLE: dict[str, Any] = {
    "id": "A-1",
    "question": "hur ofta ska man vända någon?",
    "answerable": True,
    "split": "dev",
    "role": "underskoterska",
    "kind": "number",
    "overlap": "low",
    "gold": [{"document": "vila", "page": 1, "quote": "minst varannan timme"}],
    "answer": "Minst varannan timme.",
    "must_contain": ["varannan timme"],
    "must_include": ["minst"],
}
UNANSWERABLE: dict[str, Any] = {
    "id": "U-1",
    "question": "vad kostar en rullator?",
    "answerable": False,
    "split": "test",
    "role": "hemtjanst",
    "why": "priser står inte i materialet",
}


def write(path: Path, *rows: Any) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_set_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "small.jsonl", ANSWERABLE, "", UNANSWERABLE)
    first, second = load_sets([path])
    assert isinstance(first, Question) and isinstance(second, Question)
    assert (first.set, first.line, second.line) == ("small", 1, 3)
    assert first.gold == (Gold("vila", 1, "minst varannan timme"),)
    assert first.gold_pages == {("vila", 1)}
    assert (first.must_contain, first.must_include) == (("varannan timme",), ("minst",))
    assert not second.answerable and second.why and second.overlap is None


def test_only_one_split(tmp_path: Path) -> None:
    path = write(tmp_path / "small.jsonl", ANSWERABLE, UNANSWERABLE)
    assert [q.id for q in load_sets([path], "test")] == ["U-1"]
    with pytest.raises(SetError, match=r'no split "tets". Did you mean "test"'):
        load_sets([path], "tets")
    with pytest.raises(SetError, match="no question to ask in split test"):
        load_sets([write(tmp_path / "small.jsonl", ANSWERABLE)], "test")


def test_what_may_be_left_out(tmp_path: Path) -> None:
    row = {k: v for k, v in ANSWERABLE.items() if k not in ("overlap", "must_include")}
    (question,) = load_sets([write(tmp_path / "small.jsonl", row)])
    assert isinstance(question, Question)
    assert question.overlap is None and question.must_include == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": ""}, "`id` must be a text"),
        ({"question": 7}, "`question` must be a text"),
        ({"question": "å" * 501}, "`question` has 501 characters"),
        ({"answerable": "yes"}, "`answerable` must be true or false, not 'yes'"),
        ({"split": "train"}, "`split` is 'train'. Allowed: dev, test"),
        ({"role": "underskotare"}, 'Did you mean "underskoterska"'),
        ({"kind": "numbers"}, 'Did you mean "number"'),
        ({"overlap": "lo"}, 'Did you mean "low"'),
        ({"gold": []}, "`gold` must be a list of at least one place"),
        ({"gold": [{"document": "vila"}]}, "must be an object with document, page and quote"),
        ({"gold": [{"document": "vila", "page": 0, "quote": "a"}]}, "page must be a whole number from 1"),
        ({"gold": [{"document": "vila", "page": True, "quote": "a"}]}, "page must be a whole number from 1"),
        ({"gold": [{"document": "vila", "page": 1, "quote": "..."}]}, "holds no letter or digit"),
        ({"must_contain": []}, "`must_contain` needs at least one string"),
        ({"must_contain": "timme"}, "`must_contain` must be a list of texts"),
        ({"must_include": ["."]}, "`must_include` must be a list of texts"),
        ({"must_contains": ["x"]}, 'unknown key "must_contains".*Did you mean "must_contain"'),
        ({"answerable": False}, 'unknown key "kind" in an unanswerable question'),
    ],
)
def test_a_bad_line_is_named_with_its_trouble(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = write(tmp_path / "small.jsonl", UNANSWERABLE, {**ANSWERABLE, **change})
    with pytest.raises(SetError, match=rf"^small.jsonl:2: .*{message}"):
        load_sets([path])


def test_every_bad_line_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "small.jsonl", "{", "[]", ANSWERABLE)
    questions, faults = read_set(path)
    assert [q.id for q in questions] == ["A-1"]
    assert [str(fault).split(": ")[0] for fault in faults] == ["small.jsonl:1", "small.jsonl:2"]
    assert "is not JSON" in faults[0].message and "must be an object, not list" in faults[1].message


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "small.jsonl"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SetError, match="cannot be read as UTF-8"):
        read_set(path)


def test_ids_and_questions_are_unique_over_all_sets(tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", ANSWERABLE)
    second = write(
        tmp_path / "b.jsonl", {**UNANSWERABLE, "id": "A-1", "question": "Hur ofta ska man vända någon"}
    )
    with pytest.raises(SetError) as caught:
        load_sets([first, second])
    assert [fault.message for fault in caught.value.faults] == [
        'id "A-1" is taken by a.jsonl:1.',
        "the same question stands in a.jsonl:1.",
    ]


def test_a_document_belongs_to_one_split(tmp_path: Path) -> None:
    other = {**ANSWERABLE, "id": "A-2", "question": "hur länge?", "split": "test"}
    path = write(tmp_path / "small.jsonl", ANSWERABLE, other)
    with pytest.raises(
        SetError, match=r'small.jsonl:2: split is test, but "vila" is in dev by small.jsonl:1'
    ):
        load_sets([path])


def test_sets_are_found_by_name(tmp_path: Path) -> None:
    with pytest.raises(SetError, match="no question set"):
        set_paths(folder=tmp_path)
    for name in ("guides", "limits"):
        write(tmp_path / f"{name}.jsonl", UNANSWERABLE)
    assert [path.stem for path in set_paths(folder=tmp_path)] == ["guides", "limits"]
    assert [path.stem for path in set_paths(["limits"], tmp_path)] == ["limits"]
    with pytest.raises(SetError, match=r'no question set "limit". Did you mean "limits"'):
        set_paths(["limit"], tmp_path)


ACUTE: dict[str, Any] = {
    "id": "AC-1",
    "question": "hon vaknar inte",
    "acute": True,
    "sign": "unconscious",
    "split": "dev",
    "role": "hemtjanst",
    "why": "medvetslös nu",
}
PERSONAL: dict[str, Any] = {
    "id": "PD-1",
    "question": "Agda i rum 4 ramlade",
    "personal_data": True,
    "entities": [{"text": "Agda i rum 4", "kind": "name_in_room"}],
    "split": "dev",
    "why": "namn med rum",
}
FOLLOW_UP: dict[str, Any] = {
    "id": "FU-1",
    "turns": ["hur ofta vänds han?", "och på natten?"],
    "standalone": "hur ofta vänds han på natten?",
    "answerable": True,
    "gold": ANSWERABLE["gold"],
    "must_contain": ["varannan timme"],
    "split": "dev",
    "role": "nattpersonal",
}


def test_special_sets_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "special.jsonl", ACUTE, PERSONAL, FOLLOW_UP)
    acute, personal, follow_up = load_sets([path])
    assert isinstance(acute, AcuteCase) and (acute.acute, acute.sign) == (True, "unconscious")
    assert isinstance(personal, PersonalDataCase)
    assert personal.entities == (Entity("Agda i rum 4", "name_in_room"),)
    assert isinstance(follow_up, Conversation) and follow_up.earlier == ("hur ofta vänds han?",)
    assert (follow_up.asked.question, follow_up.alone.question) == (
        "och på natten?",
        "hur ofta vänds han på natten?",
    )
    assert follow_up.asked.gold == follow_up.alone.gold and follow_up.documents == ("vila",)


def test_editions_languages_and_reviews_are_read(tmp_path: Path) -> None:
    more = {
        "language": "en",
        "must_cite": ["vila"],
        "must_not_cite": ["vila-2020"],
        "reviewers": ["MAS"],
        "reviewed": "2026-11-22",
        "sources": {"vila": "0" * 64},
    }
    (question,) = load_sets([write(tmp_path / "small.jsonl", {**ANSWERABLE, **more})])
    assert isinstance(question, Question) and question.review is not None
    assert (question.language, question.must_cite, question.must_not_cite) == (
        "en",
        ("vila",),
        ("vila-2020",),
    )
    assert (question.review.reviewers, question.review.date) == (("MAS",), "2026-11-22")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**ACUTE, "sign": "stroke!"}, 'Did you mean "stroke"'),
        ({**ACUTE, "acute": False}, "the case is not acute; write null"),
        ({**ACUTE, "acute": "yes"}, "`acute` must be true or false"),
        ({**ACUTE, "answer": "ring 112"}, 'unknown key "answer" in an acute case'),
        ({**PERSONAL, "entities": []}, "`entities` must list what is personal"),
        ({**PERSONAL, "personal_data": False}, "nothing when `personal_data` is false"),
        (
            {**PERSONAL, "entities": [{"text": "Agda S", "kind": "full_name"}]},
            "does not stand in the question",
        ),
        ({**PERSONAL, "entities": [{"text": "Agda", "kind": "name"}]}, 'Did you mean "first_name"|Allowed'),
        ({**FOLLOW_UP, "turns": ["bara en?"]}, "at least two questions"),
        ({**FOLLOW_UP, "answerable": False}, "is not answerable, but has `gold`"),
        ({**FOLLOW_UP, "must_contain": []}, "`must_contain` needs at least one string"),
        ({**ANSWERABLE, "language": "sv-easy"}, 'Did you mean "sv-simple"|Allowed'),
        ({**ANSWERABLE, "reviewers": [], "reviewed": "2026-11-22"}, "at least one reviewer"),
        ({**ANSWERABLE, "reviewers": ["MAS"], "reviewed": "i går", "sources": {}}, "a date like 2026-11-22"),
    ],
)
def test_a_bad_line_of_a_special_set_is_named(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    with pytest.raises(SetError, match=rf"^small.jsonl:1: .*({message})"):
        load_sets([write(tmp_path / "small.jsonl", row)])


def test_follow_ups_keep_to_the_split_of_their_documents(tmp_path: Path) -> None:
    path = write(tmp_path / "small.jsonl", ANSWERABLE, {**FOLLOW_UP, "split": "test"})
    with pytest.raises(SetError, match='split is test, but "vila" is in dev'):
        load_sets([path])


def test_our_own_sets_are_whole_and_have_their_cards() -> None:
    cases = load_sets(set_paths())
    readme = (SETS_DIR / "README.md").read_text(encoding="utf-8")
    assert counts_table(cases) in readme, "refresh the table: python -m evals.check_sets --counts"
    special = {case.set for case in cases if not case.set.startswith("starter")}
    assert all(f"**`{name}.jsonl`" in readme for name in special)
