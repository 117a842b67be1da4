"""Reads PDF pages a second time, by pdfium alone, to check what citations claim.

Knows nothing of `ingest/`: a mistake in how documents are read must not hide itself here.
"""

from __future__ import annotations

from collections.abc import Iterable
from ctypes import c_int
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

Box = tuple[float, float, float, float]

RESOLUTION = 20
"""pdfium converts positions to whole pixels; a twentieth of a point is finer than any box."""


@dataclass(frozen=True, eq=False)
class PageReading:
    """A page's characters in pdfium's order: `text`, and `centres` (n, 2) in points from the top left
    corner as the page is shown; NaN for characters that pdfium made up, such as line breaks."""

    text: str
    centres: NDArray[np.float64]

    def inside(self, boxes: Iterable[Box]) -> str:
        """The characters whose centre lies in any of the boxes, each once."""
        x, y = self.centres[:, 0], self.centres[:, 1]
        covered = np.zeros(len(self.text), dtype=bool)
        for x0, y0, x1, y1 in boxes:
            covered |= (x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1)
        return "".join(self.text[i] for i in np.flatnonzero(covered))


@lru_cache(maxsize=512)
def read_page(path: Path, number: int, password: str | None = None) -> PageReading:
    """Read page `number` (from 1) of a PDF. Raises `IndexError` when the file has no such page."""
    with pypdfium2.PdfDocument(path, password) as pdf:
        if not 1 <= number <= len(pdf):
            raise IndexError(f"{path.name} has {len(pdf)} pages; there is no page {number}.")
        page = pdf[number - 1]
        words = page.get_textpage()
        count = words.count_chars()
        text = "".join(chr(pdfium.FPDFText_GetUnicode(words.raw, i)) for i in range(count))
        centres = np.array([_centre(page, words, i) for i in range(count)], dtype=np.float64)
        return PageReading(text, centres.reshape(count, 2))


def _centre(page: pypdfium2.PdfPage, words: pypdfium2.PdfTextPage, index: int) -> tuple[float, float]:
    if pdfium.FPDFText_IsGenerated(words.raw, index) == 1:
        return np.nan, np.nan
    left, bottom, right, top = words.get_charbox(index)
    width, height = page.get_size()
    x, y = c_int(), c_int()
    # pdfium's own conversion knows the page's rotation and crop box.
    size = (round(width * RESOLUTION), round(height * RESOLUTION))
    pdfium.FPDF_PageToDevice(page.raw, 0, 0, *size, 0, (left + right) / 2, (bottom + top) / 2, x, y)
    return x.value / RESOLUTION, y.value / RESOLUTION
