"""Running headers, footers and page numbers, recognised over all pages of a file.

Knows nothing of paragraphs or headings: only where on a page the same words come back.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median

from ingest.pdf_text import PageText, Segment

BAND = 0.14
"""Share of the page's height, at its top and at its foot, in which running lines stand."""

PRINTED_BAND = 0.04
"""The same from where print usually begins and ends: a small book may be set on large sheets."""

_NUMBER = re.compile(
    r"^[\s–—-]*(?:sida|sid\.|page)?\s*(\d{1,4}|[ivxlc]{1,6})\s*(?:[(/]|av)?\s*\d{0,4}\s*\)?[\s–—-]*$",
    re.IGNORECASE,
)


def running_segments(pages: Sequence[PageText]) -> tuple[set[tuple[int, int]], dict[int, str]]:
    """What is printed around the text: `{(page number, segment index)}`, and the printed page numbers.

    A segment counts as running when the same words, digits aside, stand at the same height in the
    top or bottom band on several pages; facing pages may mirror it. A page number alone counts when
    most pages have one there.
    """
    places: dict[tuple[str, bool], list[tuple[float, int, int]]] = defaultdict(list)
    numbers: list[tuple[int, int, str]] = []
    top, foot = _print_area(pages)
    for page in pages:
        for index, segment in _band(page, top, foot):
            key = re.sub(r"\d+", "#", segment.text.lower()), segment.y0 < page.height / 2
            match = _NUMBER.match(segment.text)
            if match:
                numbers.append((page.number, index, match.group(1)))
                key = "#", key[1]
            places[key].append((segment.y0, page.number, index))
    running: set[tuple[int, int]] = set()
    needed = 2 if len(pages) <= 6 else 3
    for entries in places.values():
        heights = Counter(round(y / 4) for y, _, _ in entries)
        for y, number, index in entries:
            near = sum(heights[round(y / 4) + step] for step in (-1, 0, 1))
            if near >= needed:
                running.add((number, index))
    return running, _labels([(n, label) for n, index, label in numbers if (n, index) in running])


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
