"""The FAISS index against a numpy product."""

from pathlib import Path

import numpy as np
import pytest

from index.dense import VECTORS, DenseIndex, write_dense
from index.errors import IndexMismatch


@pytest.fixture
def vectors(tmp_path: Path) -> np.ndarray:
    """Vectors of three documents, one of them empty, written to `tmp_path`."""
    made = np.random.default_rng(7).standard_normal((37, 16)).astype(np.float32)
    paths = [tmp_path / f"{i}.npy" for i in range(3)]
    for path, part in zip(paths, (made[:20], made[:0], made[20:]), strict=True):
        np.save(path, part)
    assert write_dense(tmp_path, 16, paths) == 37
    return made


def test_scores_are_the_inner_products(tmp_path: Path, vectors: np.ndarray) -> None:
    index = DenseIndex(tmp_path)
    query = np.random.default_rng(8).standard_normal(16).astype(np.float32)
    assert (index.count, index.dimension) == (37, 16)
    np.testing.assert_allclose(index.scores(query), vectors @ query, rtol=1e-5, atol=1e-6)


def test_scores_outlive_the_replaced_file(tmp_path: Path, vectors: np.ndarray) -> None:
    index = DenseIndex(tmp_path)
    (tmp_path / VECTORS).unlink()
    np.testing.assert_allclose(index.scores(vectors[3])[3], vectors[3] @ vectors[3], rtol=1e-5)


def test_no_vectors(tmp_path: Path) -> None:
    assert write_dense(tmp_path, 16, []) == 0
    assert DenseIndex(tmp_path).scores(np.ones(16, np.float32)).shape == (0,)


def test_another_dimension_is_refused(tmp_path: Path, vectors: np.ndarray) -> None:
    with pytest.raises(IndexMismatch, match="16"):
        write_dense(tmp_path, 8, [tmp_path / "0.npy"])


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_cut_file_is_refused(tmp_path: Path, vectors: np.ndarray, keep: int) -> None:
    path = tmp_path / VECTORS
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(IndexMismatch, match=VECTORS):
        DenseIndex(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexMismatch, match=VECTORS):
        DenseIndex(tmp_path)
