"""Haystack without an embedder: PyPDFToDocument, DocumentSplitter and its in-memory BM25."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evals.peers.local import PageRef, Search


def build(pdfs: Sequence[Path]) -> Search:
    """Convert, split into 200 words and store."""
    from haystack.components.converters import PyPDFToDocument
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    read = PyPDFToDocument().run(sources=list(pdfs))["documents"]
    store = InMemoryDocumentStore()
    store.write_documents(DocumentSplitter().run(documents=read)["documents"])
    retriever = InMemoryBM25Retriever(store)

    def search(question: str, k: int) -> list[PageRef]:
        found = retriever.run(query=question, top_k=k)["documents"]
        return [(Path(hit.meta["file_path"]).stem, int(hit.meta["page_number"])) for hit in found]

    return search
