"""The report as Markdown: a summary for a run, a report card for a release. Knows nothing of HTML.

CardError
└── raised for a version that cannot name a file
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from evals.compare import Comparison
from evals.overlap import LEVELS
from evals.scores import Group, Report
from evals.texts import text

SUMMARY_NAME = "summary.md"
CARDS_DIR = Path(__file__).parent / "cards"


class CardError(ValueError):
    """A report card cannot be written under that version."""


def write_summary(
    report: Report,
    folder: Path,
    *,
    language: str = "sv",
    reasons: Sequence[str] | None = None,
    comparison: Comparison | None = None,
) -> Path:
    """Write `summary.md` into the folder; gives its path. `reasons` as for `evals.html.write_html`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SUMMARY_NAME
    head = f"# {text('title', language)}\n\n{_about('about', report, language)}"
    parts = [head, _gates(reasons, language), _measures(report.groups[0], language)]
    if comparison:
        parts.append(_changes(comparison, language))
    parts.append(_levels(report, language))
    path.write_text("\n\n".join(filter(None, parts)) + "\n", encoding="utf-8")
    return path


def write_card(report: Report, version: str, *, language: str = "sv", folder: Path = CARDS_DIR) -> Path:
    """Write the report card of a release as `<version>.md`; gives its path.

    Raises `CardError` for a version that is not like 1.2.0.
    """
    if not re.fullmatch(r"\d+(\.\d+)*([-.]?[a-z0-9]+)?", version):
        raise CardError(f'"{version}" is no version. Write it as in pyproject.toml: 0.2.0')
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{version}.md"
    parts = [
        f"# {text('card.title', language, version=version)}",
        _about("card.about", report, language),
        text("card.how", language),
        _measures(report.groups[0], language),
        _levels(report, language),
        _sets(report, language),
        f"## {text('limits', language)}\n\n{text('limits.text', language)}",
    ]
    path.write_text("\n\n".join(filter(None, parts)) + "\n", encoding="utf-8")
    return path


def _about(key: str, report: Report, language: str) -> str:
    return text(
        key,
        language,
        cases=report.groups[0].questions,
        sets=", ".join(report.sets),
        split=report.split,
        index=report.index_version,
        created=report.created,
    )


def _gates(reasons: Sequence[str] | None, language: str) -> str:
    head = f"## {text('gates', language)}\n\n"
    if reasons is None:
        return head + text("gates.none", language)
    if not reasons:
        return head + text("gates.passed", language)
    return head + "\n".join(
        [text("gates.failed", language, n=len(reasons)), "", *(f"- {r}" for r in reasons)]
    )


def _measures(overall: Group, language: str) -> str:
    rows = [
        [
            f"`{name}`",
            text(f"measure.{name}", language),
            f"{s.value:.3f}",
            f"{s.low:.3f} – {s.high:.3f}",
            str(s.n),
        ]
        for name, s in overall.scores.items()
    ]
    keys = ("measure", "meaning", "value", "interval", "questions")
    return _section("measures", keys, rows, language)


def _levels(report: Report, language: str) -> str:
    groups = [group for level in LEVELS if (group := report.group(f"overlap={level}"))]
    names = ("page@1", "page@5", "mrr@10", "key_fact", "right_and_cited")
    return _group_table("plot.overlap", groups, names, language)


def _sets(report: Report, language: str) -> str:
    groups = [group for group in report.groups if group.name.startswith("set=")]
    names = (
        "page@5",
        "right_and_cited",
        "abstention_recall",
        "triage_f1",
        "personal_f1",
        "conversation_success",
    )
    return _group_table("groups", groups, names, language)


def _group_table(title: str, groups: Sequence[Group], names: Sequence[str], language: str) -> str:
    if not groups:
        return ""
    shown = [name for name in names if any(name in group.scores for group in groups)]
    rows = [
        [group.name, str(group.questions)]
        + [f"{group.scores[name].value:.3f}" if name in group.scores else "–" for name in shown]
        for group in groups
    ]
    heads = [text("group", language), text("questions", language), *(f"`{name}`" for name in shown)]
    return f"## {text(title, language)}\n\n{_table(heads, rows)}"


def _changes(comparison: Comparison, language: str) -> str:
    rows = [
        [
            f"`{d.measure}`",
            f"{d.before:.3f}",
            f"{d.after:.3f}",
            f"{d.after - d.before:+.3f}",
            text(f"verdict.{d.verdict}", language),
        ]
        for d in comparison.differences
    ]
    heads = [text(key, language) for key in ("measure", "before", "after", "change", "verdict")]
    lists = [
        f"**{text(key, language, n=len(ids))}:** {', '.join(ids) or '–'}"
        for key, ids in (("lost", comparison.lost), ("gained", comparison.gained))
    ]
    title = text("changes", language, created=comparison.created)
    return "\n\n".join([f"## {title}", _table(heads, rows), *lists])


def _section(title: str, keys: Sequence[str], rows: Sequence[Sequence[str]], language: str) -> str:
    heads = [text(key, language) for key in keys]
    return f"## {text(title, language)}\n\n{_table(heads, rows)}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
