"""What must hold of every document, whatever its file looks like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium

from ingest.chunk import MAX_TOKENS
from ingest.document import Chunk, Document
from ingest.tokens import count_tokens


def letters(text: str) -> str:
    """Letters and digits alone: what is the same however lines and hyphens fall."""
    return re.sub(r"[\W_]+", "", text.replace("\u00ad", "").replace("\ufffe", "").lower())


def chunk_faults(document: Document, chunks: Sequence[Chunk]) -> list[str]:
    """Where chunks are no slices, too long, overlap, end in a heading or hold words without a box."""
    faults, at = [], 0
    headings = {block.end for block in document.blocks if block.kind == "heading"}
    boxed = np.zeros(len(document.text) + 1, bool)
    for start, end in document.layout.spans.tolist():
        boxed[start:end] = True
    for chunk in chunks:
        if document.text[chunk.start : chunk.end] != chunk.text:
            faults.append(f"{chunk.id}: is no slice of the text")
        if chunk.start < at or chunk.end <= chunk.start:
            faults.append(f"{chunk.id}: begins before {at}")
        if (tokens := count_tokens(chunk.text)) > MAX_TOKENS:
            faults.append(f"{chunk.id}: {tokens} tokens")
        if chunk.end in headings:
            faults.append(f"{chunk.id}: ends in a heading")
        if not all(boxed[i] for i in range(chunk.start, chunk.end) if not document.text[i].isspace()):
            faults.append(f"{chunk.id}: has words without a box")
        at = chunk.end
    return faults


def box_faults(document: Document) -> list[str]:
    """Word pieces whose box does not lie on the page that they stand on."""
    spans, boxes = document.layout.spans, document.layout.boxes
    if not (np.diff(spans[:, 0]) > 0).all() or not (spans[:, 1] > spans[:, 0]).all():
        return [f"{document.id}: spans do not rise"]
    faults = []
    for page in document.pages:
        here = (spans[:, 0] >= page.start) & (spans[:, 1] <= page.end)
        x0, y0, x1, y1 = boxes[here].T
        inside = (x0 < x1) & (y0 < y1) & (x1 > 0) & (y1 > 0) & (x0 < page.size[0]) & (y0 < page.size[1])
        faults += [
            f"{document.id}, page {page.number}: {document.text[a:b]!r} stands outside it"
            for a, b in spans[here][~inside].tolist()
        ]
    return faults


def verbatim_faults(path: Path, document: Document) -> list[str]:
    """Blocks whose letters do not stand in one piece in PDFium's own text of their pages."""
    with pdfium.PdfDocument(path) as pdf:
        plain = [letters(page.get_textpage().get_text_bounded()) for page in pdf]
    faults = []
    for block in document.blocks:
        for page, start, end in document.split_by_page(block.start, block.end):
            cells = document.text[start:end].split("\t")
            if not all(letters(cell) in plain[page.number - 1] for cell in cells):
                faults.append(f"{document.id}, page {page.number}: {document.text[start:end][:80]!r}")
                break
    return faults
