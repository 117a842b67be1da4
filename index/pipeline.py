"""The whole way from files to a new snapshot: find, read in parallel, index. Knows nothing of questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.build import BuildReport, stored_digests, update_index
from index.embedder import DEFAULT, load_embedder
from ingest.chunk import CHUNKER
from ingest.discover import File, Found, SetAside, discover
from ingest.document import Chunk, Document
from ingest.pdf import digest_of
from ingest.reader import read_files


@dataclass(frozen=True)
class Progress:
    """How far an ingest has come: files done of `total`, and the pages read so far."""

    done: int
    total: int
    pages: int
    current: str


@dataclass(frozen=True)
class IngestReport:
    """What an ingest came to. `skipped_other` counts files of other types in the folders given;
    `notices` are (document id, what was odd about it); `documents` and `chunks` are the whole
    index's afterwards."""

    indexed: int
    unchanged: int
    removed: int
    skipped_other: int
    set_aside: tuple[SetAside, ...]
    notices: tuple[tuple[str, str], ...]
    pages: int
    documents: int
    chunks: int
    version: str
    seconds: float


def ingest(
    paths: Sequence[Path],
    index_dir: Path,
    *,
    embedder: str = DEFAULT,
    workers: int | None = None,
    prune: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> IngestReport:
    """Add and update the PDFs of `paths`; with `prune`, remove documents that are not among them.

    A file that cannot be read is set aside, and a document of that id that is already indexed stays.
    Raises `IngestError` for unusable paths, `CatalogueError`, and the errors of `index.build`.
    """
    started = time.monotonic()
    found = discover(paths)
    known = stored_digests(index_dir, CHUNKER) if index_dir.exists() else {}
    run = _Run(found, known, progress or (lambda _: None))
    report = update_index(
        index_dir,
        run.documents(workers),
        chunker=CHUNKER,
        embedder=load_embedder(embedder),
        remove=sorted(set(known) - {file.document_id for file in found.files}) if prune else (),
        guidance={file.document_id: file.guidance for file in found.files},
    )
    return run.report(report, time.monotonic() - started)


class _Run:
    """What was met on the way."""

    def __init__(self, found: Found, known: dict[str, str], progress: Callable[[Progress], None]) -> None:
        self.found, self.known, self.progress = found, known, progress
        self.set_aside = list(found.set_aside)
        self.notices: list[tuple[str, str]] = []
        self.unchanged = self.done = self.pages = 0

    def documents(self, workers: int | None) -> Iterator[tuple[Document, Sequence[Chunk], Path]]:
        """Every new or changed document as soon as it is read."""
        changed = [file for file in self.found.files if not self._is_known(file)]
        self.unchanged = self.done = len(self.found.files) - len(changed)
        for outcome in read_files(changed, workers) if changed else ():
            self.done += 1
            if isinstance(outcome, SetAside):
                self.set_aside.append(outcome)
            else:
                document = outcome.document
                self.pages += len(document.pages)
                self.notices += [(document.id, notice) for notice in document.notices]
                yield document, outcome.chunks, outcome.file.path
            path = outcome.path if isinstance(outcome, SetAside) else outcome.file.path
            self.progress(Progress(self.done, len(self.found.files), self.pages, path.name))

    def _is_known(self, file: File) -> bool:
        known = self.known.get(file.document_id)
        try:
            return known is not None and digest_of(file.path) == known
        except OSError:
            return False  # reading it will give the reason

    def report(self, built: BuildReport, seconds: float) -> IngestReport:
        paths = {file.document_id: file.path for file in self.found.files}
        late = [SetAside(paths[name], reason) for name, reason in built.set_aside]
        return IngestReport(
            indexed=len(built.added) + len(built.changed),
            unchanged=self.unchanged,
            removed=len(built.removed),
            skipped_other=self.found.others,
            set_aside=tuple(sorted(self.set_aside + late, key=lambda item: str(item.path))),
            notices=tuple(sorted(self.notices)),
            pages=self.pages,
            documents=built.documents,
            chunks=built.chunks,
            version=built.version,
            seconds=seconds,
        )
