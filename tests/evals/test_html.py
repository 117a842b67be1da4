"""The reports that people read: one HTML file, a Markdown summary, a report card."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evals.compare import compare
from evals.html import page, write_html
from evals.metrics import Bin, Point
from evals.plots import Axes, Bar, coverage_plot, grouped_plot, histogram, reliability_plot
from evals.run import report_of, results_of
from evals.scores import Report
from evals.summary import CardError, write_card, write_summary
from evals.texts import text
from tests.evals.test_report import REPORT
from tests.evals.test_run import SYSTEM, TURN

SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)


class Tags(HTMLParser):
    """The attributes by which a page fetches something."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe") or any(name in ("src", "href") for name, _ in attrs):
            self.fetched.append(tag)


def test_the_page_fetches_nothing_and_can_be_printed() -> None:
    whole = page(REPORT)
    tags = Tags()
    tags.feed(whole)
    assert tags.fetched == [] and "url(" not in whole and "@import" not in whole
    assert "@media print" in whole and whole.startswith("<!doctype html><html lang=")


def test_it_shows_plots_measures_and_mistakes() -> None:
    whole = page(REPORT, "en")
    titles = ("plot.reliability", "plot.coverage", "plot.overlap", "plot.latency")
    assert len(SVG.findall(whole)) == len(titles)
    assert all(text(key, "en") in whole for key in (*titles, "measures", "groups", "worst"))
    # The one wrong answer, with its gold page and what was shown instead.
    worst = whole[whole.index(text("worst", "en")) :]
    assert "hur länge får natten vara?" in worst and "hur ofta vänds han?" not in worst
    assert "mat p.&nbsp;1" in worst and "mat p.&nbsp;2, vila p.&nbsp;2" in worst


def test_what_people_wrote_is_text_and_not_markup() -> None:
    (asked, *others) = REPORT.results
    odd = replace(asked, question="<script>alert(1)</script>", values={"right_and_cited": 0.0})
    assert "<script>" not in page(replace(REPORT, results=(odd, *others)))


def test_a_run_that_only_searched_has_no_plots_of_answers() -> None:
    results = list(results_of([TURN], SYSTEM, ["retrieval"]))
    whole = page(report_of(results, "dev", "v1"), "en")
    assert len(SVG.findall(whole)) == 1 and whole.count(text("plot.none", "en")) == 3


def test_gates_and_comparison_are_told() -> None:
    better = tuple(replace(r, values={**r.values, "right_and_cited": 1.0}) for r in REPORT.results[:2])
    after: Report = replace(REPORT, results=(*better, *REPORT.results[2:]))
    whole = page(after, "en", ["key_fact fell <far>"], compare(REPORT, after))
    assert "key_fact fell &lt;far&gt;" in whole and text("gained", "en", n=1) in whole
    assert text("gates.passed", "sv") in page(REPORT, "sv", [])
    assert text("gates.none", "sv") in page(REPORT, "sv")


def test_files_are_written(tmp_path: Path) -> None:
    html = write_html(REPORT, tmp_path / "new", language="sv")
    assert html.name == "report.html" and 'lang="sv"' in html.read_text(encoding="utf-8")
    summary = write_summary(REPORT, tmp_path / "new", language="en", reasons=["too low"])
    lines = summary.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Lotsen: evaluation" and "- too low" in lines
    (row,) = (line for line in lines if line.startswith("| `right_and_cited`"))
    assert row.split(" | ")[2] == "0.500"
    compared = write_summary(REPORT, tmp_path, language="en", comparison=compare(REPORT, REPORT))
    assert "Against the run of" in compared.read_text(encoding="utf-8")


def test_a_release_has_its_card(tmp_path: Path) -> None:
    path = write_card(REPORT, "0.2.0", language="en", folder=tmp_path / "cards")
    assert path.name == "0.2.0.md"
    content = path.read_text(encoding="utf-8")
    assert content.startswith("# Lotsen 0.2.0: report card") and "| set=small |" in content
    with pytest.raises(CardError, match="is no version"):
        write_card(REPORT, "../0.2.0", folder=tmp_path)


def test_values_stand_where_the_axes_say() -> None:
    axes = Axes("x", "y", across=2.0, up=4.0)
    assert (axes.x(0), axes.x(2)) == (48, 360 - 12)
    assert (axes.y(0), axes.y(4)) == (250 - 44, 12)
    drawn = coverage_plot([Point(0.9, 0.5, 1.0)], "t", Axes("x", "y"))
    assert f'cx="{Axes("x", "y").x(0.5):.1f}" cy="12.0"' in drawn


def test_plots_say_in_words_what_they_draw() -> None:
    axes = Axes("<x>", "y")
    drawn = (
        reliability_plot([Bin(0.9, 1.0, 0.95, 0.5, 4)], "t", axes),
        grouped_plot(["few"], [("page@5", [Bar(0.5, 0.4, 0.6)]), ("right", [None])], "t", axes),
        histogram([1.0, 3.0, 99.0], "t", Axes("<x>", "y", across=4.0)),
    )
    assert "0.9–1.0: 0.50 (n = 4)" in drawn[0] and "page@5: 0.50 (0.40–0.60)" in drawn[1]
    assert drawn[2].count("<rect") == 24
    assert all('aria-label="t"' in svg and "<x>" not in svg.replace("&lt;x&gt;", "") for svg in drawn)


def test_an_unknown_text_has_its_near_miss() -> None:
    with pytest.raises(KeyError, match='Did you mean "gates'):
        text("gate", "sv")
