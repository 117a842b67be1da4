"""Running headers, footers and page numbers, recognised over all pages of a file."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from ingest.pdf_text import PageText, Segment

BAND = 0.14
"""Share of the page's height, at its top and at its foot, in which running lines stand."""

_NUMBER = re.compile(
    r"^[\s–—-]*(?:sida|sid\.|page)?\s*(\d{1,4}|[ivxlc]{1,6})\s*(?:[(/]|av)?\s*\d{0,4}\s*\)?[\s–—-]*$", re.IGNORECASE
)


def running_segments(pages: Sequence[PageText]) -> tuple[set[tuple[int, int]], dict[int, str]]:
    """What is printed around the text: `{(page number, segment index)}`, and the printed page numbers.

    A segment counts as running when the same words, digits aside, stand at the same height in the
    top or bottom band on several pages; facing pages may mirror it. A page number alone counts when
    most pages have one there.
    """
    places: dict[tuple[str, bool], list[tuple[float, int, int]]] = defaultdict(list)
    numbers: list[tuple[int, int, str]] = []
    for page in pages:
        for index, segment in _band(page):
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
    labels = {number: label for number, index, label in numbers if (number, index) in running}
    return running, labels


def _band(page: PageText) -> list[tuple[int, Segment]]:
    top, foot = page.height * BAND, page.height * (1 - BAND)
    return [(i, s) for i, s in enumerate(page.segments) if s.y1 < top or s.y0 > foot]
