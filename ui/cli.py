"""The command `lotsen`. Knows which commands there are, not what they do.

Other packages add commands through the entry-point group `lotsen.commands`: each entry names a
`typer.Typer` that is imported only when its command is called or listed.
"""

from __future__ import annotations

import logging
import sys
from importlib.metadata import entry_points
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from assistant.answer import QuestionError
from corpus.catalogue import CatalogueError
from corpus.fetch import FetchError
from index.errors import SearchIndexError
from ingest.errors import IngestError
from ui.commands import ask as ask_commands
from ui.commands import corpus as corpus_commands
from ui.commands import ingest as ingest_command
from ui.commands import serve as serve_command
from ui.settings import Settings, SettingsError
from ui.texts import COMMANDS

COMMANDS_GROUP = "lotsen.commands"
UNUSABLE = 2
EXPECTED = (
    SettingsError,
    QuestionError,
    CatalogueError,
    FetchError,
    SearchIndexError,
    IngestError,
    serve_command.ServeError,
    OSError,
)
"""Errors whose message tells the user all there is to know; any other is a fault and shows its trace."""


class OpenGroup(TyperGroup):
    """A group of commands that other packages can add to."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Our own commands in the order of the program, then those of other packages."""
        return [*super().list_commands(ctx), *sorted(entry_points(group=COMMANDS_GROUP).names)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, imported now if it is another package's; None when there is none."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        for entry in entry_points(group=COMMANDS_GROUP, name=cmd_name):
            command = get_command(entry.load())
            command.name = cmd_name
            return command
        return None


app = typer.Typer(
    cls=OpenGroup,
    help=COMMANDS["lotsen"],
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(serve_command.serve)
app.command()(ingest_command.ingest)
app.command()(ask_commands.ask)
app.command()(ask_commands.search)
app.add_typer(corpus_commands.app, name="corpus")


def main() -> None:
    """Run the command line; expected errors end it with one line and exit code 2."""
    try:
        logging.basicConfig(level=Settings.from_environment().log_level.upper())
        app(prog_name="lotsen")
    except EXPECTED as error:
        typer.echo(f"lotsen: {error}", err=True)
        sys.exit(UNUSABLE)
