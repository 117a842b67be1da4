"""What the pages, the API and the commands are given to work with. Knows nothing of how it is built.

The protocols name the part of `index/` that people and programs look at: documents, their pages and
ranked passages. `ui/wiring.py` fills them in with the real parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assistant.answer import Answer, Context
from corpus.catalogue import Guidance
from index.hit import Filters, Hit
from ingest.document import Chunk, Document, Page

Ask = Callable[[str, Context], Answer]
"""Raises `QuestionError` for a question that cannot be taken. Safe to call from several threads."""


class Library(Protocol):
    """One version of the index: its documents and its search."""

    @property
    def version(self) -> str: ...

    @property
    def guidance(self) -> Mapping[str, Guidance]: ...

    @property
    def titles(self) -> Mapping[str, str]: ...

    def document(self, document_id: str, /) -> Document: ...

    def pdf_path(self, document_id: str, /) -> Path: ...

    def page_for(self, chunk: Chunk, query: str = "", /) -> Page: ...

    def search(
        self, query: str, k: int = 10, filters: Filters | None = None, *, one_per_page: bool = False
    ) -> list[Hit]: ...


class LiveLibrary(Protocol):
    """Whatever version is current; a request takes `.searcher` once and keeps it."""

    @property
    def searcher(self) -> Library: ...


@dataclass(frozen=True)
class Service:
    """A running Lotsen: `ask` answers, `live` holds the documents, `data` is where feedback is kept."""

    ask: Ask
    live: LiveLibrary
    data: Path
    language: str = "sv"
