"""Chunks of documents written out by hand: sizes, sections, and what is never divided."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from corpus.catalogue import Guidance
from ingest.chunk import MAX_TOKENS, MIN_TOKENS, chunks_of
from ingest.document import Block, Chunk, Document, Page
from ingest.tokens import count_tokens

SENTENCE = "Personalen kontrollerar huden över hälar och korsben varje dag och skriver i journalen. "


def made(*parts: tuple[str, str]) -> Document:
    """A document of one page from (kind, text); "heading2" is a heading of the second level."""
    text, blocks = "", []
    lead: tuple[int, int] | None = None
    for kind, words in parts:
        start = len(text) + bool(text)
        text += ("\n" if text else "") + words
        block = kind.rstrip("12")
        level = int(kind[-1]) if block == "heading" else 0
        blocks.append(Block(block, start, len(text), level, lead if block == "item" else None))
        if words.endswith(":"):
            lead = (start, len(text))
    page = Page(1, "1", 0, len(text), (595.0, 842.0))
    return Document("d", "D", text, (page,), Guidance(), "0" * 64, tuple(blocks))


def chunk_texts(*parts: tuple[str, str]) -> list[str]:
    return [chunk.text for chunk in chunks_of(made(*parts))]


def test_short_sections_of_one_chapter_stand_together() -> None:
    (chunk,) = chunks_of(made(("heading1", "Fall"), ("heading2", "Risk"), ("paragraph", SENTENCE.strip())))
    assert (chunk.start, chunk.section) == (0, ("Fall", "Risk"))
    assert chunk.id == f"d:0-{chunk.end}"


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    found = chunk_texts(("paragraph", (SENTENCE * 60).strip()))
    assert len(found) > 3
    assert all(text.startswith("Personalen") and text.endswith("journalen.") for text in found)
    assert all(MIN_TOKENS <= count_tokens(text) <= MAX_TOKENS for text in found[:-1])


def test_a_list_that_fits_is_not_cut() -> None:
    items = [("item", f"– punkt {n} som gäller alla") for n in range(20)]
    found = chunk_texts(("paragraph", (SENTENCE * 12).strip()), ("paragraph", "Tänk på:"), *items)
    assert [text for text in found if "punkt 0 " in text] == [text for text in found if "punkt 19 " in text]
    assert any("Tänk på:\n– punkt 0" in text for text in found)


def test_a_list_too_long_for_a_chunk_keeps_its_lead_in() -> None:
    items = [("item", f"– {SENTENCE * 2}".strip()) for _ in range(30)]
    document = made(("paragraph", "Tänk på:"), *items)
    first, *later = chunks_of(document)
    assert first.text.startswith("Tänk på:")
    assert {document.text[slice(*chunk.lead)] for chunk in later if chunk.lead} == {"Tänk på:"}
    assert all(chunk.lead for chunk in later)


def test_footnotes_are_never_inside_a_chunk() -> None:
    found = chunk_texts(("paragraph", "Före."), ("footnote", "1 Källan."), ("paragraph", "Efter."))
    assert found == ["Före.", "Efter."]
    assert chunk_texts(("heading1", "Rubrik"), ("footnote", "1 Källan."), ("paragraph", "Efter.")) == [
        "Efter."
    ]


def test_a_heading_that_leaves_no_room_for_its_list_is_only_its_section() -> None:
    words = "– " + "häl " * 200
    items = [("item", words.strip())]
    while count_tokens("\n".join(text for _, text in [*items, ("item", "– häl häl")])) <= MAX_TOKENS:
        items.append(("item", "– häl häl"))
    document = made(("heading1", "Kontrollera detta varje dag på morgonen"), *items)
    chunks = chunks_of(document)
    assert all(count_tokens(chunk.text) <= MAX_TOKENS for chunk in chunks)
    assert chunks[-1].section == ("Kontrollera detta varje dag på morgonen",)


def test_nothing_to_search_gives_no_chunks() -> None:
    assert chunk_texts() == []
    assert chunk_texts(("heading1", "Bara en rubrik"), ("contents", "Fall ........ 3")) == []


KINDS = st.sampled_from(
    ["heading1", "heading2", "paragraph", "item", "row", "footnote", "caption", "contents"]
)
WORDS = st.sampled_from(
    ["Häl.", SENTENCE.strip(), (SENTENCE * 9).strip(), "Tänk på:", "x" * 900, "a 1 ; " * 90 + "b"]
)


@given(st.lists(st.tuples(KINDS, WORDS), max_size=14))
def test_whatever_the_blocks(parts: list[tuple[str, str]]) -> None:
    document = made(*parts)
    chunks = chunks_of(document)
    assert all(chunk.text == document.text[chunk.start : chunk.end] for chunk in chunks)
    assert all(count_tokens(chunk.text) <= MAX_TOKENS for chunk in chunks)
    assert all(a.end <= b.start for a, b in pairwise(chunks))
    for block in document.blocks:
        inside = [chunk for chunk in chunks if chunk.start < block.end and block.start < chunk.end]
        if block.kind in ("footnote", "contents"):
            assert inside == []
        elif block.kind != "heading":
            assert covers(inside, document, block)
        else:
            assert all(chunk.end != block.end for chunk in inside)


def covers(chunks: list[Chunk], document: Document, block: Block) -> bool:
    """Whether every printed character of a block is in one of the chunks."""
    held = {i for chunk in chunks for i in range(chunk.start, chunk.end)}
    return all(i in held for i in range(block.start, block.end) if not document.text[i].isspace())
