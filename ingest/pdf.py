"""From a PDF file to a `Document`. pypdf opens and describes the file, PDFium reads its text.

Knows nothing of folders, catalogues or processes, and leaves what a page means to its neighbours.
"""

from __future__ import annotations

import hashlib
import logging
import re
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from corpus.catalogue import Guidance
from ingest.document import Block, Document
from ingest.errors import Locked, NoText, TooHeavy, Unreadable
from ingest.fold import fold
from ingest.pdf_text import PageText, read_page
from ingest.running import running_segments
from ingest.structure import letters, units_of

MAX_UNDECODED = 0.3
"""Share of characters without a Unicode value above which a text layer counts as unreadable."""

_NO_TITLE = re.compile(r"\.(docx?|indd|pdf|qxd)\b|^(untitled|microsoft word|namnlös)", re.IGNORECASE)

MAX_OUTLINE_ENTRIES = 20_000

DAMAGE = (
    *(PyPdfError, DependencyError, ArithmeticError, AssertionError, AttributeError, EOFError, LookupError),
    *(NotImplementedError, RecursionError, TypeError, ValueError, struct.error, zlib.error),
)
"""What pypdf lets through for damaged files; PDFium often reads their text all the same."""

# pypdf tells of every repair it makes; what matters for the editor becomes a notice instead.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

_OCR = "If they are scanned, make them searchable (OCR) first."

Heartbeat = Callable[[int], None]
"""Called with the number of pages read so far, so that a watcher can tell slow from stuck."""


def digest_of(path: Path) -> str:
    """SHA-256 of the file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_pdf(
    path: Path, document_id: str, guidance: Guidance, heartbeat: Heartbeat | None = None
) -> Document:
    """Read a whole file.

    Raises a `FileProblem` (`Unreadable`, `Locked`, `NoText`, `TooHeavy`) with a one-line reason.
    """
    if path.stat().st_size == 0:
        raise Unreadable("The file is empty (0 bytes).")
    digest = digest_of(path)
    described = _Described(path, guidance.password)
    pages, lost = _read_pages(path, guidance.password, heartbeat or (lambda _: None))
    _check_text(pages)
    running, printed = running_segments(pages, described.title)
    folder = fold(pages, units_of(pages, running, described.outline))
    if running and not "".join(folder.text).strip():
        # Pages that differ by a number alone are not all header.
        folder = fold(pages, units_of(pages, set(), described.outline))
    text = "".join(folder.text)
    if not re.search(r"[^\W\d_]{3}", text):
        raise NoText(f"{len(pages)} pages hold no words of text. {_OCR}")
    notices = [*described.notices]
    if lost:
        notices.append(f"Pages that could not be read: {', '.join(map(str, lost[:20]))}.")
    return Document(
        id=document_id,
        title=guidance.title or described.title or _first_heading(folder.blocks, text) or path.stem,
        text=text,
        pages=folder.page_table(_labels(len(pages) + len(lost), described.labels, printed)),
        guidance=guidance,
        digest=digest,
        blocks=tuple(folder.blocks),
        markers=tuple(folder.markers),
        notices=tuple(notices),
        layout=folder.layout(),
    )


class _Described:
    """What pypdf says of a file: title, page labels, outline. What it cannot say becomes a notice."""

    def __init__(self, path: Path, password: str | None) -> None:
        self.title: str | None = None
        self.labels: dict[int, str] = {}
        self.outline: dict[tuple[int, str], int] = {}
        self.notices: list[str] = []
        try:
            reader = PdfReader(path)
            opened = not reader.is_encrypted or reader.decrypt(password or "")
        except DAMAGE as error:
            self.notices.append(
                f"The file's structure is damaged ({_short(error)}); its text was read all the same."
            )
            return
        if not opened:
            raise Locked(_locked(password))
        parts = {"title": self._read_title, "page labels": self._read_labels, "outline": self._read_outline}
        for name, read in parts.items():
            try:
                read(reader)
            except DAMAGE as error:
                self.notices.append(f"The {name} could not be read ({_short(error)}).")
        reader.close()

    def _read_title(self, reader: PdfReader) -> None:
        title = reader.metadata.title if reader.metadata else None
        # Word processors leave the file's name or nothing of use here.
        if title and not _NO_TITLE.search(title.strip()):
            self.title = " ".join(title.split()) or None

    def _read_labels(self, reader: PdfReader) -> None:
        if "/PageLabels" in reader.trailer["/Root"]:  # type: ignore[operator]
            self.labels = {n: label for n, label in enumerate(reader.page_labels, 1) if label.strip()}

    def _read_outline(self, reader: PdfReader) -> None:
        self._walk(reader, reader.outline, 1)

    def _walk(self, reader: PdfReader, entries: list[Any], level: int) -> None:
        for entry in entries:
            if len(self.outline) >= MAX_OUTLINE_ENTRIES:
                return
            if isinstance(entry, list):
                self._walk(reader, entry, level + 1)
                continue
            page = reader.get_destination_page_number(entry)
            if page is not None and page >= 0 and entry.title:
                self.outline.setdefault((page + 1, letters(entry.title)), min(4, level))


def _read_pages(path: Path, password: str | None, heartbeat: Heartbeat) -> tuple[list[PageText], list[int]]:
    try:
        document = pdfium.PdfDocument(path, password=password)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise Locked(_locked(password)) from error
        raise Unreadable(f"Not a readable PDF: {_short(error)}") from error
    pages, lost = [], []
    with document:
        for number in range(1, len(document) + 1):
            try:
                pages.append(read_page(document, number))
            except pdfium.PdfiumError:
                lost.append(number)
            except MemoryError as error:
                raise TooHeavy(f"Page {number} needs more memory than one file may use.") from error
            heartbeat(number)
    if not pages:
        raise Unreadable(f"None of its {len(lost)} pages can be read." if lost else "The PDF has no pages.")
    return pages, lost


def _check_text(pages: list[PageText]) -> None:
    characters = sum(page.characters for page in pages)
    if characters == 0:
        raise NoText(f"{len(pages)} pages without a text layer. {_OCR}")
    undecoded = sum(page.undecoded for page in pages)
    if undecoded > MAX_UNDECODED * characters:
        raise NoText(
            f"{undecoded} of {characters} characters have no Unicode value (fonts without a mapping), "
            "so the text cannot be read. Ask the publisher for another file, or make it searchable (OCR)."
        )


def _labels(count: int, described: dict[int, str], printed: dict[int, str]) -> dict[int, str]:
    """Each page's label: what is printed on it, else what the file says, else its number.

    Where other pages are numbered, the number of one that is not stands in brackets, so that a
    cover is never cited as the page 1 that follows it.
    """
    counted = {n: f"[{n}]" if printed or described else str(n) for n in range(1, count + 1)}
    return counted | described | printed


def _first_heading(blocks: Sequence[Block], text: str) -> str | None:
    return next((text[b.start : b.end] for b in blocks if b.kind == "heading"), None)


def _locked(password: str | None) -> str:
    if password:
        return (
            "Encrypted, and the catalogue's password does not open it. Correct `password` in catalogue.toml."
        )
    return "Encrypted. Add its `password` to the document's entry in catalogue.toml."


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
