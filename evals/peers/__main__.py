"""Peers side by side: `python -m evals.peers --pdfs DIR --questions FILE… [--only NAME…]`.

Needs the extra `peers`. Each peer runs alone in a process of its own, one after another, on the same
files and questions: quality by overlap level, time to index, time for a query, peak memory. One that
cannot run says why. Knows nothing of how any of them works.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals.metrics import mrr_at, page_at, percentile
from evals.overlap import LEVELS
from evals.peers.local import OFFLINE, PageRef
from evals.peers.worker import Outcome, Task, read_outcome, write
from evals.processes import BenchError, run
from evals.report import plain_console

PEERS = {
    "lotsen": "Lotsen",
    "bm25s_defaults": "bm25s",
    "llama_index_default": "LlamaIndex",
    "haystack_default": "Haystack",
    "haystack_bm25": "Haystack, BM25",
    "txtai_default": "txtai",
    "paperqa_retrieval": "PaperQA, retrieval",
}
"""Modules of this folder and what their row is called."""

DEPTH = 10
REASON = 160
"""Characters of a reason that are shown."""


@dataclass(frozen=True)
class Asked:
    """A question with its gold pages; `overlap` as in our own sets."""

    question: str
    gold: frozenset[PageRef]
    overlap: str


@dataclass(frozen=True)
class Row:
    """One peer in the table. Quality is the mean over questions, by group: "all" or a level; `problem`
    is why there is none."""

    name: str
    quality: Mapping[str, Mapping[str, float]]
    index_seconds: float = 0.0
    query_ms: float = 0.0
    peak_mib: float = 0.0
    problem: str = ""


def read_questions(paths: Sequence[Path]) -> list[Asked]:
    """The answerable questions of these files; only `question`, `gold` and `overlap` are looked at.

    Raises `BenchError` for a file that is not such JSON lines.
    """
    asked = []
    for path in paths:
        try:
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
            asked += [
                Asked(
                    row["question"],
                    frozenset((gold["document"], gold["page"]) for gold in row["gold"]),
                    row["overlap"],
                )
                for row in rows
                if row["answerable"]
            ]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BenchError(f"{path} holds no questions with gold pages: {error!r}") from error
    if not asked:
        raise BenchError("There is no answerable question in these files.")
    return asked


def quality(asked: Sequence[Asked], outcome: Outcome) -> dict[str, dict[str, float]]:
    """page@1, page@5 and MRR@10 over all questions and for each overlap level that occurs."""
    pairs = list(zip(asked, outcome.rankings, strict=True))
    found = {}
    for group in ("all", *LEVELS):
        chosen = [(a.gold, ranking) for a, ranking in pairs if group in ("all", a.overlap)]
        if chosen:
            found[group] = {
                "page@1": sum(page_at(ranking, gold, 1) for gold, ranking in chosen) / len(chosen),
                "page@5": sum(page_at(ranking, gold, 5) for gold, ranking in chosen) / len(chosen),
                "mrr@10": sum(mrr_at(ranking, gold, DEPTH) for gold, ranking in chosen) / len(chosen),
            }
    return found


def measure(name: str, pdfs: Sequence[Path], asked: Sequence[Asked]) -> Row:
    """Run one peer in its own process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "task.json"
        write(Task(tuple(map(str, pdfs)), tuple(a.question for a in asked), DEPTH), path)
        try:
            ended = run([sys.executable, "-m", "evals.peers.worker", name, str(path)], watch=True)
        except BenchError as error:
            return Row(PEERS[name], {}, problem=str(error).splitlines()[-1])
        outcome = read_outcome(path)
    if outcome.problem:
        return Row(PEERS[name], {}, problem=outcome.problem)
    return Row(
        PEERS[name],
        quality(asked, outcome),
        outcome.index_seconds,
        percentile(outcome.query_ms, 0.5),
        ended.peak_bytes / 2**20,
    )


def print_rows(rows: Sequence[Row], console: Console) -> None:
    """One line for each peer."""
    groups = [group for group in ("all", *LEVELS) if any(group in row.quality for row in rows)]
    table = Table("", box=None, header_style="bold")
    for heading in ("page@1", "page@5", "MRR@10", *(f"page@5 {group}" for group in groups[1:])):
        table.add_column(heading, justify="right")
    for heading in ("index s", "query ms", "peak MiB"):
        table.add_column(heading, justify="right")
    for row in rows:
        if row.problem:
            continue
        overall = row.quality["all"]
        cells = [overall["page@1"], overall["page@5"], overall["mrr@10"]]
        cells += [row.quality[group]["page@5"] for group in groups[1:]]
        table.add_row(
            row.name,
            *(f"{cell:.3f}" for cell in cells),
            f"{row.index_seconds:.1f}",
            f"{row.query_ms:.1f}",
            f"{row.peak_mib:.0f}",
        )
    console.print(table)
    for row in rows:
        if row.problem:
            console.print(f"{row.name}: did not run: {row.problem[:REASON]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit status: 0, or 2 when there is nothing to compare on."""
    parser = argparse.ArgumentParser(prog="python -m evals.peers", description=__doc__.splitlines()[0])
    parser.add_argument("--pdfs", type=Path, required=True, nargs="+", help="folders of PDFs")
    parser.add_argument("--questions", type=Path, required=True, nargs="+", help="question sets (JSONL)")
    parser.add_argument("--only", choices=list(PEERS), nargs="+", default=list(PEERS), help="these peers")
    parser.add_argument("--json", type=Path, help="write the table to this file")
    options = parser.parse_args(arguments)
    pdfs = sorted(path for folder in options.pdfs for path in folder.glob("*.pdf"))
    os.environ.update(OFFLINE)
    try:
        if not pdfs:
            raise BenchError(f"There is no PDF in {', '.join(map(str, options.pdfs))}.")
        asked = read_questions(options.questions)
    except BenchError as error:
        print(error, file=sys.stderr)
        return 2
    rows = []
    waiting = Console(stderr=True)
    for name in options.only:
        with waiting.status(f"Running {PEERS[name]}"):
            rows.append(measure(name, pdfs, asked))
    console = plain_console()
    console.print(f"{len(pdfs)} PDFs, {len(asked)} questions with an answer")
    print_rows(rows, console)
    if options.json:
        content = [asdict(row) for row in rows]
        options.json.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
