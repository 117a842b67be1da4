"""txtai's Embeddings over whole pages, of which the model reads the beginning.

Its own PDF reader needs a Tika server and its splitter NLTK's data, so that pages come by pypdf.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evals.peers.local import PageRef, Search, minilm, pages


def build(pdfs: Sequence[Path]) -> Search:
    """Embed and index the pages."""
    from txtai import Embeddings

    found = list(pages(pdfs))
    embeddings = Embeddings(path=minilm(), gpu=False)
    embeddings.index([(row, text, None) for row, (_, text) in enumerate(found)])

    def search(question: str, k: int) -> list[PageRef]:
        return [found[row][0] for row, _ in embeddings.search(question, k)]

    return search
