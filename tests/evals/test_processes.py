import sys
from pathlib import Path

import pytest

from evals.processes import BenchError, free_port, run, served

READY = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""


def python(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", program, *arguments]


def test_a_program_is_run_to_its_end() -> None:
    ended = run(python("import sys; print('hej'); sys.exit(3)"), expected=(0, 3))
    assert (ended.output, ended.status, ended.peak_bytes) == ("hej\n", 3, 0) and ended.seconds > 0


def test_a_program_that_fails_is_told_with_its_last_words() -> None:
    with pytest.raises(BenchError, match="ended with 1: intet"):
        run(python("import sys; sys.exit('intet')"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is watched on Linux only")
def test_the_memory_of_children_counts() -> None:
    child = "import time; block = bytearray(64 << 20); time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    ended = run(python(parent), watch=True)
    assert 64 << 20 < ended.peak_bytes < 256 << 20


def test_a_server_is_awaited_and_stopped() -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    for _ in range(2):  # the second start needs the port that the first has given back
        with served(python(READY, str(port)), address, patience=30) as ready:
            assert ready > 0


def test_a_server_that_ends_or_never_answers() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with (
        pytest.raises(BenchError, match="ended early: nej"),
        served(python("import sys; sys.exit('nej')"), address, patience=30),
    ):
        raise AssertionError("not reached")
    with (
        pytest.raises(BenchError, match="not ready after 0 s: it said nothing"),
        served(python("import time; time.sleep(60)"), address, patience=0),
    ):
        raise AssertionError("not reached")


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run([str(tmp_path / "lotsen")])
