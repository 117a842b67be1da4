"""Composing, on documents made by hand so that every offset can be counted."""

from __future__ import annotations

import numpy as np

from assistant.candidates import Candidate, candidates_of
from assistant.compose import answer_text, choose, cite, shown_text
from corpus.catalogue import Guidance
from index.hit import Hit
from ingest.document import Block, Chunk, Document, Layout, Page


def document(*blocks: tuple[str, str], page_break: str = "", markers: tuple[str, ...] = ()) -> Document:
    """A document of (kind, text) blocks; the second page begins at `page_break`."""
    text, made, lead, header = "", [], None, None
    for kind, content in blocks:
        start = len(text) + (1 if text else 0)
        text += ("\n" if text else "") + content
        span = (start, len(text))
        if kind == "item":
            made.append(Block("item", *span, lead=lead))
        elif kind in ("header", "row"):
            made.append(Block("row", *span, lead=None if kind == "header" else header))
            header = span if kind == "header" else header
        else:
            made.append(Block(kind, *span, level=1 if kind == "heading" else 0))
            lead = span if content.endswith(":") else None
    cut = text.index(page_break) if page_break else len(text)
    pages = [Page(1, "i", 0, cut, (100.0, 100.0))]
    if page_break:
        pages.append(Page(2, "1", cut, len(text), (100.0, 100.0)))
    spans = np.array([[i, i + 1] for i in range(len(text))], np.int32)
    boxes = np.array([[i % 90, i // 90, i % 90 + 1, i // 90 + 1] for i in range(len(text))], np.float32)
    layout = Layout(spans, boxes, np.arange(len(text), dtype=np.int32) // 90)
    marks = tuple((text.index(m) + len(m) - 1, text.index(m) + len(m)) for m in markers)
    return Document("d", "Titel", text, tuple(pages), Guidance(), "0" * 64, tuple(made), marks, (), layout)


class Shelf:
    """A library of one document."""

    def __init__(self, only: Document) -> None:
        self.only = only

    def document(self, document_id: str) -> Document:
        assert document_id == self.only.id
        return self.only


def candidates(doc: Document) -> list[Candidate]:
    chunk = Chunk(doc.id, 0, len(doc.text), doc.text)
    return candidates_of(Shelf(doc), [Hit(chunk, 1.0)])


def answer(doc: Document, best: str) -> str:
    """The answer when the candidate that contains `best` is by far the likeliest."""
    found = candidates(doc)
    odds = np.array([5.0 if best in doc.text[c.start : c.end] else -5.0 for c in found])
    spans = choose(found, odds)
    sentences, _ = cite(spans)
    return answer_text(sentences, [span.kind for span in spans])


def test_a_sentence_is_shown_alone_with_its_citation() -> None:
    doc = document(
        ("heading", "Tryckskador"), ("paragraph", "Vänd personen varannan timme. Smörj huden varje dag.")
    )
    assert answer(doc, "Vänd") == "Vänd personen varannan timme. [1]"


def test_the_condition_after_a_sentence_comes_along() -> None:
    doc = document(
        ("paragraph", "Vänd personen varannan timme. Om personen sover får det dröja. Smörj huden.")
    )
    assert answer(doc, "Vänd") == "Vänd personen varannan timme. [1] Om personen sover får det dröja. [2]"


def test_a_sentence_that_leans_back_brings_the_one_before() -> None:
    doc = document(
        ("paragraph", "Dörren får vara låst utifrån. Den ska gå att öppna inifrån. Larma alltid först.")
    )
    assert answer(doc, "inifrån") == "Dörren får vara låst utifrån. [1] Den ska gå att öppna inifrån. [2]"


def test_a_list_is_shown_whole_with_its_introduction() -> None:
    doc = document(
        ("paragraph", "Kontrollera före varje lyft:"),
        ("item", "• att selen är hel och ren"),
        ("item", "• att batteriet är laddat"),
        ("paragraph", "Lyft aldrig ensam utan bedömning."),
    )
    whole = "Kontrollera före varje lyft: [1]\n– att selen är hel och ren [2]\n– att batteriet är laddat [3]"
    assert answer(doc, "batteriet") == whole
    assert answer(doc, "Kontrollera") == whole


def test_a_row_is_shown_with_its_column_heads_and_cites_both() -> None:
    doc = document(
        ("header", "Kategori\tÅtgärd"),
        ("row", "Kategori 1, hel hud\tAvlasta genast helt"),
        ("row", "Kategori 2, delhudsskada\tKontakta sjuksköterska"),
    )
    assert answer(doc, "Avlasta") == "– Kategori: Kategori 1, hel hud · Åtgärd: Avlasta genast helt [1][2]"


def test_the_header_row_is_no_candidate() -> None:
    doc = document(("header", "Kategori av skada\tÅtgärd nu"), ("row", "Kategori 1, hel hud\tAvlasta genast"))
    assert [doc.text[c.start : c.end] for c in candidates(doc)] == ["Kategori 1, hel hud\tAvlasta genast"]


def test_a_sentence_over_a_page_break_has_a_citation_for_each_page() -> None:
    doc = document(
        ("paragraph", "Läkaren beslutar om behandling och sköterskan följer upp den."), page_break="och"
    )
    sentences, citations = cite(choose(candidates(doc), np.array([1.0])))
    assert sentences[0].citations == (1, 2)
    assert [(c.page, c.page_label, c.quote) for c in citations] == [
        (1, "i", "Läkaren beslutar om behandling"),
        (2, "1", "och sköterskan följer upp den."),
    ]
    for citation in citations:
        assert citation.quote == doc.text[citation.start : citation.end]
        assert citation.boxes


def test_footnote_markers_are_quoted_but_not_shown() -> None:
    doc = document(
        ("paragraph", "Smörj huden två gånger varje dygn.3 Se även kapitel fyra där."), markers=("dygn.3",)
    )
    sentences, citations = cite(choose(candidates(doc), np.array([5.0, -5.0])))
    assert sentences[0].text == "Smörj huden två gånger varje dygn."
    assert citations[0].quote == "Smörj huden två gånger varje dygn.3"


def test_what_is_said_already_is_not_said_again() -> None:
    doc = document(
        ("paragraph", "Handdesinfektion ska göras före varje patientnära arbete."),
        ("paragraph", "Handdesinfektion ska göras före varje patientnära arbete."),
        ("paragraph", "Använd plastförkläde vid kontakt med kroppsvätskor."),
    )
    spans = choose(candidates(doc), np.array([3.0, 2.9, 2.8]))
    assert [shown_text(span) for span in spans] == [
        "Handdesinfektion ska göras före varje patientnära arbete.",
        "Använd plastförkläde vid kontakt med kroppsvätskor.",
    ]


def test_weak_candidates_and_contents_stay_out() -> None:
    doc = document(
        ("contents", "1 Inledning och läsanvisning . . . . 1"),
        ("paragraph", "Vänd personen varannan timme hela dygnet."),
        ("paragraph", "Servera frukost senast klockan åtta varje dag."),
    )
    found = candidates(doc)
    assert len(found) == 2
    assert len(choose(found, np.array([3.0, 0.0]))) == 1
