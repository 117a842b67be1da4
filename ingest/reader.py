"""Reads many files in worker processes, so that one bad file can never stop or slow the rest.

A worker tells of every page it has read. One that falls silent for `STALL_SECONDS`, dies, or asks
for more than `MEMORY_LIMIT` is replaced, and its file set aside with the reason. Knows nothing of
what a document says or where it goes.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import resource
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from ingest.chunk import chunks_of
from ingest.discover import File, SetAside
from ingest.document import Chunk, Document
from ingest.errors import FileProblem
from ingest.pdf import read_pdf

STALL_SECONDS = 15.0
"""A file whose worker reads no further page for so long is set aside."""

MEMORY_LIMIT = 640 * 1024 * 1024
"""Bytes that a worker may hold, its libraries included."""

CLOSE_SECONDS = 5.0


@dataclass(frozen=True)
class Read:
    """A file that became a document."""

    file: File
    document: Document
    chunks: tuple[Chunk, ...]
    seconds: float


def default_workers() -> int:
    """One worker for each core that this process may use."""
    return max(1, len(os.sched_getaffinity(0)))


def read_files(
    files: Sequence[File], workers: int | None = None, *, stall_seconds: float = STALL_SECONDS
) -> Iterator[Read | SetAside]:
    """Read `files` in parallel and yield each as it is done, in no fixed order.

    A worker that reads no further page for `stall_seconds` is replaced and its file set aside. At
    most a few results wait to be taken, so memory stays bounded however many files there are.
    """
    count = max(1, min(workers or default_workers(), len(files)))
    waiting = deque(sorted(files, key=lambda file: -_size(file.path)))
    crew = [_Worker(stall_seconds) for _ in range(count)]
    try:
        for worker in crew:
            worker.take(waiting)
        while any(worker.file for worker in crew):
            busy = [worker for worker in crew if worker.file]
            ready = multiprocessing.connection.wait([w.connection for w in busy], timeout=0.2)
            for worker in busy:
                result = worker.collect() if worker.connection in ready else worker.check()
                if result is not None:
                    yield result
                    worker.take(waiting)
    finally:
        for worker in crew:
            worker.close()


class _Worker:
    """One process and what it is doing; replaced by a new process when it fails."""

    def __init__(self, stall_seconds: float) -> None:
        self.file: File | None = None
        self.stall_seconds = stall_seconds
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=_work, args=(other,), daemon=True, name="lotsen-reader")
        self.process.start()
        other.close()
        self.started = self.heard = time.monotonic()
        self.pages = 0
        self.is_ready = False

    def take(self, waiting: deque[File]) -> None:
        """Begin with the next file, if there is one."""
        if not waiting:
            return
        if not self.process.is_alive():
            self._restart()
        self.file = waiting.popleft()
        self.pages = 0
        self.started = self.heard = time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # it died just now; `check` finds that out
            self.connection.send(self.file)

    def collect(self) -> Read | SetAside | None:
        """Take one message; the outcome when it is one."""
        try:
            kind, value = self.connection.recv()
        except (EOFError, OSError):
            return self._replace(self._crash())
        self.heard = time.monotonic()
        if kind == "ready":
            self.is_ready = True
        if kind in ("ready", "page"):
            self.pages = value
            return None
        file, self.file = self.file, None
        assert file is not None
        if kind == "problem":
            return SetAside(file.path, value)
        document, chunks = value
        return Read(file, document, chunks, time.monotonic() - self.started)

    def check(self) -> SetAside | None:
        """The outcome of a file whose worker has fallen silent or died."""
        if self.connection.poll():
            return None  # it has spoken while results were being taken; the next round listens
        if not self.process.is_alive():
            return self._replace(self._crash())
        # A new process first has to load its libraries, however slow the machine is.
        limit = self.stall_seconds if self.is_ready else 8 * STALL_SECONDS
        if time.monotonic() - self.heard > limit:
            return self._replace(f"Stopped: no further page in {limit:.0f} s after {self.pages} pages.")
        return None

    def _replace(self, reason: str) -> SetAside:
        file, self.file = self.file, None
        assert file is not None
        self._restart()
        return SetAside(file.path, reason)

    def _restart(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()
        self._start()

    def _crash(self) -> str:
        return f"The PDF reader crashed after {self.pages} pages; the file is damaged or too heavy."

    def close(self) -> None:
        """End the process: by asking, and by force when it is in the middle of a file."""
        if self.file is None:
            with contextlib.suppress(OSError):
                self.connection.send(None)
            self.process.join(CLOSE_SECONDS)
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self.connection.close()


def _work(connection: Connection) -> None:
    """The worker's loop: a file in, pages told of, a document or a reason out."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT, MEMORY_LIMIT))
    connection.send(("ready", 0))
    while (file := connection.recv()) is not None:
        try:
            document = read_pdf(
                file.path, file.document_id, file.guidance, lambda n: connection.send(("page", n))
            )
            connection.send(("document", (document, chunks_of(document))))
        except FileProblem as problem:
            connection.send(("problem", problem.reason))
        except MemoryError:
            connection.send(("problem", f"Needs more than {MEMORY_LIMIT >> 20} MB of memory to read."))
        except OSError as error:
            connection.send(("problem", f"Cannot be read: {error.strerror or error}."))
        except Exception as error:  # whatever a damaged file brings about must not stop the others
            reason = f"The file could not be understood ({type(error).__name__}: {error})."
            connection.send(("problem", reason[:300]))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
