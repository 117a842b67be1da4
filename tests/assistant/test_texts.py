import re

import pytest

from assistant.contacts import _contacts, whom_to_ask
from assistant.texts import LANGUAGES, TEXTS, text


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_every_text_has_every_language_and_the_same_blanks(key: str) -> None:
    blanks = {tuple(sorted(re.findall(r"{(\w+)}", TEXTS[key][language]))) for language in LANGUAGES}
    assert len(blanks) == 1


def test_an_unknown_language_gets_swedish() -> None:
    assert text("question.empty", "fi") == TEXTS["question.empty"]["sv"]


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("får jag dela en tablett", "läkemedel"),
        ("hon har ont i benet", "dygnet runt"),
        ("är rullstolen trasig", "arbetsterapeuten"),
        ("får dottern läsa journalen", "chef"),
        ("när kommer schemat", "skyddsombud"),
        ("vad är huvudstaden i Australien", "närmaste chef"),
    ],
)
def test_advice_follows_the_topic(question: str, word: str) -> None:
    assert word in whom_to_ask(question)


def test_short_topic_words_are_whole_words() -> None:
    # "ont" stands in "kontroll" and "son" in "personal".
    assert whom_to_ask("kontroll av personal") == whom_to_ask("något helt annat")


def test_every_topic_speaks_both_languages() -> None:
    for topic in [_contacts()["default"], *_contacts()["topics"]]:
        assert topic["sv"] and topic["en"]
