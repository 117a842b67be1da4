from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.answer import Answer, Citation, Context, Status
from evals.cases import AcuteCase, Conversation, Entity, PersonalDataCase
from evals.judge import CitationCheck
from evals.run import System, cases_of, chosen_components, report_of, results_of
from evals.scores import PageRef
from tests.evals.examples import answer, checked, citation, question

TURN = question("A-1", "hur ofta vänds han?", ("vila", 1), facts=["varannan timme"], condition="minst")
FAST = question("A-2", "hur länge får natten vara?", ("mat", 1), facts=["elva"], overlap="high")
PRICE = question("U-1", "vad kostar det?")

ANSWERS = {
    TURN.question: answer("Vänd personen minst varannan timme.", citation("vila", 1)),
    FAST.question: answer("Högst elva timmar.", citation("mat", 2), citation("vila", 2)),
    PRICE.question: answer(
        "Det vet jag inte.", citation("mat", 2), status=Status.UNANSWERABLE, confidence=0.1
    ),
}
RANKINGS: dict[str, list[PageRef]] = {
    TURN.question: [("mat", 1), ("vila", 1)],
    FAST.question: [("vila", 2)],
    PRICE.question: [("mat", 2)],
}


def ask(question: str, context: Context) -> Answer:
    assert context.role == "underskoterska"
    return ANSWERS[question]


def search(query: str, k: int) -> Sequence[PageRef]:
    return RANKINGS[query][:k]


def check(citation: Citation) -> CitationCheck:
    return checked(citation, verbatim=float(citation.document_id == "vila"), boxes=0.5)


SYSTEM = System(ask, search, check, index_version="v1")


def test_each_question_gets_the_measures_that_apply() -> None:
    turn, fast, price = results_of([TURN, FAST, PRICE], SYSTEM)
    assert turn.values == {
        "answered": 1,
        "key_fact": 1,
        "gold_cited": 1,
        "span_cited": 1,
        "right_and_cited": 1,
        "completeness": 1,
        "page@1": 0,
        "page@3": 1,
        "page@5": 1,
        "page@10": 1,
        "recall@10": 1,
        "mrr@10": 1 / 2,
        "ndcg@10": pytest.approx(1 / 1.58496, abs=1e-5),
        "quotes_verbatim": 1,
        "boxes_on_words": 0.5,
        "citation_recall": 1,
        "citation_precision": 1,
    }
    assert (fast.values["key_fact"], fast.values["gold_cited"], fast.values["right_and_cited"]) == (1, 0, 0)
    assert fast.values["mrr@10"] == 0 and fast.values["quotes_verbatim"] == 1 / 2
    assert "completeness" not in fast.values
    assert price.values == {"abstention_recall": 1, "quotes_verbatim": 0, "boxes_on_words": 0.5}
    assert (price.answered, price.status) == (False, "unanswerable")
    assert fast.cited == (("mat", 2), ("vila", 2)) and fast.gold == (("mat", 1),)


def test_what_is_said_without_answering_holds_no_fact() -> None:
    silent = answer("Minst varannan timme.", citation("vila", 1), status=Status.CLARIFY)
    (result,) = results_of([TURN], System(lambda *_: silent, search, check, "v1"))
    assert [result.values[name] for name in ("answered", "key_fact", "gold_cited", "completeness")] == [0] * 4


def test_a_missing_condition_makes_an_answer_wrong() -> None:
    short = answer("Vänd varannan timme.", citation("vila", 1))
    (result,) = results_of([TURN], System(lambda *_: short, search, check, "v1"))
    assert [result.values[name] for name in ("key_fact", "completeness", "right_and_cited")] == [1, 0, 0]


def test_an_answer_without_citations_has_no_quotes_to_judge() -> None:
    (result,) = results_of([TURN], System(lambda *_: answer("Minst."), search, check, "v1"))
    assert "quotes_verbatim" not in result.values


def test_a_report_sums_up() -> None:
    report = report_of(list(results_of([TURN, FAST, PRICE], SYSTEM)), "dev", SYSTEM.index_version)
    overall = report.groups[0]
    assert (overall.name, overall.questions) == ("all", 3)
    assert overall.scores["key_fact"].value == (1 + 1) / 2
    assert overall.scores["right_and_cited"].value == (1 + 0) / 2
    assert overall.scores["mrr@10"].value == (1 / 2 + 0) / 2
    assert overall.scores["quotes_verbatim"].value == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert overall.scores["abstention_precision"].value == 1
    assert overall.scores["auroc"].value == 1
    low = report.group("overlap=low")
    assert low is not None and low.questions == 1
    assert report.group("overlap=medium") is None
    assert (report.sets, report.index_version, report.generator) == (("small",), "v1", "extractive")
    assert report.ask_ms is not None
    assert report.ask_ms.p50 <= report.ask_ms.p95 <= report.ask_ms.longest


def test_nothing_to_report_on() -> None:
    with pytest.raises(ValueError, match="no question to report on"):
        report_of([], "dev", "v1")


FOLLOW_UP = Conversation("FU-1", "dev", Path("f.jsonl"), 1, (FAST.question,), TURN, TURN)
ACUTE = AcuteCase("AC-1", "dev", Path("a.jsonl"), 1, "hon vaknar inte", True, "unconscious", "mas", "nu")
NAMED = PersonalDataCase(
    "PD-1", "dev", Path("p.jsonl"), 1, "Bo på trean ramlade", True, (Entity("Bo", "first_name"),), "namn"
)


def test_a_component_asks_only_its_own_cases() -> None:
    cases = [TURN, ACUTE, NAMED, FOLLOW_UP]
    assert cases_of(cases, ["triage"]) == [ACUTE]
    assert cases_of(cases, ["personal-data", "conversations"]) == [NAMED, FOLLOW_UP]
    assert chosen_components("all") == ("retrieval", "answers", "triage", "personal-data", "conversations")
    with pytest.raises(ValueError, match=r'no component "triag". Did you mean "triage"'):
        chosen_components("triag")


def test_retrieval_alone_asks_nothing() -> None:
    def silent(question: str, context: Context) -> Answer:
        raise AssertionError("nothing is asked")

    (result,) = results_of([TURN], System(silent, search, check, "v1"), ["retrieval"])
    assert result.values["mrr@10"] == 1 / 2 and "key_fact" not in result.values
    assert (result.status, result.answered, result.ask_ms) == (None, None, None)
    report = report_of([result], "dev", "v1")
    assert report.ask_ms is None and report.generator == ""


def test_a_conversation_is_asked_in_order_and_then_written_out() -> None:
    asked: list[tuple[str, bool]] = []
    ids: set[str | None] = set()

    def remember(question: str, context: Context) -> Answer:
        asked.append((question, context.conversation_id is not None))
        ids.add(context.conversation_id)
        return ANSWERS[question]

    system = System(remember, search, check, "v1")
    (result,) = results_of([FOLLOW_UP], system)
    assert asked == [(FAST.question, True), (TURN.question, True), (TURN.question, False)]
    assert len(ids) == 2
    assert [result.values[f"{name}_success"] for name in ("conversation", "standalone")] == [1, 1]
    list(results_of([FOLLOW_UP], system))
    assert len(ids) == 3, "each run has conversations of its own"


def test_alarms_and_personal_data_are_told_by_the_status() -> None:
    def flag(question: str, context: Context) -> Answer:
        return answer("Ring 112.", status=Status.ACUTE, question=question)

    alarm, named = results_of([ACUTE, NAMED], System(flag, search, check, "v1"))
    assert (alarm.component, alarm.kind, alarm.role) == ("triage", "unconscious", "mas")
    assert alarm.values == {"acute_flagged": 1, "acute_true": 1, "triage_right": 1}
    assert named.values == {"personal_flagged": 0, "personal_true": 1, "personal_right": 0}
    assert (named.kind, named.expected) == ("first_name", "first_name")
