"""What the tests of `index/` share: documents out of plain text, and a computable embedder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.catalogue import Guidance
from index.analysis import words
from ingest.document import Block, Chunk, Document, Layout, Page

CHUNKER = "paragraphs-1"

TEXTS = {
    "fall": "Den som har fallit ska inte lyftas innan sjuksköterskan har bedömt skadan.\n"
    "Fallrisken bedöms när någon flyttar in och sedan minst var sjätte månad.\n"
    "Skriv en avvikelse efter varje fall.",
    "trycksar": "Den som ligger mycket byter ställning minst varannan timme.\n"
    "Sårvården sköts av sjuksköterskan enligt ordination.",
    "tystnad": "Sekretess enligt 25 kap. 1 § offentlighets- och sekretesslagen (2009:400).\n"
    "Berätta inte för grannen att någon bor på boendet.",
}


class WordEmbedder:
    """Embeds a text as the counts of its stems, each in one of 32 places, normalised."""

    dimension = 32

    def __init__(self, name: str = "words", fingerprint: str = "words-1") -> None:
        self.name, self.fingerprint = name, fingerprint
        self.passages = 0

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in words(text):
                vectors[row, word.stem % self.dimension] += 1
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of passages, counted."""
        self.passages += len(texts)
        return self.encode_queries(texts)


def made(
    folder: Path, name: str, text: str, guidance: Guidance | None = None, *, title: str | None = None
) -> tuple[Document, list[Chunk], Path]:
    """A document whose paragraphs are its chunks and whose pages have two paragraphs each."""
    source = folder / f"{name}.pdf"
    source.write_text(f"%PDF {text}", encoding="utf-8")
    spans = [match.span() for match in re.finditer(r"[^\n]+", text)]
    pages = [
        Page(number, f"s. {number}", spans[i][0], spans[min(i + 1, len(spans) - 1)][1] + 1, (595.0, 842.0))
        for number, i in enumerate(range(0, len(spans), 2), start=1)
    ]
    pieces = np.array([match.span() for match in re.finditer(r"\S+", text)], np.int32).reshape(-1, 2)
    layout = Layout(pieces, np.zeros((len(pieces), 4), np.float32), np.arange(len(pieces), dtype=np.int32))
    document = Document(
        id=name,
        title=title or name.capitalize(),
        text=text,
        pages=tuple(pages),
        guidance=guidance or Guidance(),
        digest=hashlib.sha256(source.read_bytes()).hexdigest(),
        blocks=tuple(Block("paragraph", start, end) for start, end in spans),
        markers=((0, 1),),
        notices=("made up",),
        layout=layout,
    )
    chunks = [Chunk(name, a, b, text[a:b], ("Rutin", f"Del {i}")) for i, (a, b) in enumerate(spans)]
    return document, chunks, source
