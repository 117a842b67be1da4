"""Plots as inline SVG: no script, no request, readable in black and white. Knows nothing of reports.

Each function gives one `<svg>` element as text; values on both axes are in the unit of the data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from evals.metrics import Bin, Point

WIDTH, HEIGHT = 360, 250
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 12, 44
INK, MUTED, MAIN, SECOND = "#1a1a1a", "#8a8a8a", "#0b5c8a", "#c2571a"
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Bar:
    """A value with its interval, as one mark of a series."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Axes:
    """Where the values 0 to `across` and 0 to `up` lie on the drawing, and what the axes are called."""

    x_label: str
    y_label: str
    across: float = 1.0
    up: float = 1.0

    def x(self, value: float) -> float:
        """Pixels from the left."""
        return LEFT + value / self.across * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return HEIGHT - BOTTOM - value / self.up * (HEIGHT - TOP - BOTTOM)


def reliability_plot(bins: Sequence[Bin], title: str, axes: Axes) -> str:
    """Mean confidence against the share that is right, one circle for each bin, its area by answers."""
    most = max((b.n for b in bins), default=1)
    marks = [_line(axes, (0, 0), (1, 1), MUTED, dashed=True)]
    for found in bins:
        radius = 3 + 9 * math.sqrt(found.n / most)
        x, y = axes.x(found.confidence), axes.y(found.right)
        marks.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{MAIN}" fill-opacity="0.55" '
            f'stroke="{MAIN}"><title>{found.low:.1f}–{found.high:.1f}: {found.right:.2f} (n = {found.n})'
            f"</title></circle>"
        )
    return _figure(title, axes, marks, [(share, f"{share:g}") for share in SHARES])


def coverage_plot(points: Sequence[Point], title: str, axes: Axes) -> str:
    """Precision against coverage as a line, from the surest answer to all answers that were given."""
    path = " ".join(f"{axes.x(p.coverage):.1f},{axes.y(p.precision):.1f}" for p in points)
    marks = [f'<polyline points="{path}" fill="none" stroke="{MAIN}" stroke-width="2"/>']
    if points:
        last = points[-1]
        marks.append(
            f'<circle cx="{axes.x(last.coverage):.1f}" cy="{axes.y(last.precision):.1f}" r="4" '
            f'fill="{MAIN}"><title>{last.coverage:.2f} · {last.precision:.2f}</title></circle>'
        )
    return _figure(title, axes, marks, [(share, f"{share:g}") for share in SHARES])


def grouped_plot(
    groups: Sequence[str], series: Sequence[tuple[str, Sequence[Bar | None]]], title: str, axes: Axes
) -> str:
    """Values with intervals for each group, the series side by side; None leaves a place empty.

    The names of the series stand where the label of the x axis would.
    """
    marks = []
    for i, (name, bars) in enumerate(series):
        colour = (MAIN, SECOND)[i % 2]
        for group, bar in enumerate(bars):
            if bar is None:
                continue
            at = (group + 0.5 + (i - (len(series) - 1) / 2) * 0.2) / len(groups)
            marks.append(_line(axes, (at, bar.low), (at, bar.high), colour))
            x, y = axes.x(at), axes.y(bar.value)
            said = f"<title>{escape(name)}: {bar.value:.2f} ({bar.low:.2f}–{bar.high:.2f})</title>"
            if i % 2 == 0:
                marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}">{said}</circle>')
            else:
                corner = f'x="{x - 4.5:.1f}" y="{y - 4.5:.1f}"'
                marks.append(f'<rect {corner} width="9" height="9" fill="{colour}">{said}</rect>')
        marks.append(_text(LEFT + 8 + i * 130, HEIGHT - 8, f"{'●■'[i % 2]} {name}", colour, "start"))
    ticks = [((group + 0.5) / len(groups), name) for group, name in enumerate(groups)]
    return _figure(title, axes, marks, ticks)


def histogram(values: Sequence[float], title: str, axes: Axes, bins: int = 24) -> str:
    """The share of the values in each of `bins` parts of 0 to `axes.across`; greater ones in the last."""
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int(value / axes.across * bins))] += 1
    width = axes.across / bins
    marks = []
    for i, count in enumerate(counts):
        x, y = axes.x(i * width), axes.y(min(axes.up, count / max(1, len(values))))
        marks.append(
            f'<rect x="{x + 0.5:.1f}" y="{y:.1f}" width="{axes.x((i + 1) * width) - x - 1:.1f}" '
            f'height="{axes.y(0) - y:.1f}" fill="{MAIN}"><title>{i * width:.0f}–{(i + 1) * width:.0f}: '
            f"{count}</title></rect>"
        )
    return _figure(
        title, axes, marks, [(share * axes.across, f"{share * axes.across:.3g}") for share in SHARES]
    )


def _figure(title: str, axes: Axes, marks: Sequence[str], ticks: Sequence[tuple[float, str]]) -> str:
    grid = [_line(axes, (0, share * axes.up), (axes.across, share * axes.up), "#dddddd") for share in SHARES]
    labels = [
        _text(LEFT - 6, axes.y(share * axes.up) + 4, f"{share * axes.up:.2g}", INK, "end") for share in SHARES
    ]
    labels += [_text(axes.x(at), HEIGHT - BOTTOM + 16, name, INK, "middle") for at, name in ticks]
    labels.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, axes.x_label, INK, "middle"))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    labels.append(
        f'<text x="12" y="{middle:.1f}" fill="{INK}" text-anchor="middle" '
        f'transform="rotate(-90 12 {middle:.1f})">{escape(axes.y_label)}</text>'
    )
    frame = _line(axes, (0, 0), (axes.across, 0), INK) + _line(axes, (0, 0), (0, axes.up), INK)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" font-size="11">'
        f"<title>{escape(title)}</title>{''.join(grid)}{frame}{''.join(marks)}{''.join(labels)}</svg>"
    )


def _line(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, *, dashed: bool = False
) -> str:
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    return (
        f'<line x1="{axes.x(start[0]):.1f}" y1="{axes.y(start[1]):.1f}" x2="{axes.x(end[0]):.1f}" '
        f'y2="{axes.y(end[1]):.1f}" stroke="{colour}"{dashes}/>'
    )


def _text(x: float, y: float, words: str, colour: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(words)}</text>'
