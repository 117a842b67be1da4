"""Swedish text as terms."""

import pytest

from index.analysis import GRAM, STOP_WORDS, count_terms, tokens, word, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vänd  VARANNAN timme!", ["vänd", "varannan", "timme"]),
        ("4 kap. 1 § SoL", ["4kap", "1§", "sol"]),
        ("4 kap 1 a §", ["4kap", "1a§"]),
        ("HSLF-FS 2017:37", ["hslffs", "hslf", "fs", "2017:37", "2017", "37"]),
        ("lös\xadning", ["lösning"]),
        ("ﬁnger", ["finger"]),
        ("2,5 mg", ["2,5", "2", "5", "mg"]),
        ("a\u030angest", ["ångest"]),
        ("🙂 ___ –", []),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_inflections_of_a_word_have_one_stem() -> None:
    assert len({found.stem for found in words("vändning vändningar vändningen")}) == 1


def test_compounds_share_grams() -> None:
    (one,), (other,) = words("läkemedelslista"), words("läkemedel")
    assert one.stem != other.stem
    assert set(other.grams) <= set(one.grams)
    assert len(other.grams) == len("läkemedel") - GRAM + 1


@pytest.mark.parametrize("token", ["inte", "utan", "får", "ska", "måste", "bör", "aldrig", "minst", "före"])
def test_words_that_carry_a_rule_are_kept(token: str) -> None:
    assert token not in STOP_WORDS
    assert word(token) is not None


def test_stop_words_give_nothing() -> None:
    assert words("och det som är vad hur") == []


def test_counts_add_the_weights_of_the_parts() -> None:
    (stem,) = words("fall")
    assert count_terms([("fall, fall", 1.0), ("Fall", 0.25)]) == {stem.stem: 2.25}


def test_a_lone_surrogate_is_no_error() -> None:
    assert words("hej\udc80då") != []
