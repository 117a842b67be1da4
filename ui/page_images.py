"""A page of a PDF as a PNG with some of its lines marked. Knows nothing of questions or of HTTP."""

from __future__ import annotations

import io
import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from ingest.document import Box

DEFAULT_WIDTH = 1000
MIN_WIDTH, MAX_WIDTH = 100, 2000
MAX_PIXELS = 6_000_000
CACHE_BYTES = 64 * 2**20
HIGHLIGHT = (255, 226, 89)
PADDING = 1.5
"""Points that a mark reaches outside its words."""

_pdfium = threading.Lock()
"""PDFium is not thread-safe, not even for different documents: one page is drawn at a time."""


class PageImageError(Exception):
    """The page cannot be drawn. `.path` and `.page` (from 1) say which."""

    def __init__(self, path: Path, page: int, reason: str) -> None:
        super().__init__(f"Page {page} of {path.name} cannot be drawn: {reason}")
        self.path, self.page = path, page


def render_page(
    pdf: Path, page: int, boxes: Sequence[Box], *, width: int = DEFAULT_WIDTH, password: str | None = None
) -> bytes:
    """Page `page` (from 1) as PNG bytes, `width` pixels wide, with `boxes` (points from the top left) marked.

    The width is lowered for pages so tall that they would exceed `MAX_PIXELS`. Raises
    `PageImageError` when the file or the page cannot be read.
    """
    import pypdfium2
    from PIL import Image, ImageChops, ImageDraw

    with _pdfium:
        try:
            document = pypdfium2.PdfDocument(pdf, password=password)
        except (pypdfium2.PdfiumError, OSError) as error:
            raise PageImageError(pdf, page, str(error)) from error
        try:
            if not 1 <= page <= len(document):
                raise PageImageError(pdf, page, f"the file has {len(document)} pages.")
            sheet = document[page - 1]
            points_wide, points_high = sheet.get_size()
            scale = min(width / points_wide, math.sqrt(MAX_PIXELS / (points_wide * points_high)))
            image = sheet.render(scale=scale).to_pil().convert("RGB")
        except pypdfium2.PdfiumError as error:
            raise PageImageError(pdf, page, str(error)) from error
        finally:
            document.close()
    if boxes:
        # Multiplying keeps black letters black and turns white paper yellow, as a marker pen does.
        marks = Image.new("RGB", image.size, "white")
        pen = ImageDraw.Draw(marks)
        for x0, y0, x1, y1 in boxes:
            corners = ((x0 - PADDING) * scale, (y0 - PADDING) * scale)
            pen.rectangle((*corners, (x1 + PADDING) * scale, (y1 + PADDING) * scale), fill=HIGHLIGHT)
        image = ImageChops.multiply(image, marks)
    buffer = io.BytesIO()
    image.quantize(128).save(buffer, "PNG")
    return buffer.getvalue()


class PageImageCache:
    """The images used last, up to a number of bytes. Safe to use from several threads."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._images: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The image kept under `key`, which then counts as used last."""
        with self._lock:
            image = self._images.get(key)
            if image is not None:
                self._images.move_to_end(key)
            return image

    def put(self, key: str, image: bytes) -> None:
        """Keep `image`, dropping those unused for longest; one above the whole limit is not kept."""
        with self._lock:
            self._bytes += len(image) - len(self._images.pop(key, b""))
            self._images[key] = image
            while self._bytes > self._limit:
                _, dropped = self._images.popitem(last=False)
                self._bytes -= len(dropped)

    @property
    def size(self) -> int:
        """Bytes kept at the moment."""
        return self._bytes
