import pytest

from evals.text import contains_all, contains_any, contains_fact, squash


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("be-\r\nhandling", "behandling"),
        ("be\ufffehandling", "behandling"),
        ("Fall\xadolyckor  sker", "fallolyckor sker"),
        ("rörelse- eller", "rörelse-eller"),
        ("\ufb01nns 2 mg/ml", "finns 2 mg / ml"),
    ],
)
def test_layout_does_not_count(printed: str, read: str) -> None:
    assert squash(printed) == squash(read)


@pytest.mark.parametrize(
    ("text", "fact", "found"),
    [
        ("Vänd minst varannan\ntimme.", "varannan timme", True),
        ("Vänd varannan timmes tid.", "varannan timme", True),
        ("Ingen fallrisk.", "risk", False),
        ("högst 10 minuter", " 10 ", True),
        ("högst 100 minuter", "10", False),
        ("högst 1,5 minuter", "5", False),
        ("högst 1,5 minuter", "1", False),
        ("lagen (2025:400)", "2025:400", True),
        ("ordning 1. Gör så", "1", True),
        ("hej", "hej,", True),
    ],
)
def test_a_fact_is_found_from_the_start_of_a_word(text: str, fact: str, found: bool) -> None:
    assert contains_fact(text, fact) is found


def test_any_and_all() -> None:
    assert contains_any("röd tråd", ["blå", "röd"]) and not contains_any("röd tråd", [])
    assert contains_all("röd tråd", ["tråd", "röd"]) and contains_all("röd tråd", [])
    assert not contains_all("röd tråd", ["tråd", "blå"])
