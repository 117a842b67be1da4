"""Prints a report as a table and keeps it as JSON. Knows nothing of how it was measured.

ReportError
└── raised for a file that holds no report of this format
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from evals.scores import Group, Latency, PageRef, Report, Result, Score
from evals.texts import text

FORMAT = 1
REPORT_NAME = "report.json"
PIPE_WIDTH = 150

GROUP_COLUMNS = (
    "page@1",
    "page@5",
    "mrr@10",
    "ndcg@10",
    "key_fact",
    "gold_cited",
    "right_and_cited",
    "abstention_recall",
)
"""The measures that are shown for each group; the JSON holds all."""


class ReportError(Exception):
    """The file holds no report that this version reads; `.path` is the file."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


def plain_console() -> Console:
    """A console for tables: as wide as the terminal, and wide enough for every column in a pipe or file."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PIPE_WIDTH)


def print_report(report: Report, console: Console) -> None:
    """All measures with their intervals, then the main ones by group, then the times."""
    overall = report.groups[0]
    console.print(
        f"{overall.questions} questions of {', '.join(report.sets)} (split: {report.split}) · "
        f"index {report.index_version}{f' · {report.generator}' if report.generator else ''}"
    )
    console.print(_measures_table(overall), "")
    console.print(_groups_table(report.groups[1:]), "")
    for name, times in (("ask", report.ask_ms), ("search", report.search_ms)):
        if times is not None:
            console.print(
                f"{name}: p50 {times.p50:.1f} ms, p95 {times.p95:.1f} ms, longest {times.longest:.1f} ms"
            )


def write_report(report: Report, folder: Path) -> Path:
    """Write `report.json`, with each question's result, into the folder; gives the file's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / REPORT_NAME
    content = {"format": FORMAT, **asdict(report)}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False), encoding="utf-8")
    return path


def read_report(path: Path) -> Report:
    """Read what `write_report` wrote. Raises `ReportError` for anything else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(path, f"cannot be read as JSON in UTF-8: {error}") from error
    found = content.pop("format", None) if isinstance(content, dict) else None
    if found != FORMAT:
        raise ReportError(path, f"has format {found}, this version reads {FORMAT}. Run the suite again.")
    try:
        return _report(content)
    except (KeyError, TypeError) as error:
        raise ReportError(path, f"is not a whole report: {error!r}. Run the suite again.") from error


def _report(content: Mapping[str, Any]) -> Report:
    return Report(
        **{
            **content,
            "sets": tuple(content["sets"]),
            "groups": tuple(_group(group) for group in content["groups"]),
            "ask_ms": Latency(**content["ask_ms"]) if content["ask_ms"] else None,
            "search_ms": Latency(**content["search_ms"]) if content["search_ms"] else None,
            "results": tuple(_result(result) for result in content["results"]),
        }
    )


def _group(group: Mapping[str, Any]) -> Group:
    scores = {name: Score(**values) for name, values in group["scores"].items()}
    return Group(group["name"], group["questions"], scores)


def _result(result: Mapping[str, Any]) -> Result:
    pages: dict[str, tuple[PageRef, ...]] = {
        name: tuple((document, page) for document, page in result[name])
        for name in ("gold", "ranking", "cited")
    }
    return Result(**{**result, **pages, "quotes": tuple(result["quotes"])})


def _measures_table(group: Group) -> Table:
    table = Table("measure", "", box=None, header_style="bold")
    for heading in ("value", "95 % interval", "questions"):
        table.add_column(heading, justify="right")
    for name, score in group.scores.items():
        interval = f"{score.low:.3f} to {score.high:.3f}"
        table.add_row(name, text(f"measure.{name}", "en"), f"{score.value:.3f}", interval, str(score.n))
    return table


def _groups_table(groups: Sequence[Group]) -> Table:
    table = Table("group", box=None, header_style="bold")
    for heading in ("questions", *GROUP_COLUMNS):
        table.add_column(heading.replace("_", " "), justify="right")
    for group in groups:
        shown = (group.scores.get(name) for name in GROUP_COLUMNS)
        cells = (f"{score.value:.3f}" if score else "-" for score in shown)
        table.add_row(group.name, str(group.questions), *cells)
    return table
