"""Puts the real parts together: the one place that knows them all. Knows nothing of pages or commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import NoIndex
from ui.service import Service
from ui.settings import Settings

if TYPE_CHECKING:
    from index.pipeline import IngestReport, Progress

ShowProgress = Callable[["Progress"], None]


def build_service(settings: Settings) -> Service:
    """A service over the index of `settings`. Raises `SearchIndexError` when there is none to use."""
    from assistant.assistant import Assistant
    from index.search import LiveIndex

    live = LiveIndex(settings.index)
    return Service(ask=Assistant(live).ask, live=live, data=settings.data, language=settings.language)


def ensure_index(settings: Settings, progress: ShowProgress | None = None) -> IngestReport | None:
    """Build the index from the corpus of `settings` if there is none; None when there is one already.

    An index that is there but cannot be used is left alone and raises `IndexMismatch`.
    """
    from index.search import LiveIndex

    try:
        LiveIndex(settings.index).searcher  # noqa: B018  (opening it is the check)
    except NoIndex:
        return ingest_paths([settings.corpus / "pdf"], settings, progress=progress)
    return None


def ingest_paths(
    paths: list[Path],
    settings: Settings,
    *,
    workers: int | None = None,
    prune: bool = False,
    progress: ShowProgress | None = None,
) -> IngestReport:
    """Add and update the documents of `paths` in the index of `settings`.

    `workers` None means one for each core. Raises `IngestError` for paths that cannot be used and
    `SearchIndexError` when the index cannot be written.
    """
    from index.pipeline import ingest

    return ingest(
        paths,
        settings.index,
        embedder=settings.embedder,
        workers=workers,
        prune=prune,
        progress=progress,
    )
