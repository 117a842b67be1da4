"""Adding, changing and removing documents: a new snapshot from the old one and what differs.

Knows nothing of PDFs or questions. Documents come as a stream, and each is stored, analysed and embedded
before the next is taken, so that memory holds one at a time and parsing can go on elsewhere
meanwhile. What is unchanged is neither analysed nor embedded again.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from corpus.catalogue import Guidance
from index.analysis import ANALYSER
from index.dense import VECTORS, DenseIndex, write_dense
from index.embedder import Embedder
from index.errors import EmbedderError, IndexMismatch
from index.fusion import FusionWeights
from index.lexical import ARRAYS, SATURATION, DocumentTerms, LexicalIndex, write_lexical
from index.lexicon import Lexicon, shipped_lexicon
from index.snapshot import Entry, IndexFolder, Manifest, Model
from index.store import SourceChanged
from index.wording import CONTEXT_WEIGHT, WORDING, passage_texts
from ingest.document import Chunk, Document


@dataclass(frozen=True)
class Step:
    """Something that was done: "stored" or "embedded" (a document), "written" (the new snapshot's
    files), "placed" (moved to its name) or "published" (it serves)."""

    name: str
    document: str | None = None


@dataclass(frozen=True)
class BuildReport:
    """What an update did, by document id. `set_aside` has the reason for each that could not be added."""

    version: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    set_aside: tuple[tuple[str, str], ...]
    documents: int
    chunks: int
    embedded: int
    """Passages that were embedded in this update."""
    seconds: float


def stored_digests(index_dir: Path, chunker: str) -> dict[str, str]:
    """`{document id: digest}` of what is stored whole and was cut by this chunker: a file with that
    digest need not be parsed again. Empty where there is no index."""
    folder = IndexFolder(index_dir)
    manifest = folder.manifest()
    entries = manifest.documents if manifest else ()
    return {e.id: e.digest for e in entries if e.chunker == chunker and folder.store.complete(e.key)}


def update_index(
    index_dir: Path,
    added: Iterable[tuple[Document, Sequence[Chunk], Path]],
    *,
    chunker: str,
    embedder: Embedder,
    remove: Collection[str] = (),
    guidance: Mapping[str, Guidance] | None = None,
    fusion: FusionWeights | None = None,
    lexicon: Lexicon | None = None,
    progress: Callable[[Step], None] | None = None,
) -> BuildReport:
    """Add or change the documents in `added` (with their chunks and their file), remove those in
    `remove`, and give the others their catalogue entry from `guidance`. `lexicon` is the shipped one
    unless another is given.

    Documents and entries that are not mentioned stay as they are; where nothing differs there is no
    new snapshot. Raises `IndexBusy` while another process writes, `IndexMismatch` for an index that
    this version cannot read, and OSError when the disk does not take it: the old snapshot serves on.
    """
    started = time.perf_counter()
    folder = IndexFolder(index_dir)
    with folder.writing():
        update = _Update(
            folder, chunker, embedder, fusion, lexicon or shipped_lexicon(), progress or (lambda step: None)
        )
        with update.explaining():
            update.take(added)
            update.catalogue(guidance or {})
            update.remove(remove)
            version = update.finish()
    return update.report(version, time.perf_counter() - started)


class _Update:
    """One update under way."""

    def __init__(
        self,
        folder: IndexFolder,
        chunker: str,
        embedder: Embedder,
        fusion: FusionWeights | None,
        lexicon: Lexicon,
        progress: Callable[[Step], None],
    ) -> None:
        self.folder, self.store, self.chunker, self.embedder = folder, folder.store, chunker, embedder
        self.lexicon, self.progress = lexicon, progress
        self.old = folder.manifest()
        self.fusion = fusion or (self.old.fusion if self.old else FusionWeights())
        self.entries = {entry.id: entry for entry in self.old.documents} if self.old else {}
        self.added: list[str] = []
        self.changed: list[str] = []
        self.unchanged: list[str] = []
        self.removed: list[str] = []
        self.set_aside: list[tuple[str, str]] = []
        self.embedded = 0

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Say of a disk that does not take it what still serves."""
        try:
            yield
        except OSError as error:
            kept = f"version {self.old.version} serves on" if self.old else "there is no index yet"
            error.add_note(f"The update of {self.folder.root} was not finished; {kept}.")
            raise

    def take(self, added: Iterable[tuple[Document, Sequence[Chunk], Path]]) -> None:
        """Store, analyse and embed the documents of a stream, one by one."""
        for document, chunks, source in added:
            key = self.store.key(document.digest, self.chunker)
            before = self.entries.get(document.id)
            try:
                if not self.store.complete(key):
                    self.store.add(key, document, chunks, source)
            except SourceChanged as error:
                self.set_aside.append((document.id, str(error)))
                continue
            self.progress(Step("stored", document.id))
            stored = self.store.passages(key)
            entry = Entry(
                id=document.id,
                title=document.title,
                digest=document.digest,
                key=key,
                chunker=self.chunker,
                pages=len(stored.pages),
                chunks=len(stored.spans),
                guidance=document.guidance,
            )
            self._complete(entry)
            self.entries[document.id] = entry
            kind = self.added if before is None else self.unchanged if before.key == key else self.changed
            kind.append(document.id)

    def catalogue(self, guidance: Mapping[str, Guidance]) -> None:
        """Give documents their catalogue entries; ids that are not in the index are left alone."""
        for document_id, given in guidance.items():
            if entry := self.entries.get(document_id):
                self.entries[document_id] = replace(entry, guidance=given, title=given.title or entry.title)

    def remove(self, ids: Collection[str]) -> None:
        """Leave documents out of the next snapshot."""
        self.removed = sorted(document_id for document_id in set(ids) if self.entries.pop(document_id, None))

    def finish(self) -> str:
        """Write and publish the next snapshot, if it differs; returns the version that serves."""
        entries = tuple(self.entries[document_id] for document_id in sorted(self.entries))
        for entry in entries:
            self._complete(entry)
        model = Model(self.embedder.name, self.embedder.fingerprint, self.embedder.dimension)
        manifest = Manifest(
            version="",
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            embedder=model,
            analyser=ANALYSER,
            wording=WORDING,
            lexicon=self.lexicon.fingerprint,
            fusion=self.fusion,
            parts=_hash(
                [ANALYSER, WORDING, SATURATION, model.fingerprint, *(f"{e.key} {e.title}" for e in entries)]
            ),
            chunks=sum(entry.chunks for entry in entries),
            documents=entries,
        )
        reusable = self._reusable(manifest.parts)
        if (
            self.old
            and reusable
            and replace(manifest, version="", created="") == replace(self.old, version="", created="")
        ):
            return self.old.version
        version = self._unused(_hash([repr(asdict(replace(manifest, created="")))])[:12])
        self._write(replace(manifest, version=version), reusable)
        self.folder.publish(version)
        self.progress(Step("published"))
        self.folder.prune()
        return version

    def report(self, version: str, seconds: float) -> BuildReport:
        """What was done."""
        return BuildReport(
            version=version,
            added=tuple(self.added),
            changed=tuple(self.changed),
            unchanged=tuple(self.unchanged),
            removed=tuple(self.removed),
            set_aside=tuple(self.set_aside),
            documents=len(self.entries),
            chunks=sum(entry.chunks for entry in self.entries.values()),
            embedded=self.embedded,
            seconds=seconds,
        )

    def _complete(self, entry: Entry) -> None:
        """Analyse and embed a stored document unless that has been done."""
        terms, vectors = self._terms_path(entry), self._vectors_path(entry)
        if terms.is_file() and vectors.is_file():
            return
        texts = passage_texts(entry.title, self.store.text(entry.key), self.store.passages(entry.key))
        if not terms.is_file():
            parts = [[(own, 1.0), (context, CONTEXT_WEIGHT)] for context, own in texts]
            found = DocumentTerms.of(parts)
            _place(terms, found.save)
        if not vectors.is_file():
            made = self.embedder.encode_passages([f"{context}\n{own}" for context, own in texts])
            if made.shape != (len(texts), self.embedder.dimension):
                raise EmbedderError(
                    f'The embedder "{self.embedder.name}" gave vectors of shape {made.shape} for '
                    f"{len(texts)} passages and dimension {self.embedder.dimension}. Use another embedder."
                )
            _place(vectors, lambda path: _save_array(path, made))
            self.embedded += len(texts)
            self.progress(Step("embedded", entry.id))

    def _terms_path(self, entry: Entry) -> Path:
        return self.store.terms_path(entry.key, ANALYSER, WORDING, entry.title)

    def _vectors_path(self, entry: Entry) -> Path:
        return self.store.vectors_path(entry.key, self.embedder.fingerprint, WORDING, entry.title)

    def _reusable(self, parts: str) -> Path | None:
        """The folder of the old snapshot, when its arrays are the ones wanted and whole."""
        if self.old is None or self.old.parts != parts:
            return None
        folder = self.folder.current()
        try:
            lexical, dense = LexicalIndex(folder, self.old.chunks), DenseIndex(folder)
        except IndexMismatch:
            return None
        return folder if (lexical.passages, dense.count) == (self.old.chunks, self.old.chunks) else None

    def _write(self, manifest: Manifest, reusable: Path | None) -> None:
        folder = self.folder.fresh()
        self.lexicon.write(folder)
        if reusable:
            for name in (VECTORS, *ARRAYS):
                os.link(reusable / name, folder / name)
        else:
            entries = manifest.documents
            rows = write_lexical(folder, [self._terms_path(e) for e in entries])
            vectors = write_dense(folder, self.embedder.dimension, (self._vectors_path(e) for e in entries))
            if not rows == vectors == manifest.chunks:
                raise IndexMismatch(
                    f"{manifest.chunks} chunks, but terms for {rows} and vectors for {vectors} in "
                    f"{self.store.root}. Move {self.folder.root} away and build again: lotsen ingest FOLDER"
                )
        manifest.save(folder / "manifest.json")
        self.progress(Step("written"))
        self.folder.place(folder, manifest.version)
        self.progress(Step("placed"))

    def _unused(self, version: str) -> str:
        """The version, with a count where a snapshot of that name is still there."""
        name, count = version, 1
        while (self.folder.snapshots / name).exists():
            count += 1
            name = f"{version}-{count}"
        return name


def _place(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside and move it into place, so that a half one never has its name."""
    waiting = path.with_name(f".{path.name}")
    write(waiting)
    waiting.replace(path)


def _save_array(path: Path, array: np.ndarray) -> None:
    with path.open("wb") as file:
        np.save(file, array)


def _hash(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()[:24]
