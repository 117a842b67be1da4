"""The comparison with other tools, on pages small enough to rank by hand. Their libraries are an extra."""

import importlib.util
import io
import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from evals.peers.__main__ import PEERS, Asked, Row, main, measure, print_rows, quality, read_questions
from evals.peers.worker import Outcome, Task, read_outcome, read_task, write
from evals.processes import BenchError
from tests.conftest import REPOSITORY
from tests.evals.test_sets import ANSWERABLE, UNANSWERABLE
from tests.evals.test_sets import write as write_lines

ADAPTERS = REPOSITORY / "evals" / "peers"
ASKED = [
    Asked("hur ofta?", frozenset({("vila", 1)}), "low"),
    Asked("hur länge?", frozenset({("mat", 1), ("mat", 2)}), "high"),
]


def test_questions_of_other_sets_will_do(tmp_path: Path) -> None:
    bare = {key: ANSWERABLE[key] for key in ("question", "answerable", "gold", "overlap")}
    path = write_lines(tmp_path / "q.jsonl", bare, UNANSWERABLE)
    assert read_questions([path]) == [Asked(ANSWERABLE["question"], frozenset({("vila", 1)}), "low")]
    with pytest.raises(BenchError, match="no answerable question"):
        read_questions([write_lines(tmp_path / "u.jsonl", UNANSWERABLE)])
    with pytest.raises(BenchError, match="holds no questions with gold pages"):
        read_questions([write_lines(tmp_path / "b.jsonl", {"answerable": True})])


def test_quality_by_level() -> None:
    rankings = ((("mat", 1), ("vila", 1)), (("mat", 2),))
    assert quality(ASKED, Outcome(1.0, (1.0, 1.0), rankings)) == {
        "all": {"page@1": (0 + 1) / 2, "page@5": 1.0, "mrr@10": (1 / 2 + 1) / 2},
        "low": {"page@1": 0.0, "page@5": 1.0, "mrr@10": 1 / 2},
        "high": {"page@1": 1.0, "page@5": 1.0, "mrr@10": 1.0},
    }


def test_tasks_and_outcomes_cross_between_processes(tmp_path: Path) -> None:
    task = Task(("a.pdf",), ("vad?",), 10)
    outcome = Outcome(1.5, (2.0,), ((("vila", 1),),))
    write(task, tmp_path / "file.json")
    assert read_task(tmp_path / "file.json") == task
    write(outcome, tmp_path / "file.json")
    assert read_outcome(tmp_path / "file.json") == outcome


def test_one_that_cannot_run_says_why() -> None:
    console = Console(width=150, file=io.StringIO(), record=True)
    ran = Row("Lotsen", quality(ASKED, Outcome(1.0, (1.0, 1.0), ((), ()))), 1.25, 3.5, 80.0)
    print_rows([ran, Row("txtai", {}, problem="No module named 'txtai'")], console)
    lines = console.export_text().splitlines()
    assert lines[1].split() == ["Lotsen", *["0.000"] * 5, "1.2", "3.5", "80"]
    assert lines[-1] == "txtai: did not run: No module named 'txtai'"


def test_every_adapter_is_listed_and_short() -> None:
    others = {"__init__", "__main__", "local", "worker"}
    assert {path.stem for path in ADAPTERS.glob("*.py")} - others == set(PEERS)
    for name in PEERS:
        assert len((ADAPTERS / f"{name}.py").read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is watched on Linux only")
def test_a_missing_library_is_told_and_not_a_crash() -> None:
    name = "txtai_default"
    if importlib.util.find_spec("txtai"):
        pytest.skip("needs a machine without txtai, and it is installed here")
    row = measure(name, [REPOSITORY / "corpus" / "pdf" / "diabetes.pdf"], ASKED)
    assert (row.name, row.problem) == ("txtai", "No module named 'txtai'")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is watched on Linux only")
def test_side_by_side_on_one_guide(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("bm25s", reason="needs the test extra")
    pdfs = tmp_path / "pdf"
    pdfs.mkdir()
    guide = REPOSITORY / "corpus" / "pdf" / "diabetes.pdf"
    (pdfs / guide.name).write_bytes(guide.read_bytes())
    gold = [{"document": "diabetes", "page": page, "quote": "x"} for page in range(1, 9)]
    questions = write_lines(tmp_path / "q.jsonl", {**ANSWERABLE, "question": "insulin", "gold": gold})
    figures = tmp_path / "peers.json"
    only = ["--only", "lotsen", "bm25s_defaults", "--json", str(figures)]
    assert main(["--pdfs", str(pdfs), "--questions", str(questions), *only]) == 0
    assert "1 PDFs, 1 questions with an answer" in capsys.readouterr().out
    rows = json.loads(figures.read_text(encoding="utf-8"))
    assert [(row["name"], row["quality"]["all"]["page@1"]) for row in rows] == [("Lotsen", 1), ("bm25s", 1)]
    assert all(row["peak_mib"] > 0 and row["index_seconds"] > 0 for row in rows)


def test_no_pdf_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--pdfs", str(tmp_path), "--questions", str(tmp_path / "q.jsonl")]) == 2
    assert "There is no PDF in" in capsys.readouterr().err
