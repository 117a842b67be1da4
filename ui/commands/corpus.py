"""`lotsen corpus`: official sources and the state of the catalogue. Knows nothing of indexes or questions."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from corpus.catalogue import CATALOGUE_NAME, Guidance, load_catalogue, superseded_by
from ui.settings import Settings
from ui.texts import COMMANDS

ATTENTION = 3

Corpus = Annotated[Path | None, typer.Option(help=COMMANDS["corpus.folder"])]

app = typer.Typer(help=COMMANDS["corpus"], no_args_is_help=True)


@app.command()
def status(
    corpus: Corpus = None,
    on: Annotated[str | None, typer.Option(help=COMMANDS["corpus.on"], metavar="YYYY-MM-DD")] = None,
) -> None:
    """List the documents that have expired, are superseded or do not apply yet. Exit code 3: any."""
    day = _day(on)
    entries = load_catalogue(_folder(corpus) / CATALOGUE_NAME)
    newer = superseded_by(entries)
    told = 0
    for document_id, guidance in sorted(entries.items()):
        for line in _standing(document_id, guidance, newer.get(document_id), day):
            told += 1
            typer.echo(line)
    typer.echo(COMMANDS["corpus.status_summary"].format(documents=len(entries), told=told, day=day), err=True)
    if told:
        raise typer.Exit(ATTENTION)


@app.command()
def check(corpus: Corpus = None) -> None:
    """Check the catalogue: entries without file, files without entry, editions. Exit code 3: faults."""
    folder = _folder(corpus)
    catalogue = folder / CATALOGUE_NAME
    entries = load_catalogue(catalogue)
    files = {path.stem for path in (folder / "pdf").glob("*.pdf")}
    faults = [COMMANDS["corpus.no_file"].format(id=key) for key in sorted(entries.keys() - files)]
    faults += [COMMANDS["corpus.no_entry"].format(id=key) for key in sorted(files - entries.keys())]
    for key, guidance in sorted(entries.items()):
        unknown = [old for old in guidance.supersedes if old not in entries]
        faults += [COMMANDS["corpus.unknown_edition"].format(id=key, old=old) for old in unknown]
        lacking = [name for name in ("title", "publisher", "published") if getattr(guidance, name) is None]
        faults += [COMMANDS["corpus.lacks"].format(id=key, name=name) for name in lacking]
    for fault in faults:
        typer.echo(f"{catalogue}: {fault}")
    summary = COMMANDS["corpus.check_summary"]
    typer.echo(summary.format(entries=len(entries), files=len(files), faults=len(faults)), err=True)
    if faults:
        raise typer.Exit(ATTENTION)


@app.command()
def fetch(
    corpus: Corpus = None,
    out: Annotated[Path | None, typer.Option(help=COMMANDS["corpus.out"])] = None,
) -> None:
    """Download the official sources of `official.toml`. Exit code 3: some could not be fetched."""
    from corpus.fetch import OFFICIAL_NAME, load_official
    from corpus.fetch import fetch as download

    sources = load_official(_folder(corpus) / OFFICIAL_NAME)
    target = out or Settings.from_environment().data / "official"
    counts = dict.fromkeys(("fetched", "unchanged", "no_pdf", "failed"), 0)
    for outcome in download(sources, target):
        counts[outcome.status] += 1
        where = outcome.path or outcome.detail
        failed = outcome.status == "failed"
        line = COMMANDS[f"corpus.{outcome.status}"].format(key=outcome.source.key, where=where)
        typer.echo(line, err=failed)
    typer.echo(COMMANDS["corpus.fetch_summary"].format(folder=target, **counts), err=True)
    if counts["failed"]:
        raise typer.Exit(ATTENTION)


def _folder(corpus: Path | None) -> Path:
    return corpus or Settings.from_environment().corpus


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError as error:
        raise typer.BadParameter(f'"{text}" is not a day; write it as 2025-03-10.') from error


def _standing(document_id: str, guidance: Guidance, newer: str | None, day: date) -> list[str]:
    lines = []
    if guidance.valid_to and guidance.valid_to < day:
        lines.append(COMMANDS["corpus.expired"].format(id=document_id, day=guidance.valid_to))
    if guidance.valid_from and guidance.valid_from > day:
        lines.append(COMMANDS["corpus.not_yet"].format(id=document_id, day=guidance.valid_from))
    if newer:
        lines.append(COMMANDS["corpus.superseded"].format(id=document_id, newer=newer))
    return lines
