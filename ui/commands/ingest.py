"""`lotsen ingest`: files and folders into the index. Knows nothing of PDFs or of the index's layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ui.commands.ask import AsJson, Index
from ui.commands.progress import progress_bar
from ui.settings import Settings
from ui.texts import COMMANDS

SOME_SET_ASIDE = 3


def ingest(
    paths: Annotated[list[Path], typer.Argument(help=COMMANDS["ingest.paths"])],
    index: Index = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help=COMMANDS["ingest.workers"])] = None,
    prune: Annotated[bool, typer.Option(help=COMMANDS["ingest.prune"])] = False,
    as_json: AsJson = False,
) -> None:
    """Add and update documents. Exit code 3: some files were set aside, each named with its reason."""
    from ui.wiring import ingest_paths

    settings = Settings.from_environment().with_index(index)
    with progress_bar() as progress:
        report = ingest_paths(paths, settings, workers=workers, prune=prune, progress=progress)
    for problem in report.set_aside:
        typer.echo(COMMANDS["ingest.set_aside"].format(path=problem.path, reason=problem.reason), err=True)
    for document_id, notice in report.notices:
        typer.echo(COMMANDS["ingest.notice"].format(id=document_id, notice=notice), err=True)
    figures: dict[str, Any] = {
        "indexed": report.indexed,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "skipped_other": report.skipped_other,
        "set_aside": [{"path": str(p.path), "reason": p.reason} for p in report.set_aside],
        "notices": [{"document": document_id, "notice": notice} for document_id, notice in report.notices],
        "pages": report.pages,
        "documents": report.documents,
        "chunks": report.chunks,
        "version": report.version,
        "seconds": round(report.seconds, 3),
        "index": str(settings.index),
    }
    if as_json:
        typer.echo(json.dumps(figures, indent=1, ensure_ascii=False))
    else:
        rate = report.pages / report.seconds if report.seconds else 0.0
        shown = figures | {"set_aside": len(report.set_aside), "rate": rate}
        typer.echo(COMMANDS["ingest.summary"].format(**shown))
    if report.set_aside:
        raise typer.Exit(SOME_SET_ASIDE)
