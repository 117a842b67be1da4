import pytest

from assistant.answer import MAX_QUESTION_CHARACTERS, QuestionError
from assistant.question import kind_of, read_question


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Hur ofta ska man vända någon med trycksår?", "number"),
        ("hur manga minuter ska man skrubba händerna", "number"),
        ("Vem får ge insulin?", "who"),
        ("varför ramlar gamla så ofta", "reason"),
        ("Vad är lex Sarah?", "definition"),
        ("va betyder BPSD", "definition"),
        ("När ska riskbedömningen göras?", "when"),
        ("Vilka tecken finns på stroke?", "list"),
        ("vad gör jag om hon inte vill äta", "list"),
        ("Får man låsa dörren på natten?", "yesno"),
        ("hon vill inte duscha, måste hon det?", "yesno"),
        ("tanten på trean vägrar, får vi tvinga henne", "yesno"),
        ("blöja på natten", "other"),
    ],
)
def test_kind_follows_from_the_words(question: str, kind: str) -> None:
    assert kind_of(question) == kind


def test_white_space_and_unicode_are_tidied() -> None:
    assert read_question("  fa\u030ar man\n\n låsa?  ").text == "får man låsa?"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("å" * (MAX_QUESTION_CHARACTERS + 1), "too_long"),
        ("fall\x00\x01", "binary"),
        ("PK\ufffd\ufffd", "binary"),
        ("😀😀", "no_words"),
        ("1177?", "no_words"),
    ],
)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_cannot_be_taken_says_why(raw: str, reason: str, language: str) -> None:
    with pytest.raises(QuestionError) as caught:
        read_question(raw, language)
    assert caught.value.reason == reason
    assert str(caught.value)


def test_the_longest_question_that_goes() -> None:
    assert len(read_question("å" * MAX_QUESTION_CHARACTERS).text) == MAX_QUESTION_CHARACTERS


def test_emoji_beside_words_and_another_alphabet_are_questions() -> None:
    assert read_question("får hon äta 🍎?").text.endswith("🍎?")
    assert read_question("كم مرة").kind == "other"
