"""`lotsen eval`: runs the suite, prints and keeps its report, and judges it by the gates.

Knows nothing of what is measured. `command` is what the entry point `eval` of the group
`lotsen.commands` names, so that the command line can offer it without importing this folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evals.scores import Report
    from evals.sets import Question

EXIT_GATE = 1
EXIT_UNUSABLE = 2

command = typer.Typer(add_completion=False)


@command.command(name="eval")
def evaluate(
    gate: Annotated[bool, typer.Option("--gate", help="Exit with 1 when a floor is not reached.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write report.json into this folder.")] = None,
    names: Annotated[list[str] | None, typer.Option("--set", help="Only this set; repeatable.")] = None,
    folder: Annotated[Path | None, typer.Option("--sets", help="Folder of the sets.")] = None,
    split: Annotated[str, typer.Option(help="dev, test or all.")] = "all",
    index: Annotated[Path | None, typer.Option(help="Folder of the index.")] = None,
) -> None:
    """Measure answers and ranking on the question sets."""
    from evals.gates import GateError, failures, load_floors
    from evals.report import plain_console, print_report, write_report
    from evals.sets import SETS_DIR, SetError, load_sets, set_paths
    from index.errors import SearchIndexError
    from ui.settings import SettingsError

    try:
        floors = load_floors() if gate else ()
        questions = load_sets(set_paths(names or (), folder or SETS_DIR), split)
        report = _run(questions, split, index)
    except (GateError, SetError, SettingsError, SearchIndexError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_UNUSABLE) from error
    print_report(report, plain_console())
    if out is not None:
        typer.echo(f"Written: {write_report(report, out)}")
    if reasons := failures(report, floors):
        for reason in reasons:
            typer.echo(f"GATE {reason}", err=True)
        raise typer.Exit(EXIT_GATE)


def _run(questions: tuple[Question, ...], split: str, index: Path | None) -> Report:
    from rich.console import Console
    from rich.progress import track

    from evals.run import report_of, results_of, system_of
    from ui.settings import Settings
    from ui.wiring import build_service

    system = system_of(build_service(Settings.from_environment().with_index(index)))
    asked = results_of(questions, system)
    console = Console(stderr=True)
    results = list(track(asked, "Asking", total=len(questions), console=console, transient=True))
    return report_of(results, split, system)
