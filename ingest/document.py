"""Documents, their pages and their chunks. Knows nothing of PDFs, vectors or questions.

`Document.text` is the truth: the words of the file in reading order, with running headers and page
numbers left out and the page's line breaks and end-of-line hyphens folded away. Everything else is
an offset into it, and `Layout` turns any `[start, end)` back into rectangles on pages.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corpus.catalogue import Guidance

Box = tuple[float, float, float, float]
"""`(x0, y0, x1, y1)` in points from the page's top left corner."""


@dataclass(frozen=True)
class Page:
    """One page: `number` counts the file's pages from 1, `label` is what is printed on it.

    `text[start:end]` of the document is the page's own part; `size` is (width, height) in points.
    """

    number: int
    label: str
    start: int
    end: int
    size: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each word piece stands: `spans` (n, 2) int32 offsets into the text, in rising order,
    `boxes` (n, 4) float32 points from the top left corner, `lines` (n,) int32 counting the
    document's printed lines. A word broken over two lines is two pieces."""

    spans: NDArray[np.int32]
    boxes: NDArray[np.float32]
    lines: NDArray[np.int32]

    def rectangles(self, start: int, end: int) -> list[Box]:
        """One rectangle for each printed line that `[start, end)` touches, in reading order.

        A piece that is only partly covered gives its share of the width, so that a span of half a
        word is half a box.
        """
        first = int(np.searchsorted(self.spans[:, 1], start, side="right"))
        last = int(np.searchsorted(self.spans[:, 0], end, side="left"))
        found: dict[int, list[float]] = {}
        for i in range(first, last):
            (piece_start, piece_end), (x0, y0, x1, y1) = self.spans[i].tolist(), self.boxes[i].tolist()
            width = (x1 - x0) / max(1, piece_end - piece_start)
            left = x0 + width * max(0, start - piece_start)
            right = x1 - width * max(0, piece_end - end)
            box = found.setdefault(int(self.lines[i]), [left, y0, right, y1])
            box[0], box[1] = min(box[0], left), min(box[1], y0)
            box[2], box[3] = max(box[2], right), max(box[3], y1)
        return [(round(a, 1), round(b, 1), round(c, 1), round(d, 1)) for a, b, c, d in found.values()]


EMPTY_LAYOUT = Layout(np.zeros((0, 2), np.int32), np.zeros((0, 4), np.float32), np.zeros(0, np.int32))


@dataclass(frozen=True)
class Block:
    """A structural unit `[start, end)` of the text.

    `kind` is heading, paragraph, item (of a list), row (of a table), caption, footnote or contents
    (what only leads to other pages); `level` is a
    heading's depth from 1 and otherwise 0; `lead` is the span of what the block needs to be
    understood: the sentence that introduces a list, or the header row of a table.
    """

    kind: str
    start: int
    end: int
    level: int = 0
    lead: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Document:
    """A file as text with structure. `digest` is the SHA-256 of the file's bytes, in hex."""

    id: str
    title: str
    text: str
    pages: tuple[Page, ...]
    guidance: Guidance
    digest: str
    blocks: tuple[Block, ...] = ()
    markers: tuple[tuple[int, int], ...] = ()
    """Spans of footnote markers: part of the text, left out when a sentence is shown."""
    notices: tuple[str, ...] = ()
    """What was odd about the file but did not stop it, for the editor."""
    layout: Layout = field(repr=False, default=EMPTY_LAYOUT)

    def page_at(self, offset: int) -> Page:
        """The page on which the character at `offset` stands."""
        if not 0 <= offset < max(1, len(self.text)):
            raise IndexError(f"Offset {offset} is outside document {self.id} of {len(self.text)} characters.")
        return self.pages[max(0, bisect_right(self.pages, offset, key=lambda page: page.start) - 1)]

    def split_by_page(self, start: int, end: int) -> list[tuple[Page, int, int]]:
        """`[start, end)` cut at page breaks, without the white space at the cuts; empty parts left out."""
        parts = []
        for page in self.pages:
            a, b = max(start, page.start), min(end, page.end)
            while a < b and self.text[a].isspace():
                a += 1
            while a < b and self.text[b - 1].isspace():
                b -= 1
            if a < b:
                parts.append((page, a, b))
        return parts

    def clean(self, start: int, end: int) -> str:
        """The text of `[start, end)` as shown to a reader: footnote markers and table tabs folded.

        >>> # "Vänd varannan timme.3 Smörj" with marker (20, 21) -> "Vänd varannan timme. Smörj"
        """
        pieces, at = [], start
        for marker_start, marker_end in self.markers:
            if start <= marker_start and marker_end <= end:
                pieces.append(self.text[at:marker_start])
                at = marker_end
        pieces.append(self.text[at:end])
        return re.sub(r"\s+", " ", "".join(pieces)).strip()


@dataclass(frozen=True)
class Chunk:
    """A passage that is searched as one: whole sentences of one section, 120–350 tokens.

    `id` is `"{document}:{start}-{end}"`; `text == document.text[start:end]`, always. `section` is
    the path of headings above it. `lead` is the span of the table header or list lead-in that the
    chunk continues, when that stands in an earlier chunk.
    """

    document_id: str
    start: int
    end: int
    text: str
    section: tuple[str, ...] = ()
    lead: tuple[int, int] | None = None

    @property
    def id(self) -> str:
        return f"{self.document_id}:{self.start}-{self.end}"
