"""PaperQA's retrieval: its reader, its chunks of 5,000 characters, its MMR; no language model is asked.

Its chunks run over pages and it names only the first and the last: each page between counts as found.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from evals.peers.local import PageRef, Search, minilm


def build(pdfs: Sequence[Path]) -> Search:
    """Read, chunk and embed the files, with citations given so that no model has to write them."""
    from paperqa import Docs, Settings

    settings = Settings(embedding=f"st-{minilm()}")
    settings.parsing.use_doc_details = False
    settings.parsing.multimodal = False
    settings.parsing.disable_doc_valid_check = True
    embedder = settings.get_embedding_model()
    docs = Docs()

    async def read() -> None:
        for path in pdfs:
            await docs.aadd(
                path, citation=path.stem, docname=path.stem, settings=settings, embedding_model=embedder
            )

    runner = asyncio.Runner()
    runner.run(read())

    def search(question: str, k: int) -> list[PageRef]:
        found = runner.run(docs.retrieve_texts(question, k, settings=settings, embedding_model=embedder))
        return [page for text in found for page in _pages(text.doc.docname, text.name)]

    return search


def _pages(document: str, name: str) -> list[PageRef]:
    """The pages in a chunk's name: "fallprevention pages 2-4" has three."""
    match = re.search(r"pages (\d+)(?:-(\d+))?$", name)
    if match is None:
        return []
    return [(document, page) for page in range(int(match[1]), int(match[2] or match[1]) + 1)]
