import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import corpus
from corpus.fetch import OFFICIAL_NAME, FetchError, OfficialSource, fetch, load_official

PDF = b"%PDF-1.4\n" + b"x" * 5000


class Publisher(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, body, length = {
            "/good.pdf": ("application/pdf", PDF, len(PDF)),
            "/cut.pdf": ("application/pdf", PDF[:100], len(PDF)),
            "/html.pdf": ("text/html; charset=utf-8", b"<h1>Sidan har flyttat</h1>", 26),
            "/fake.pdf": ("application/pdf", b"<h1>Sidan har flyttat</h1>", 26),
        }.get(self.path, ("", b"", 0))
        if not kind and self.path != "/moved.pdf":
            self.send_error(404)
            return
        self.send_response(200 if kind else 302)
        if not kind:
            self.send_header("Location", "/good.pdf")
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def publisher() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Publisher) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def source(key: str, pdf: str | None) -> OfficialSource:
    return OfficialSource(key, key.title(), "Utgivaren", "law", "https://example.org/", pdf)


def test_a_file_arrives_whole_and_is_known_the_second_time(publisher: str, tmp_path: Path) -> None:
    sources = [source("good", f"{publisher}/good.pdf"), source("moved", f"{publisher}/moved.pdf")]
    assert [outcome.status for outcome in fetch(sources, tmp_path)] == ["fetched", "fetched"]
    assert (tmp_path / "good.pdf").read_bytes() == (tmp_path / "moved.pdf").read_bytes() == PDF
    assert [outcome.status for outcome in fetch(sources, tmp_path)] == ["unchanged", "unchanged"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing", "404 Not Found"),
        ("html", "text/html, not a PDF"),
        ("fake", "does not begin as a PDF does"),
        ("cut", "peer closed connection"),
    ],
)
def test_what_does_not_arrive_leaves_the_file_from_last_time(
    publisher: str, tmp_path: Path, name: str, says: str
) -> None:
    old = tmp_path / f"{name}.pdf"
    old.write_bytes(b"%PDF-1.4 from last time")
    both = [source(name, f"{publisher}/{name}.pdf"), source("good", f"{publisher}/good.pdf")]
    failed, good = fetch(both, tmp_path)
    assert (failed.status, good.status) == ("failed", "fetched")
    assert says in failed.detail and f"{publisher}/{name}.pdf" in failed.detail
    assert old.read_bytes() == b"%PDF-1.4 from last time"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([f"{name}.pdf", "good.pdf"])


def test_nobody_there_is_an_outcome_too(tmp_path: Path) -> None:
    (outcome,) = fetch([source("gone", "http://127.0.0.1:9/x.pdf")], tmp_path)
    assert outcome.status == "failed" and "refused" in outcome.detail


def test_a_source_without_pdf_is_only_named(tmp_path: Path) -> None:
    (outcome,) = fetch([source("web", None)], tmp_path)
    assert (outcome.status, outcome.detail) == ("no_pdf", "https://example.org/")


def test_the_official_list_can_be_read() -> None:
    sources = load_official(Path(corpus.__file__).parent / OFFICIAL_NAME)
    assert len(sources) >= 12
    assert len({s.pdf for s in sources if s.pdf}) >= 8
    assert all(s.page.startswith("https://") for s in sources)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[sources.a]\ntitel = 'x'", 'Did you mean "title"'),
        ("[sources.a]\ntitle = 'x'", "lacks publisher, kind, page"),
        ("[sources.a]\ntitle='x'\npublisher='y'\nkind='lagg'\npage='https://x'", 'Did you mean "law"'),
        ("[sources.a]\ntitle='x'\npublisher='y'\nkind='law'\npage='ftp://x'", "must begin with https"),
        ("[sources.'../a']\ntitle='x'", "becomes a file name"),
        ("[sources", "cannot be read as TOML"),
    ],
)
def test_a_faulty_list_says_where_and_what(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / OFFICIAL_NAME
    path.write_text(text)
    with pytest.raises(FetchError, match=str(path)) as caught:
        load_official(path)
    assert says in str(caught.value)
