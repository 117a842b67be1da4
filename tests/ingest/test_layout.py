"""Boxes lie on the words as they are shown: on upright, turned and cropped pages."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest
from reportlab.pdfgen.canvas import Canvas

from ingest.document import Document
from tests.ingest.checks import box_faults, letters
from tests.ingest.made import HEIGHT, WIDTH, draw, lines, read, turned, typeset

PARAGRAPH = """
Personen byter ställning minst varannan timme. Huden över hälar och korsben
kontrolleras vid varje tillfälle, och rodnad som inte bleknar rapporteras samma dag.
"""
SCALE = 3
CROP = (40.0, 30.0, 400.0, 560.0)


def word_spans(document: Document) -> list[tuple[int, int]]:
    return [(start, end) for start, end in document.layout.spans.tolist()]


def inked_words(path: Path, document: Document) -> list[bool]:
    """For each word piece whether its box, on the page as rendered, holds ink near its middle line."""
    with pdfium.PdfDocument(path) as pdf:
        images = [page.render(scale=SCALE).to_pil().convert("L") for page in pdf]
    found = []
    for start, end in word_spans(document):
        image = images[document.page_at(start).number - 1]
        for x0, y0, x1, y1 in document.layout.rectangles(start, end):
            part = image.crop((int(x0 * SCALE), int(y0 * SCALE), int(x1 * SCALE) + 1, int(y1 * SCALE) + 1))
            found.append(part.getextrema()[0] < 128)
    return found


def ink_outside(path: Path, document: Document) -> int:
    """How many dark points of the first page stand in no word's box."""
    with pdfium.PdfDocument(path) as pdf:
        image = pdf[0].render(scale=SCALE).to_pil().convert("L")
    for start, end in word_spans(document):
        if document.page_at(start).number == 1:
            for x0, y0, x1, y1 in document.layout.rectangles(start, end):
                image.paste(
                    255,
                    tuple(int(v * SCALE) + d for v, d in zip((x0, y0, x1, y1), (-1, -1, 2, 2), strict=True)),
                )
    return sum(value < 128 for value in image.tobytes())


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, CROP])
def test_boxes_lie_on_the_words_as_rendered(
    tmp_path: Path, degrees: int, crop: tuple[float, float, float, float] | None
) -> None:
    data = turned(typeset(PARAGRAPH), degrees=degrees, crop=crop)
    document = read(tmp_path, data)
    assert "varannan timme. Huden" in document.text
    assert all(inked_words(tmp_path / "made.pdf", document))
    assert ink_outside(tmp_path / "made.pdf", document) == 0
    assert box_faults(document) == []
    assert document.pages[0].number == 1
    sides = (CROP[2] - CROP[0], CROP[3] - CROP[1]) if crop else (WIDTH, HEIGHT)
    assert document.pages[0].size == pytest.approx(sides if degrees % 180 == 0 else sides[::-1])


@pytest.mark.parametrize("rotated", [0, 90])
def test_a_table_set_sideways_is_read_along_its_lines(tmp_path: Path, rotated: int) -> None:
    def page(canvas: Canvas) -> None:
        canvas.rotate(90)
        canvas.setFont("Helvetica", 11)
        for row, cells in enumerate([("Åtgärd", "Vem"), ("Larm", "Nattpersonal"), ("Skor", "Kontaktperson")]):
            for column, words in enumerate(cells):
                canvas.drawString(100 + 150 * column, -150 - 20 * row, words)

    document = read(tmp_path, turned(draw(page), degrees=rotated))
    assert document.text == "Åtgärd\tVem\nLarm\tNattpersonal\nSkor\tKontaktperson"
    assert {block.kind for block in document.blocks} == {"row"}
    assert all(inked_words(tmp_path / "made.pdf", document))
    assert ink_outside(tmp_path / "made.pdf", document) == 0
    assert document.pages[0].size == pytest.approx((HEIGHT, WIDTH) if rotated else (WIDTH, HEIGHT))


@pytest.mark.parametrize("crop", [None, CROP])
def test_pdfium_finds_the_same_words_in_the_boxes(
    tmp_path: Path, crop: tuple[float, float, float, float] | None
) -> None:
    document = read(tmp_path, turned(typeset(PARAGRAPH), crop=crop))
    with pdfium.PdfDocument(tmp_path / "made.pdf") as pdf:
        left, _, _, top = pdf[0].get_bbox()
        text = pdf[0].get_textpage()
        for start, end in word_spans(document):
            ((x0, y0, x1, y1),) = document.layout.rectangles(start, end)
            found = text.get_text_bounded(left + x0, top - y1, left + x1, top - y0)
            assert letters(document.text[start:end]) in letters(found)


def test_what_is_cropped_away_is_not_read(tmp_path: Path) -> None:
    data = draw([(5, 585, "guide.indd 3 2024-05-02"), *lines("Texten på sidan läses.")])
    assert "indd" in read(tmp_path, data).text
    assert read(tmp_path, turned(data, crop=CROP)).text == "Texten på sidan läses."


def test_half_a_word_is_half_a_box(tmp_path: Path) -> None:
    document = read(tmp_path, draw(lines("mmmmmmmm")))
    ((x0, _, x1, _),) = document.layout.rectangles(0, 8)
    ((_, _, half, _),) = document.layout.rectangles(0, 4)
    assert half == pytest.approx((x0 + x1) / 2, abs=0.1)


def test_one_rectangle_for_each_printed_line(tmp_path: Path) -> None:
    document = read(tmp_path, draw(lines("Huden smörjs morgon och", "kväll, även på helgen.")))
    first, second = document.layout.rectangles(0, len(document.text))
    assert first[3] < second[3]
    assert first[0] == second[0] == pytest.approx(60, abs=0.2)
    assert document.layout.rectangles(0, 0) == []


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    source = """
    #set page(columns: 2, margin: 40pt)
    #let part(word) = [Nu handlar det om #word och bara om #word, mening efter mening, hela spalten ned. ]
    #for _ in range(9) { part("fall") } \\ #colbreak() #for _ in range(9) { part("mat") }
    """
    document = read(tmp_path, typeset(source))
    assert document.text.count("fall") == document.text.count("mat") == 18
    assert document.text.rindex("fall") < document.text.index("mat")
    for start, end in [(m, m + 40) for m in (0, document.text.index("Nu handlar det om mat"))]:
        assert (
            max(b[2] for b in document.layout.rectangles(start, end))
            - min(b[0] for b in document.layout.rectangles(start, end))
            < WIDTH / 2
        )


def test_rows_of_lines_drawn_across_two_columns_are_not_mixed(tmp_path: Path) -> None:
    left = ["Vänster spalt börjar här och", "går vidare rad för rad tills", "den är slut."]
    right = ["Höger spalt har en helt", "annan text som inte får", "blandas in."]
    page = [*lines(*left, x=40), *lines(*right, x=230)]
    assert read(tmp_path, draw(page)).text == " ".join(left) + "\n" + " ".join(right)


def test_a_justified_line_is_not_a_table(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        for row, words in enumerate(["Uppgifterna som avses här ska", "lämnas till enheten utan dröjsmål"]):
            text = canvas.beginText(60, 400 - 14 * row)
            text.setFont("Helvetica", 11)
            text.setWordSpace(14)
            text.textLine(words)
            canvas.drawText(text)

    document = read(tmp_path, draw(page))
    assert document.text == "Uppgifterna som avses här ska lämnas till enheten utan dröjsmål"
    assert [block.kind for block in document.blocks] == ["paragraph"]


def test_a_small_title_at_the_top_of_a_single_page_is_a_header(tmp_path: Path) -> None:
    source = """
    #set document(title: "Ett språkkrav införs")
    #set page(header: text(size: 8pt, weight: "bold")[Ett språkkrav införs], height: 20cm)
    #set text(size: 11pt)
    Regeringen ser allvarligt på följderna av att språket brister. Ett språkkrav införs därför snart.
    """
    document = read(tmp_path, typeset(source))
    assert document.text.startswith("Regeringen ser allvarligt")
    assert document.title == "Ett språkkrav införs"
