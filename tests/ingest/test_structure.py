"""Headings, lists, tables, footnotes, contents and running lines, in PDFs that a typesetter made."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from ingest.chunk import chunks_of
from ingest.document import Document
from tests.ingest.made import draw, lines, read, text_of, texts, typeset

FILL = "Personalen följer rutinen och skriver i journalen när något har ändrats för personen. "


def headings(document: Document) -> list[tuple[int, str]]:
    return [(block.level, text_of(document, block)) for block in document.blocks if block.kind == "heading"]


HEADED = f"""
#set heading(numbering: "1.1")
= Fall
{FILL}
== Riskbedömning
{FILL}
=== Vem gör vad
{FILL}
== Åtgärder
{FILL}
= Mat
{FILL}
"""


def test_headings_and_section_paths_from_the_outline(tmp_path: Path) -> None:
    document = read(tmp_path, typeset(HEADED))
    assert headings(document) == [
        (1, "1 Fall"),
        (2, "1.1 Riskbedömning"),
        (3, "1.1.1 Vem gör vad"),
        (2, "1.2 Åtgärder"),
        (1, "2 Mat"),
    ]
    assert document.title == "1 Fall"


def test_headings_by_their_look_alone(tmp_path: Path) -> None:
    source = f"""
    #show heading: it => block(text(size: (16pt, 13pt, 11pt).at(it.level - 1), weight: "bold", it.body))
    #set heading(outlined: false, bookmarked: false)
    = Fall
    {FILL}
    == Riskbedömning
    {FILL}
    === Vem gör vad
    {FILL}
    == Åtgärder
    {FILL} *Viktigt:* det gäller alla. {FILL}
    """
    document = read(tmp_path, typeset(source))
    assert headings(document) == [(1, "Fall"), (2, "Riskbedömning"), (3, "Vem gör vad"), (2, "Åtgärder")]


def test_a_chunk_knows_its_section_and_no_chunk_ends_in_a_heading(tmp_path: Path) -> None:
    body = "\n".join(f"== Avsnitt {n}\n{FILL * 12}" for n in range(1, 5))
    document = read(tmp_path, typeset(f"= Fall\n{body}\n= Mat\n{FILL * 12}\n== Tom rubrik sist"))
    chunks = chunks_of(document)
    assert [c.section for c in chunks if "Avsnitt 3" in c.text] == [("Fall", "Avsnitt 3")]
    assert {c.section[0] for c in chunks} == {"Fall", "Mat"}
    assert all(c.text.rstrip().endswith(".") for c in chunks)
    assert not any("Tom rubrik" in c.text for c in chunks)


def test_a_list_is_one_piece_with_the_sentence_that_introduces_it(tmp_path: Path) -> None:
    items = [f"punkt {n} gäller tills vidare" for n in range(1, 7)]
    source = (
        FILL * 14 + "\n\nFöljande ska finnas:\n" + "\n".join(f"- {item}" for item in items) + f"\n\n{FILL}"
    )
    document = read(tmp_path, typeset(source))
    found = [block for block in document.blocks if block.kind == "item"]
    assert [text_of(document, block) for block in found] == [f"• {item}" for item in items]
    assert {document.text[slice(*block.lead)] for block in found if block.lead} == {"Följande ska finnas:"}
    (chunk,) = [c for c in chunks_of(document) if "punkt 1" in c.text]
    assert "Följande ska finnas:" in chunk.text
    assert "punkt 6" in chunk.text


def test_a_list_goes_on_over_the_page_past_its_footnotes(tmp_path: Path) -> None:
    items = "\n".join(f"+ Steg {n} görs tillsammans med personen.#footnote[Källa {n}.]" for n in range(1, 7))
    document = read(tmp_path, typeset(f"#v(330pt)\nGör så här:\n{items}\n\n{FILL}"))
    assert len(document.pages) == 2
    steps = [text for text in texts(document, "item") if "Steg" in text]
    assert [document.clean(b.start, b.end) for b in document.blocks if b.kind == "item"] == [
        f"{n}. Steg {n} görs tillsammans med personen." for n in range(1, 7)
    ]
    assert len(steps) == 6
    assert all("Källa" not in chunk.text for chunk in chunks_of(document))


def test_footnotes_are_kept_apart_and_their_markers_known(tmp_path: Path) -> None:
    source = f"{FILL}Vänd varannan timme.#footnote[Vårdhandboken, 2024.] Smörj huden. {FILL}"
    document = read(tmp_path, typeset(source))
    assert [document.clean(b.start, b.end) for b in document.blocks if b.kind == "footnote"] != []
    (start, end) = document.markers[0]
    assert document.text[start - 7 : end] == " timme.1"
    sentence = document.text.index("Vänd")
    assert document.clean(sentence, end) == "Vänd varannan timme."
    assert all("Vårdhandboken" not in chunk.text for chunk in chunks_of(document))


def test_a_paragraph_goes_on_over_the_page_past_footnotes(tmp_path: Path) -> None:
    long = "och sedan fortsätter meningen med ännu ett led " * 14
    document = read(
        tmp_path,
        typeset(
            f"#v(380pt)\nDen här meningen#footnote[Källan.] är lång, {long} tills den är slut.\n\nNästa."
        ),
    )
    paragraph = next(
        b for b in document.blocks if b.kind == "paragraph" and "Den här" in text_of(document, b)
    )
    assert text_of(document, paragraph).endswith("tills den är slut.")
    parts = document.split_by_page(paragraph.start, paragraph.end)
    assert [page.number for page, _, _ in parts] == [1, 2]


ROWS = [
    (f"Åtgärd {n}", f"Beskrivningen är så lång att den bryts på flera rader, nummer {n}", f"Roll {n}")
    for n in range(12)
]
TABLE = """
#table(
  columns: (70pt, 150pt, 60pt),
  table.header([*Åtgärd*], [*Så gör du*], [*Vem*]),
  ..{rows}.flatten().map(c => [#c])
)
"""


def test_a_table_keeps_its_header_over_the_page_break(tmp_path: Path) -> None:
    rows = "(" + ", ".join("(" + ", ".join(f'"{cell}"' for cell in row) + ")" for row in ROWS) + ")"
    document = read(tmp_path, typeset(f"{FILL}\n{TABLE.replace('{rows}', rows)}\n{FILL}"))
    assert len(document.pages) > 1
    found = [block for block in document.blocks if block.kind == "row"]
    assert [text_of(document, block) for block in found] == [
        "Åtgärd\tSå gör du\tVem",
        *("\t".join(row) for row in ROWS),
    ]
    assert {document.text[slice(*block.lead)] for block in found[1:] if block.lead} == {
        "Åtgärd\tSå gör du\tVem"
    }
    assert all(block.lead for block in found[1:])
    later = [c for c in chunks_of(document) if c.lead]
    assert later
    assert all(document.text[slice(*c.lead)] == "Åtgärd\tSå gör du\tVem" for c in later if c.lead)


def test_a_row_that_the_page_break_cuts_is_one_row(tmp_path: Path) -> None:
    def head(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 11)
        for x, word in ((60, "Begrepp"), (200, "Betydelse")):
            canvas.drawString(x, 595 - 160, word)
        canvas.setFont("Helvetica", 11)

    def put(canvas: Canvas, *rows: tuple[float, float, str]) -> None:
        head(canvas)
        for x, y, words in rows:
            canvas.drawString(x, 595 - y, words)

    data = draw(
        lambda c: put(
            c,
            (60, 180, "Stege"),
            (200, 180, "Redskap."),
            (60, 200, "Traktor"),
            (200, 200, "Fordon för arbete i"),
        ),
        lambda c: put(c, (200, 180, "skogsbruk."), (60, 200, "Truck"), (200, 200, "Fordon som lyfter.")),
    )
    document = read(tmp_path, data)
    assert texts(document, "row") == [
        "Begrepp\tBetydelse",
        "Stege\tRedskap.",
        "Traktor\tFordon för arbete i skogsbruk.",
        "Truck\tFordon som lyfter.",
    ]


@pytest.mark.parametrize("bullet", ["\u2013", "\u2022", "1."])
def test_a_list_with_wide_gaps_is_not_a_table(tmp_path: Path, bullet: str) -> None:
    page = [
        part
        for n, word in enumerate(["kläder", "skor", "glasögon"])
        for part in ((60, 150 + 14 * n, bullet), (100, 150 + 14 * n, word))
    ]
    assert "row" not in {block.kind for block in read(tmp_path, draw(page)).blocks}


def test_a_table_of_contents_is_left_out_of_the_chunks(tmp_path: Path) -> None:
    document = read(tmp_path, typeset(f"#outline()\n#pagebreak()\n{HEADED}"))
    assert texts(document, "contents")
    chunks = chunks_of(document)
    assert chunks
    assert all(chunk.start >= document.pages[1].start for chunk in chunks)


BOOK = """
#set page(header: context { if calc.odd(counter(page).get().first()) [Handbok för fall #h(1fr) Exempelenheten]
  else [Exempelenheten #h(1fr) Handbok för fall] },
  footer: context { let number = counter(page).display(page.numbering)
  if calc.odd(counter(page).get().first()) { h(1fr) + number } else { number } })
"""


def test_mirrored_running_lines_are_left_out_and_page_labels_kept(tmp_path: Path) -> None:
    body = "#pagebreak()\n".join(f"Sidan handlar om punkt {n}. {FILL * 3}\n" for n in range(1, 7))
    source = f'{BOOK}#set page(numbering: "i")\nFörordet står här. {FILL}\n#pagebreak()\nMer förord. {FILL}\n'
    source += f'#set page(numbering: "1")\n#counter(page).update(1)\n{body}'
    document = read(tmp_path, typeset(source))
    assert "Handbok" not in document.text
    assert "Exempelenheten" not in document.text
    assert [page.label for page in document.pages] == ["i", "ii", "1", "2", "3", "4", "5", "6"]
    assert texts(document)[2].startswith("Sidan handlar om punkt 1.")


def test_labels_are_read_from_the_footer_where_the_file_names_none(tmp_path: Path) -> None:
    pages = [lines(f"Omslag till boken om {'ord' * 3}", y=250)]
    pages += [
        [*lines(f"Sidans text nummer {chr(96 + n)} är en annan."), (200, 570, str(n))] for n in range(1, 5)
    ]
    document = read(tmp_path, draw(*pages))
    assert [page.label for page in document.pages] == ["[1]", "1", "2", "3", "4"]
    assert not any(character.isdigit() for character in document.text)


def test_a_cover_without_a_number_is_counted_in_brackets(tmp_path: Path) -> None:
    source = f'#set page(numbering: none)\nOmslag\n#pagebreak()\n#set page(numbering: "1")\n{FILL * 40}'
    document = read(tmp_path, typeset("#counter(page).update(0)\n" + source))
    assert [page.label for page in document.pages][:3] == ["[1]", "1", "2"]


def test_a_year_that_stands_alone_is_no_page_number(tmp_path: Path) -> None:
    pages = [[*lines(f"Rapport {'abc'[n]} om äldre."), (200, 570, "2024")] for n in range(3)]
    assert [page.label for page in read(tmp_path, draw(*pages)).pages] == ["1", "2", "3"]


def test_running_lines_of_a_small_book_on_large_sheets(tmp_path: Path) -> None:
    pages = [
        [
            (60, 118, "Arbetsrutin 2024:1"),
            *lines(f"Stycke {'abcd'[n]} om hygien.", "Rad två.", y=160),
            (60, 430, str(n + 7)),
        ]
        for n in range(4)
    ]
    document = read(tmp_path, draw(*pages))
    assert "Arbetsrutin" not in document.text
    assert [page.label for page in document.pages] == ["7", "8", "9", "10"]


def test_a_number_within_a_line_at_the_foot_is_no_page_number(tmp_path: Path) -> None:
    pages = [[*lines(f"Stycke {letter} om hygien.")] for letter in "abcd"]
    for number, page in enumerate(pages, 1):
        page.append((200, 570, str(number)))
    pages[2] += [(60, 572, "Undantaget löper ut den"), (200, 572, "24"), (228, 572, "februari.")]
    document = read(tmp_path, draw(*pages[:2], [*pages[2][:1], *pages[2][2:]], pages[3]))
    assert "den 24 februari." in document.text
    assert [page.label for page in document.pages] == ["1", "2", "[3]", "4"]
