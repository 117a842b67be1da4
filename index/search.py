"""Finding passages: one snapshot of an index, opened for reading, and a handle that follows the newest.

Knows nothing of prompts, answers or users. Texts and layouts are read when somebody asks for them, so
that opening an index of a thousand documents reads a manifest and maps a few arrays.
"""

from __future__ import annotations

import logging
import threading
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from corpus.catalogue import Guidance
from index.analysis import ANALYSER, words
from index.dense import DenseIndex
from index.embedder import Embedder, load_embedder
from index.errors import IndexMismatch, SearchIndexError
from index.fusion import Candidates, Parts, fuse, standardised
from index.hit import Filters, Hit
from index.lexical import LexicalIndex
from index.lexicon import Expansion, Thesaurus
from index.snapshot import Entry, IndexFolder, Manifest
from ingest.document import Chunk, Document, Page

CANDIDATES = 200
"""Passages that are looked at closely for a question, at least."""

BEST_LEXICAL = 20
"""The best of so many lexical passages says how much of a question the words can find."""

EXPANSION_SHARE = 0.5
"""What the lexicon's terms count in a question's vector, beside the question itself."""

VECTORS_HELD = 8192
"""Vectors of sentences that are kept in memory, 1.5 to 2 kB each; all go when there are more."""

QUESTIONS_HELD = 256
DOCUMENTS_HELD = 32
TEXTS_HELD = 256
PASSAGES_HELD = 1024

log = logging.getLogger(__name__)


class Searcher:
    """One snapshot. Safe to use from several threads; it never changes."""

    def __init__(self, folder: IndexFolder, embedder: Embedder | None = None) -> None:
        """Open the snapshot that serves; see `open`."""
        snapshot = folder.current()
        self.manifest = Manifest.load(snapshot / "manifest.json")
        self._store = folder.store
        self._entries = {entry.id: entry for entry in self.manifest.documents}
        self.embedder = embedder or load_embedder(self.manifest.embedder.name)
        self._lexical = LexicalIndex(snapshot, self.manifest.chunks)
        self._dense = DenseIndex(snapshot)
        self._thesaurus = Thesaurus(snapshot)
        self._held: dict[str, NDArray[np.float32]] = {}
        self._held_lock = threading.Lock()
        self._check(folder.root)
        self._starts = np.cumsum([0, *(entry.chunks for entry in self.manifest.documents)])
        self.chunks = Chunks(self)
        self.guidance: Mapping[str, Guidance] = {key: entry.guidance for key, entry in self._entries.items()}
        self.titles: Mapping[str, str] = {key: entry.title for key, entry in self._entries.items()}
        self._question = lru_cache(QUESTIONS_HELD)(self._encode_question)
        self._document = lru_cache(DOCUMENTS_HELD)(self._load_document)
        self._text = lru_cache(TEXTS_HELD)(self._store.text)
        self._passages = lru_cache(PASSAGES_HELD)(self._store.passages)

    @classmethod
    def open(cls, index_dir: Path, embedder: Embedder | None = None) -> Searcher:
        """Open the index in a folder, with the embedder that its manifest names unless one is given.

        Raises `NoIndex`, `IndexMismatch` when files, format, analyser or embedder disagree, and
        `EmbedderError` when the embedder cannot be loaded.
        """
        return cls(IndexFolder(index_dir), embedder)

    @property
    def version(self) -> str:
        """The version of the snapshot."""
        return self.manifest.version

    def document(self, document_id: str) -> Document:
        """A document, whole; raises KeyError for an id that is not in the index."""
        return self._document(document_id)

    def pdf_path(self, document_id: str) -> Path:
        """The index's own copy of the file; raises KeyError for an id that is not in the index."""
        return self._store.pdf_path(self._entries[document_id].key)

    def term_weight(self, term: int) -> float:
        """The idf of a term of `index.analysis`; largest for one that no passage has."""
        return self._lexical.weight_of(term)

    def neighbours(self, chunk: Chunk) -> tuple[Chunk | None, Chunk | None]:
        """The chunks before and after in the same document; raises KeyError for a foreign chunk."""
        entry = self._entries[chunk.document_id]
        spans = self._passages(entry.key).spans
        if (chunk.start, chunk.end) not in spans:
            raise KeyError(chunk.id)
        i = spans.index((chunk.start, chunk.end))
        return (
            self._chunk(entry, i - 1) if i > 0 else None,
            self._chunk(entry, i + 1) if i + 1 < len(spans) else None,
        )

    def page_for(self, chunk: Chunk, query: str = "") -> Page:
        """The page of a chunk that holds most of the query's words, else most of the chunk."""
        entry = self._entries[chunk.document_id]
        pages = self._passages(entry.key).pages
        first = max(0, bisect_right([page.start for page in pages], chunk.start) - 1)
        touched = [page for page in pages[first:] if page.start < chunk.end]
        if len(touched) <= 1:
            return pages[first]
        asked, text = {word.stem for word in words(query)}, self._text(entry.key)

        def holds(page: Page) -> tuple[int, int]:
            start, end = max(page.start, chunk.start), min(page.end, chunk.end)
            return len(asked & {word.stem for word in words(text[start:end])}), end - start

        return max(touched, key=holds)

    def search(
        self, query: str, k: int = 10, filters: Filters | None = None, *, one_per_page: bool = False
    ) -> list[Hit]:
        """The `k` best passages, best first, equal scores in the order of their ids.

        `why` of a hit has the parts "lexical" and "dense" that add up to the score with "bonus", and
        beside them "coverage" (share of the question's idf weight in the passage), "cosine", "bm25"
        and, as a part of it, "lexicon" (by words of the lexicon alone). With `one_per_page` only the
        best passage of each page stays. Empty for a query without a word that counts. Raises
        `UnknownFilter`.
        """
        admitted = self._admitted(filters) if filters else None
        if k < 1 or not self.manifest.chunks or not words(query):
            return []
        found = self.candidates(query, max(CANDIDATES, 5 * k), admitted)
        parts = fuse(found, self.manifest.fusion)
        hits: list[Hit] = []
        pages: set[tuple[str, int]] = set()
        for i in self._order(found.rows, scores := parts.scores()):
            chunk = self.chunks[int(found.rows[i])]
            if one_per_page:
                page = (chunk.document_id, self.page_for(chunk, query).number)
                if page in pages:
                    continue
                pages.add(page)
            hits.append(Hit(chunk, float(scores[i]), _why(found, parts, i)))
            if len(hits) == k:
                break
        return hits

    def candidates(
        self, query: str, count: int = CANDIDATES, admitted: NDArray[np.bool_] | None = None
    ) -> Candidates:
        """The `count` best passages of each ranker, in no order; `admitted` (n,) leaves others out."""
        asked = words(query)
        expansion = self.expand(query)
        extra = self._lexical.scores((), expansion.words)
        bm25 = self._lexical.scores(asked) + extra
        cosine = self._dense.scores(self.query_vector(query, expansion))
        rows = np.union1d(_top(bm25, count, admitted), _top(cosine, count, admitted))
        best = self._lexical.coverage(asked, _top(bm25, BEST_LEXICAL, admitted), expansion.instead)
        return Candidates(
            rows=rows,
            bm25=bm25[rows],
            lexicon=extra[rows],
            cosine=cosine[rows],
            lexical=standardised(bm25)[rows],
            dense=standardised(cosine)[rows],
            coverage=self._lexical.coverage(asked, rows, expansion.instead),
            best=float(best.max(initial=0.0)),
        )

    def expand(self, query: str) -> Expansion:
        """What the lexicon knows of the words of a question."""
        return self._thesaurus.expand(words(query), self.term_weight)

    def passage_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (texts, dimension) of parts of passages, those asked for lately from memory."""
        with self._held_lock:
            held = {text: self._held[text] for text in texts if text in self._held}
        missing = list(dict.fromkeys(text for text in texts if text not in held))
        if missing:
            made = dict(zip(missing, self.embedder.encode_passages(missing), strict=True))
            held |= made
            with self._held_lock:
                if len(self._held) + len(made) > VECTORS_HELD:
                    self._held.clear()
                self._held |= made
        return np.stack([held[text] for text in texts])

    def query_vector(self, query: str, expansion: Expansion | None = None) -> NDArray[np.float32]:
        """The question's vector, (dimension,), moved towards the terms that guidance has for it."""
        vector = self._question(query)
        if expansion and expansion.terms:
            vector = vector + EXPANSION_SHARE * self._question(" ".join(expansion.terms))
            vector = vector / (np.linalg.norm(vector) or 1.0)
        return np.asarray(vector, np.float32)

    def _encode_question(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self.embedder.encode_queries([text])[0]
        return vector

    def _order(self, rows: NDArray[np.int64], scores: NDArray[np.float64]) -> Iterator[int]:
        """Places in `rows`, best first; equal scores by chunk id."""
        order = np.argsort(-scores, kind="stable")
        for _, same in groupby(order.tolist(), key=lambda i: float(scores[i])):
            tied = list(same)
            yield from tied if len(tied) == 1 else sorted(tied, key=lambda i: self.chunks[int(rows[i])].id)

    def _admitted(self, filters: Filters) -> NDArray[np.bool_] | None:
        """Which rows the filters admit, None for all; raises `UnknownFilter`."""
        filters.check(self.guidance)
        admits = [filters.admits(entry.id, entry.guidance) for entry in self.manifest.documents]
        return None if all(admits) else np.repeat(admits, np.diff(self._starts))

    def _locate(self, row: int) -> tuple[Entry, int]:
        document = int(np.searchsorted(self._starts, row, side="right")) - 1
        return self.manifest.documents[document], row - int(self._starts[document])

    def _chunk(self, entry: Entry, i: int) -> Chunk:
        passages = self._passages(entry.key)
        (start, end), text = passages.spans[i], self._text(entry.key)
        return Chunk(entry.id, start, end, text[start:end], passages.sections[i], passages.leads[i])

    def _load_document(self, document_id: str) -> Document:
        entry = self._entries[document_id]
        return self._store.document(entry.key, entry.id, entry.title, entry.guidance, entry.digest)

    def _check(self, root: Path) -> None:
        """Refuse an index whose files disagree with its manifest, or whose maker was another."""
        manifest, way_out = self.manifest, f"Rebuild it: lotsen ingest FOLDER --index {root}"
        documents = len(manifest.documents)
        if self._dense.count != manifest.chunks:
            raise IndexMismatch(
                f"The index has {self._dense.count} vectors but {manifest.chunks} chunks. {way_out}"
            )
        made, here = manifest.embedder, self.embedder
        if (made.fingerprint, made.dimension) != (here.fingerprint, here.dimension):
            raise IndexMismatch(
                f'The index was built with the embedder "{made.name}" ({made.fingerprint}, {made.dimension} '
                f'dimensions), but "{here.name}" is now {here.fingerprint} with {here.dimension}. {way_out}'
            )
        if self._dense.dimension != made.dimension:
            raise IndexMismatch(
                f"The index has vectors of {self._dense.dimension} dimensions, but its manifest says "
                f"{made.dimension}. {way_out}"
            )
        if manifest.analyser != ANALYSER:
            raise IndexMismatch(
                f"The index was built with the analyser {manifest.analyser}, but this version has "
                f"{ANALYSER}. {way_out}"
            )
        if missing := {entry.key for entry in manifest.documents} - self._store.entries():
            raise IndexMismatch(
                f"{len(missing)} of {documents} documents are missing from {self._store.root}. {way_out}"
            )


class Chunks(Sequence[Chunk]):
    """All chunks of a snapshot, by document id and place; each is read when it is asked for."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def __len__(self) -> int:
        return self._searcher.manifest.chunks

    @overload
    def __getitem__(self, row: int) -> Chunk: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[Chunk]: ...
    def __getitem__(self, row: int | slice) -> Chunk | Sequence[Chunk]:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        if not -len(self) <= row < len(self):
            raise IndexError(f"chunk {row} of {len(self)}")
        return self._searcher._chunk(*self._searcher._locate(row % len(self)))

    def __iter__(self) -> Iterator[Chunk]:
        return (self[i] for i in range(len(self)))


class LiveIndex:
    """The index in a folder, as it is now: `searcher` is the newest snapshot at each call.

    A snapshot that cannot be opened leaves the one before in service; `problem` then says why.
    """

    def __init__(self, index_dir: Path, embedder: Embedder | None = None) -> None:
        """Open the folder's index; raises what `Searcher.open` raises."""
        self._folder = IndexFolder(index_dir)
        self._embedder = embedder
        self._lock = threading.Lock()
        self._seen = self._stamp()
        self._searcher = Searcher(self._folder, embedder)
        self.problem: str | None = None

    @property
    def searcher(self) -> Searcher:
        """The newest snapshot; the ones handed out before stay usable for searches under way."""
        if self._stamp() != self._seen:
            with self._lock:
                self._reload()
        return self._searcher

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._folder.pointer.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _reload(self) -> None:
        stamp = self._stamp()
        if stamp == self._seen:
            return  # another thread was faster
        try:
            self._searcher = Searcher(self._folder, self._reused_embedder())
            self.problem = None
            log.info("serving index version %s", self._searcher.version)
        except SearchIndexError as error:
            self.problem = str(error)
            log.error("index version %s serves on: %s", self._searcher.version, error)
        self._seen = stamp

    def _reused_embedder(self) -> Embedder | None:
        """The embedder at hand, if the new snapshot names the same: loading one takes longest."""
        if self._embedder is not None:
            return self._embedder
        manifest = self._folder.manifest()
        at_hand = self._searcher.embedder
        same = manifest is not None and manifest.embedder.fingerprint == at_hand.fingerprint
        return at_hand if same else None


def _why(found: Candidates, parts: Parts, i: int) -> dict[str, float]:
    return {
        "lexical": float(parts.lexical[i]),
        "dense": float(parts.dense[i]),
        "bonus": float(parts.bonus[i]),
        "coverage": float(found.coverage[i]),
        "cosine": float(found.cosine[i]),
        "bm25": float(found.bm25[i]),
        "lexicon": float(found.lexicon[i]),
    }


def _top(scores: NDArray[np.float32], count: int, admitted: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """The rows of the `count` highest scores among the admitted, in no order; ties at the end go to
    the lower rows, so that the choice does not depend on the algorithm."""
    rows = np.arange(len(scores)) if admitted is None else np.flatnonzero(admitted)
    if len(rows) <= count:
        return rows
    found = scores[rows]
    edge = np.partition(found, len(found) - count)[len(found) - count]
    above = rows[found > edge]
    return np.concatenate([above, rows[found == edge][: count - len(above)]])
