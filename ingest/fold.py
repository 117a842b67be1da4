"""From structural units to the document's text, with every word piece's place on its page.

Line breaks become spaces and end-of-line hyphens disappear, unless the hyphen belongs to the word:

    "be-" + "handling"          -> "behandling"
    "rörelse-" + "eller"        -> "rörelse- eller"
    "HVB-" + "hem"              -> "HVB-hem"
    "covid-" + "19"             -> "covid-19"
    "e-" + "post"               -> "e-post"

Nothing else is changed, so the letters of any slice are the letters on the page. Knows nothing of
what makes a heading or a list: units come ready.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence

import numpy as np

from ingest.document import Block, Layout, Page
from ingest.pdf_text import HYPHENS, PageText, Segment
from ingest.sentences import last_sentence
from ingest.structure import Unit

_SUSPENDED = re.compile(r"^(?:och|eller|samt|respektive|till|men|som|resp\.?|and|or)\b", re.IGNORECASE)
_SOFT = "\u00ad\ufffe\x02"


class Folder:
    """Collects text, spans, boxes and blocks while units are appended in reading order."""

    def __init__(self, pages: Sequence[PageText]) -> None:
        self.pages = {page.number: page for page in pages}
        self.text: list[str] = []
        self.length = 0
        self.spans = array("i")
        self.boxes = array("f")
        self.lines = array("i")
        self.line = -1
        self.blocks: list[Block] = []
        self.markers: list[tuple[int, int]] = []
        self.page_starts: dict[int, int] = {}

    def append(self, unit: Unit, lead: tuple[int, int] | None) -> tuple[Block, str]:
        """Add a unit; return its block and text."""
        if self.length:
            self._write("\n")
        start, piece = self.length, len(self.text)
        for number, cell in enumerate(unit.cells):
            if number:
                self._write("\t")
            for index, (page, segment) in enumerate(cell):
                following = cell[index + 1][1] if index + 1 < len(cell) else None
                self._segment(page, segment, following)
        block = Block(unit.kind, start, self.length, unit.level, lead)
        self.blocks.append(block)
        return block, "".join(self.text[piece:])

    def _write(self, piece: str) -> None:
        self.text.append(piece)
        self.length += len(piece)

    def _segment(self, page: int, segment: Segment, following: Segment | None) -> None:
        self.page_starts.setdefault(page, self.length)
        self.line += 1
        words = segment.text.split(" ")
        source = self.pages[page]
        for offset, word in enumerate(words):
            index = segment.first + offset
            is_last = offset == len(words) - 1
            glue = " "
            if is_last:
                word, glue = join(word, following.text if following else None)
            start = self.length
            self._write(word)
            self.spans.extend((start, self.length))
            self.boxes.extend(source.boxes[index].tolist())
            self.lines.append(self.line)
            raised = source.raised.get(index, 0)
            if raised:
                self.markers.append((self.length - raised, self.length))
            self._write(glue)

    def layout(self) -> Layout:
        """Spans, boxes and line numbers of all word pieces."""
        return Layout(
            np.array(self.spans, np.int32).reshape(-1, 2),
            np.array(self.boxes, np.float32).reshape(-1, 4),
            np.array(self.lines, np.int32),
        )

    def page_table(self, labels: dict[int, str]) -> tuple[Page, ...]:
        """All pages; one without text of its own is empty and stands where the next begins."""
        numbers = sorted(self.pages)
        starts: dict[int, int] = {}
        upcoming = self.length
        for number in reversed(numbers):
            upcoming = min(upcoming, self.page_starts.get(number, upcoming))
            starts[number] = upcoming
        ends = [starts[number] for number in numbers[1:]] + [self.length]
        return tuple(
            Page(n, labels.get(n, str(n)), starts[n], end, self.pages[n].size)
            for n, end in zip(numbers, ends, strict=True)
        )


def join(word: str, following: str | None) -> tuple[str, str]:
    """The last word of a line as it stands in the text, and what joins it to the next line.

    >>> join("be-", "handling av sår")
    ('be', '')
    """
    if following is None:
        return word.rstrip(_SOFT) or word, ""
    if len(word) < 2 or word[-1] not in HYPHENS or not (word[-2].isalnum() or word[-2] in "§)"):
        return word, " "
    stem = word.rstrip(HYPHENS)
    if _SUSPENDED.match(following):
        return stem + "-", " "
    if word[-1] == "\u00ad":
        return stem, ""
    tail = re.split(r"[-/]", stem)[-1]
    # No word is divided after its first letter: the hyphen of "e-post" is its own.
    keeps = not following[:1].islower() or tail.isupper() or len(tail) == 1 or tail[-1:].isdigit()
    return (stem + "-" if keeps else stem), ""


def fold(pages: Sequence[PageText], units: Sequence[Unit]) -> Folder:
    """Write all units; list items get their lead-in sentence and table rows their header as `lead`."""
    folder = Folder(pages)
    headers: dict[int, tuple[int, int]] = {}
    lead_in: tuple[int, int] | None = None
    for unit in units:
        lead = {"item": lead_in, "row": headers.get(unit.table)}.get(unit.kind)
        block, text = folder.append(unit, lead)
        if unit.is_header:
            headers[unit.table] = (block.start, block.end)
        if unit.kind == "paragraph":
            lead_in = _lead_in(text, block.start)
        elif unit.kind in ("heading", "row"):
            lead_in = None
    return folder


def _lead_in(text: str, start: int) -> tuple[int, int] | None:
    """The span of the sentence that introduces a list: one that ends in a colon or stays open."""
    if re.search(r"[.!?][”\"')\]\d]*$", text):
        return None
    return start + last_sentence(text), start + len(text)
