import math
import random

import numpy as np
import pytest

from evals import metrics

RANKING = ["b", "a", "d", "c", "e"]


def test_page_at() -> None:
    assert metrics.page_at(RANKING, {"a"}, 1) == 0
    assert metrics.page_at(RANKING, {"a"}, 2) == 1
    assert metrics.page_at([], {"a"}, 2) == 0


def test_recall_at() -> None:
    assert metrics.recall_at(RANKING, {"a", "c", "x"}, 3) == 1 / 3
    assert metrics.recall_at(RANKING, {"a", "c", "x"}, 5) == 2 / 3


def test_mrr_at() -> None:
    assert metrics.mrr_at(RANKING, {"d", "e"}, 10) == 1 / 3
    assert metrics.mrr_at(RANKING, {"d", "e"}, 2) == 0


def test_ndcg_at() -> None:
    gained = 1 / math.log2(2 + 1) + 1 / math.log2(4 + 1)
    ideal = 1 / math.log2(1 + 1) + 1 / math.log2(2 + 1) + 1 / math.log2(3 + 1)
    assert metrics.ndcg_at(RANKING, {"a", "c", "x"}, 10) == pytest.approx(gained / ideal)
    # With k = 1 the ideal ranking has room for one page only.
    assert metrics.ndcg_at(RANKING, {"b", "c"}, 1) == pytest.approx(1.0)


# ranx compiles its measures; the compiler warns of its own counters.
@pytest.mark.filterwarnings("ignore:unsafe cast from uint64")
def test_the_same_as_ranx() -> None:
    ranx = pytest.importorskip("ranx", reason="needs the test extra")
    rng = random.Random(7)
    pages = [f"p{i}" for i in range(15)]
    gold = {f"q{i}": rng.sample(pages, rng.randint(1, 4)) for i in range(40)}
    runs = {query: rng.sample(pages, 12) for query in gold}
    qrels = ranx.Qrels({query: dict.fromkeys(found, 1) for query, found in gold.items()})
    run = ranx.Run({query: {p: 100.0 - i for i, p in enumerate(found)} for query, found in runs.items()})
    ours = {
        "hit_rate": metrics.page_at,
        "recall": metrics.recall_at,
        "mrr": metrics.mrr_at,
        "ndcg": metrics.ndcg_at,
    }
    theirs = ranx.evaluate(qrels, run, [f"{name}@{k}" for name in ours for k in (1, 5, 10)])
    for name, measure in ours.items():
        for k in (1, 5, 10):
            mean = sum(measure(runs[query], set(gold[query]), k) for query in gold) / len(gold)
            assert mean == pytest.approx(theirs[f"{name}@{k}"]), (name, k)


def test_a_quote_is_its_slice_and_stands_on_the_page() -> None:
    page = "Alla ska\r\nbe\ufffehandlas väl.\r\n7"
    assert metrics.quote_verbatim("ska behandlas", "ska behandlas", page) == 1
    assert metrics.quote_verbatim("ska behandlas", "ska behandla", page) == 0
    assert metrics.quote_verbatim("bör behandlas", "bör behandlas", page) == 0
    assert metrics.quote_verbatim(" . ", " . ", page) == 0


def test_boxes_cover_the_quote_and_nothing_else() -> None:
    assert metrics.boxes_on_words("ab cd", "dcba") == 1
    assert metrics.boxes_on_words("abcd", "ab") == 2 / 4
    assert metrics.boxes_on_words("ab", "abcdefgh") == 2 / 8
    assert metrics.boxes_on_words("aab", "abb") == 2 / 3
    assert metrics.boxes_on_words("ab", "") == 0


def test_precision_recall_and_f1() -> None:
    # (flagged, true): two flagged rightly, one wrongly; two missed.
    rows = np.array([(1, 1), (1, 1), (1, 0), (0, 1), (0, 1), (0, 0)], dtype=float)
    precision, recall = 2 / (2 + 1), 2 / (2 + 2)
    assert metrics.precision(rows) == precision
    assert metrics.recall(rows) == recall
    assert metrics.f1(rows) == pytest.approx(2 * precision * recall / (precision + recall))
    assert math.isnan(metrics.precision(np.array([(0.0, 1.0)])))
    assert math.isnan(metrics.recall(np.array([(1.0, 0.0)])))


def test_graded_ndcg() -> None:
    gained = 1 / math.log2(2 + 1) + 2 / math.log2(4 + 1)
    ideal = 2 / math.log2(1 + 1) + 1 / math.log2(2 + 1)
    assert metrics.graded_ndcg_at(RANKING, {"a": 1, "c": 2}, 10) == pytest.approx(gained / ideal)
    assert metrics.graded_ndcg_at(RANKING, {"d": 3}, 2) == 0


# ranx compiles its measures; the compiler warns of its own counters.
@pytest.mark.filterwarnings("ignore:unsafe cast from uint64")
def test_graded_ndcg_is_the_same_as_in_ranx() -> None:
    ranx = pytest.importorskip("ranx", reason="needs the test extra")
    rng = random.Random(11)
    pages = [f"p{i}" for i in range(15)]
    gold = {f"q{i}": {p: rng.randint(1, 3) for p in rng.sample(pages, 4)} for i in range(30)}
    runs = {query: rng.sample(pages, 12) for query in gold}
    run = ranx.Run({query: {p: 100.0 - i for i, p in enumerate(found)} for query, found in runs.items()})
    theirs = ranx.evaluate(ranx.Qrels(gold), run, "ndcg@10")
    ours = sum(metrics.graded_ndcg_at(runs[query], gold[query], 10) for query in gold) / len(gold)
    assert ours == pytest.approx(theirs)


def test_a_statement_is_supported_by_its_very_words() -> None:
    quotes = ["Vänd personen minst", "varannan timme."]
    assert metrics.supports("Vänd personen minst varannan timme.", quotes)
    assert not metrics.supports("Vänd personen minst varannan timme.", quotes[:1])
    assert not metrics.supports("Vänd inte personen.", quotes)
    assert not metrics.supports("Vänd personen minst var 2:a timme.", quotes)
    # A row of a table as it is shown, with the heads of its columns.
    assert metrics.supports("Grad: 2 · Åtgärd: Avlasta", ["Grad\tÅtgärd", "2\tAvlasta"])
    assert not metrics.supports("", quotes)


def test_citations_in_the_sense_of_alce() -> None:
    supported = ("Vänd personen.", ["Vänd personen.", "Ring natten."])
    two_needed = ("Vänd personen nu.", ["Vänd", "personen nu."])
    wrong = ("Ge mat.", ["Vänd personen."])
    bare = ("Ge mat.", [])
    assert metrics.citation_recall([supported, two_needed, wrong, bare]) == 2 / 4
    # Of the five citations the second of the first statement and the third's are not needed.
    assert metrics.citation_precision([supported, two_needed, wrong, bare]) == 3 / 5
    assert math.isnan(metrics.citation_precision([bare]))


def test_completeness() -> None:
    assert metrics.completeness([True, False, True]) == 2 / 3


def test_calibration() -> None:
    # (confidence, right): the first two share the bin from .9, the others have one each.
    rows = np.array([(0.95, 1), (0.91, 0), (0.35, 1), (1.0, 1)])
    bins = metrics.reliability(rows)
    assert [(b.low, b.n, b.right) for b in bins] == [(0.3, 1, 1.0), (0.9, 3, 2 / 3)]
    assert bins[1].confidence == pytest.approx((0.95 + 0.91 + 1.0) / 3)
    error = 1 / 4 * abs(1 - 0.35) + 3 / 4 * abs(2 / 3 - (0.95 + 0.91 + 1.0) / 3)
    assert metrics.calibration_error(rows) == pytest.approx(error)
    assert math.isnan(metrics.calibration_error(rows[:0]))


def test_coverage_against_precision() -> None:
    rows = np.array([(0.5, 0), (0.9, 1), (0.5, 1)])
    assert metrics.coverage_curve(rows, asked=4) == (
        metrics.Point(0.9, 1 / 4, 1 / 1),
        metrics.Point(0.5, 3 / 4, 2 / 3),
    )


def test_holm() -> None:
    assert metrics.corrected([0.04, 0.01, 0.03]) == pytest.approx([2 * 0.03, 3 * 0.01, 2 * 0.03])
    assert metrics.corrected([0.9, 0.8]) == [1.0, 1.0]
    assert metrics.corrected([]) == []


def test_auroc() -> None:
    # Pairs: .9 > .5, .9 > .2, .5 = .5, .5 > .2
    rows = np.array([(0.9, 1), (0.5, 1), (0.5, 0), (0.2, 0)])
    assert metrics.auroc(rows) == (3 + 0.5) / (2 * 2)
    assert math.isnan(metrics.auroc(rows[:2]))


def test_percentile() -> None:
    assert metrics.percentile([1, 2, 3, 4], 0.5) == 2 + 0.5 * (3 - 2)
    assert metrics.percentile([4, 1, 3, 2], 1.0) == 4
    assert math.isnan(metrics.percentile([], 0.5))


def test_interval_of_what_never_varies_is_a_point() -> None:
    assert metrics.bootstrap_interval(np.ones(20)) == metrics.Interval(1.0, 1.0)


def test_interval_is_near_the_normal_one_and_repeatable() -> None:
    values = np.array([0.0, 1.0] * 100)
    interval = metrics.bootstrap_interval(values, rounds=4000)
    half = 1.96 * values.std() / math.sqrt(len(values))
    assert interval.low == pytest.approx(0.5 - half, abs=0.01)
    assert interval.high == pytest.approx(0.5 + half, abs=0.01)
    assert metrics.bootstrap_interval(values, rounds=4000) == interval


def test_interval_with_a_statistic_of_its_own() -> None:
    values = np.arange(30.0)
    slow = metrics.bootstrap_interval(values, lambda drawn: float(drawn.sum() / len(drawn)))
    fast = metrics.bootstrap_interval(values)
    assert (slow.low, slow.high) == pytest.approx((fast.low, fast.high))


def test_interval_leaves_out_draws_without_a_value() -> None:
    rows = np.array([(0.9, 1), (0.1, 0)])
    assert metrics.bootstrap_interval(rows, metrics.auroc) == metrics.Interval(1.0, 1.0)
    one_kind = metrics.bootstrap_interval(rows[:1], metrics.auroc)
    assert math.isnan(one_kind.low) and math.isnan(one_kind.high)
    with pytest.raises(ValueError, match="at least one question"):
        metrics.bootstrap_interval(np.zeros(0))


def test_paired_test_by_trying_every_flip() -> None:
    # Of the 2³ sign flips only +++ and --- give a sum as large as the observed one.
    assert metrics.paired_test(np.zeros(3), np.ones(3)) == 2 / 2**3
    assert metrics.paired_test(np.array([0.0, 1.0]), np.array([1.0, 0.0])) == 1.0
    assert metrics.paired_test(np.ones(4), np.ones(4)) == 1.0


def test_paired_test_by_random_flips_is_near_the_exact_one() -> None:
    after = np.array([1.0] * 10 + [-1.0] * 4)
    exact = metrics.paired_test(np.zeros(14), after, rounds=2**14)
    drawn = metrics.paired_test(np.zeros(14), after, rounds=2**14 - 1)
    assert exact == sum(math.comb(14, i) for i in range(15) if abs(14 - 2 * i) >= 6) / 2**14
    assert drawn == pytest.approx(exact, abs=0.02)


def test_runs_of_different_length_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="3 and 2 questions"):
        metrics.paired_test(np.zeros(3), np.zeros(2))
