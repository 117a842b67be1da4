"""What can go wrong with an index, one class for each situation a user can be in.

SearchIndexError
├── NoIndex             there is no index in that folder yet
├── IndexMismatch       manifest and files, format version or embedder disagree
├── IndexBusy           another process is building in that folder
├── UnknownFilter       a filter value that no document can match
├── EmbedderError       the embedding model is missing, broken or of another shape
└── LexiconError        a lexicon file cannot be used as it stands
"""

from __future__ import annotations

from pathlib import Path


class SearchIndexError(Exception):
    """Root of everything `index/` raises on purpose."""


class NoIndex(SearchIndexError):
    """There is no index in the folder. `.path` is the folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"There is no index in {path}. Build one: lotsen ingest FOLDER --index {path}")
        self.path = path


class IndexMismatch(SearchIndexError):
    """The index cannot be read by this version or with this embedder; says both sides."""


class IndexBusy(SearchIndexError):
    """Another process is writing to the index. `.path` is the folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"Another ingest is writing to {path}. Wait until it has ended, then try again.")
        self.path = path


class UnknownFilter(SearchIndexError):
    """A filter value that no document can match. `.name`, `.value`, `.hint`."""

    def __init__(self, name: str, value: str, hint: str) -> None:
        super().__init__(f'Unknown value "{value}" for the filter "{name}". {hint}')
        self.name, self.value, self.hint = name, value, hint


class EmbedderError(SearchIndexError):
    """The embedding model is missing, broken, or of another shape than the index."""


class LexiconError(SearchIndexError):
    """A lexicon file cannot be used as it stands. `.path`, `.line` (None when it is not one line)."""

    def __init__(self, path: Path, line: int | None, message: str) -> None:
        super().__init__(f"{path}{f':{line}' if line else ''} {message}")
        self.path, self.line = path, line
