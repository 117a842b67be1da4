"""From a document to the passages that are searched. Knows nothing of PDFs or vectors.

A chunk holds whole sentences of one section, 120 to 350 tokens where the section is long enough.
A list stays with the sentence that introduces it; a table's rows keep their header as `lead` when
they stand in a later chunk. Tables of contents and footnotes are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.document import Block, Chunk, Document
from ingest.sentences import sentence_spans
from ingest.tokens import count_tokens

MIN_TOKENS = 120
TARGET_TOKENS = 220
MAX_TOKENS = 350

CHUNKER = f"sections-4:{MIN_TOKENS}-{TARGET_TOKENS}-{MAX_TOKENS}"
"""Identifies how chunks are made; an index made with another one is rebuilt."""


@dataclass(frozen=True, slots=True)
class _Atom:
    """What is never divided: a heading, a sentence, a list with its lead-in, a table row."""

    start: int
    end: int
    tokens: int
    section: tuple[str, ...]
    kind: str
    first_block: int
    last_block: int
    lead: tuple[int, int] | None = None


def chunks_of(document: Document) -> tuple[Chunk, ...]:
    """All chunks in reading order; `chunk.text == document.text[chunk.start:chunk.end]`."""
    chunks: list[Chunk] = []
    held: list[_Atom] = []
    tokens = 0
    for atom in _atoms(document):
        if held and _closes(document, held, tokens, atom):
            body, headings = _without_headings(held)
            if body:
                chunks.append(_chunk(document, body))
            # What a heading cannot stand beside still names it as its section.
            tokens = sum(a.tokens + 1 for a in headings)
            held = headings
            if held and _closes(document, held, tokens, atom):
                held, tokens = [], 0
        held.append(atom)
        tokens += atom.tokens + 1  # the line break before the next
    body, _ = _without_headings(held)
    if body:
        chunks.append(_chunk(document, body))
    return tuple(chunks)


def _without_headings(atoms: list[_Atom]) -> tuple[list[_Atom], list[_Atom]]:
    """Cut before the headings at the end: a heading goes with what it heads."""
    keep = len(atoms)
    while keep and atoms[keep - 1].kind == "heading":
        keep -= 1
    return atoms[:keep], atoms[keep:]


def _follows(held: list[_Atom], atom: _Atom) -> bool:
    """Whether nothing stands between: a footnote or a table of contents is not to be searched."""
    return atom.first_block <= held[-1].last_block + 1


def _closes(document: Document, held: list[_Atom], tokens: int, atom: _Atom) -> bool:
    """Whether the chunk of `held`, of about `tokens` tokens, ends before `atom`."""
    if not _follows(held, atom) or _too_long(document, held, tokens, atom):
        return True
    if all(a.kind == "heading" for a in held):
        return False
    if atom.kind == "heading":
        # A short section is joined with the next one only below the same main heading.
        same_branch = atom.section[:1] == held[-1].section[:1] and len(atom.section) > 1
        return tokens >= MIN_TOKENS or (not same_branch and tokens >= MIN_TOKENS // 3)
    if atom.kind == "caption":
        return held[-1].kind != "row" and tokens >= TARGET_TOKENS
    new_block = atom.first_block != held[-1].last_block and atom.kind != "row"
    return tokens >= TARGET_TOKENS and new_block


def _too_long(document: Document, held: list[_Atom], tokens: int, atom: _Atom) -> bool:
    """Whether the chunk with `atom` has too many tokens; near the limit they are counted as one text,
    because a word has not always as many after a space as at the beginning."""
    expected = tokens + atom.tokens
    if expected < 0.9 * MAX_TOKENS or expected > 1.1 * MAX_TOKENS:
        return expected > MAX_TOKENS
    return count_tokens(document.text[held[0].start : atom.end]) > MAX_TOKENS


def _chunk(document: Document, atoms: list[_Atom]) -> Chunk:
    start, end = atoms[0].start, atoms[-1].end
    content = next((atom for atom in atoms if atom.kind != "heading"), atoms[0])
    lead = atoms[0].lead
    if lead and lead[0] >= start:
        lead = None
    return Chunk(document.id, start, end, document.text[start:end], content.section, lead)


def _atoms(document: Document) -> Iterator[_Atom]:
    path: list[tuple[int, str]] = []
    blocks = document.blocks
    at = 0
    while at < len(blocks):
        block = blocks[at]
        if block.kind in ("contents", "footnote"):
            at += 1
            continue
        if block.kind == "heading":
            path = [entry for entry in path if entry[0] < block.level]
            path.append((block.level, document.clean(block.start, block.end)))
        section = tuple(title for _, title in path)
        group = _group(blocks, at)
        yield from _cut(document, blocks, at, group, section)
        at += group


def _group(blocks: tuple[Block, ...], at: int) -> int:
    """How many blocks from `at` belong together: a paragraph with the list that it introduces."""
    size = 1
    if blocks[at].kind not in ("paragraph", "item"):
        return 1
    while at + size < len(blocks):
        following = blocks[at + size]
        joined = following.kind == "item" and (
            blocks[at].kind == "item"
            or (following.lead is not None and following.lead[0] >= blocks[at].start)
        )
        if not joined:
            break
        size += 1
    return size


def _cut(
    document: Document, blocks: tuple[Block, ...], at: int, group: int, section: tuple[str, ...]
) -> Iterator[_Atom]:
    first, last = blocks[at], blocks[at + group - 1]
    is_list = group > 1 or first.kind == "item"
    tokens = count_tokens(document.text[first.start : last.end])
    if (is_list or first.kind in ("heading", "row")) and tokens <= MAX_TOKENS:
        kind = "list" if is_list else first.kind
        yield _Atom(first.start, last.end, tokens, section, kind, at, at + group - 1, first.lead)
        return
    for offset in range(group):
        block = blocks[at + offset]
        for start, end in sentence_spans(document.text, block.start, block.end):
            for a, b in _fitting(document.text, start, end):
                tokens = count_tokens(document.text[a:b])
                yield _Atom(a, b, tokens, section, block.kind, at + offset, at + offset, block.lead)


def _fitting(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence longer than a chunk may be is cut between words."""
    while start < end:
        stop = end
        while count_tokens(text[start:stop]) > MAX_TOKENS:
            middle = text.rfind(" ", start + 1, start + (stop - start) * 2 // 3)
            stop = middle if middle > start else start + max(1, (stop - start) // 2)
        yield start, stop
        start = stop
        while start < end and text[start].isspace():
            start += 1
