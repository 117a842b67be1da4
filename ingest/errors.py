"""What can go wrong on the way from a file to a document, one class for each situation.

Knows nothing of how a message is shown; each one names the way out.

    IngestError
    ├── NoSuchPath          an argument that is no file or folder
    ├── NothingToRead       a folder without PDFs
    └── FileProblem         one file cannot be indexed; it is set aside and the rest goes on
        ├── Unreadable      damaged, empty or no PDF at all
        ├── Locked          encrypted, and the catalogue gives no password that opens it
        ├── NoText          pages without a text layer (scanned), or one that cannot be decoded
        └── TooHeavy        took too long or too much memory
"""

from __future__ import annotations

from pathlib import Path


class IngestError(Exception):
    """Root of everything `ingest/` raises on purpose."""


class NoSuchPath(IngestError):
    """An argument is neither a file nor a folder. `.path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is neither a file nor a folder. Check the spelling.")
        self.path = path


class NothingToRead(IngestError):
    """No PDF in what was given. `.path`."""

    def __init__(self, path: Path, others: int) -> None:
        seen = f"{others} files of other types" if others else "nothing"
        super().__init__(f"{path} holds no PDF ({seen}). Give a folder or file that ends in .pdf.")
        self.path, self.others = path, others


class FileProblem(IngestError):
    """A file that is set aside. `.reason` is one line for the editor; it survives pickling."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreadable(FileProblem):
    """Damaged, empty, or no PDF at all."""


class Locked(FileProblem):
    """Encrypted without a password that opens it."""


class NoText(FileProblem):
    """No text layer, or one whose characters cannot be decoded."""


class TooHeavy(FileProblem):
    """Stopped because it made no progress in time or needed too much memory."""
