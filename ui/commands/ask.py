"""`lotsen ask` and `lotsen search`: one question on the command line. Knows nothing of HTTP.

Nothing here may import gradio, fastapi, uvicorn or torch: a command must not pay for what it does not use.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.settings import LANGUAGES, Settings, SettingsError
from ui.texts import COMMANDS, Texts, texts_in

if TYPE_CHECKING:
    from ui.schemas import AskReply

WIDTH = 96
NOT_ANSWERED = 4

Index = Annotated[Path | None, typer.Option(help=COMMANDS["index"])]
AsJson = Annotated[bool, typer.Option("--json", help=COMMANDS["json"])]


def ask(
    question: Annotated[str, typer.Argument(help=COMMANDS["ask.question"])],
    as_json: AsJson = False,
    index: Index = None,
    language: Annotated[str | None, typer.Option(help=COMMANDS["ask.language"])] = None,
) -> None:
    """Answer a question with the sentences of the guidance that answer it. Exit code 4: no answer."""
    from assistant.answer import Context, Status
    from ui.schemas import AskReply
    from ui.wiring import build_service

    settings = Settings.from_environment().with_index(index)
    spoken = language or settings.language
    if spoken not in LANGUAGES:
        raise SettingsError("--language", COMMANDS["ask.unknown_language"].format(language=spoken))
    answer = build_service(settings).ask(question, Context(language=spoken))
    reply = AskReply.of(answer)
    typer.echo(reply.model_dump_json(indent=1) if as_json else _as_text(reply, texts_in(spoken)))
    if answer.status not in (Status.ANSWERED, Status.PARTIAL):
        raise typer.Exit(NOT_ANSWERED)


def search(
    query: Annotated[str, typer.Argument(help=COMMANDS["search.query"])],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help=COMMANDS["search.k"])] = 10,
    as_json: AsJson = False,
    index: Index = None,
) -> None:
    """List the passages that match best, with each ranker's part in the score."""
    from index.search import LiveIndex
    from ui.schemas import HitOut, SearchReply

    def line(hit: HitOut) -> str:
        why = "  ".join(f"{name} {part:.2f}" for name, part in hit.why.items())
        text = textwrap.shorten(" ".join(hit.text.split()), WIDTH * 2, placeholder=" …")
        head = f"{hit.score:7.3f}  {hit.title}, PDF page {hit.page}  ({hit.document_id})"
        body = textwrap.fill(text, WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 9)
        return f"{head}\n         {hit.section}\n{body}\n         {why}\n"

    settings = Settings.from_environment().with_index(index)
    searcher = LiveIndex(settings.index).searcher
    hits = searcher.search(query, k, one_per_page=True)
    reply = SearchReply.of(hits, searcher, query)
    if as_json:
        typer.echo(reply.model_dump_json(indent=1))
    else:
        typer.echo("\n".join(line(hit) for hit in reply.hits) or COMMANDS["search.none"])


def _as_text(reply: AskReply, texts: Texts) -> str:
    lines = [texts.status(reply.status), ""]
    lines += [part for line in reply.answer.splitlines() for part in textwrap.wrap(line, WIDTH)]
    if reply.next_step:
        lines += ["", *textwrap.wrap(reply.next_step, WIDTH)]
    lines += [line for notice in reply.notices for line in ("", *textwrap.wrap(notice, WIDTH))]
    if reply.citations:
        answered = bool(reply.sentences)
        lines += ["", texts["sources" if answered else "nearest"]]
    for c in reply.citations:
        place = ", ".join(filter(None, (c.title, c.publisher, c.published)))
        page = texts.of("page_of_pdf", label=c.page_label, number=c.page)
        lines += [f"[{c.number}] {place}", f"    {page}" + (f" · {c.section}" if c.section else "")]
        quote = f"»{' '.join(c.quote.split())}»"
        lines += textwrap.wrap(quote, WIDTH, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)
