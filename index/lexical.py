"""BM25 over Swedish terms, kept on disk and mapped into memory. Knows nothing of vectors or documents.

`DocumentTerms` is what one document adds, kept beside it so that it is analysed only once;
`write_lexical` turns those of all documents into the arrays that `LexicalIndex` maps:

    terms.npy    (t,) uint64, sorted: the hash of each term
    idf.npy      (t,) float32
    starts.npy   (t + 1,) int64: postings of term i are [starts[i], starts[i + 1])
    rows.npy     (p,) int32: the passage, rising within a term
    weights.npy  (p,) float16: saturated term frequency, without the idf

The score is that of Robertson and Zaragoza (2009) with the idf of Lucene, which is never negative:
`sum(idf * (k1 + 1) * tf / (tf + k1 * (1 - b + b * length / average)))`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import Word, count_terms
from index.errors import IndexMismatch

ARRAYS = ("terms.npy", "idf.npy", "starts.npy", "rows.npy", "weights.npy")

K1 = 1.2
B = 0.75
SATURATION = f"bm25/{K1}/{B}"
"""Identifies what is baked into the weights on disk."""

INSTEAD = 0.8
"""What the lexicon's term for a word is worth where the word itself is looked for."""

GRAM_WEIGHT = 0.3
"""A gram's part of a score beside its word's: one of many in the word, and often a chance likeness."""


@dataclass(frozen=True, eq=False)
class DocumentTerms:
    """The terms of one document's passages: passage `i` has `ids[starts[i]:starts[i + 1]]`, which count
    into the sorted `vocabulary`, as often as `counts` says."""

    vocabulary: NDArray[np.uint64]
    starts: NDArray[np.int64]
    ids: NDArray[np.int32]
    counts: NDArray[np.float32]

    @classmethod
    def of(cls, passages: Iterable[Sequence[tuple[str, float]]]) -> DocumentTerms:
        """Analyse passages, each made of `(text, weight)` parts."""
        counted = [count_terms(parts) for parts in passages]
        vocabulary = np.array(sorted(set().union(*counted)), np.uint64)
        starts = np.cumsum([0, *map(len, counted)], dtype=np.int64)
        flat = np.fromiter((term for terms in counted for term in terms), np.uint64, int(starts[-1]))
        counts = np.fromiter((n for terms in counted for n in terms.values()), np.float32, int(starts[-1]))
        return cls(vocabulary, starts, np.searchsorted(vocabulary, flat).astype(np.int32), counts)

    def lengths(self) -> NDArray[np.float64]:
        """The sum of the counts of each passage, (n,)."""
        total = np.concatenate([[0.0], np.cumsum(self.counts, dtype=np.float64)])
        return np.asarray(total[self.starts[1:]] - total[self.starts[:-1]])

    def save(self, path: Path) -> None:
        """Write the arrays to an .npz file."""
        with path.open("wb") as file:
            np.savez(file, vocabulary=self.vocabulary, starts=self.starts, ids=self.ids, counts=self.counts)

    @classmethod
    def load(cls, path: Path) -> DocumentTerms:
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            return cls(arrays["vocabulary"], arrays["starts"], arrays["ids"], arrays["counts"])


def idf(passages: int, holding: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """How much a term tells that `holding` of `passages` have; largest for one that none has."""
    held = np.asarray(holding, np.float64)
    return np.asarray(np.log1p((passages - held + 0.5) / (held + 0.5)))


def write_lexical(folder: Path, documents: Sequence[Path]) -> int:
    """Write the arrays for these documents' saved terms, in order; returns the number of passages.

    The terms are read twice, one document at a time: once to count, once to put each posting where it
    belongs, so that nothing has to be sorted and memory holds six bytes for a posting.
    """
    vocabulary, holding, lengths = _count(documents)
    n, average = len(lengths), float(lengths.mean()) if len(lengths) else 1.0
    starts = np.concatenate([[0], np.cumsum(holding)]).astype(np.int64)
    np.save(folder / "terms.npy", vocabulary)
    np.save(folder / "starts.npy", starts)
    np.save(folder / "idf.npy", idf(n, holding).astype(np.float32))
    rows, weights = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float16)
    following, row = starts[:-1].copy(), 0
    for path in documents:
        terms = DocumentTerms.load(path)
        ids = np.searchsorted(vocabulary, terms.vocabulary)[terms.ids]
        for first, last in zip(terms.starts[:-1].tolist(), terms.starts[1:].tolist(), strict=True):
            here, tf = ids[first:last], terms.counts[first:last]
            at = following[here]
            rows[at] = row
            weights[at] = (K1 + 1) * tf / (tf + K1 * (1 - B + B * lengths[row] / average))
            following[here] += 1
            row += 1
    np.save(folder / "rows.npy", rows)
    np.save(folder / "weights.npy", weights)
    return n


def _count(documents: Sequence[Path]) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.float64]]:
    """The union of the vocabularies, how many passages hold each term, and each passage's length."""
    vocabularies = [np.zeros(0, np.uint64)]
    held = [np.zeros(0, np.int64)]
    lengths = [np.zeros(0)]
    for path in documents:
        terms = DocumentTerms.load(path)
        vocabularies.append(terms.vocabulary)
        held.append(np.bincount(terms.ids, minlength=len(terms.vocabulary)))
        lengths.append(terms.lengths())
    vocabulary, places = np.unique(np.concatenate(vocabularies), return_inverse=True)
    holding = np.bincount(places, np.concatenate(held), len(vocabulary)).astype(np.int64)
    return vocabulary, holding, np.concatenate(lengths)


class LexicalIndex:
    """The mapped arrays of `passages` passages."""

    def __init__(self, folder: Path, passages: int) -> None:
        """Map the files in `folder`; raises `IndexMismatch` when they are missing, cut or disagree."""
        self.passages = passages
        self._terms, self._idf, self._starts, self._rows, self._weights = (
            _mapped(folder / name) for name in ARRAYS
        )
        postings = int(self._starts[-1]) if len(self._starts) else -1
        lengths = (len(self._idf), len(self._starts) - 1, len(self._rows), len(self._weights))
        if lengths != (len(self._terms), len(self._terms), postings, postings):
            raise IndexMismatch(
                f"{folder}: {len(self._terms)} terms and {postings} postings, but the files hold {lengths}. "
                "Rebuild the index: lotsen ingest FOLDER"
            )
        self._unseen = float(idf(passages, 0))

    def scores(self, words: Sequence[Word], extra: Mapping[Word, float] | None = None) -> NDArray[np.float32]:
        """BM25 of every passage for the words of a question, (n,) float32; zero without a common term.

        `extra` words count as much as is said beside each.
        """
        scores = np.zeros(self.passages, np.float32)
        for term, weight in _query_weights(words, extra or {}).items():
            if (i := self._find(term)) is not None:
                first, last = int(self._starts[i]), int(self._starts[i + 1])
                gain = self._weights[first:last] * np.float32(weight * self._idf[i])
                scores[self._rows[first:last]] += gain  # a passage stands once in a term's postings
        return scores

    def coverage(
        self,
        words: Sequence[Word],
        rows: NDArray[np.int64],
        instead: Mapping[int, Collection[int]] | None = None,
    ) -> NDArray[np.float32]:
        """The share of the question's idf weight that each of `rows` (m,) holds, (m,) float32 in [0, 1].

        A word counts whole where its stem stands, and else by the share of its grams that do. A word
        that no passage has weighs most of all. A passage with one of the stems that may stand
        `instead` of a word holds `INSTEAD` of it.
        """
        held, total = np.zeros(len(rows)), 0.0
        for word in dict.fromkeys(words):
            weight = self.weight_of(word.stem)
            share = self._holds(word.stem, rows).astype(np.float64)
            if word.grams:
                grams = np.array([self.weight_of(gram) for gram in word.grams])
                within = grams @ np.array([self._holds(gram, rows) for gram in word.grams])
                share = np.maximum(share, within / grams.sum())
            for stem in (instead or {}).get(word.stem, ()):
                share = np.maximum(share, INSTEAD * self._holds(stem, rows))
            held += weight * share
            total += weight
        return (held / total if total else held).astype(np.float32)

    def _find(self, term: int) -> int | None:
        i = int(np.searchsorted(self._terms, np.uint64(term)))
        return i if i < len(self._terms) and int(self._terms[i]) == term else None

    def weight_of(self, term: int) -> float:
        """The idf of a term; a term that no passage has weighs most of all."""
        i = self._find(term)
        return self._unseen if i is None else float(self._idf[i])

    def _holds(self, term: int, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        i = self._find(term)
        if i is None:
            return np.zeros(len(rows), np.bool_)
        postings = self._rows[int(self._starts[i]) : int(self._starts[i + 1])]
        at = np.minimum(np.searchsorted(postings, rows), len(postings) - 1)
        return np.asarray(postings[at] == rows)


def _query_weights(words: Sequence[Word], extra: Mapping[Word, float]) -> dict[int, float]:
    weights: dict[int, float] = {}
    for word, share in extra.items():
        for term, weight in ((word.stem, share), *((gram, GRAM_WEIGHT * share) for gram in word.grams)):
            weights[term] = max(weights.get(term, 0.0), weight)
    for word in dict.fromkeys(words):
        weights[word.stem] = 1.0
        for gram in word.grams:
            weights[gram] = weights.get(gram, 0.0) + GRAM_WEIGHT
    return weights


def _mapped(path: Path) -> NDArray[Any]:
    """An array on disk without reading it; a plain view, since slicing a memmap is slow."""
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r").view(np.ndarray)
    except (OSError, ValueError, EOFError) as error:
        raise IndexMismatch(f"{path} cannot be read: {error}. Rebuild it: lotsen ingest FOLDER") from error
    return array
