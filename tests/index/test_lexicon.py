"""The care lexicon: what a file may say, and what a question is expanded with."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.analysis import words
from index.errors import IndexMismatch, LexiconError
from index.lexicon import LEAST_TELLING, SHIPPED, TERM_WEIGHT, Thesaurus, load_lexicon

FALL = """
[[concept]]
term = "fall"
synonyms = ["fallolycka"]
everyday = ["ramla", "trilla omkull"]
english = ["fall"]
plain = "Att hamna på golvet utan att vilja det."
"""
OLD = """
[[concept]]
term = "hög ålder"
everyday = ["ramla ur tiden"]
english = ["old age"]
plain = "Att vara mycket gammal."
"""


def written(folder: Path, *texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.toml").write_text(text, encoding="utf-8")
    return folder


def thesaurus(folder: Path, *texts: str) -> Thesaurus:
    load_lexicon([written(folder, *texts)]).write(folder)
    return Thesaurus(folder)


def rare(term: int) -> float:
    """An idf that is the same for all words: every word tells as much as one that is nowhere."""
    return 1.0


def weights_of(made: Thesaurus, question: str) -> dict[int, float]:
    return {word.stem: weight for word, weight in made.expand(words(question), rare).words.items()}


def test_an_everyday_word_brings_the_term_and_its_synonyms(tmp_path: Path) -> None:
    expansion = thesaurus(tmp_path, FALL).expand(words("mamma ramlade i natt"), rare)
    assert expansion.terms == ("fall",)
    assert {word.stem for word in expansion.words} == {word.stem for word in words("fall fallolycka")}


def test_a_phrase_needs_all_its_words_in_any_order(tmp_path: Path) -> None:
    made = thesaurus(tmp_path, FALL)
    assert made.expand(words("hon gick omkull när hon trillade"), rare).terms == ("fall",)
    assert not made.expand(words("hon gick omkull"), rare).terms


def test_a_phrase_of_two_concepts_counts_less_for_each(tmp_path: Path) -> None:
    shared = OLD.replace("ramla ur tiden", "ramla")
    made = thesaurus(tmp_path, FALL, shared)
    (fall,) = words("fall")
    assert weights_of(made, "ramla")[fall.stem] == pytest.approx(TERM_WEIGHT / 2**0.5)


def test_the_longest_phrase_of_a_concept_decides(tmp_path: Path) -> None:
    text = FALL.replace('"ramla"', '"ramla", "ramla pladask"')
    made = thesaurus(tmp_path, text, OLD.replace("ramla ur tiden", "ramla"))
    (fall,) = words("fall")
    # "ramla pladask" is the fall's alone, so it is not shared with the other concept.
    assert weights_of(made, "ramla pladask")[fall.stem] == pytest.approx(TERM_WEIGHT)


def test_a_phrase_of_common_words_says_nothing(tmp_path: Path) -> None:
    made = thesaurus(tmp_path, FALL)

    def common(term: int) -> float:
        return 1.0 if term == 0 else LEAST_TELLING / 2

    assert not made.expand(words("ramla"), common).terms


def test_words_of_the_question_are_not_added_again(tmp_path: Path) -> None:
    (fall,) = words("fall")
    assert fall.stem not in weights_of(thesaurus(tmp_path, FALL), "fall ramla")


def test_files_that_speak_of_the_same_term_are_joined(tmp_path: Path) -> None:
    more = FALL.replace('["ramla", "trilla omkull"]', '["dratta"]')
    lexicon = load_lexicon([written(tmp_path / "a", FALL), written(tmp_path / "b", more)])
    assert lexicon.concepts["fall"].everyday == ("ramla", "trilla omkull", "dratta")


def test_the_fingerprint_follows_the_text(tmp_path: Path) -> None:
    one = load_lexicon([written(tmp_path / "a", FALL)]).fingerprint
    assert one != load_lexicon([written(tmp_path / "b", FALL, OLD)]).fingerprint
    assert one == load_lexicon([written(tmp_path / "c", FALL)]).fingerprint


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (FALL + FALL, 10, 'has the term "fall" twice'),
        (FALL.replace("everyday", "everday"), 3, 'unknown key "everday". Did you mean "everyday"'),
        (FALL + 'related = ["fallolyka"]', 3, 'unknown term "fallolyka"'),
        (FALL + 'related = ["fal"]', 3, 'Did you mean "fall"'),
        (FALL + 'broader = ["fall"]', 3, "its own broader terms"),
        (FALL.replace('plain = "Att hamna på golvet utan att vilja det."', ""), 3, "no `plain`"),
        (FALL.replace('["fallolycka"]', '"fallolycka"'), 3, "`synonyms` that is not a list of texts"),
        (FALL.replace('term = "fall"', ""), None, "without a `term`"),
        ("[[concept]\nterm", None, "cannot be read as TOML"),
    ],
)
def test_a_faulty_file_is_refused_with_line_and_reason(
    tmp_path: Path, text: str, line: int | None, message: str
) -> None:
    with pytest.raises(LexiconError) as caught:
        load_lexicon([written(tmp_path, text)])
    assert message in str(caught.value)
    assert caught.value.line == line
    assert "0.toml" in str(caught.value)


def test_a_circle_over_several_concepts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="its own broader terms"):
        load_lexicon(
            [written(tmp_path, FALL + 'broader = ["hög ålder"]', OLD + 'broader = ["fall"]')],
        )


def test_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# one\n# tv\xe5\n")
    with pytest.raises(LexiconError, match=r"latin\.toml:2 is not UTF-8"):
        load_lexicon([tmp_path])


def test_a_lost_compiled_lexicon_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(IndexMismatch, match="Rebuild the index"):
        Thesaurus(tmp_path)


def test_the_shipped_lexicon_is_whole() -> None:
    lexicon = load_lexicon()
    assert len(lexicon.concepts) >= 1500
    abbreviations = {short for c in lexicon.concepts.values() for short in c.abbreviations}
    assert len(abbreviations) >= 150
    assert {"BPSD", "SIP", "MAS", "SoL", "HSL", "LSS"} <= abbreviations
    for path in SHIPPED.glob("*.toml"):
        assert path.read_text(encoding="utf-8").startswith("# Part of Lotsen's care lexicon")


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("hon trillade i badrummet", "fall"),
        ("han kissar på sig hela tiden", "inkontinens"),
        ("var är syrran", "sjuksköterska"),
        ("hon har fått liggsår", "trycksår"),
        ("vad gör vi åt hans piller", "läkemedel"),
    ],
)
def test_everyday_words_find_their_terms(tmp_path: Path, question: str, term: str) -> None:
    load_lexicon().write(tmp_path)
    assert term in Thesaurus(tmp_path).expand(words(question), rare).terms
