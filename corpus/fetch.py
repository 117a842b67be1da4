"""Downloads the official sources of `official.toml`. Knows nothing of what the PDFs say.

A file takes its place only when it has arrived whole and begins as a PDF does: a download that
fails leaves the one from last time as it was.

    FetchError
    └── raised for a list that cannot be read; a source that fails is an `Outcome`, not an error
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.catalogue import KINDS, near_miss

if TYPE_CHECKING:
    import httpx

OFFICIAL_NAME = "official.toml"
KEYS = ("title", "publisher", "kind", "page", "pdf")
CONNECT_SECONDS, READ_SECONDS = 10.0, 30.0
MAX_BYTES = 200 * 2**20
AGENT = "lotsen-corpus-fetch"


class FetchError(Exception):
    """The list of official sources cannot be used; the message says where and what would mend it."""


@dataclass(frozen=True)
class OfficialSource:
    """A publication of an authority: the page it is presented on and, where there is one, its PDF."""

    key: str
    title: str
    publisher: str
    kind: str
    page: str
    pdf: str | None = None


@dataclass(frozen=True)
class Outcome:
    """How a source fared. `status` is fetched, unchanged, no_pdf or failed; `detail` says why it failed."""

    source: OfficialSource
    status: str
    detail: str = ""
    path: Path | None = None


class _Failure(Exception):
    """Why one source could not be fetched, in a line."""


def load_official(path: Path) -> tuple[OfficialSource, ...]:
    """Read a list of official sources. Raises `FetchError` for what is missing, unknown or no web address."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("sources", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FetchError(f"{path}: cannot be read as TOML in UTF-8: {error}") from error
    return tuple(_source(path, key, table) for key, table in tables.items())


def _source(path: Path, key: str, table: dict[str, Any]) -> OfficialSource:
    where = f"{path}: [sources.{key}]"
    if Path(key).name != key or key.startswith("."):
        raise FetchError(f"{where}: the key becomes a file name; use letters, digits and hyphens.")
    for name, value in table.items():
        if name not in KEYS:
            raise FetchError(f'{where} has the unknown key "{name}". {near_miss(name, KEYS)}')
        if not isinstance(value, str):
            raise FetchError(f"{where}: {name} must be text, not {value!r}.")
    if missing := [name for name in KEYS[:-1] if name not in table]:
        raise FetchError(f"{where} lacks {', '.join(missing)}.")
    if table["kind"] not in KINDS:
        raise FetchError(f'{where} has kind "{table["kind"]}". {near_miss(table["kind"], KINDS)}')
    for name in ("page", "pdf"):
        if name in table and not table[name].startswith(("https://", "http://")):
            raise FetchError(f"{where}: {name} must begin with https://, not {table[name]!r}.")
    return OfficialSource(key, **table)


def fetch(sources: Sequence[OfficialSource], folder: Path) -> Iterator[Outcome]:
    """Download each source's PDF to `folder/<key>.pdf`, giving an outcome as each one ends.

    Raises `OSError` when the folder cannot be made; one source's failure stops no other.
    """
    import httpx

    folder.mkdir(parents=True, exist_ok=True)
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    with httpx.Client(timeout=timeout, follow_redirects=True, headers={"User-Agent": AGENT}) as client:
        for source in sources:
            if source.pdf is None:
                yield Outcome(source, "no_pdf", source.page)
                continue
            path = folder / f"{source.key}.pdf"
            try:
                status = _download(client, source.pdf, path)
            except httpx.TimeoutException as error:
                yield Outcome(source, "failed", f"no answer in time ({type(error).__name__}): {source.pdf}")
            except (httpx.HTTPError, httpx.InvalidURL, _Failure, OSError) as error:
                yield Outcome(source, "failed", f"{error}: {source.pdf}")
            else:
                yield Outcome(source, status, path=path)


def _download(client: httpx.Client, url: str, path: Path) -> str:
    with client.stream("GET", url) as response:
        if response.status_code != 200:
            raise _Failure(f"the server answered {response.status_code} {response.reason_phrase}")
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("application/pdf", "application/octet-stream", "application/x-pdf", ""):
            raise _Failure(f"the server sent {kind}, not a PDF")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".part")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                _receive(response, file.fileno())
                os.fsync(file.fileno())
            if path.exists() and path.read_bytes() == part.read_bytes():
                return "unchanged"
            part.chmod(0o644)
            part.replace(path)
            return "fetched"
        finally:
            part.unlink(missing_ok=True)


def _receive(response: httpx.Response, file: int) -> None:
    received, head = 0, b""
    for block in response.iter_bytes():
        received += len(block)
        if received > MAX_BYTES:
            raise _Failure(f"the file is larger than {MAX_BYTES // 2**20} MB")
        if len(head) < 1024:
            head = (head + block)[:1024]
        os.write(file, block)
    if b"%PDF-" not in head:
        raise _Failure("what was sent does not begin as a PDF does")
