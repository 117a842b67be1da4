"""Lotsen itself, as it is shipped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

from evals.peers.local import PageRef, Search


def build(pdfs: Sequence[Path]) -> Search:
    """Ingest the files into an index of their own, in one process as the others do."""
    from evals.run import found_pages
    from index.pipeline import ingest
    from index.search import Searcher

    index = Path(mkdtemp(prefix="lotsen-peers-"))
    ingest(list(pdfs), index, workers=1)
    searcher = Searcher.open(index)

    def search(question: str, k: int) -> list[PageRef]:
        return found_pages(searcher, question, k)

    return search
