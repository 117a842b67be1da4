"""Passage vectors in a flat FAISS index on disk. Knows nothing of words, documents or ranking.

A flat index compares a question with every passage, exactly. For the hundred thousand passages that
one machine serves this takes milliseconds, and each passage's likeness can enter the ranking.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexMismatch

VECTORS = "vectors.faiss"


def write_dense(folder: Path, dimension: int, documents: Iterable[Path]) -> int:
    """Write the saved vectors (.npy, float32 (n, dimension)) of documents, in order, as one FAISS
    index of inner products; returns the number of vectors."""
    import faiss

    index = faiss.IndexFlatIP(dimension)
    for path in documents:
        vectors = np.load(path)
        if vectors.ndim != 2 or vectors.shape[1] != dimension:
            raise IndexMismatch(
                f"{path} holds vectors {vectors.shape}, but the embedder gives {dimension} each."
            )
        index.add(np.ascontiguousarray(vectors, np.float32))
    faiss.write_index(index, str(folder / VECTORS))
    return int(index.ntotal)


class DenseIndex:
    """The mapped vectors of `count` passages."""

    def __init__(self, folder: Path) -> None:
        """Map the file in `folder`; raises `IndexMismatch` when it is missing or broken."""
        import faiss

        path = folder / VECTORS
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise IndexMismatch(
                f"{path} cannot be read: {error}. Rebuild it: lotsen ingest FOLDER"
            ) from error
        if not isinstance(index, faiss.IndexFlat):
            raise IndexMismatch(f"{path} is no flat index. Rebuild it: lotsen ingest FOLDER")
        self.count, self.dimension = int(index.ntotal), int(index.d)
        self._index = index

    def scores(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """The inner product of `query` (dimension,) with every passage, float32 (count,)."""
        import faiss

        scores = np.zeros(self.count, np.float32)
        asked = np.ascontiguousarray(query, np.float32)
        # Not a numpy product over the same memory: the mapped vectors are not aligned, and numpy would
        # copy all of them for every question. Not `search` for all of them either: it sorts.
        product = faiss.fvec_inner_products_ny  # type: ignore[attr-defined]  # not in the stubs
        product(
            faiss.swig_ptr(scores), faiss.swig_ptr(asked), self._index.get_xb(), self.dimension, self.count
        )
        return scores
