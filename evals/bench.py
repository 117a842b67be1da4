"""How fast the program is, as people run it: `python -m evals.bench`. Reports and never judges.

Figures are taken from whole processes wherever a user would meet one, and what they are compared with
runs beside them on the same machine. Knows nothing of how the work is done.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from evals.cases import Question
from evals.metrics import percentile
from evals.processes import BenchError, free_port, lotsen_program, run, served
from evals.report import plain_console
from evals.sets import SETS_DIR, SetError, load_sets, set_paths

QUESTION = "hur ofta ska man byta ställning på någon som ligger mycket?"
NO_ANSWER = 4
SOME_SET_ASIDE = 3
SERVE_SECONDS = 300
FRESH_SECONDS = 1800
WARM_UP = 3


@dataclass(frozen=True)
class Figure:
    """One measured value."""

    name: str
    value: float
    unit: str


def start_up(lotsen: str, index: Path, repetitions: int) -> list[Figure]:
    """`lotsen ask` as a whole process against importing sentence_transformers, run in turn; medians."""
    ask = [lotsen, "ask", QUESTION, "--index", str(index)]
    load = [sys.executable, "-c", "import sentence_transformers"]
    asked, loaded = [], []
    # The first of each fills the disk cache and does not count.
    for _ in range(repetitions + 1):
        asked.append(run(ask, expected=(0, NO_ANSWER)).seconds)
        loaded.append(run(load).seconds)
    ask_seconds, load_seconds = statistics.median(asked[1:]), statistics.median(loaded[1:])
    return [
        Figure("lotsen ask, whole process", ask_seconds, "s"),
        Figure("import sentence_transformers", load_seconds, "s"),
        Figure("ask / import", ask_seconds / load_seconds, ""),
    ]


def warm_answers(lotsen: str, index: Path, questions: Sequence[str]) -> list[Figure]:
    """Answers over HTTP by a served instance, one after another, each question asked once."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [lotsen, "serve", "--port", str(port), "--index", str(index)]
    with served(command, address, patience=SERVE_SECONDS) as ready, httpx.Client(timeout=60) as client:
        times = [_ask_ms(client, address, question) for question in questions]
    counted = times[WARM_UP:]
    return [
        Figure("serve, until ready", ready, "s"),
        Figure("warm answer, p50", percentile(counted, 0.5), "ms"),
        Figure("warm answer, p95", percentile(counted, 0.95), "ms"),
        Figure("warm answers", len(counted), "questions"),
    ]


def ingest_speed(lotsen: str, pdfs: Path) -> list[Figure]:
    """`lotsen ingest` of a folder into an empty index, all included, against pypdf's text extraction."""
    with tempfile.TemporaryDirectory() as index:
        command = [lotsen, "ingest", str(pdfs), "--index", f"{index}/index", "--json"]
        ended = run(command, expected=(0, SOME_SET_ASIDE))
    ours = json.loads(ended.output)["pages"]
    pages, unread, seconds = pypdf_text(sorted(pdfs.rglob("*.pdf")))
    return [
        Figure("ingest, whole process", ended.seconds, "s"),
        Figure("ingest", ours / ended.seconds, "pages/s"),
        Figure("ingest, pages", ours, "pages"),
        Figure("pypdf text only", pages / seconds, "pages/s"),
        Figure("pypdf, pages", pages, "pages"),
        Figure("pypdf, files unread", unread, "files"),
        Figure("ingest / pypdf", ours / ended.seconds / (pages / seconds), ""),
    ]


def pypdf_text(paths: Sequence[Path]) -> tuple[int, int, float]:
    """Extract the text of every page by pypdf: (pages read, files it refuses, seconds).

    Raises `BenchError` when there is no page at all.
    """
    import pypdf
    from pypdf.errors import PyPdfError

    # pypdf warns of every oddity of a file; here only its time counts.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    pages = unread = 0
    started = time.perf_counter()
    for path in paths:
        try:
            for page in pypdf.PdfReader(path).pages:
                page.extract_text()
                pages += 1
        except PyPdfError:
            unread += 1
    seconds = time.perf_counter() - started
    if not pages:
        raise BenchError(f"pypdf reads no page of {len(paths)} files; give --pdfs a folder of readable PDFs.")
    return pages, unread, seconds


def hostile(lotsen: str, pdfs: Path) -> list[Figure]:
    """`lotsen ingest` of PDFs that break readers: outcomes and the memory of all its processes."""
    with tempfile.TemporaryDirectory() as index:
        command = [lotsen, "ingest", str(pdfs), "--index", f"{index}/index", "--json"]
        ended = run(command, expected=(0, SOME_SET_ASIDE), watch=True)
    report = json.loads(ended.output)
    longest, seconds = longest_file(pdfs)
    return [
        Figure("hostile, whole process", ended.seconds, "s"),
        Figure("hostile, peak memory", ended.peak_bytes / 2**20, "MiB"),
        Figure(f"hostile, longest file ({longest})", seconds, "s"),
        Figure("hostile, indexed", report["indexed"], "files"),
        Figure("hostile, set aside with a reason", len(report["set_aside"]), "files"),
    ]


def longest_file(pdfs: Path) -> tuple[str, float]:
    """Read each PDF of a folder alone, one after another: the name of the slowest and its seconds.

    Raises `IngestError` when the folder holds no PDF.
    """
    from ingest.discover import SetAside, discover
    from ingest.reader import read_files

    times: dict[str, float] = {}
    started = time.perf_counter()
    for outcome in read_files(discover([pdfs]).files, workers=1):
        ended = time.perf_counter()
        path = outcome.path if isinstance(outcome, SetAside) else outcome.file.path
        times[path.name] = ended - started
        started = ended
    return max(times.items(), key=lambda item: item[1])


def fresh_clone(repository: str) -> list[Figure]:
    """`make chat` in a new clone, downloads included, until it is ready; then the same once more."""
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "lotsen"
        run(["git", "clone", "--quiet", repository, str(clone)])
        for time_of in ("first", "second"):
            address = f"http://127.0.0.1:{(port := free_port())}"
            command = ["make", "chat", f"PORT={port}", f"LOTSEN_DATA={folder}/data"]
            with served(command, address, patience=FRESH_SECONDS, folder=clone) as ready:
                figures.append(Figure(f"make chat, {time_of} time, until ready", ready, "s"))
    return figures


def _ask_ms(client: httpx.Client, address: str, question: str) -> float:
    started = time.perf_counter()
    reply = client.post(f"{address}/v1/ask", json={"question": question})
    took = (time.perf_counter() - started) * 1000
    if reply.status_code != httpx.codes.OK:
        raise BenchError(f"{question!r} gave HTTP {reply.status_code}: {reply.text[:200]}")
    return took


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--index", type=Path, help="a built index (default: the one that is served)")
    parser.add_argument("--pdfs", type=Path, help="also ingest this folder, against pypdf")
    parser.add_argument(
        "--hostile", type=Path, help="also ingest this folder of damaged PDFs, watching memory"
    )
    parser.add_argument(
        "--fresh", metavar="REPOSITORY", help="also clone this repository and run `make chat`"
    )
    parser.add_argument("--sets", type=Path, default=SETS_DIR, help="folder of the sets that are asked")
    parser.add_argument("--repetitions", type=int, default=5, help="of each whole process (default: 5)")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--lotsen", type=Path, help="the program (default: beside this Python)")
    return parser.parse_args(arguments)


def _measure(options: argparse.Namespace, console: Console) -> list[Figure]:
    from ui.settings import Settings

    lotsen = str(options.lotsen or lotsen_program())
    index = Settings.from_environment().with_index(options.index).index
    cases = load_sets(set_paths(folder=options.sets))
    questions = [case.question for case in cases if isinstance(case, Question)]
    parts: list[tuple[str, Callable[[], list[Figure]]]] = [
        ("a served instance", lambda: warm_answers(lotsen, index, questions)),
        ("whole processes", lambda: start_up(lotsen, index, options.repetitions)),
    ]
    if options.pdfs:
        parts.append(("ingest", lambda: ingest_speed(lotsen, options.pdfs)))
    if options.hostile:
        parts.append(("damaged PDFs", lambda: hostile(lotsen, options.hostile)))
    if options.fresh:
        parts.append(("a fresh clone", lambda: fresh_clone(options.fresh)))
    figures = []
    for name, measure in parts:
        with console.status(f"Measuring {name}"):
            figures += measure()
    return figures


def _table(figures: Sequence[Figure]) -> Table:
    table = Table("figure", box=None, header_style="bold")
    table.add_column("value", justify="right")
    table.add_column("unit")
    for figure in figures:
        decimals = 0 if figure.value == round(figure.value) else 2
        table.add_row(figure.name, f"{figure.value:.{decimals}f}", figure.unit)
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit status: 0, or 2 when something could not be measured."""
    from ingest.errors import IngestError
    from ui.settings import SettingsError

    options = _options(arguments)
    try:
        figures = _measure(options, Console(stderr=True))
    except (BenchError, SetError, SettingsError, IngestError) as error:
        print(error, file=sys.stderr)
        return 2
    plain_console().print(_table(figures))
    if options.json:
        content = [asdict(figure) for figure in figures]
        options.json.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
