"""What several folders of tests share: the starter corpus, indexed once for a whole run."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.pipeline import ingest
from index.search import Searcher

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def corpus_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of the starter corpus, built by the default embedder. Read only."""
    folder = tmp_path_factory.mktemp("starter") / "index"
    report = ingest([REPOSITORY / "corpus" / "pdf"], folder)
    assert not report.set_aside
    return folder


@pytest.fixture(scope="session")
def corpus_searcher(corpus_index: Path) -> Searcher:
    """A searcher over the starter corpus."""
    return Searcher.open(corpus_index)
