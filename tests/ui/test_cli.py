"""The command line as people meet it: a process, its output and its exit code."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import ui
from tests.ui.demo import GUIDES, pdf_bytes
from ui.commands.serve import ServeError, listen

ROOT = Path(ui.__file__).parent.parent
MAIN = "from ui.cli import main; main()"


def lotsen(*arguments: str, code: str = MAIN, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LOTSEN_")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def corpus_folder(tmp_path: Path) -> Path:
    (tmp_path / "pdf").mkdir()
    for name in ("gammal", "ny"):
        (tmp_path / "pdf" / f"{name}.pdf").write_bytes(pdf_bytes(GUIDES["tryckskador"][1]))
    (tmp_path / "catalogue.toml").write_text(
        '[documents.gammal]\ntitle = "Gammal"\npublisher = "P"\npublished = 2019-01-01\n'
        "valid_to = 2020-01-01\n"
        '[documents.ny]\ntitle = "Ny"\npublisher = "P"\npublished = 2024-01-01\nsupersedes = ["gammal"]\n'
    )
    return tmp_path


def test_help_lists_the_commands():
    shown = lotsen("--help")
    assert shown.returncode == 0
    for command in ("serve", "ingest", "ask", "search", "corpus"):
        assert f"  {command} " in shown.stdout


def test_a_mistyped_command_or_option_gets_the_near_miss():
    assert "Did you mean 'ask'?" in lotsen("aks").stderr
    mistyped = lotsen("ask", "hej", "--jsn")
    assert mistyped.returncode == 2
    assert "--json" in mistyped.stderr


def test_an_unknown_setting_is_refused():
    refused = lotsen("corpus", "status", LOTSEN_INDX="/x")
    assert refused.returncode == 2
    assert 'Did you mean "LOTSEN_INDEX"' in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("command", [("ask", "hur ofta?"), ("search", "fall")])
def test_without_an_index_the_way_to_one_is_told(tmp_path, command):
    missing = lotsen(*command, "--index", str(tmp_path / "none"))
    assert missing.returncode == 2
    assert "lotsen ingest" in missing.stderr
    assert "Traceback" not in missing.stderr


def test_asking_loads_nothing_of_the_page_or_of_training(tmp_path):
    code = (
        "import sys\nfrom ui.cli import main\n"
        "try:\n    main()\nfinally:\n    print(sorted(sys.modules.keys() & "
        "{'gradio', 'fastapi', 'uvicorn', 'torch', 'sentence_transformers', 'pypdfium2', 'jinja2'}))"
    )
    assert lotsen("ask", "fall", "--index", str(tmp_path), code=code).stdout.strip() == "[]"


def test_status_names_what_has_expired_and_what_replaced_it(corpus_folder):
    status = lotsen("corpus", "status", "--corpus", str(corpus_folder))
    assert status.returncode == 3
    assert status.stdout.splitlines() == ["gammal: expired on 2020-01-01", "gammal: superseded by ny"]
    early = lotsen("corpus", "status", "--corpus", str(corpus_folder), "--on", "2019-06-01")
    assert early.stdout.splitlines() == ["gammal: superseded by ny"]
    assert lotsen("corpus", "status", "--on", "i dag").returncode == 2


def test_check_finds_entries_without_file_and_files_without_entry(corpus_folder):
    assert lotsen("corpus", "check", LOTSEN_CORPUS=str(corpus_folder)).returncode == 0
    (corpus_folder / "pdf" / "ny.pdf").rename(corpus_folder / "pdf" / "nyare.pdf")
    faulty = lotsen("corpus", "check", LOTSEN_CORPUS=str(corpus_folder))
    assert faulty.returncode == 3
    assert "[documents.ny] has no file pdf/ny.pdf" in faulty.stdout
    assert "pdf/nyare.pdf has no entry" in faulty.stdout


def test_fetch_tells_of_each_failure_in_a_line(tmp_path):
    (tmp_path / "official.toml").write_text(
        '[sources.x]\ntitle="X"\npublisher="P"\nkind="law"\npage="https://example.org/"\npdf="http://127.0.0.1:9/x.pdf"\n'
        '[sources.y]\ntitle="Y"\npublisher="P"\nkind="law"\npage="https://example.org/y"\n'
    )
    fetched = lotsen("corpus", "fetch", "--corpus", str(tmp_path), "--out", str(tmp_path / "out"))
    assert fetched.returncode == 3
    assert fetched.stdout.splitlines() == ["web only   y: read it at https://example.org/y"]
    assert fetched.stderr.splitlines()[0].startswith("failed     x: ")


def test_a_port_in_use_is_told_at_once_with_the_way_out(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = lotsen("serve", "--port", port, "--index", str(tmp_path))
    assert refused.returncode == 2
    assert f"Port {port}" in refused.stderr and "--port" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])
def test_only_this_computer_is_served(host):
    with pytest.raises(ServeError, match="serves this computer only"):
        listen(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_loopback_addresses_are_taken(host):
    with listen(host, 0) as listener:
        assert listener.getsockname()[0].startswith("127.")
