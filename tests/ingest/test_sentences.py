"""Where Swedish sentences end: abbreviations, legal references, footnote markers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import last_sentence, sentence_spans

TEXTS = [
    ["Vänd varje timme, t.ex. kl. 22.", "Smörj huden.2", "Se 3 kap. 5 § SoL."],
    ["Enligt 2 kap. 1 § första stycket 3 HSL (2017:30) gäller detta.", "Det gäller även 5 §."],
    ["Se SOSFS 2011:9.", "Läs prop. 2017/18:151 s. 20.", "Där står det."],
    ["Jfr 6 kap. 2 § p. 3 PSL.", "Detta är viktigt."],
    ["Ordna det enl. 3 a §.", "Anmäl sedan till IVO."],
    ["Vårdplan (se kap. 4).", "Nästa steg är klart."],
    ["Värdet är 7.0 mmol/l.", "Kontrollera igen."],
    ["Se avsnitt 3.2.", "Här beskrivs larm."],
    ["Den 1. maj 2020 gäller det."],
    ["Gäller fr.o.m. 1 juli 2025.", "Därefter upphör det."],
    ["Ring 112.", "Vänta på ambulans."],
    ["Kontakta t.f. MAS.", "Hon svarar."],
    ["Blodtryck, puls m.m.", "Resultatet skrivs."],
    ["Läkare A. Svensson ordinerar."],
    ["Ge vitamin D.", "Skriv upp dosen."],
    ["Hon sa: ”Kom hit!”", "Han gick."],
    ["Får man det?", "Ja.", "Det är klart…", "Nästa."],
    ["Fotnoten står här.12", "Två till.3, 4", "Nästa mening."],
    ["Patienten (t.ex. Ada) äter.", "Bra."],
    ["Skriv hur mycket, dvs. antal ml.", "Signera."],
]


@pytest.mark.parametrize("sentences", TEXTS, ids=lambda sentences: sentences[0])
def test_sentences(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[a:b] for a, b in sentence_spans(text)] == sentences
    assert text[last_sentence(text) :] == sentences[-1]


def test_a_line_break_ends_a_sentence_and_a_tab_does_not() -> None:
    text = "Rubrik utan punkt\nByxor\tJa"
    assert [text[a:b] for a, b in sentence_spans(text)] == ["Rubrik utan punkt", "Byxor\tJa"]


def test_only_the_part_that_was_asked_for() -> None:
    text = "En. Två. Tre."
    assert sentence_spans(text, 4, 8) == [(4, 8)]
    assert sentence_spans("") == []
    assert last_sentence("") == 0


@given(st.text(alphabet="abÅ .!?\n\t1§”(", max_size=80))
def test_sentences_cover_all_that_is_printed(text: str) -> None:
    spans = sentence_spans(text)
    covered = {i for a, b in spans for i in range(a, b)}
    assert {i for i, character in enumerate(text) if not character.isspace()} <= covered
    assert all(a < b for a, b in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
