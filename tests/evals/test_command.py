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
from tests.evals.test_public import swefaq
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
    out = tmp_path / "out"
    arguments = ["--index", str(index), "--sets", str(sets), "--out", str(out)]
    ended = CliRunner().invoke(command, arguments)
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.startswith("2 questions of small (split: all)")
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "report.json", "summary.md"]
    report = read_report(out / "report.json")
    assert [result.id for result in report.results] == ["A-1", "U-1"]
    scores = report.groups[0].scores
    assert [scores[name].value for name in ("page@1", "quotes_verbatim", "boxes_on_words")] == [1, 1, 1]


def test_gates_end_it_with_their_reasons(index: Path, sets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["--gate", "--split", "dev", "--index", str(index), "--sets", str(sets), "--out", str(out)]
    ended = CliRunner().invoke(command, arguments)
    assert ended.exit_code == 1
    # The one question has a high overlap, so that the floor for low ones is not shown to hold.
    assert "GATE page@5 (overlap=low) was not measured" in ended.stderr


def test_a_run_is_compared_with_an_older_one(index: Path, sets: Path, tmp_path: Path) -> None:
    place = ["--index", str(index), "--sets", str(sets)]
    first, second = tmp_path / "first", tmp_path / "second"
    assert CliRunner().invoke(command, [*place, "--out", str(first)]).exit_code == 0
    old = str(first / "report.json")
    ended = CliRunner().invoke(command, [*place, "--out", str(second), "--compare", old])
    assert ended.exit_code == 0 and "gained (0): none" in ended.stdout
    created = read_report(first / "report.json").created
    assert created in (second / "summary.md").read_text(encoding="utf-8")


def test_one_component(index: Path, sets: Path, tmp_path: Path) -> None:
    place = ["--index", str(index), "--sets", str(sets), "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(command, [*place, "--component", "retrieval"]).exit_code == 0
    report = read_report(tmp_path / "out" / "report.json")
    assert report.ask_ms is None and "key_fact" not in report.groups[0].scores


def test_questions_on_documents_that_are_not_there(index: Path, sets: Path) -> None:
    gold = [{"document": "annat", "page": 1, "quote": "varannan timme"}]
    write(sets / "small.jsonl", {**TURN, "gold": gold})
    ended = CliRunner().invoke(command, ["--index", str(index), "--sets", str(sets)])
    assert ended.exit_code == 2 and "lacks documents of the questions: annat" in ended.stderr


def test_a_public_set_is_asked_over_its_own_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOTSEN_DATA", str(tmp_path / "data"))
    ended = CliRunner().invoke(command, ["--public", f"swefaq={swefaq(tmp_path)}"])
    assert ended.exit_code == 0, ended.output
    report = read_report(tmp_path / "data" / "eval" / "report.json")
    assert (report.sets, report.split) == (("swefaq",), "public")
    assert (report.groups[0].scores["page@5"].value, report.groups[0].scores["page@5"].n) == (1, 2)


def test_reviews_are_added_or_refused(index: Path, sets: Path, tmp_path: Path) -> None:
    kept = {key: TURN[key] for key in ("role", "kind", "gold", "answer")}
    review = {**kept, "question": "hur ofta vänder vi?", "key_facts": TURN["must_contain"]}
    review |= {"reviewers": ["MAS"], "date": "2026-11-22", "sources": {"vila": "0" * 64}}
    file = write(tmp_path / "reviews.jsonl", review, {**review, "question": "hur?", "key_facts": ["aldrig"]})
    ended = CliRunner().invoke(command, ["add", str(file), "--index", str(index), "--sets", str(sets)])
    assert ended.exit_code == 1 and "Added to" in ended.stdout and "RE-001" in ended.stdout
    assert "reviews.jsonl:2: refused: no string of `must_contain`" in ended.stderr


def test_a_card_is_written_from_a_report(index: Path, sets: Path, tmp_path: Path) -> None:
    CliRunner().invoke(command, ["--index", str(index), "--sets", str(sets), "--out", str(tmp_path)])
    place = [str(tmp_path / "report.json"), "--cards", str(tmp_path / "cards")]
    assert CliRunner().invoke(command, ["card", "0.1.0", *place]).exit_code == 0
    assert (tmp_path / "cards" / "0.1.0.md").exists()
    assert "is no version" in CliRunner().invoke(command, ["card", "x/y", *place]).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--component", "retreival"], 'no component "retreival". Did you mean "retrieval"'),
        (["--component", "triage"], "No case of these sets is about triage"),
        (["--gate", "--component", "answers"], "leave --component and --public out"),
        (["--compare", "old.json"], "old.json: cannot be read as JSON"),
        (["--public", "swefak=x"], 'is not KIND=PATH. Did you mean "swefaq"'),
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
