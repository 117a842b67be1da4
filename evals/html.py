"""The report as one HTML file: nothing is fetched, and it prints. Knows nothing of how it was measured.

Texts come from `evals.texts`, plots from `evals.plots`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from evals.compare import Comparison
from evals.measures import answer_rows, mistakes
from evals.metrics import coverage_curve, reliability
from evals.overlap import LEVELS
from evals.plots import Axes, Bar, coverage_plot, grouped_plot, histogram, reliability_plot
from evals.report import GROUP_COLUMNS
from evals.scores import Group, PageRef, Report, Result, Score
from evals.texts import text

HTML_NAME = "report.html"
WORST = 40
"""Mistakes that are shown; all are in the JSON."""

HEADLINES = ("answer_precision", "answered", "abstention_recall", "quotes_verbatim")
OVERLAP_MEASURES = ("page@5", "right_and_cited")

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 68rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0 0 .3rem; } p { margin: .3rem 0; } .quiet { color: #555; }
.headline { display: flex; flex-wrap: wrap; gap: 1rem; }
.headline div { flex: 1 1 11rem; border-top: 3px solid #0b5c8a; padding-top: .4rem; }
.headline b { display: block; font-size: 1.7rem; line-height: 1.2; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
  gap: 1.5rem 2.5rem; }
.plots figure { margin: 0; break-inside: avoid; } svg { width: 100%; height: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0;
  border-bottom: 1px solid #ddd; }
th { border-bottom: 2px solid #1a1a1a; } .n { text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; } tr { break-inside: avoid; }
.failed { border-left: 4px solid #b3261e; padding-left: .8rem; }
.passed { border-left: 4px solid #1d7a3a; padding-left: .8rem; }
.worst td { width: 25%; } .worst td:first-child { width: 22%; } .worst td:last-child { width: 14%; }
@media print { body { font-size: 10pt; max-width: none; margin: 0; } .scroll { overflow: visible; }
  h2 { break-after: avoid; } thead { display: table-header-group; } table { font-size: 8pt; }
  .plots { grid-template-columns: 1fr 1fr; } @page { margin: 15mm; } }
"""


def write_html(
    report: Report,
    folder: Path,
    *,
    language: str = "sv",
    reasons: Sequence[str] | None = None,
    comparison: Comparison | None = None,
) -> Path:
    """Write `report.html` into the folder; gives its path.

    `reasons` are why the gates were not passed, empty when they were, None when they were not tried.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / HTML_NAME
    path.write_text(page(report, language, reasons, comparison), encoding="utf-8")
    return path


def page(
    report: Report,
    language: str = "sv",
    reasons: Sequence[str] | None = None,
    comparison: Comparison | None = None,
) -> str:
    """The whole page as text; see `write_html`."""
    overall = report.groups[0]
    about = text(
        "about",
        language,
        cases=overall.questions,
        sets=", ".join(report.sets),
        split=report.split,
        index=report.index_version,
        created=report.created,
    )
    parts = [
        f"<h1>{_say('title', language)}</h1><p class=quiet>{escape(about)}</p>",
        _headline(overall, language),
        _gates(reasons, language),
        f"<h2>{_say('plots', language)}</h2><div class=plots>{''.join(_plots(report, language))}</div>",
        f"<h2>{_say('measures', language)}</h2>{_measures(overall, language)}",
        _changes(comparison, language) if comparison else "",
        f"<h2>{_say('groups', language)}</h2>{_groups(report.groups[1:], language)}",
        _worst(report.results, language),
        f"<h2>{_say('limits', language)}</h2><p>{_say('limits.text', language)}</p>",
    ]
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_say('title', language)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def interval(score: Score) -> str:
    """The interval of a score as shown: `0.71 – 0.83`."""
    return f"{score.low:.2f} – {score.high:.2f}"


def _headline(overall: Group, language: str) -> str:
    boxes = [
        f"<div><b>{overall.scores[name].value:.0%}</b>{_say(f'headline.{name}', language)}</div>"
        for name in HEADLINES
        if name in overall.scores
    ]
    if not boxes:
        return ""
    return f"<h2>{_say('headline', language)}</h2><div class=headline>{''.join(boxes)}</div>"


def _gates(reasons: Sequence[str] | None, language: str) -> str:
    head = f"<h2>{_say('gates', language)}</h2>"
    if reasons is None:
        return f"{head}<p class=quiet>{_say('gates.none', language)}</p>"
    if not reasons:
        return f"{head}<p class=passed>{_say('gates.passed', language)}</p>"
    listed = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    failed = escape(text("gates.failed", language, n=len(reasons)))
    return f"{head}<div class=failed><p>{failed}</p><ul>{listed}</ul></div>"


def _plots(report: Report, language: str) -> Iterable[str]:
    rows = answer_rows(report.results)
    asked = sum(r.component == "questions" and r.answered is not None for r in report.results)
    axes = _axes("reliability", language)
    drawn = reliability_plot(reliability(rows), _title("reliability", language), axes) if len(rows) else ""
    yield _plot("reliability", drawn, language)
    axes = _axes("coverage", language)
    drawn = (
        coverage_plot(coverage_curve(rows, asked), _title("coverage", language), axes) if len(rows) else ""
    )
    yield _plot("coverage", drawn, language)
    yield _plot("overlap", _overlap(report, language), language)
    times = [r.ask_ms for r in report.results if r.ask_ms is not None]
    if report.ask_ms is None:
        yield _plot("latency", "", language)
        return
    # Four ticks on whole numbers, and room for twice the p95.
    across = 4 * math.ceil(report.ask_ms.p95 / 2)
    axes = Axes(text("plot.latency.x", language), text("plot.latency.y", language), across, 0.4)
    values = {"p50": report.ask_ms.p50, "p95": report.ask_ms.p95, "longest": report.ask_ms.longest}
    yield _plot("latency", histogram(times, _title("latency", language), axes), language, **values)


def _overlap(report: Report, language: str) -> str:
    groups = [report.group(f"overlap={level}") for level in LEVELS]
    series = [(name, [_bar(group, name) for group in groups]) for name in OVERLAP_MEASURES]
    if not any(bar for _, bars in series for bar in bars):
        return ""
    names = [text(f"overlap.{level}", language) for level in LEVELS]
    axes = Axes("", text("plot.overlap.y", language))
    return grouped_plot(names, series, _title("overlap", language), axes)


def _bar(group: Group | None, measure: str) -> Bar | None:
    score = group.scores.get(measure) if group else None
    return Bar(score.value, score.low, score.high) if score else None


def _axes(name: str, language: str) -> Axes:
    return Axes(text(f"plot.{name}.x", language), text(f"plot.{name}.y", language))


def _title(name: str, language: str) -> str:
    return text(f"plot.{name}", language)


def _plot(name: str, drawn: str, language: str, **values: float) -> str:
    said = text(f"plot.{name}.help", language, **values) if drawn else text("plot.none", language)
    return (
        f"<figure><h3>{_say(f'plot.{name}', language)}</h3>{drawn}"
        f"<figcaption class=quiet>{escape(said)}</figcaption></figure>"
    )


def _measures(overall: Group, language: str) -> str:
    head = _head(("measure", "meaning", "value", "interval", "questions"), language, numbers=2)
    rows = [
        f"<tr><td><code>{name}</code><td>{_say(f'measure.{name}', language)}<td class=n>{score.value:.3f}"
        f"<td class=n>{interval(score)}<td class=n>{score.n}</tr>"
        for name, score in overall.scores.items()
    ]
    return _table(head, rows)


def _groups(groups: Sequence[Group], language: str) -> str:
    names = "".join(f"<th class=n>{name}" for name in GROUP_COLUMNS)
    head = f"<th>{_say('group', language)}<th class=n>{_say('questions', language)}{names}"
    rows = []
    for group in groups:
        shown = [group.scores.get(name) for name in GROUP_COLUMNS]
        cells = "".join(f"<td class=n>{f'{score.value:.2f}' if score else '–'}" for score in shown)
        rows.append(f"<tr><td>{escape(group.name)}<td class=n>{group.questions}{cells}</tr>")
    return _table(head, rows)


def _changes(comparison: Comparison, language: str) -> str:
    head = _head(("measure", "before", "after", "change", "interval", "verdict"), language, numbers=1)
    rows = [
        f"<tr><td><code>{d.measure}</code><td class=n>{d.before:.3f}<td class=n>{d.after:.3f}"
        f"<td class=n>{d.after - d.before:+.3f}<td class=n>{d.low:+.3f} – {d.high:+.3f}"
        f"<td class=n>{_say(f'verdict.{d.verdict}', language)}</tr>"
        for d in comparison.differences
    ]
    lists = []
    for key, gained in (("lost", False), ("gained", True)):
        changed = [change.after for change in comparison.changes if change.gained == gained]
        items = "".join(f"<li><code>{r.id}</code> {escape(r.question)}</li>" for r in changed)
        lists.append(f"<h3>{escape(text(key, language, n=len(changed)))}</h3><ul>{items}</ul>")
    alone = (
        f"<p class=quiet>{escape(text('alone', language, n=comparison.alone))}</p>"
        if comparison.alone
        else ""
    )
    title = escape(text("changes", language, created=comparison.created))
    return f"<h2>{title}</h2>{_table(head, rows)}{alone}{''.join(lists)}"


def _worst(results: Sequence[Result], language: str) -> str:
    wrong = mistakes(results)
    head = f"<h2>{_say('worst', language)}</h2>"
    if not wrong:
        return f"{head}<p>{_say('worst.none', language)}</p>"
    about = escape(text("worst.about", language, shown=min(WORST, len(wrong)), n=len(wrong)))
    columns = _head(("question", "gold", "answer", "page"), language, numbers=0)
    rows = [_mistake(result, language) for result in wrong[:WORST]]
    return f"{head}<p class=quiet>{about}</p>{_table(columns, rows, 'worst')}"


def _mistake(result: Result, language: str) -> str:
    facts = " · ".join(filter(None, (result.id, result.role, result.overlap, result.status)))
    question = f"{escape(result.question)}<br>{_quiet(escape(facts))}"
    quotes = "<br>".join(f"”{escape(quote)}”" for quote in result.quotes)
    silent = f"{_say('no_gold', language)} " if result.answerable is False else ""
    gold = f"{silent}{escape(result.expected)}<br>{_quiet(quotes)}"
    answer = escape(result.answer) if result.answered else _say("silent", language)
    if result.confidence is not None:
        sure = f"{_say('confidence', language)}: {result.confidence:.2f}"
        answer += f"<br>{_quiet(sure)}"
    return f"<tr><td>{question}<td>{gold}<td>{answer}<td>{_places(result, language)}</tr>"


def _places(result: Result, language: str) -> str:
    """The gold pages, the pages shown, and where the search had the first gold page."""
    shown = _pages(result.cited, language) or "–"
    lines = [f"{_say('page.cited', language)}: {shown}"]
    if result.gold:
        lines.insert(0, f"{_say('gold', language)}: {_pages(result.gold, language)}")
    if result.gold and result.ranking:
        rank = next((i for i, found in enumerate(result.ranking, 1) if found in result.gold), None)
        lines.append(f"{_say('page.rank', language)}: {rank or _say('page.beyond', language)}")
    return "<br>".join(lines)


def _pages(pages: Sequence[PageRef], language: str) -> str:
    short = _say("page.short", language)
    return ", ".join(f"{escape(document)} {short}&nbsp;{number}" for document, number in pages)


def _quiet(markup: str) -> str:
    return f"<span class=quiet>{markup}</span>"


def _head(keys: Sequence[str], language: str, numbers: int) -> str:
    """Column heads; those after the first `numbers` are of numbers, none when `numbers` is 0."""
    cells = [
        f"<th class=n>{_say(key, language)}" if 0 < numbers <= i else f"<th>{_say(key, language)}"
        for i, key in enumerate(keys)
    ]
    return "".join(cells)


def _table(head: str, rows: Sequence[str], name: str = "") -> str:
    kind = f" class={name}" if name else ""
    return (
        f"<div class=scroll><table{kind}><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _say(key: str, language: str) -> str:
    return escape(text(key, language))
