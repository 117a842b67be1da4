import pytest

from evals.overlap import content_stems, level_of, shared_words


def test_stems_leave_out_what_only_asks() -> None:
    assert content_stems("Hur ofta ska man vända 2 personer?") == {"vänd", "2", "person"}


def test_a_word_broken_at_the_end_of_a_line_is_whole_again() -> None:
    assert content_stems("be-\nhandling av tryck\xadsår") == content_stems("behandling trycksår")


def test_the_share_is_of_the_question_and_of_the_best_place() -> None:
    question = "hur vänder man personer med trycksår"
    assert shared_words(question, ["Personen vänds.", "Trycksår."]) == pytest.approx(2 / 3)
    assert shared_words(question, []) == 0.0
    assert shared_words("hur då?", ["Hur då?"]) == 0.0


def test_levels_at_their_cut_offs() -> None:
    assert [level_of(share) for share in (0, 0.29, 0.3, 0.69, 0.7, 1)] == [
        "low",
        "low",
        "medium",
        "medium",
        "high",
        "high",
    ]
