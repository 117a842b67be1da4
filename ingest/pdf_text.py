"""From a PDF page to its printed text segments with positions. Knows nothing of paragraphs.

A segment is a run of words on one printed line without a gap wide enough to be the space between
two table cells or columns. Its words keep exactly the characters that the page has.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

CELL_GAP = 1.15
"""A gap wider than this many times the height of the words separates two segments of a line."""

UNDRAWN_GAP = 0.8
"""The same where the page has no space character in the gap, as between the cells of a narrow table."""

JUSTIFIED_GAP = 2.2
"""Up to this many font sizes, equal gaps along a line are those of a justified line, not of cells."""

SAMPLE = 40
"""How many places of a page tell which way its text runs."""

RAISED = 0.2
"""A digit whose foot stands this many font sizes above the baseline is a footnote marker."""

HYPHENS = "-\u00ad\u2010\u2011\ufffe\x02"
"""Characters that stand for a hyphen; the last three are what PDFium gives at a line's end."""

_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Segment:
    """Words `first` to `first + count` of a page. Box in points from the page's top left corner;
    `size` is the font size in points as printed; `bold` when first and last word are."""

    text: str
    first: int
    count: int
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True, eq=False)
class PageText:
    """One page. `size` is its width and height as shown and `boxes` (n, 4) its words' boxes there;
    segments, `width` and `height` are those of the page as it is read, with its text upright.
    `raised` maps a word to the number of characters at its end that are a footnote marker;
    `undecoded` counts characters that have no Unicode value, of `characters` in all."""

    number: int
    size: tuple[float, float]
    width: float
    height: float
    segments: tuple[Segment, ...]
    boxes: NDArray[np.float32]
    raised: dict[int, int]
    characters: int
    undecoded: int


_Box = tuple[float, float, float, float]


@dataclass(slots=True)
class _Word:
    text: str = ""
    box: list[float] = field(default_factory=list)
    first: int = -1
    last: int = -1
    raised: int = 0


class _PageReader:
    """Reads one text page; the ctypes buffers are made once and reused for every character."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self.page = page
        self.text = page.get_textpage()
        self.rect = pdfium_c.FS_RECTF()
        self.numbers = [ctypes.c_double() for _ in range(4)]
        self.width, self.height = page.get_size()
        self.to_page = _transform(page, self.width, self.height)
        self.undecoded = 0

    def characters(self) -> Iterator[tuple[int, str]]:
        """(index, character) with surrogate pairs joined and what has no Unicode value counted."""
        high = 0
        for index in range(self.text.count_chars()):
            code = pdfium_c.FPDFText_GetUnicode(self.text, index)
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            if 0xDC00 <= code < 0xE000:
                code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
            high = 0
            if code == 0 or code == 0xFFFD or 0xE000 <= code < 0xF900:
                self.undecoded += 1
                if code == 0:
                    continue
            yield index, chr(code)

    def box(self, index: int) -> _Box:
        """The character's box in points from the top left corner of the page as it is shown."""
        pdfium_c.FPDFText_GetLooseCharBox(self.text, index, self.rect)
        return self.to_page(self.rect.left, self.rect.top, self.rect.right, self.rect.bottom)

    def turns(self) -> int:
        """By how many quarters, clockwise, the page is to be turned for its text to stand upright.

        Wide tables are often set sideways; a sample of neighbouring characters tells.
        """
        count = self.text.count_chars()
        votes = [0, 0, 0, 0]
        for index in range(0, count - 1, max(1, count // SAMPLE)):
            codes = [pdfium_c.FPDFText_GetUnicode(self.text, i) for i in (index, index + 1)]
            if min(codes) > 32:
                here, following = self.box(index), self.box(index + 1)
                dx = following[0] + following[2] - here[0] - here[2]
                dy = following[1] + following[3] - here[1] - here[3]
                votes[(0 if dx > 0 else 2) if abs(dx) > abs(dy) else (3 if dy > 0 else 1)] += 1
        return votes.index(max(votes))

    def is_outside(self, box: _Box) -> bool:
        """Whether the page is cropped so that the character does not show, as with printers' marks."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return not (0 <= x <= self.width and 0 <= y <= self.height)

    def is_raised(self, index: int, before: int) -> bool:
        """Whether the character stands above the baseline of the one before it."""
        left, right, bottom, top = self.numbers
        if not pdfium_c.FPDFText_GetCharBox(self.text, index, left, right, bottom, top):
            return False
        foot = bottom.value
        pdfium_c.FPDFText_GetCharOrigin(self.text, before, left, top)
        return bool(foot - top.value > RAISED * self.size(before))

    def size(self, index: int) -> float:
        """Font size in points as printed, the text matrix taken into account."""
        matrix = pdfium_c.FS_MATRIX()
        size = pdfium_c.FPDFText_GetFontSize(self.text, index)
        if pdfium_c.FPDFText_GetMatrix(self.text, index, matrix):
            size *= (matrix.c**2 + matrix.d**2) ** 0.5 or 1.0
        return float(size)

    def is_bold(self, index: int) -> bool:
        """By the font's weight, or its name where the weight says nothing."""
        if pdfium_c.FPDFText_GetFontWeight(self.text, index) >= 600:
            return True
        name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        pdfium_c.FPDFText_GetFontInfo(self.text, index, name, 128, flags)
        return bool(_BOLD.search(name.value.decode("latin-1")))


def read_page(document: pdfium.PdfDocument, number: int) -> PageText:
    """The text of page `number` (from 1). Raises `pdfium.PdfiumError` for a page that cannot be loaded."""
    page = document[number - 1]
    shown = page.get_size()
    reader = _PageReader(page)
    turns = reader.turns()
    if turns:
        reader.text.close()
        page.set_rotation((page.get_rotation() + 90 * turns) % 360)  # in memory, for this reading alone
        reader = _PageReader(page)
    segments: list[Segment] = []
    boxes: list[list[float]] = []
    raised: dict[int, int] = {}
    for words in _rejoined(_segments(reader)):
        first = len(boxes)
        for offset, word in enumerate(words):
            boxes.append(_as_shown(word.box, turns, shown))
            if word.raised:
                raised[first + offset] = word.raised
        x0, y0, x1, y1 = _union(words)
        start, end = words[0].first, words[-1].last - words[-1].raised
        size = reader.size(start)
        bold = reader.is_bold(start) and (start == end or reader.is_bold(end))
        text = " ".join(word.text for word in words)
        segments.append(Segment(text, first, len(words), x0, y0, x1, y1, size, bold))
    result = PageText(
        number,
        shown,
        reader.width,
        reader.height,
        tuple(segments),
        np.array(boxes, np.float32).reshape(-1, 4),
        raised,
        reader.text.count_chars(),
        reader.undecoded,
    )
    reader.text.close()
    page.close()
    return result


def _as_shown(box: list[float], turns: int, shown: tuple[float, float]) -> list[float]:
    """A box of the page as read, on the page as shown: turned back."""
    (x0, y0, x1, y1), (width, height) = box, shown
    if turns == 1:
        return [y0, height - x1, y1, height - x0]
    if turns == 2:
        return [width - x1, height - y1, width - x0, height - y0]
    if turns == 3:
        return [width - y1, x0, width - y0, x1]
    return box


def _segments(reader: _PageReader) -> Iterator[list[_Word]]:
    """Words in the order of the page's content, cut at line ends and wide gaps."""
    words: list[_Word] = []
    word = _Word()
    limit = CELL_GAP
    for index, character in reader.characters():
        if character in "\r\n":
            _close(word, words)
            word = _Word()
            if words:
                yield words
                words = []
            continue
        if character.isspace() or (character < " " and character not in HYPHENS):
            if word.text:
                limit = UNDRAWN_GAP
            if not pdfium_c.FPDFText_IsGenerated(reader.text, index):
                limit = CELL_GAP
            _close(word, words)
            word = _Word()
            continue
        box = reader.box(index)
        if reader.is_outside(box):
            continue
        if word.text and word.text[-1] in HYPHENS and _is_apart(word.box, box):
            # PDFium runs the halves of a word broken over two lines together.
            words.append(word)
            yield words
            word, words = _Word(), []
        elif not word.text and words and _is_apart(words[-1].box, box, limit):
            yield words
            words = []
        if word.last >= 0 and character.isdigit() and _may_carry_marker(word):
            if reader.is_raised(index, word.last if not word.raised else word.first):
                word.raised += 1
        elif word.raised:
            word.raised = 0
        _extend(word, character, box, index)
    _close(word, words)
    if words:
        yield words


def _rejoined(lines: Iterator[list[_Word]]) -> Iterator[list[_Word]]:
    """Put a justified line together that has gaps as wide as those between cells.

    >>> # "8 §   Uppgifterna   som   avses": all gaps alike, three words or more
    """
    held: list[list[_Word]] = []
    for words in lines:
        if held and not _is_evenly_spaced(held, words):
            yield from _merged(held)
            held = []
        held.append(words)
    yield from _merged(held)


def _is_evenly_spaced(held: list[list[_Word]], words: list[_Word]) -> bool:
    """Whether `words` stand as far from what is held as its words from each other."""
    gap = _gap(held[-1][-1], words[0])
    height = words[0].box[3] - words[0].box[1]
    if not 0 < gap < JUSTIFIED_GAP * height or abs(held[-1][-1].box[3] - words[0].box[3]) > 0.1 * height:
        return False
    if not any(character.isalpha() for character in words[0].text):
        return False
    line = [word for part in held for word in part]
    gaps = [_gap(a, b) for part in (line, words) for a, b in pairwise(part)]
    return all(abs(gap - other) < 0.08 * height for other in gaps)


def _gap(before: _Word, after: _Word) -> float:
    return after.box[0] - before.box[2]


def _merged(held: list[list[_Word]]) -> Iterator[list[_Word]]:
    """One line of what is held; two words alone may as well be two cells."""
    if sum(map(len, held)) > 2:
        yield [word for words in held for word in words]
    else:
        yield from held


def _may_carry_marker(word: _Word) -> bool:
    """A marker follows a letter or the sentence's last sign, or another raised digit; not a number."""
    last = word.text[-1]
    return word.raised > 0 or last.isalpha() or last in ".,;:)!?”\"'"


def _close(word: _Word, words: list[_Word]) -> None:
    if word.text:
        words.append(word)


def _extend(word: _Word, character: str, box: _Box, index: int) -> None:
    if not word.text:
        word.first, word.box = index, list(box)
    else:
        b = word.box
        word.box = [min(b[0], box[0]), min(b[1], box[1]), max(b[2], box[2]), max(b[3], box[3])]
    word.text += character
    word.last = index


def _is_apart(before: list[float], after: _Box, gap: float = CELL_GAP) -> bool:
    """Whether two neighbours in the content are cells or columns rather than words of a line."""
    height = max(1.0, min(before[3] - before[1], after[3] - after[1]))
    aligned = min(before[3], after[3]) - max(before[1], after[1]) > 0.3 * height
    return not aligned or after[0] - before[2] > gap * height or after[2] < before[0]


def _union(words: list[_Word]) -> _Box:
    boxes = [word.box for word in words]
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )


def _transform(
    page: pdfium.PdfPage, width: float, height: float
) -> Callable[[float, float, float, float], _Box]:
    """A function from PDFium's page coordinates to points from the shown page's top left corner.

    It accounts for a crop box that does not begin at (0, 0) and for a rotated page.
    """
    scale = 64
    x, y = ctypes.c_int(), ctypes.c_int()

    def device(px: float, py: float) -> tuple[float, float]:
        pdfium_c.FPDF_PageToDevice(page, 0, 0, int(width * scale), int(height * scale), 0, px, py, x, y)
        return x.value / scale, y.value / scale

    ox, oy = device(0, 0)
    (ax, ay), (bx, by) = device(100, 0), device(0, 100)
    a, b, c, d = (ax - ox) / 100, (bx - ox) / 100, (ay - oy) / 100, (by - oy) / 100
    straight = abs(b) < 1e-3 and abs(c) < 1e-3 and a > 0 > d
    if straight:
        # The common case is a shift alone; the exact scale avoids the rounding of whole pixels.
        box = page.get_bbox()
        left, top = box[0], box[3]

        def shift(x0: float, y0: float, x1: float, y1: float) -> _Box:
            return x0 - left, top - y0, x1 - left, top - y1

        return shift

    def turn(x0: float, y0: float, x1: float, y1: float) -> _Box:
        xs = (ox + a * x0 + b * y0, ox + a * x1 + b * y1)
        ys = (oy + c * x0 + d * y0, oy + c * x1 + d * y1)
        return min(xs), min(ys), max(xs), max(ys)

    return turn
