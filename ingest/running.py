"""Running headers, footers and page numbers, recognised over all pages of a file.

Knows nothing of paragraphs or headings: only where on a page the same words come back.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from ingest.pdf_text import PageText, Segment
from ingest.structure import letters

BAND = 0.14
"""Share of the page's height, at its top and at its foot, in which running lines stand."""

PRINTED_BAND = 0.04
"""The same from where print usually begins and ends: a small book may be set on large sheets."""

_NUMBER = re.compile(
    r"^[\s–—-]*(?:sida|sid\.|page)?\s*(\d{1,4}|[ivxlc]{1,6})\s*(?:[(/]|av)?\s*\d{0,4}\s*\)?[\s–—-]*$",
    re.IGNORECASE,
)


def running_segments(
    pages: Sequence[PageText], title: str | None = None
) -> tuple[set[tuple[int, int]], dict[int, str]]:
    """What is printed around the text: `{(page number, segment index)}`, and the printed page numbers.

    A segment counts as running when the same words, digits aside, stand at the same height in the
    top or bottom band on several pages; facing pages may mirror it. A page number alone counts when
    most pages have one there, and the file's own `title` in smaller print than the text even on one.
    """
    places: dict[tuple[str, bool], list[tuple[float, int, int]]] = defaultdict(list)
    numbers: list[tuple[int, int, str]] = []
    varying: set[tuple[int, int]] = set()
    top, foot = _print_area(pages)
    for page in pages:
        for index, segment in _band(page, top, foot):
            key = re.sub(r"\d+", "#", segment.text.lower())
            match = _NUMBER.match(segment.text)
            if match:
                numbers.append((page.number, index, match.group(1)))
                key = "#"
            if "#" in key:
                varying.add((page.number, index))
            places[key, segment.y0 < page.height / 2].append((segment.y0, page.number, index))
    needed = 2 if len(pages) <= 6 else 3
    running = {found for entries in places.values() for found in _recurring(entries, needed)}
    for page in pages:
        running |= {(page.number, i) for i in _small_titles(page, title, top, foot)}
    for page in pages:
        running -= {(page.number, i) for i in _first_lines(page, running, varying)}
        running -= {(page.number, i) for i in _table_headers(page, running)}
        running -= {(page.number, i) for i in _within_lines(page, running, varying)}
    return running, _labels([(n, label) for n, index, label in numbers if (n, index) in running])


def _small_titles(page: PageText, title: str | None, top: float, foot: float) -> Iterator[int]:
    """The title in the band, set smaller than the page's text: a header, not the heading of the text."""
    sizes = [s.size for s in page.segments for _ in s.text]
    for index, segment in _band(page, top, foot):
        if title and letters(segment.text) == letters(title) and segment.size < 0.95 * median(sizes):
            yield index


def _recurring(entries: list[tuple[float, int, int]], needed: int) -> Iterator[tuple[int, int]]:
    """The (page number, segment index) of those that stand at the same height on so many pages."""
    heights: defaultdict[int, set[int]] = defaultdict(set)
    for y, number, _ in entries:
        heights[round(y / 4)].add(number)
    for y, number, index in entries:
        near = set().union(*(heights[round(y / 4) + step] for step in (-1, 0, 1)))
        if len(near) >= needed:
            yield number, index


def _labels(printed: list[tuple[int, str]]) -> dict[int, str]:
    """The page numbers that count on from one page to another; a year or a section's number does not.

    >>> _labels([(3, "1"), (4, "2"), (5, "2019"), (5, "3")])
    {3: '1', 4: '2', 5: '3'}
    """
    steps = Counter(_series(number, label) for number, label in printed)
    labels: dict[int, str] = {}
    for number, label in sorted(printed, key=lambda entry: steps[_series(*entry)]):
        if steps[_series(number, label)] > 1:
            labels[number] = label
    return labels


def _series(number: int, label: str) -> tuple[bool, int]:
    """Pages numbered one after the other have the same difference to the file's count of them."""
    return label.isdigit(), number - (int(label) if label.isdigit() else _roman(label))


def _roman(label: str) -> int:
    values = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}[sign] for sign in label.lower()]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))


def _first_lines(
    page: PageText, running: set[tuple[int, int]], varying: set[tuple[int, int]]
) -> Iterator[int]:
    """Lines of the text itself that differ from other pages' by a number alone, as "Steg 2 är att …"
    may: the text goes on close below them."""
    body = [s for i, s in enumerate(page.segments) if (page.number, i) not in running]
    for index, line in enumerate(page.segments):
        if (
            (page.number, index) in running & varying
            and not _NUMBER.match(line.text)
            and any(_goes_on(line, s) for s in body)
        ):
            yield index


def _goes_on(line: Segment, below: Segment) -> bool:
    """Whether `below` is set as the next line of the same paragraph would be."""
    return (
        abs(below.size - line.size) < 0.5
        and 0.5 * line.size < below.y0 - line.y0 < 1.6 * line.size
        and below.x0 < line.x1
        and line.x0 < below.x1
    )


def _table_headers(page: PageText, running: set[tuple[int, int]]) -> Iterator[int]:
    """A table's header row that comes back on every page: each of its cells stands above a column."""
    rows: defaultdict[int, list[tuple[int, Segment]]] = defaultdict(list)
    body = [s for i, s in enumerate(page.segments) if (page.number, i) not in running]
    for index, segment in enumerate(page.segments):
        if (page.number, index) in running:
            rows[round(segment.y0)].append((index, segment))
    for row in rows.values():
        if len(row) > 1 and all(
            any(abs(b.x0 - s.x0) < 2 and 0 < b.y0 - s.y0 < 8 * s.size for b in body) for _, s in row
        ):
            yield from (index for index, _ in row)


def _within_lines(
    page: PageText, running: set[tuple[int, int]], varying: set[tuple[int, int]]
) -> Iterator[int]:
    """Numbers with text beside them, as in a list or a line that is set wide: "den   24   februari"."""
    body = [s for i, s in enumerate(page.segments) if (page.number, i) not in running]
    for index, number in enumerate(page.segments):
        if (page.number, index) in running & varying and any(
            abs(s.size - number.size) < 0.5
            and abs(s.y0 - number.y0) < 0.5 * number.size
            and max(s.x0 - number.x1, number.x0 - s.x1) < 2 * number.size
            for s in body
        ):
            yield index


def _print_area(pages: Sequence[PageText]) -> tuple[float, float]:
    """Where print begins and ends on most pages, as shares of the page's height."""
    printed = [page for page in pages if page.segments]
    if not printed:
        return 0.0, 1.0
    top = median(min(s.y0 for s in page.segments) / page.height for page in printed)
    foot = median(max(s.y1 for s in page.segments) / page.height for page in printed)
    return top, foot


def _band(page: PageText, top: float, foot: float) -> list[tuple[int, Segment]]:
    top = page.height * max(BAND, top + PRINTED_BAND)
    foot = page.height * min(1 - BAND, foot - PRINTED_BAND)
    return [(i, s) for i, s in enumerate(page.segments) if s.y1 < top or s.y0 > foot]
