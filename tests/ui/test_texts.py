import string
from pathlib import Path

import pytest

import ui
from assistant.answer import Status
from corpus.catalogue import KINDS
from ui.settings import LANGUAGES
from ui.texts import CATALOGUES, EXAMPLES, texts_in


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things_with_the_same_gaps():
    assert set(CATALOGUES) == set(LANGUAGES)
    swedish, english = texts_in("sv").words, texts_in("en").words
    assert swedish.keys() == english.keys()
    for key, text in swedish.items():
        assert text and english[key]
        assert gaps(text) == gaps(english[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_and_kind_has_words(language):
    texts = texts_in(language)
    assert all(texts.status(status) for status in Status)
    assert all(texts.kind(kind) for kind in KINDS)


def test_a_day_is_written_out():
    assert texts_in("sv").day("2025-03-10") == "10 mars 2025"
    assert texts_in("en").day("2025-12-01") == "1 December 2025"


def test_every_text_is_used_somewhere():
    folder = Path(ui.__file__).parent
    source = "".join(p.read_text("utf-8") for p in folder.rglob("*") if p.suffix in (".py", ".html"))
    source = source.replace((folder / "texts.py").read_text("utf-8"), "")
    built = {*EXAMPLES, *(key for key in texts_in("sv").words if key.startswith(("status.", "kind.")))}
    unused = [
        key
        for key in texts_in("sv").words
        if key not in built and f'"{key}"' not in source and f"'{key}'" not in source
    ]
    assert unused == []
