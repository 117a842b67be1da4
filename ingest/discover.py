"""Which files are meant by a list of paths, and what their catalogues say of them.

Knows nothing of what stands in a PDF.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.catalogue import CATALOGUE_NAME, Guidance, load_catalogue
from ingest.errors import NoSuchPath, NothingToRead


@dataclass(frozen=True)
class File:
    """A PDF to read, under the id and with the guidance that its catalogue gives."""

    path: Path
    document_id: str
    guidance: Guidance


@dataclass(frozen=True)
class SetAside:
    """A file that is not indexed, and why, in one line."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Found:
    """What a list of paths comes to. `others` counts files of other types, which are skipped."""

    files: tuple[File, ...]
    set_aside: tuple[SetAside, ...]
    others: int


def discover(paths: Sequence[Path]) -> Found:
    """All PDFs of the files and folders given, folders searched to any depth, in a stable order.

    A file's catalogue is the nearest `catalogue.toml` in its folder or one above, up to the parent
    of what was given. Raises `NoSuchPath`, `NothingToRead` or `CatalogueError`.
    """
    files: dict[str, File] = {}
    set_aside: list[SetAside] = []
    others = 0
    catalogues: dict[Path, dict[str, Guidance]] = {}
    for given in paths:
        if not given.exists():
            raise NoSuchPath(given)
        here, skipped = _pdfs(given)
        others += skipped
        if not here:
            raise NothingToRead(given, skipped)
        top = (given if given.is_dir() else given.parent).resolve().parent
        for path in here:
            document_id, guidance = _entry(path, _catalogue(path, top, catalogues))
            other = files.get(document_id)
            if other and other.path.resolve() != path.resolve():
                set_aside.append(SetAside(path, _taken(document_id, other.path)))
                continue
            files[document_id] = File(path, document_id, guidance)
    return Found(tuple(files.values()), tuple(set_aside), others)


def _taken(document_id: str, other: Path) -> str:
    return (
        f'Its id "{document_id}" is already that of {other}. Give one of them another id: rename it, '
        "or set `file` in catalogue.toml."
    )


def _pdfs(given: Path) -> tuple[list[Path], int]:
    if given.is_file():
        return [given], 0
    entries = sorted(path for path in given.rglob("*") if path.is_file() and not _hidden(path, given))
    found = [path for path in entries if path.suffix.lower() == ".pdf"]
    return found, len(entries) - len(found)


def _hidden(path: Path, below: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(below).parts)


def _catalogue(path: Path, top: Path, known: dict[Path, dict[str, Guidance]]) -> dict[str, Guidance]:
    for folder in _upwards(path.resolve().parent, top):
        if folder not in known:
            file = folder / CATALOGUE_NAME
            known[folder] = load_catalogue(file) if file.is_file() else {}
        if known[folder]:
            return known[folder]
    return {}


def _upwards(folder: Path, top: Path) -> Iterator[Path]:
    yield folder
    while folder != top and folder != folder.parent:
        folder = folder.parent
        yield folder


def _entry(path: Path, catalogue: dict[str, Guidance]) -> tuple[str, Guidance]:
    for document_id, guidance in catalogue.items():
        if guidance.file == path.name:
            return document_id, guidance
    stem = unicodedata.normalize("NFC", path.stem)
    return stem, catalogue.get(stem, Guidance())
