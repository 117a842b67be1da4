"""Parsed documents on disk, each kept once under what it was made from. Knows nothing of ranking.

    store/<key>/text.txt          Document.text, UTF-8
                passages.json     pages and chunks, all that a search result needs
                structure.json    blocks, footnote markers, notices
                layout.npz        where each word piece stands
                source.pdf        the file itself
                terms-*.npz       its terms, by analyser and title
                vectors-*.npy     its vectors, by embedder and title

The key follows from the file's digest and the chunker, so an entry never changes: it is written to a
folder beside and moved into place, and what can be computed from it (terms, vectors) is added later.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.catalogue import Guidance
from index.errors import IndexMismatch, SearchIndexError
from ingest.document import Block, Chunk, Document, Layout, Page

STORE_FORMAT = 1
_FILES = ("text.txt", "passages.json", "structure.json", "layout.npz", "source.pdf")


class SourceChanged(SearchIndexError):
    """The file is no longer the one that was read. `.path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} changed while it was being read. Ingest it again.")
        self.path = path


@dataclass(frozen=True)
class Passages:
    """The pages and chunk spans of a stored document, enough to show a search result."""

    pages: tuple[Page, ...]
    spans: tuple[tuple[int, int], ...]
    leads: tuple[tuple[int, int] | None, ...]
    sections: tuple[tuple[str, ...], ...]


class Store:
    """The entries under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @staticmethod
    def key(digest: str, chunker: str) -> str:
        """The name of the entry for a file's digest cut by this chunker."""
        return hashlib.sha256(f"{STORE_FORMAT}\n{chunker}\n{digest}".encode()).hexdigest()[:24]

    def entries(self) -> set[str]:
        """The names of all entries."""
        return {entry.name for entry in os.scandir(self.root)} if self.root.is_dir() else set()

    def complete(self, key: str) -> bool:
        """Whether the entry is there with all its files."""
        return all((self.root / key / name).is_file() for name in _FILES)

    def add(self, key: str, document: Document, chunks: Sequence[Chunk], source: Path) -> None:
        """Write an entry, whole or not at all; raises `SourceChanged` when `source` has another digest."""
        final, folder = self.root / key, self.root / f".new-{key}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        # A copy, not a hard link: an entry must not follow edits to the file it was made from.
        if _copy(source, folder / "source.pdf") != document.digest:
            shutil.rmtree(folder)
            raise SourceChanged(source)
        (folder / "text.txt").write_bytes(document.text.encode("utf-8", "surrogatepass"))
        _write_json(folder / "passages.json", _passages_json(document, chunks))
        _write_json(folder / "structure.json", _structure_json(document))
        layout = document.layout
        with (folder / "layout.npz").open("wb") as file:
            np.savez(file, spans=layout.spans, boxes=layout.boxes, lines=layout.lines)
        sync(*folder.iterdir(), folder)
        shutil.rmtree(final, ignore_errors=True)
        folder.rename(final)

    def text(self, key: str) -> str:
        """The text of a document."""
        return self._read(key, "text.txt").decode("utf-8", "surrogatepass")

    def passages(self, key: str) -> Passages:
        """The pages and chunk spans of a document."""
        raw = json.loads(self._read(key, "passages.json"))
        sections = [tuple(path) for path in raw["sections"]]
        return Passages(
            pages=tuple(Page(n, label, a, b, (w, h)) for n, label, a, b, w, h in raw["pages"]),
            spans=tuple((start, end) for start, end, _, _ in raw["chunks"]),
            leads=tuple(tuple(lead) if lead else None for _, _, lead, _ in raw["chunks"]),
            sections=tuple(sections[i] for _, _, _, i in raw["chunks"]),
        )

    def document(self, key: str, document_id: str, title: str, guidance: Guidance, digest: str) -> Document:
        """The document as it was stored, with today's title and catalogue entry."""
        raw = json.loads(self._read(key, "structure.json"))
        path = self.root / key / "layout.npz"
        try:
            with np.load(path) as arrays:
                layout = Layout(arrays["spans"], arrays["boxes"], arrays["lines"])
        except (OSError, ValueError, KeyError) as error:
            raise _broken(path, error) from error
        return Document(
            id=document_id,
            title=title,
            text=self.text(key),
            pages=self.passages(key).pages,
            guidance=guidance,
            digest=digest,
            blocks=tuple(Block(kind, a, b, level, _span(lead)) for kind, a, b, level, lead in raw["blocks"]),
            markers=tuple((start, end) for start, end in raw["markers"]),
            notices=tuple(raw["notices"]),
            layout=layout,
        )

    def pdf_path(self, key: str) -> Path:
        """The copy of the file."""
        return self.root / key / "source.pdf"

    def terms_path(self, key: str, analyser: str, wording: str, title: str) -> Path:
        """Where the document's terms lie; its title is part of how each passage is worded."""
        return self.root / key / f"terms-{_short(analyser, wording, title)}.npz"

    def vectors_path(self, key: str, fingerprint: str, wording: str, title: str) -> Path:
        """Where the document's vectors by the embedder with this fingerprint lie."""
        return self.root / key / f"vectors-{_short(fingerprint, wording, title)}.npy"

    def _read(self, key: str, name: str) -> bytes:
        path = self.root / key / name
        try:
            return path.read_bytes()
        except OSError as error:
            raise _broken(path, error) from error


def sync(*paths: Path) -> None:
    """Have the kernel write files and folders to the disk itself."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _copy(source: Path, target: Path) -> str:
    """Copy a file and return the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(1 << 20):
            digest.update(block)
            writer.write(block)
    return digest.hexdigest()


def _passages_json(document: Document, chunks: Sequence[Chunk]) -> dict[str, Any]:
    sections = {path: i for i, path in enumerate(dict.fromkeys(chunk.section for chunk in chunks))}
    return {
        "pages": [[p.number, p.label, p.start, p.end, *p.size] for p in document.pages],
        "sections": list(sections),
        "chunks": [[c.start, c.end, c.lead, sections[c.section]] for c in chunks],
    }


def _structure_json(document: Document) -> dict[str, Any]:
    return {
        "blocks": [[b.kind, b.start, b.end, b.level, b.lead] for b in document.blocks],
        "markers": document.markers,
        "notices": document.notices,
    }


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")), encoding="ascii")


def _span(value: list[int] | None) -> tuple[int, int] | None:
    return (value[0], value[1]) if value else None


def _short(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _broken(path: Path, error: Exception) -> IndexMismatch:
    return IndexMismatch(f"{path} cannot be read: {error}. Build it again: lotsen ingest FOLDER")
