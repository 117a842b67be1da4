"""Haystack's starter pipeline: PyPDFToDocument, DocumentSplitter, MiniLM, its in-memory store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evals.peers.local import PageRef, Search, minilm


def build(pdfs: Sequence[Path]) -> Search:
    """Convert, split into 200 words, embed and store."""
    from haystack.components.converters import PyPDFToDocument
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders import sentence_transformers as embedders

    read = PyPDFToDocument().run(sources=list(pdfs))["documents"]
    split = DocumentSplitter().run(documents=read)["documents"]
    passages = embedders.SentenceTransformersDocumentEmbedder(model=minilm(), progress_bar=False)
    asked = embedders.SentenceTransformersTextEmbedder(model=minilm(), progress_bar=False)
    store = InMemoryDocumentStore()
    store.write_documents(passages.run(documents=split)["documents"])
    retriever = InMemoryEmbeddingRetriever(store)

    def search(question: str, k: int) -> list[PageRef]:
        vector = asked.run(text=question)["embedding"]
        found = retriever.run(query_embedding=vector, top_k=k)["documents"]
        return [(Path(hit.meta["file_path"]).stem, int(hit.meta["page_number"])) for hit in found]

    return search
