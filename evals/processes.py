"""Runs the program from outside, as people do, and watches it. Knows nothing of what is measured.

BenchError
└── raised when a program is missing, fails, or does not answer in time; says its last words
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

LAST_WORDS = 2000
"""Characters of a failed program's standard error that are shown."""

SAMPLE_SECONDS = 0.1
STOP_SECONDS = 10


class BenchError(Exception):
    """A program could not be run or watched; the message says why and what would help."""


@dataclass(frozen=True)
class Ended:
    """A program that has ended: what it printed, its exit status, its wall-clock seconds, and the
    greatest memory of it and its children together, in bytes (0 when it was not watched)."""

    output: str
    status: int
    seconds: float
    peak_bytes: int = 0


def lotsen_program() -> Path:
    """The console script beside the running interpreter."""
    path = Path(sys.executable).parent / "lotsen"
    if not path.exists():
        raise BenchError(f"There is no {path}. Install the project into this environment: pip install -e .")
    return path


def run(command: Sequence[str], *, expected: Sequence[int] = (0,), watch: bool = False) -> Ended:
    """Run a program to its end. Raises `BenchError` for an exit status that is not `expected`.

    With `watch`, its memory is sampled ten times a second as the proportional set size of the whole
    process tree, so that pages which workers share count once. That needs Linux.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        with subprocess.Popen(command, stdout=output, stderr=errors) as process:
            peak = _watch(process) if watch else 0
            status = process.wait()
        seconds = time.perf_counter() - started
        if status not in expected:
            raise BenchError(f"{_shown(command)} ended with {status}: {_last_words(errors)}")
        output.seek(0)
        return Ended(output.read(), status, seconds, peak)


@contextmanager
def served(
    command: Sequence[str], address: str, *, patience: float, folder: Path | None = None
) -> Iterator[float]:
    """Start a server, wait until `address`/readyz says ready, give the seconds that took; stop it after.

    Raises `BenchError` when it ends before that or is not ready after `patience` seconds.
    """
    with tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        # A session of its own, so that what the program starts is stopped with it.
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True
        )
        try:
            while not _is_ready(address):
                if process.poll() is not None:
                    raise BenchError(f"{_shown(command)} ended early: {_last_words(errors)}")
                if time.perf_counter() - started > patience:
                    raise BenchError(f"{address} is not ready after {patience:.0f} s: {_last_words(errors)}")
                time.sleep(0.02)
            yield time.perf_counter() - started
        finally:
            _stop(process)


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def tree_memory(pid: int) -> int:
    """Bytes held by a process and all its descendants, shared pages counted once; 0 when it has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    held = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return held * 1024 + sum(tree_memory(int(child)) for child in children)


def _watch(process: subprocess.Popen[bytes]) -> int:
    if not sys.platform.startswith("linux"):
        raise BenchError("Memory can be watched on Linux only; leave --hostile out.")
    peak = 0
    while process.poll() is None:
        peak = max(peak, tree_memory(process.pid))
        time.sleep(SAMPLE_SECONDS)
    return peak


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _shown(command: Sequence[str]) -> str:
    return " ".join(command)


def _last_words(errors: IO[str]) -> str:
    errors.seek(0)
    return errors.read()[-LAST_WORDS:].strip() or "it said nothing."
