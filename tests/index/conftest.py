"""A small corpus, made up, and an embedder whose vectors can be computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index.build import BuildReport, update_index
from tests.index.support import CHUNKER, TEXTS, WordEmbedder, made

Build = Callable[..., BuildReport]


@pytest.fixture
def embedder() -> WordEmbedder:
    """An embedder that counts what it was given."""
    return WordEmbedder()


@pytest.fixture
def index_dir(tmp_path: Path, embedder: WordEmbedder) -> Path:
    """An index of the made-up corpus."""
    folder = tmp_path / "index"
    documents = [made(tmp_path, name, text) for name, text in TEXTS.items()]
    update_index(folder, documents, chunker=CHUNKER, embedder=embedder)
    embedder.passages = 0
    return folder
