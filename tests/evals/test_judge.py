from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answer import Sentence, Status
from evals.cases import Conversation, Entity, PersonalDataCase
from evals.judge import followed, guarded, held, right
from tests.evals.examples import answer, checked, citation, question

TURN = question("A-1", "hur ofta vänds han?", ("vila", 1), facts=["varannan timme"], condition="minst")
PRICE = question("U-1", "vad kostar det?")
GOOD = answer("Vänd personen minst varannan timme.", citation("vila", 1))
SILENT = answer("", status=Status.UNANSWERABLE)


def test_half_of_the_conditions_is_half_complete_and_wrong() -> None:
    asked = replace(TURN, must_include=("minst", "natten"))
    values = right(asked, GOOD, [checked(c) for c in GOOD.citations])
    assert values["completeness"] == 1 / 2 and values["right_and_cited"] == 0


def test_the_gold_passage_is_cited_when_one_holds_the_other() -> None:
    for quote, cited in (
        ("minst varannan timme", 1),
        ("Vänd personen minst varannan timme. Och mer", 1),
        ("x", 0),
    ):
        asked = replace(TURN, gold=(replace(TURN.gold[0], quote=quote),))
        assert right(asked, GOOD, [checked(c) for c in GOOD.citations])["span_cited"] == cited


def test_editions_count_only_in_an_answer() -> None:
    asked = replace(TURN, must_cite=("vila",), must_not_cite=("mat",))
    both = answer("Vänd minst varannan timme.", citation("vila", 1), citation("mat", 1))
    values = right(asked, both, [checked(c) for c in both.citations])
    assert (values["must_cite"], values["must_not_cite"]) == (1, 0)
    assert "must_cite" not in right(asked, SILENT, [])


def test_silence_is_right_where_there_is_no_answer() -> None:
    assert right(PRICE, SILENT, []) == {"abstention_recall": 1}
    assert right(PRICE, GOOD, []) == {"abstention_recall": 0}


def test_a_quote_that_is_not_there_supports_nothing() -> None:
    for verbatim in (1.0, 0.0):
        values = held(GOOD, [checked(c, verbatim) for c in GOOD.citations])
        assert (values["citation_recall"], values["citation_precision"]) == (verbatim, verbatim)


def test_sentences_are_judged_one_by_one() -> None:
    two = replace(GOOD, sentences=(*GOOD.sentences, Sentence("Ge mat.", (1,))))
    values = held(two, [checked(c) for c in two.citations])
    assert (values["citation_recall"], values["citation_precision"]) == (1 / 2, 1 / 2)


def test_a_source_without_pages_has_no_boxes() -> None:
    assert "boxes_on_words" not in held(GOOD, [checked(c, boxes=None) for c in GOOD.citations])


@pytest.mark.parametrize(
    ("kept", "status", "flagged"),
    [
        ("Bo på trean ramlade", Status.ANSWERED, 0),
        ("[namn] på trean ramlade", Status.ANSWERED, 1),
        ("Bo på trean ramlade", Status.PERSONAL_DATA, 1),
    ],
)
def test_personal_data_is_stopped_or_masked(kept: str, status: Status, flagged: int) -> None:
    case = PersonalDataCase(
        "PD-1", "dev", Path("p.jsonl"), 1, "Bo på trean ramlade", True, (Entity("Bo", "first_name"),), "namn"
    )
    values = guarded(case, answer("", status=status, question=kept))
    assert values == {"personal_flagged": flagged, "personal_true": 1, "personal_right": flagged}


def test_what_is_not_personal_must_be_let_through_untouched() -> None:
    case = PersonalDataCase("PD-2", "dev", Path("p.jsonl"), 1, "Bostaden på  trean", False, (), "ort")
    assert guarded(case, answer("", question="Bostaden på trean"))["personal_right"] == 1
    assert guarded(case, answer("", question="[namn] på trean"))["personal_right"] == 0


def test_a_conversation_is_held_against_the_question_written_out() -> None:
    case = Conversation("FU-1", "dev", Path("f.jsonl"), 1, ("hej?",), TURN, TURN)
    assert followed(case, SILENT, GOOD) == {
        "conversation_success": 0,
        "standalone_success": 1,
        "conversation_kept": 0,
    }
    assert "conversation_kept" not in followed(case, GOOD, SILENT)
    unanswerable = Conversation("FU-2", "dev", Path("f.jsonl"), 1, ("hej?",), PRICE, PRICE)
    assert followed(unanswerable, SILENT, GOOD) == {"conversation_success": 1, "standalone_success": 0}
