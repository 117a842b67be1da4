"""From printed segments to structural units: headings, paragraphs, list items, table rows, footnotes.

Knows nothing of text offsets; `ingest/fold.py` turns units into the document's text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from statistics import median

from ingest.pdf_text import HYPHENS, PageText, Segment

# Word processors set bullets in symbol fonts, whose characters lie at U+F020 to U+F0FF.
BULLET = re.compile(r"^(?:[•●▪■□○◦‣⁃∙·➢➤✓✔\uf020-\uf0ff–—−-]|o(?= \w)|\d{1,2}[.)]|[a-zåäö][).])(?:\s|$)")
_PARAGRAPH_SIGN = re.compile(r"^(?:\d+ ?kap\. )?\d+ ?[a-z]? ?§")
_NUMBERED = re.compile(r"^(?:\d{1,2}\.){0,3}\d{1,2}\.?\s+[A-ZÅÄÖ]")
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*[\divxlc]*\s*$|…{2,}")
_ENDS = re.compile(r"[.!?:;][\d”\"')\]]*$")
_CLOSES = re.compile(r"[.!?][\d”\"')\]]*$")
_CAPTION = re.compile(r"^(?:tabell|figur|diagram|bild) ?\d", re.IGNORECASE)
_FOOTNOTE = re.compile(r"^(?:\d{1,3}|\*)\s?[^\W\d_]")
MAX_HEADING_CHARACTERS = 160


@dataclass(slots=True)
class Unit:
    """A structural unit. `cells` holds (page number, segment) by table cell; all but rows have one.

    `kind` is heading, paragraph, item, row, caption, footnote or contents; `level` is a heading's depth.
    """

    kind: str
    cells: list[list[tuple[int, Segment]]] = field(default_factory=list)
    level: int = 0
    table: int = -1
    is_header: bool = False

    @property
    def first(self) -> Segment:
        return self.cells[0][0][1]

    @property
    def last(self) -> Segment:
        return self.cells[-1][-1][1]

    @property
    def last_page(self) -> int:
        return self.cells[-1][-1][0]

    def text(self) -> str:
        return " ".join(segment.text for cell in self.cells for _, segment in cell)


@dataclass(frozen=True, slots=True)
class Style:
    """What is usual in this file: the body's font size in points, and the distance between the
    tops of two lines of a paragraph, by font size rounded to half points."""

    body: float
    pitch: dict[float, float]

    def line_pitch(self, size: float) -> float:
        return self.pitch.get(_half(size), 1.25 * size)


def style_of(pages: Sequence[PageText]) -> Style:
    """Measure the body's size (by characters) and line distance over the whole file."""
    sizes: Counter[float] = Counter()
    steps: dict[float, list[float]] = {}
    for page in pages:
        for before, after in zip(page.segments, page.segments[1:], strict=False):
            sizes[_half(after.size)] += len(after.text)
            step = after.y0 - before.y0
            if _half(before.size) == _half(after.size) and 0.8 * after.size < step < 2.2 * after.size:
                steps.setdefault(_half(after.size), []).append(step)
    body = max(sizes, key=lambda size: (sizes[size], size), default=10.0)
    # The lower quartile, not the mean: gaps between paragraphs and items must not count.
    pitch = {size: sorted(found)[len(found) // 4] for size, found in steps.items()}
    return Style(body, pitch)


def units_of(
    pages: Sequence[PageText], running: set[tuple[int, int]], outline: dict[tuple[int, str], int]
) -> list[Unit]:
    """All units of the file in reading order.

    `outline` gives a heading's level by (page number, letters of its title); where it knows none
    of the headings, their levels follow from font size and weight.
    """
    style = style_of(pages)
    units: list[Unit] = []
    tables = 0
    for page in pages:
        segments = [(i, s) for i, s in enumerate(page.segments) if (page.number, i) not in running and s.text]
        found = _page_units(page, [s for _, s in segments], style, tables)
        tables = max([tables, *(unit.table + 1 for unit in found)])
        _mark_contents(found)
        _mark_footnotes(found, page, style)
        _continue(units, _reorder_footnotes(found, style), style)
    _mark_headings(units, style, outline)
    return units


def _page_units(page: PageText, segments: list[Segment], style: Style, tables: int) -> list[Unit]:
    units: list[Unit] = []
    at = 0
    while at < len(segments):
        rows = _table(segments, at)
        if rows:
            header = all(s.bold for cell in rows[0] for s in cell)
            for number, row in enumerate(rows):
                cells = [[(page.number, s) for s in cell] for cell in row]
                units.append(Unit("row", cells, table=tables, is_header=header and number == 0))
            tables += 1
            at += sum(len(cell) for row in rows for cell in row)
            continue
        segment = segments[at]
        if units and units[-1].kind != "row" and not _starts_unit(units[-1], segment, style, page):
            units[-1].cells[0].append((page.number, segment))
        else:
            kind = "item" if BULLET.match(segment.text) else "paragraph"
            units.append(Unit(kind, [[(page.number, segment)]]))
        at += 1
    return units


def _starts_unit(unit: Unit, segment: Segment, style: Style, page: PageText) -> bool:
    """Whether a segment begins something new rather than going on with `unit`."""
    before = unit.last
    step = segment.y0 - before.y0
    same_line = abs(step) < 0.5 * segment.size
    if same_line and segment.x0 >= before.x1 - 1:
        return False  # a wide gap inside a line, for example after a list's number
    if abs(segment.size - before.size) > 0.12 * before.size:
        return True
    if segment.size < 0.93 * style.body and segment.y0 > 0.5 * page.height and _FOOTNOTE.match(segment.text):
        return True
    if BULLET.match(segment.text) or _PARAGRAPH_SIGN.match(segment.text):
        return True
    if segment.bold != before.bold and (segment.bold or len(unit.text()) < MAX_HEADING_CHARACTERS):
        whole = all(s.bold for _, s in unit.cells[0])
        if segment.bold or whole:
            return True
    if _LEADERS.search(before.text):
        return True
    ended = bool(_ENDS.search(before.text))
    if step < -0.5 * segment.size:  # the next column
        return ended or segment.text[:1].isupper()
    if step > 1.28 * style.line_pitch(segment.size):
        return True
    if unit.kind == "item" and segment.x0 < unit.first.x0 - 2:
        return ended
    indented = unit.kind == "paragraph" and segment.x0 > before.x0 + 0.7 * segment.size
    return indented and ended


def _table(segments: list[Segment], at: int) -> list[list[list[Segment]]]:
    """Rows of cells of the table that begins at `at`, or nothing.

    A table shows itself in the order of the content: cell after cell goes back up to the row's top
    and further right, row after row, with the same left edges. Two columns of text do it only once.
    """
    rows: list[list[list[Segment]]] = []
    columns: list[float] = []
    cut = 0
    while at < len(segments):
        row = _row(segments, at, columns)
        if not row or (columns and not _fits(row, columns)):
            break
        if rows and row[0][0].y0 < rows[-1][0][0].y0:
            break
        at += sum(len(cell) for cell in row)
        if not rows:
            columns = sorted(min(s.x0 for s in cell) for cell in row)
            header, rest = _split_header(row)
            cut = int(bool(rest))
            rows += [header, rest] if rest else [header]
        else:
            rows.append(row)
    if len(rows) < 2 + cut or any(BULLET.match(row[0][0].text) and len(row[0][0].text) < 4 for row in rows):
        return []
    return rows


def _split_header(row: list[list[Segment]]) -> tuple[list[list[Segment]], list[list[Segment]]]:
    """A repeated header row without what goes on below it from the page before, and that.

    A cell that is cut by the page break has no first column to show that it is a row of its own.
    """
    if not all(cell[0].bold for cell in row):
        return row, []
    header = [list(takewhile(lambda s: s.bold, cell)) for cell in row]
    rest = [cell[len(part) :] for cell, part in zip(row, header, strict=True)]
    return header, [cell for cell in rest if cell]


def _row(segments: list[Segment], at: int, columns: list[float]) -> list[list[Segment]]:
    """The cells of one row from `at`; empty when what stands there is no row of two cells."""
    cells: list[list[Segment]] = [[segments[at]]]
    top = segments[at].y0
    for segment in segments[at + 1 : at + 60]:
        cell = cells[-1]
        right, left = max(s.x1 for s in cell), min(s.x0 for s in cell)
        # The last column has room for lists with indents of their own.
        indent = 6 if columns and left > columns[-1] - 4 else 2.5
        if abs(segment.y0 - top) < 0.7 * segment.size and segment.x0 > right - 0.5:
            if segment.x0 > right + 0.3 * segment.size:
                cells.append([segment])
            else:
                cell.append(segment)
        elif (
            segment.y0 > cell[-1].y0 + 0.5 * segment.size
            and segment.y0 - cell[-1].y0 < 1.9 * segment.size
            and abs(segment.x0 - left) < indent * segment.size
            and not (len(cells) == 1 and len(cell) >= 8)
            and not (len(cells) > 1 and segment.x0 < left - 2)
        ):
            cell.append(segment)
        else:
            break
    return cells if len(cells) > 1 else []


def _fits(row: list[list[Segment]], columns: list[float]) -> bool:
    """Whether a row's cells begin at the table's columns."""
    edges = [min(s.x0 for s in cell) for cell in row]
    return len(row) <= len(columns) + 1 and sum(
        any(abs(edge - column) < 4 for column in columns) for edge in edges
    ) >= max(2, len(edges) - 1)


def _mark_contents(units: list[Unit]) -> None:
    """A table of contents is navigation, not guidance: it is kept apart from what is searched."""
    listed = [unit for unit in units if _LEADERS.search(unit.text())]
    titled = any(re.fullmatch(r"innehåll(sförteckning)?|contents", u.text().strip().lower()) for u in units)
    if len(listed) < 3 and not (listed and titled):
        return
    for unit in units:
        numbered_row = unit.kind == "row" and re.search(r"\s\d{1,3}$", unit.text())
        if unit in listed or (titled and (numbered_row or len(unit.text()) < MAX_HEADING_CHARACTERS)):
            unit.kind = "contents"


def _mark_footnotes(units: list[Unit], page: PageText, style: Style) -> None:
    """Small print that begins with a number, below the top of the page, and small print after it."""
    follows = False
    for unit in units:
        small = unit.kind in ("paragraph", "item") and unit.first.size < 0.93 * style.body
        if small and unit.first.y0 > 0.3 * page.height and (follows or _FOOTNOTE.match(unit.text())):
            unit.kind = "footnote"
        follows = unit.kind == "footnote"


def _reorder_footnotes(units: list[Unit], style: Style) -> list[Unit]:
    """Put footnotes before what goes on over the page, so that it stays in one piece: an unfinished
    sentence, a sentence that introduces a list, and the headings above them."""
    body = [unit for unit in units if unit.kind != "footnote"]
    notes = [unit for unit in units if unit.kind == "footnote"]
    cut = len(body)
    if notes and cut and body[-1].kind in ("paragraph", "item") and not _CLOSES.search(body[-1].text()):
        cut -= 1
    while notes and cut and _looks_like_heading(body[cut - 1], body[cut - 1].text(), style):
        cut -= 1
    return [*body[:cut], *notes, *body[cut:]]


def _continue(units: list[Unit], page_units: list[Unit], style: Style) -> None:
    """Append a page's units, joining its first to a sentence that the page before left open."""
    if units and page_units:
        before, after = units[-1], page_units[0]
        same_size = abs(before.last.size - after.first.size) < 0.5
        open_text = before.text()
        open_end = not _ENDS.search(open_text) or open_text[-1] in HYPHENS
        lower = after.first.text[:1].islower() or open_text[-1:] in HYPHENS + ","
        if (
            before.kind in ("paragraph", "item")
            and after.kind == "paragraph"
            and same_size
            and open_end
            and lower
            and before.first.bold == after.first.bold
        ):
            before.cells[0].extend(after.cells[0])
            page_units = page_units[1:]
        elif before.kind == "row" and after.kind == "row" and len(before.cells) == len(after.cells):
            page_units = _join_tables(units, page_units)
    units.extend(page_units)


def _join_tables(units: list[Unit], page_units: list[Unit]) -> list[Unit]:
    """A table that goes on over the page is one table; its repeated header row is not searched again.

    Returns the page's units without what belongs to the last row of the page before.
    """
    number, went_on = units[-1].table, page_units[0].table
    header = next((u for u in units if u.table == number and u.is_header), None)
    for unit in page_units:
        if unit.table == went_on:
            unit.table = number
            unit.is_header = False
    if not header or page_units[0].text() != header.text():
        return page_units
    page_units[0].kind = "contents"
    cut = page_units[1:2]
    if cut and cut[0].kind == "row" and len(cut[0].cells) == 1:
        units[-1].cells[-1].extend(cut[0].cells[0])
        return page_units[2:]
    return page_units


def _mark_headings(units: list[Unit], style: Style, outline: dict[tuple[int, str], int]) -> None:
    headings = []
    for unit in units:
        if unit.kind not in ("paragraph", "item"):
            continue
        text = unit.text()
        listed = outline.get((unit.cells[0][0][0], letters(text)))
        if listed is not None:
            unit.kind, unit.level = "heading", listed
        elif _CAPTION.match(text):
            unit.kind = "caption"
        elif _looks_like_heading(unit, text, style):
            unit.kind = "heading"
        if unit.kind == "heading":
            headings.append(unit)
    if not any(unit.level for unit in headings):
        looks = sorted({_look(unit, style) for unit in headings}, reverse=True)
        for unit in headings:
            unit.level = min(4, looks.index(_look(unit, style)) + 1)
    else:
        _place_unlisted(headings, style)


def _place_unlisted(headings: list[Unit], style: Style) -> None:
    """A heading that the outline lacks stands with those that look like it, else below them all."""
    level_of: dict[tuple[float, bool], list[int]] = {}
    for unit in headings:
        if unit.level:
            level_of.setdefault(_look(unit, style), []).append(unit.level)
    deepest = max(unit.level for unit in headings)
    for unit in headings:
        if not unit.level:
            same = level_of.get(_look(unit, style))
            unit.level = round(median(same)) if same else min(4, deepest + 1)


def _looks_like_heading(unit: Unit, text: str, style: Style) -> bool:
    segments = [segment for _, segment in unit.cells[0]]
    if len(text) > MAX_HEADING_CHARACTERS or len(segments) > 3 or not re.search(r"[^\W\d_]{2}", text):
        return False
    if unit.kind not in ("paragraph", "item") or (unit.kind == "item" and not _NUMBERED.match(text)):
        return False
    if text.rstrip()[-1] in ".,;:" and not re.search(r"\bkap\.$", text):
        return False
    larger = unit.first.size >= 1.1 * style.body
    return larger or (all(s.bold for s in segments) and unit.first.size >= 0.95 * style.body)


def _look(unit: Unit, style: Style) -> tuple[float, bool]:
    return _half(max(unit.first.size, style.body)), unit.first.bold


def letters(text: str) -> str:
    """Letters and digits alone, in lower case: how a title is compared with the outline's."""
    return re.sub(r"[\W_]+", "", text.lower())


def _half(size: float) -> float:
    return round(size * 2) / 2
