"""How an index lies on disk, and how one version takes the place of another. Knows nothing of ranking.

    DIR/CURRENT               the name of the snapshot that serves
        lock                  held by the process that builds
        store/                parsed documents, shared by the snapshots
        snapshots/<version>/  vectors.faiss, the lexical arrays, the compiled lexicon and, written last,
                              manifest.json

A snapshot is never changed. A build fills a folder beside, has it written through to the disk, moves it
into place and only then replaces CURRENT, each in one atomic step: a reader sees the old version or
the new, and a crash at any point leaves the old one serving.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from corpus.catalogue import Guidance, Source
from index.errors import IndexBusy, IndexMismatch, NoIndex
from index.fusion import FusionWeights
from index.store import Store, sync

FORMAT = 2
"""Raised whenever files of an older index could no longer be read."""

KEPT = 2
"""Snapshots that stay: the one that serves and the one before, for searches still under way."""

_DATES = ("published", "valid_from", "valid_to")


@dataclass(frozen=True)
class Model:
    """The embedder that made the vectors."""

    name: str
    fingerprint: str
    dimension: int


@dataclass(frozen=True)
class Entry:
    """A document of a snapshot: what it is, and where in the store it lies."""

    id: str
    title: str
    digest: str
    key: str
    chunker: str
    pages: int
    chunks: int
    guidance: Guidance = field(default_factory=Guidance)


@dataclass(frozen=True)
class Manifest:
    """What a snapshot holds and what it was made with. `documents` are in the order of their ids,
    which is the order of the rows; `parts` identifies the arrays, `created` is ISO 8601 in UTC."""

    version: str
    created: str
    embedder: Model
    analyser: str
    wording: str
    lexicon: str
    fusion: FusionWeights
    parts: str
    chunks: int
    documents: tuple[Entry, ...]
    format: int = FORMAT

    def save(self, path: Path) -> None:
        """Write as JSON."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, default=_plain)
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Manifest:
        """Read what `save` wrote; raises `IndexMismatch` for another format or a broken file."""
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            if (found := raw.get("format")) != FORMAT:
                raise IndexMismatch(
                    f"{path} has format {found}, but this version of Lotsen reads format {FORMAT}. "
                    f"Move {path.parents[2]} away and build it again: lotsen ingest FOLDER"
                )
            documents = tuple(_entry(entry) for entry in raw.pop("documents"))
            model, fusion = Model(**raw.pop("embedder")), FusionWeights(**raw.pop("fusion"))
            manifest = cls(documents=documents, embedder=model, fusion=fusion, **raw)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexMismatch(
                f"{path} cannot be read: {error!r}. Move {path.parents[2]} away and build it again: "
                "lotsen ingest FOLDER"
            ) from error
        if (total := sum(entry.chunks for entry in manifest.documents)) != manifest.chunks:
            raise IndexMismatch(
                f"{path} counts {manifest.chunks} chunks, but its documents have {total}. "
                f"Move {path.parents[2]} away and build it again: lotsen ingest FOLDER"
            )
        return manifest


class IndexFolder:
    """The paths and the pointer of an index folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pointer = root / "CURRENT"
        self.snapshots = root / "snapshots"
        self.store = Store(root / "store")

    def current(self) -> Path:
        """The folder of the snapshot that serves; raises `NoIndex` or `IndexMismatch`."""
        try:
            version = self.pointer.read_text(encoding="ascii").strip()
        except FileNotFoundError as error:
            raise NoIndex(self.root) from error
        except (OSError, UnicodeDecodeError) as error:
            raise IndexMismatch(f"{self.pointer} cannot be read: {error}.") from error
        folder = self.snapshots / version
        if not version or Path(version).name != version or not (folder / "manifest.json").is_file():
            raise IndexMismatch(
                f'{self.pointer} names the snapshot "{version}", which is not in {self.snapshots}. '
                f"Move {self.root} away and build it again: lotsen ingest FOLDER"
            )
        return folder

    def manifest(self) -> Manifest | None:
        """The manifest of the snapshot that serves, or None where there is no index yet."""
        try:
            return Manifest.load(self.current() / "manifest.json")
        except NoIndex:
            return None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder for writing; raises `IndexBusy` when another process does."""
        self.snapshots.mkdir(parents=True, exist_ok=True)
        self.store.root.mkdir(exist_ok=True)
        with (self.root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise IndexBusy(self.root) from error
            try:
                yield
            finally:
                self._sweep()
            # Closing the file lets go of it, and so does the end of a process that is killed.

    def fresh(self) -> Path:
        """An empty folder beside the snapshots to build the next one in."""
        folder = self.snapshots / ".new"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def place(self, folder: Path, version: str) -> Path:
        """Write a filled folder through to the disk and move it to its name."""
        sync(*folder.iterdir(), folder)
        final = self.snapshots / version
        folder.rename(final)
        sync(self.snapshots)
        return final

    def publish(self, version: str) -> None:
        """Make a placed snapshot the one that serves."""
        waiting = self.root / ".CURRENT"
        waiting.write_text(version + "\n", encoding="ascii")
        sync(waiting)
        waiting.replace(self.pointer)
        sync(self.root)

    def prune(self) -> None:
        """Remove all but the latest snapshots, and what nothing in the store refers to any more."""
        serving = self.current()
        placed = sorted(
            self.snapshots.iterdir(),
            key=lambda path: (path == serving, path.stat().st_mtime_ns),
            reverse=True,
        )
        for path in placed[KEPT:]:
            shutil.rmtree(path)
        manifests = [Manifest.load(path / "manifest.json") for path in placed[:KEPT]]
        self._prune_store(manifests)

    def _sweep(self) -> None:
        """Remove what an update that did not finish, this one or one that was killed, left half done."""
        for path in [*self.snapshots.glob(".*"), *self.store.root.glob(".*")]:
            shutil.rmtree(path)

    def _prune_store(self, manifests: list[Manifest]) -> None:
        store, wanted = self.store, dict[str, set[str]]()
        for manifest in manifests:
            for entry in manifest.documents:
                wanted.setdefault(entry.key, set()).update(
                    (
                        store.terms_path(entry.key, manifest.analyser, manifest.wording, entry.title).name,
                        store.vectors_path(
                            entry.key, manifest.embedder.fingerprint, manifest.wording, entry.title
                        ).name,
                    )
                )
        for key in sorted(store.entries()):
            if key not in wanted:
                shutil.rmtree(store.root / key)
                continue
            for path in (store.root / key).glob("*-*"):
                if path.name not in wanted[key]:
                    path.unlink()


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a manifest")


def _entry(raw: Mapping[str, Any]) -> Entry:
    return Entry(**{**raw, "guidance": _guidance(raw["guidance"])})


def _guidance(raw: Mapping[str, Any]) -> Guidance:
    values = dict(raw)
    for name in _DATES:
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    for name in ("supersedes", "audience"):
        values[name] = tuple(values[name])
    values["sources"] = tuple(Source(**source) for source in values["sources"])
    return Guidance(**{f.name: values[f.name] for f in fields(Guidance)})
