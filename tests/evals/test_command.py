"""`lotsen eval` and the checker as people call them, on an index of one small guide."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evals.check_sets import main as check
from evals.command import command
from evals.report import read_report
from tests.evals.test_sets import UNANSWERABLE, write
from ui.settings import Settings
from ui.wiring import ingest_paths

GUIDE = """
#set page(width: 300pt, height: 400pt, margin: 40pt, numbering: "1")
#set text(size: 11pt, lang: "sv")
= Lägesändring
Den som ligger mycket ska vändas minst varannan timme. Kontakta sjuksköterskan vid rodnad som inte
bleknar, och skriv ned varje lägesändring.
= Nattfasta
Nattfastan bör inte vara längre än elva timmar. Erbjud ett mål sent på kvällen.
"""
TURN: dict[str, Any] = {
    "id": "A-1",
    "question": "hur ofta ska den som ligger mycket vändas?",
    "answerable": True,
    "split": "dev",
    "role": "underskoterska",
    "kind": "number",
    "overlap": "high",
    "gold": [{"document": "vila", "page": 1, "quote": "ska vändas minst varannan timme"}],
    "answer": "Minst varannan timme.",
    "must_contain": ["varannan timme"],
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    typst = pytest.importorskip("typst", reason="needs the typesetter of the corpus")
    folder = tmp_path_factory.mktemp("eval")
    (folder / "pdf").mkdir()
    typst.compile(GUIDE.encode(), output=str(folder / "pdf" / "vila.pdf"), ignore_system_fonts=True)
    settings = Settings(data=folder, index=folder / "index", corpus=folder)
    ingest_paths([folder / "pdf"], settings, workers=1)
    return settings.index


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    folder = tmp_path / "sets"
    folder.mkdir()
    write(folder / "small.jsonl", TURN, UNANSWERABLE)
    return folder


def test_a_run_prints_and_keeps_its_report(index: Path, sets: Path, tmp_path: Path) -> None:
    arguments = ["--index", str(index), "--sets", str(sets), "--out", str(tmp_path / "out")]
    ended = CliRunner().invoke(command, arguments)
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.startswith("2 questions of small (split: all)")
    report = read_report(tmp_path / "out" / "report.json")
    assert [result.id for result in report.results] == ["A-1", "U-1"]
    scores = report.groups[0].scores
    assert [scores[name].value for name in ("page@1", "quotes_verbatim", "boxes_on_words")] == [1, 1, 1]


def test_gates_end_it_with_their_reasons(index: Path, sets: Path) -> None:
    arguments = ["--gate", "--split", "dev", "--index", str(index), "--sets", str(sets)]
    ended = CliRunner().invoke(command, arguments)
    assert ended.exit_code == 1
    # The one question has a high overlap, so that the floor for low ones is not shown to hold.
    assert "GATE page@5 (overlap=low) was not measured" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "smal"], 'There is no question set "smal". Did you mean "small"'),
        (["--split", "tst"], 'There is no split "tst". Did you mean "test"'),
        ([], "There is no index in"),
    ],
)
def test_what_cannot_be_run_says_why(sets: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    nowhere = ["--sets", str(sets), "--index", str(tmp_path / "nowhere")]
    ended = CliRunner().invoke(command, [*nowhere, *arguments])
    assert (ended.exit_code, ended.stdout) == (2, "") and message in ended.stderr


def test_the_checker_tells_faults(index: Path, sets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--index", str(index), "--sets", str(sets)]
    assert check(place) == 0
    write(sets / "small.jsonl", {**TURN, "overlap": "low", "must_contain": ["tredje timme"]})
    assert check(place) == 1
    assert check(["--write-overlap", *place]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 sets, 0 faults"
    assert [line.split(": ")[0] for line in lines[1:3]] == ["small.jsonl:1", "small.jsonl:1"]
    assert "must_contain" in lines[4] and lines[5] == "1 sets, 1 faults"
    assert json.loads((sets / "small.jsonl").read_text(encoding="utf-8"))["overlap"] == "high"


def test_the_checker_without_an_index(sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(["--index", str(tmp_path / "nowhere"), "--sets", str(sets)]) == 2
    assert "There is no index in" in capsys.readouterr().err


def test_the_command_is_listed_without_loading_what_it_runs() -> None:
    program = (
        "import sys, evals.command; heavy = {'numpy', 'pypdfium2', 'faiss', 'gradio', 'torch'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
