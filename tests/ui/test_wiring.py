"""The real parts together: files in, an index, and the same answer on the command line and over HTTP."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import ui
from tests.ui.demo import pdf_bytes

ROOT = Path(ui.__file__).parent.parent
MAIN = "from ui.cli import main; main()"
QUESTION = "Hur ofta ska vi byta ställning på den som ligger i sängen?"
LINES = [
    "Trycksår",
    "Byt ställning minst varannan timme på den som ligger i sängen.",
    "Kontrollera huden över hälar och korsben varje dag.",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wiring")
    (folder / "corpus" / "pdf").mkdir(parents=True)
    (folder / "corpus" / "pdf" / "tryckskador.pdf").write_bytes(pdf_bytes([LINES]))
    (folder / "corpus" / "pdf" / "trasig.pdf").write_bytes(b"%PDF-1.4 nothing more")
    (folder / "corpus" / "pdf" / "LÄS.txt").write_text("ingen PDF")
    return folder


def environment(folder: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LOTSEN_")}
    data = {"LOTSEN_DATA": str(folder / "data"), "LOTSEN_CORPUS": str(folder / "corpus")}
    return kept | data | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}


def lotsen(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, *arguments],
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    """The address of `lotsen serve`, which has built the index of the corpus itself."""
    command = [sys.executable, "-c", MAIN, "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment(folder), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = []
        for line in process.stderr:
            told.append(line)
            if found := re.search(r"ready at (\S+)", line):
                break
        else:
            pytest.fail("lotsen serve ended: " + "".join(told))
        with httpx.Client(base_url=found[1], transport=httpx.HTTPTransport(retries=5)) as client:
            client.get("/readyz").raise_for_status()
        yield found[1]
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        assert process.wait(30) == 0


def test_the_command_line_gives_what_the_api_gives(folder, served):
    answer = httpx.post(f"{served}/v1/ask", json={"question": QUESTION}, trust_env=False).json()
    asked = lotsen(folder, "ask", QUESTION, "--json")
    assert asked.returncode == (0 if answer["status"] == "answered" else 4)
    printed = json.loads(asked.stdout)
    for changing in ("id", "timings_ms"):
        del printed[changing], answer[changing]
    assert printed == answer
    assert any("varannan timme" in citation["quote"] for citation in answer["citations"])


def test_search_on_the_command_line_gives_what_the_api_gives(folder, served):
    hits = httpx.post(f"{served}/v1/search", json={"query": "huden hälar", "k": 3}, trust_env=False).json()
    searched = lotsen(folder, "search", "huden hälar", "-k", "3", "--json")
    assert json.loads(searched.stdout) == hits
    assert hits["hits"][0]["document_id"] == "tryckskador"


def test_a_second_ingest_reads_nothing_again_and_names_what_was_set_aside(folder, served):
    again = lotsen(folder, "ingest", str(folder / "corpus" / "pdf"), "--workers", "1", "--json")
    assert again.returncode == 3
    report = json.loads(again.stdout)
    assert (report["indexed"], report["unchanged"], report["skipped_other"]) == (0, 1, 1)
    (line,) = [line for line in again.stderr.splitlines() if line.startswith("set aside: ")]
    assert "trasig.pdf" in line


@pytest.mark.parametrize(
    ("name", "says"), [("none", "neither a file nor a folder"), ("empty", "holds no PDF")]
)
def test_unusable_paths_are_told(folder, name, says):
    (folder / "empty").mkdir(exist_ok=True)
    refused = lotsen(folder, "ingest", str(folder / name))
    assert refused.returncode == 2
    assert says in refused.stderr and "Traceback" not in refused.stderr
