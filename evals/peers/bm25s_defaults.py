"""bm25s with its defaults – English stop words, no stemming – over whole pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evals.peers.local import PageRef, Search, pages


def build(pdfs: Sequence[Path]) -> Search:
    """Index the pages."""
    import bm25s

    found = list(pages(pdfs))
    ranker = bm25s.BM25()
    ranker.index(bm25s.tokenize([text for _, text in found], show_progress=False), show_progress=False)

    def search(question: str, k: int) -> list[PageRef]:
        asked = bm25s.tokenize([question], show_progress=False)
        rows, _ = ranker.retrieve(asked, k=min(k, len(found)), show_progress=False)
        return [found[row][0] for row in rows[0].tolist()]

    return search
