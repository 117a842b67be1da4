"""LlamaIndex's starter pipeline: a document for each page, its sentence splitter, its in-memory vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evals.peers.local import PageRef, Search, minilm, pages


def build(pdfs: Sequence[Path]) -> Search:
    """Split, embed and index the pages with the library's default settings."""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    documents = [
        Document(text=text, metadata={"file_name": name, "page_label": str(page)})
        for (name, page), text in pages(pdfs)
    ]
    embedder = HuggingFaceEmbedding(model_name=minilm(), device="cpu")
    index = VectorStoreIndex.from_documents(documents, embed_model=embedder)

    def search(question: str, k: int) -> list[PageRef]:
        found = index.as_retriever(similarity_top_k=k).retrieve(question)
        return [(hit.metadata["file_name"], int(hit.metadata["page_label"])) for hit in found]

    return search
