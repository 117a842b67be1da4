from collections.abc import Sequence

import pytest

from assistant.answer import Answer, Citation, Context, Status
from evals.run import CitationCheck, System, report_of, results_of
from evals.scores import PageRef
from tests.evals.examples import answer, citation, question

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
    return CitationCheck(verbatim=float(citation.document_id == "vila"), boxes=0.5)


SYSTEM = System(ask, search, check, index_version="v1")


def test_each_question_gets_the_measures_that_apply() -> None:
    turn, fast, price = results_of([TURN, FAST, PRICE], SYSTEM)
    assert turn.values == {
        "answered": 1,
        "key_fact": 1,
        "gold_cited": 1,
        "right_and_cited": 1,
        "conditions": 1,
        "page@1": 0,
        "page@3": 1,
        "page@5": 1,
        "page@10": 1,
        "recall@10": 1,
        "mrr@10": 1 / 2,
        "ndcg@10": pytest.approx(1 / 1.58496, abs=1e-5),
        "quotes_verbatim": 1,
        "boxes_on_words": 0.5,
    }
    assert (fast.values["key_fact"], fast.values["gold_cited"], fast.values["right_and_cited"]) == (1, 0, 0)
    assert fast.values["mrr@10"] == 0 and fast.values["quotes_verbatim"] == 1 / 2
    assert "conditions" not in fast.values
    assert price.values == {"quotes_verbatim": 0, "boxes_on_words": 0.5}
    assert (price.answered, price.status) == (False, "unanswerable")
    assert fast.cited == (("mat", 2), ("vila", 2)) and fast.gold == (("mat", 1),)


def test_what_is_said_without_answering_holds_no_fact() -> None:
    silent = answer("Minst varannan timme.", citation("vila", 1), status=Status.CLARIFY)
    (result,) = results_of([TURN], System(lambda *_: silent, search, check, "v1"))
    assert [result.values[name] for name in ("answered", "key_fact", "gold_cited", "conditions")] == [0] * 4


def test_a_missing_condition_makes_an_answer_wrong() -> None:
    short = answer("Vänd varannan timme.", citation("vila", 1))
    (result,) = results_of([TURN], System(lambda *_: short, search, check, "v1"))
    assert [result.values[name] for name in ("key_fact", "conditions", "right_and_cited")] == [1, 0, 0]


def test_an_answer_without_citations_has_no_quotes_to_judge() -> None:
    (result,) = results_of([TURN], System(lambda *_: answer("Minst."), search, check, "v1"))
    assert "quotes_verbatim" not in result.values


def test_a_report_sums_up() -> None:
    report = report_of(list(results_of([TURN, FAST, PRICE], SYSTEM)), "dev", SYSTEM)
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
    assert report.ask_ms.p50 <= report.ask_ms.p95 <= report.ask_ms.longest


def test_nothing_to_report_on() -> None:
    with pytest.raises(ValueError, match="no question to report on"):
        report_of([], "dev", SYSTEM)
