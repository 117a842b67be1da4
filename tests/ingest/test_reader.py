"""Reading many files in processes: one that dies, stalls or is damaged never stops the others."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.catalogue import Guidance
from ingest.discover import File, SetAside, discover
from ingest.reader import MEMORY_LIMIT, Read, read_files
from tests.ingest.data import authority_pdf, hostile_pdfs
from tests.ingest.made import draw, lines, many_pages

GOOD = draw(lines("Personen har fallit i sitt rum."))


@pytest.fixture(scope="module")
def thick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 5,000 pages."""
    path = tmp_path_factory.mktemp("thick") / "thick.pdf"
    path.write_bytes(many_pages(5000))
    return path


def files(folder: Path, *more: Path, **data: bytes) -> list[File]:
    for name, content in data.items():
        (folder / f"{name}.pdf").write_bytes(content)
    return [File(path, path.stem, Guidance()) for path in [*more, *sorted(folder.glob("*.pdf"))]]


def run(given: Sequence[File], **options: float) -> tuple[dict[str, Read], dict[str, str]]:
    """What became of each file: read, or the reason why not."""
    outcomes = list(read_files(given, 1, **options))
    good = {outcome.file.document_id: outcome for outcome in outcomes if isinstance(outcome, Read)}
    return good, {outcome.path.stem: outcome.reason for outcome in outcomes if isinstance(outcome, SetAside)}


def send_when_reading(path: Path, number: signal.Signals) -> threading.Thread:
    """Send a signal to the worker process that has the file open."""

    def watch() -> None:
        while True:
            for process in multiprocessing.active_children():
                if process.pid and path in opened(process.pid):
                    os.kill(process.pid, number)
                    return
            time.sleep(0.005)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def opened(pid: int) -> set[Path]:
    found = set()
    try:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            found.add(link.readlink())
    except OSError:
        pass  # it closed the file, or ended, while we looked
    return found


def test_good_and_bad_files_in_one_run(tmp_path: Path) -> None:
    good, bad = run(files(tmp_path, a=GOOD, b=b"", c=GOOD[:100], d=GOOD))
    assert set(good) == {"a", "d"}
    assert set(bad) == {"b", "c"}
    assert bad["b"] == "The file is empty (0 bytes)."
    document, chunks = good["a"].document, good["a"].chunks
    assert [chunk.text for chunk in chunks] == [document.text]


def test_a_file_that_is_gone_is_set_aside(tmp_path: Path) -> None:
    _, bad = run([File(tmp_path / "gone.pdf", "gone", Guidance())])
    assert bad == {"gone": "Cannot be read: No such file or directory."}


def test_five_thousand_pages_fit_in_a_worker(thick: Path) -> None:
    good, bad = run([File(thick, "thick", Guidance())])
    assert bad == {}, f"more than {MEMORY_LIMIT} bytes?"
    document = good["thick"].document
    assert len(document.pages) == 5000
    assert document.text.count("i sitt rum i natt.") == 5000
    assert document.page_at(document.text.index("Personen 4321 ")).number == 4321


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path, thick: Path) -> None:
    watcher = send_when_reading(thick, signal.SIGKILL)
    good, bad = run(files(tmp_path, thick, a=GOOD))
    watcher.join()
    assert set(good) == {"a"}
    assert "crashed" in bad["thick"]


def test_a_worker_that_stalls_is_replaced(tmp_path: Path, thick: Path) -> None:
    watcher = send_when_reading(thick, signal.SIGSTOP)
    good, bad = run(files(tmp_path, thick, a=GOOD), stall_seconds=3)
    watcher.join()
    assert set(good) == {"a"}
    assert "no further page in 3 s" in bad["thick"]


def test_stopping_early_ends_the_workers(tmp_path: Path) -> None:
    results = read_files(files(tmp_path, a=GOOD, b=GOOD, c=GOOD), 1)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert not [p for p in multiprocessing.active_children() if p.name == "lotsen-reader"]


def test_every_hostile_file_is_read_or_set_aside() -> None:
    folder = hostile_pdfs()
    found = discover([folder])
    outcomes = list(read_files(found.files))
    assert len(outcomes) == len(found.files) > 100
    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, SetAside)]
    assert all(reasons)
    assert not [reason for reason in reasons if "could not be understood" in reason]
    assert len(reasons) < len(outcomes) / 2


def test_two_workers_read_as_one_does() -> None:
    folder = authority_pdf("MSBFS-2020-6").parent
    names = ("MSBFS-2020-6", "MSBFS-2021-1", "BFS-2018-12", "AFS-2023-1")
    given = [File(folder / f"{name}.pdf", name, Guidance()) for name in names]
    one = {r.file.document_id: r.chunks for r in read_files(given, 1) if isinstance(r, Read)}
    two = {r.file.document_id: r.chunks for r in read_files(given, 2) if isinstance(r, Read)}
    assert one == two
    assert set(one) == set(names)
