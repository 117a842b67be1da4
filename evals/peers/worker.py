"""Runs one peer in a process of its own: `python -m evals.peers.worker NAME FILE`.

FILE holds what is asked as JSON and takes what is found. Knows nothing of gold or of tables.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from evals.peers.local import PageRef, Search


@dataclass(frozen=True)
class Task:
    """What a peer is given: files to index, questions to search for, and how deep."""

    pdfs: tuple[str, ...]
    questions: tuple[str, ...]
    depth: int


@dataclass(frozen=True)
class Outcome:
    """What a peer gave: seconds to index, then ms and pages for each question; `problem` when it could
    not run, and then nothing else."""

    index_seconds: float = 0.0
    query_ms: tuple[float, ...] = ()
    rankings: tuple[tuple[PageRef, ...], ...] = ()
    problem: str = ""


def read_task(path: Path) -> Task:
    """The task in a file."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Task(tuple(raw["pdfs"]), tuple(raw["questions"]), raw["depth"])


def read_outcome(path: Path) -> Outcome:
    """The outcome in a file."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    rankings = tuple(tuple((name, page) for name, page in ranking) for ranking in raw["rankings"])
    return Outcome(raw["index_seconds"], tuple(raw["query_ms"]), rankings, raw["problem"])


def write(content: Task | Outcome, path: Path) -> None:
    """Keep a task or an outcome in a file."""
    path.write_text(json.dumps(asdict(content), ensure_ascii=False), encoding="utf-8")


def work(name: str, task: Task) -> Outcome:
    """Build the peer's index and search for every question, once to warm up and once measured.

    The time to index holds importing the library, as a user meets it. A library that is not installed
    is a problem to tell; any other fault ends the process with its trace.
    """
    started = time.perf_counter()
    try:
        search: Search = importlib.import_module(f"evals.peers.{name}").build([Path(p) for p in task.pdfs])
    except ImportError as error:
        return Outcome(problem=str(error))
    seconds = time.perf_counter() - started
    search(task.questions[0], task.depth)
    times, rankings = [], []
    for question in task.questions:
        started = time.perf_counter()
        found = search(question, task.depth)
        times.append((time.perf_counter() - started) * 1000)
        rankings.append(tuple(dict.fromkeys(found)))
    return Outcome(seconds, tuple(times), tuple(rankings))


def main(arguments: Sequence[str]) -> None:
    """Run the peer named first on the task in the file named second, and put its outcome there."""
    name, path = arguments[0], Path(arguments[1])
    write(work(name, read_task(path)), path)


if __name__ == "__main__":
    main(sys.argv[1:])
