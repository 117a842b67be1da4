"""Line ends: which hyphens go, which stay, and that every letter keeps its place."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fold import fold, join
from ingest.pdf_text import PageText, Segment
from ingest.structure import Unit
from tests.ingest.made import draw, lines, read, typeset

JOINS = [
    ("be-", "handling av sår", "behandling av sår"),
    ("rörelse-", "eller träningsprogram", "rörelse- eller träningsprogram"),
    ("kväll-", "och nattarbete", "kväll- och nattarbete"),
    ("HVB-", "hem", "HVB-hem"),
    ("covid-", "19", "covid-19"),
    ("Stockholm-", "Uppsala", "Stockholm-Uppsala"),
    ("e-", "post", "e-post"),
    ("be\u00ad", "handling", "behandling"),
    ("be\u2010", "handling", "behandling"),
    ("be\ufffe", "handling", "behandling"),
    ("rörelse\x02", "eller", "rörelse- eller"),
    ("blodtryck", "mäts", "blodtryck mäts"),
    ("–", "och", "– och"),
    ("2–", "3", "2– 3"),
]


@pytest.mark.parametrize(("word", "following", "expected"), JOINS)
def test_a_line_end(word: str, following: str, expected: str) -> None:
    stem, glue = join(word, following)
    assert stem + glue + following == expected


def test_the_last_word_of_a_unit_loses_only_a_soft_hyphen() -> None:
    assert join("slut\u00ad", None) == ("slut", "")
    assert join("slut-", None) == ("slut-", "")


@pytest.mark.parametrize(("word", "following", "expected"), [j for j in JOINS if j[0].isascii()])
def test_a_line_end_on_a_page(tmp_path: Path, word: str, following: str, expected: str) -> None:
    document = read(tmp_path, draw(lines(f"Personalen skriver {word}", f"{following} varje dag.")))
    assert document.text == f"Personalen skriver {expected} varje dag."


def test_hyphens_that_the_typesetter_sets(tmp_path: Path) -> None:
    words = "Undersköterskan dokumenterar vätskeintaget och sväljningssvårigheterna i omvårdnadsjournalen."
    document = read(tmp_path, typeset(f"#set text(hyphenate: true)\n#block(width: 90pt)[{words}]"))
    assert document.text == words
    assert len(set(document.layout.lines.tolist())) > 5


def test_a_soft_hyphen_shows_only_where_the_line_ends(tmp_path: Path) -> None:
    source = (
        "#block(width: 100pt)[Sköterskan kontrollerar sår-?läkningen, sår-?läkningen och sår-?läkningen.]"
    )
    document = read(tmp_path, typeset(source))
    assert document.text == "Sköterskan kontrollerar sårläkningen, sårläkningen och sårläkningen."


def test_ligatures_and_characters_beyond_the_basic_plane(tmp_path: Path) -> None:
    document = read(tmp_path, typeset("Figuren finns på fliken, offentligt. Formeln är $x + y$ här."))
    assert "Figuren finns på fliken, offentligt." in document.text
    at = document.text.index("\U0001d465")
    assert document.text[at:] == "\U0001d465 + \U0001d466 här."
    assert len(document.layout.rectangles(at, at + 1)) == 1


WORDS = st.lists(st.text("abcåäö1§", min_size=1, max_size=6), min_size=1, max_size=5)


@given(st.lists(WORDS, min_size=1, max_size=6), st.sampled_from(["", "-", "\u00ad", "\ufffe"]))
def test_every_piece_keeps_its_letters_and_its_place(printed: list[list[str]], sign: str) -> None:
    segments: list[Segment] = []
    boxes: list[tuple[float, float, float, float]] = []
    for row, words in enumerate(printed):
        words = [*words[:-1], words[-1] + sign]
        first = len(boxes)
        boxes += [(10.0 * i, 20.0 * row, 10.0 * i + 9, 20.0 * row + 9) for i in range(len(words))]
        segments.append(Segment(" ".join(words), first, len(words), 0, 20 * row, 90, 20 * row + 9, 9, False))
    page = PageText(1, (100, 900), 100, 900, tuple(segments), np.array(boxes, np.float32), {}, 1, 0)
    folder = fold([page], [Unit("paragraph", [[(1, segment) for segment in segments]])])
    text, layout = "".join(folder.text), folder.layout()
    originals = [word for words in printed for word in words]
    assert re.sub(r"[\W_]", "", text) == re.sub(r"[\W_]", "", "".join(originals))
    assert len(layout.spans) == sum(map(len, printed))
    assert np.array_equal(layout.boxes, page.boxes)
    pieces = [text[start:end] for start, end in layout.spans.tolist()]
    assert [piece.rstrip("-") for piece in pieces] == originals
