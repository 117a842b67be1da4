"""PDFs made for the tests of `ingest/`: typeset by Typst, drawn by reportlab, or written byte by byte."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import typst
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject
from reportlab.pdfgen.canvas import Canvas

from corpus.catalogue import Guidance
from ingest.document import Block, Document
from ingest.pdf import read_pdf

WIDTH, HEIGHT = 420.0, 595.0
BODY = 11.0
SETTINGS = """
#set page(width: 420pt, height: 595pt, margin: 60pt)
#set text(lang: "sv", size: 11pt, font: "Libertinus Serif", hyphenate: false)
"""

Line = tuple[float, float, str]
"""Left edge and baseline in points from the page's top left corner, and the words."""


def typeset(source: str) -> bytes:
    """A PDF of Typst markup, on small pages."""
    return bytes(typst.compile((SETTINGS + source).encode(), ignore_system_fonts=True))


def draw(*pages: Callable[[Canvas], None] | Sequence[Line], size: float = BODY) -> bytes:
    """A PDF with a page for each list of lines (in Helvetica), or whatever a function draws."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(WIDTH, HEIGHT), invariant=True)
    for page in pages:
        if callable(page):
            page(canvas)
        else:
            canvas.setFont("Helvetica", size)
            for x, y, words in page:
                canvas.drawString(x, HEIGHT - y, words)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def lines(*texts: str, x: float = 60, y: float = 150, step: float = 14) -> list[Line]:
    """Lines one below the other."""
    return [(x, y + i * step, text) for i, text in enumerate(texts)]


def turned(data: bytes, *, degrees: int = 0, crop: tuple[float, float, float, float] | None = None) -> bytes:
    """The same pages rotated, or cropped to `(left, bottom, right, top)`."""
    writer = PdfWriter(clone_from=io.BytesIO(data))
    for page in writer.pages:
        if crop:
            page.cropbox = RectangleObject(crop)
        if degrees:
            page.rotate(degrees)
    return written(writer)


def encrypted(data: bytes, password: str, algorithm: str) -> bytes:
    """The same file, opened only by `password`."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, algorithm=algorithm)
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    """The bytes of a pypdf writer."""
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def raw_pdf(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def many_pages(count: int) -> bytes:
    """A PDF of `count` pages with two lines each."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] /MediaBox [0 0 420 595] >>" % (count, kids),
        FONT,
    ]
    for n in range(count):
        words = b"BT /F1 11 Tf 60 %d Td 14 TL (Personen %d har fallit) Tj T* (i sitt rum i natt.) Tj ET"
        stream = words % (300 + n % 100, n + 1)
        page = b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
        objects += [
            page % (5 + 2 * n),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        ]
    return raw_pdf(objects)


def read(folder: Path, data: bytes, guidance: Guidance | None = None) -> Document:
    """The document of a PDF's bytes."""
    path = folder / "made.pdf"
    path.write_bytes(data)
    return read_pdf(path, "made", guidance or Guidance())


def texts(document: Document, *kinds: str) -> list[str]:
    """The texts of the document's blocks of these kinds, or of all."""
    return [text_of(document, block) for block in document.blocks if not kinds or block.kind in kinds]


def text_of(document: Document, block: Block) -> str:
    """A block's text."""
    return document.text[block.start : block.end]
