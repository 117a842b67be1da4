"""`lotsen eval`: runs the suite, prints and keeps its reports, and judges it by the gates.

Knows nothing of what is measured. `command` is what the entry point `eval` of the group
`lotsen.commands` names, so that the command line can offer it without importing this folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from evals.scores import Report, Result
    from ui.settings import Settings

EXIT_GATE = 1
EXIT_UNUSABLE = 2
REPORTS = "eval"
"""Where reports are kept in the data folder."""

command = typer.Typer(add_completion=False, invoke_without_command=True)


@command.callback()
def evaluate(
    context: typer.Context,
    gate: Annotated[bool, typer.Option("--gate", help="Exit with 1 when a gate is not passed.")] = False,
    component: Annotated[
        str, typer.Option(help="retrieval, answers, triage, personal-data, conversations or all.")
    ] = "all",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for report.html, report.json and summary.md (default: in the data folder)."
        ),
    ] = None,
    names: Annotated[list[str] | None, typer.Option("--set", help="Only this set; repeatable.")] = None,
    folder: Annotated[Path | None, typer.Option("--sets", help="Folder of the sets.")] = None,
    split: Annotated[str, typer.Option(help="dev, test or all.")] = "all",
    public: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=PATH",
            help="A public set instead of ours: swequad-mc, squad2-sv, swefaq or beir; repeatable.",
        ),
    ] = None,
    index: Annotated[Path | None, typer.Option(help="Folder of the index.")] = None,
    compare: Annotated[
        Path | None, typer.Option(metavar="OLD.json", help="What got better or worse since that report.")
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Make this run the baseline that gates compare with.")
    ] = False,
) -> None:
    """Measure answers and ranking on the question sets."""
    if context.invoked_subcommand is not None:
        return
    if (gate or write_baseline) and (component != "all" or public):
        _end(
            "Gates and baseline are about all components of our own sets; leave --component and --public out."
        )
    _run(gate, component, out, names or (), folder, split, public or (), index, compare, write_baseline)


@command.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Reviewed questions, one a line.")],
    folder: Annotated[Path | None, typer.Option("--sets", help="Folder of the sets.")] = None,
    index: Annotated[Path | None, typer.Option(help="Folder of the index.")] = None,
) -> None:
    """Turn reviewed questions into regression cases."""
    from evals.regressions import add_reviews
    from evals.sets import SETS_DIR, SetError
    from index.errors import SearchIndexError
    from index.search import Searcher
    from ui.settings import Settings, SettingsError

    try:
        searcher = Searcher.open(Settings.from_environment().with_index(index).index)
        added = add_reviews(file, searcher, folder or SETS_DIR)
    except (SetError, SettingsError, SearchIndexError) as error:
        _end(str(error))
    for refusal in added.refused:
        typer.echo(f"{file.name}:{refusal.line}: refused: {refusal.reason}", err=True)
    typer.echo(f"Added to {added.path}: {', '.join(added.ids) or 'nothing'}")
    if added.refused:
        raise typer.Exit(EXIT_GATE)


@command.command()
def card(
    version: Annotated[str, typer.Argument(help="The release, as in pyproject.toml.")],
    report: Annotated[Path, typer.Argument(metavar="REPORT.json", help="What `lotsen eval` wrote.")],
    folder: Annotated[Path | None, typer.Option("--cards", help="Folder of the report cards.")] = None,
) -> None:
    """Write the report card of a release."""
    from evals.report import ReportError, read_report
    from evals.summary import CARDS_DIR, CardError, write_card
    from ui.settings import Settings, SettingsError

    try:
        language = Settings.from_environment().language
        path = write_card(read_report(report), version, language=language, folder=folder or CARDS_DIR)
    except (ReportError, CardError, SettingsError) as error:
        _end(str(error))
    typer.echo(f"Written: {path}")


def _run(
    gate: bool,
    component: str,
    out: Path | None,
    names: Sequence[str],
    folder: Path | None,
    split: str,
    public: Sequence[str],
    index: Path | None,
    compare: Path | None,
    write_baseline: bool,
) -> None:
    from evals.baseline import BaselineError
    from evals.gates import GateError
    from evals.public import PublicError
    from evals.report import ReportError
    from evals.sets import SetError
    from index.errors import SearchIndexError
    from ui.settings import Settings, SettingsError

    try:
        plan = _Plan(gate, compare, write_baseline)
        settings = Settings.from_environment().with_index(index)
        if public:
            report = _public(public, component, settings)
        else:
            report = _own(names, folder, split, component, settings, build=index is None)
        reasons = plan.finish(report, out or settings.data / REPORTS, settings.language)
    except (
        GateError,
        BaselineError,
        SetError,
        PublicError,
        ReportError,
        SettingsError,
        SearchIndexError,
        ValueError,
    ) as error:
        _end(str(error))
    for reason in reasons:
        typer.echo(f"GATE {reason}", err=True)
    if reasons:
        raise typer.Exit(EXIT_GATE)


class _Plan:
    """What is done with a report once it is there; what it needs is read before anything is asked."""

    def __init__(self, gate: bool, compare: Path | None, write_baseline: bool) -> None:
        """Raises `GateError`, `BaselineError` or `ReportError` for files that cannot be used."""
        from evals.baseline import BASELINE_PATH, read_baseline
        from evals.gates import load_gates
        from evals.report import read_report

        self.gates = load_gates() if gate or write_baseline else None
        self.judging, self.writing = gate, write_baseline
        watched = gate and self.gates is not None and self.gates.no_loss is not None
        self.baseline = read_baseline() if watched and BASELINE_PATH.exists() else None
        self.old = read_report(compare) if compare else None

    def finish(self, report: Report, out: Path, language: str) -> list[str]:
        """Print and write everything; gives why the gates are not passed, if they are tried."""
        from evals.baseline import BASELINE_PATH, baseline_of
        from evals.baseline import write_baseline as write
        from evals.compare import compare, print_comparison
        from evals.gates import failures
        from evals.html import write_html
        from evals.report import plain_console, print_report, write_report
        from evals.summary import write_summary

        console = plain_console()
        print_report(report, console)
        comparison = compare(self.old, report) if self.old else None
        if comparison:
            print_comparison(comparison, console)
        reasons = failures(report, self.gates, self.baseline) if self.gates and self.judging else None
        paths = [
            write_html(report, out, language=language, reasons=reasons, comparison=comparison),
            write_report(report, out),
            write_summary(report, out, language=language, reasons=reasons, comparison=comparison),
        ]
        if self.writing and self.gates and self.gates.no_loss:
            write(baseline_of(report, self.gates.no_loss.measures))
            paths.append(BASELINE_PATH)
        for path in paths:
            typer.echo(f"Written: {path}")
        return reasons or []


def _own(
    names: Sequence[str], folder: Path | None, split: str, component: str, settings: Settings, *, build: bool
) -> Report:
    """Ask our own sets; with `build`, the index of the starter corpus is built when there is none."""
    from evals.run import cases_of, chosen_components, report_of, results_of, system_of
    from evals.sets import SETS_DIR, SetError, load_sets, set_paths
    from ui.wiring import build_service, ensure_index

    components = chosen_components(component)
    cases = cases_of(load_sets(set_paths(names, folder or SETS_DIR), split), components)
    if not cases:
        raise SetError(message=f"No case of these sets is about {component}. Choose other sets.")
    if build:
        ensure_index(settings)
    service = build_service(settings)
    about = {document for case in cases for document in case.documents}
    if missing := sorted(about - set(service.live.searcher.guidance)):
        raise SetError(
            message=f"The index in {settings.index} lacks documents of the questions: {', '.join(missing)}. "
            f"Add them: lotsen ingest {settings.corpus / 'pdf'} --index {settings.index}"
        )
    system = system_of(service)
    results = _tracked(results_of(cases, system, components), len(cases), "Asking")
    return report_of(results, split, system.index_version)


def _public(arguments: Sequence[str], component: str, settings: Settings) -> Report:
    """Ask public sets, each over an index of its own texts that is gone afterwards."""
    from tempfile import TemporaryDirectory

    from evals.public import SPLIT, build_system, load_public
    from evals.run import chosen_components, report_of, results_of

    components = set(chosen_components(component)) & {"retrieval", "answers"}
    if not components:
        raise ValueError(f"Public sets have nothing about {component}; choose retrieval, answers or all.")
    results, versions = [], []
    for public in [load_public(argument) for argument in arguments]:
        with TemporaryDirectory() as temporary:
            typer.echo(f"Indexing {len(public.texts)} texts of {public.name}", err=True)
            system = build_system(public.texts, Path(temporary), settings.embedder)
            asked = results_of(public.questions, system, components)
            results += _tracked(asked, len(public.questions), f"Asking {public.name}")
            versions.append(system.index_version)
    return report_of(results, SPLIT, ", ".join(versions))


def _tracked(asked: Iterator[Result], total: int, title: str) -> list[Result]:
    from rich.console import Console
    from rich.progress import track

    return list(track(asked, title, total=total, console=Console(stderr=True), transient=True))


def _end(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(EXIT_UNUSABLE)
