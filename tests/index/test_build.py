"""Updating an index: what is done again, what is left alone, and what a crash leaves behind."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from corpus.catalogue import Guidance, Source
from index.build import Step, stored_digests, update_index
from index.dense import VECTORS
from index.errors import EmbedderError, IndexBusy, IndexMismatch
from index.fusion import FusionWeights
from index.lexical import ARRAYS
from index.search import Searcher
from index.snapshot import FORMAT, IndexFolder, Manifest
from ingest.document import Chunk, Document
from tests.index.support import CHUNKER, TEXTS, WordEmbedder, made

NEW = "En ny rutin om mat.\nServera nattmål före läggdags."
FULL = Guidance(
    title="Egen titel",
    publisher="Socialstyrelsen",
    kind="national_guideline",
    published=date(2024, 2, 29),
    valid_from=date(2024, 3, 1),
    supersedes=("gammal",),
    audience=("mas", "chef"),
    password="hemligt",
    sources=(Source("sol", "Riksdagen", "Socialtjänstlag", 2025, "https://example.org"),),
)


def snapshot_files(index_dir: Path) -> dict[str, bytes]:
    """The arrays of the snapshot that serves."""
    folder = IndexFolder(index_dir).current()
    return {name: (folder / name).read_bytes() for name in (VECTORS, *ARRAYS)}


def manifest(index_dir: Path) -> Manifest:
    """The manifest of the snapshot that serves."""
    found = IndexFolder(index_dir).manifest()
    assert found is not None
    return found


def test_the_first_build(tmp_path: Path, embedder: WordEmbedder) -> None:
    steps: list[Step] = []
    documents = [made(tmp_path, name, text) for name, text in TEXTS.items()]
    report = update_index(
        tmp_path / "index", documents, chunker=CHUNKER, embedder=embedder, progress=steps.append
    )
    assert (report.added, report.changed, report.unchanged, report.removed) == (tuple(TEXTS), (), (), ())
    assert (report.documents, report.chunks, report.embedded) == (3, 7, 7)
    assert report.version == manifest(tmp_path / "index").version
    assert [step.name for step in steps] == ["stored", "embedded"] * 3 + ["written", "placed", "published"]


def test_nothing_to_do_makes_no_snapshot(tmp_path: Path, index_dir: Path, embedder: WordEmbedder) -> None:
    before = manifest(index_dir)
    documents = [made(tmp_path, name, text) for name, text in TEXTS.items()]
    report = update_index(index_dir, documents, chunker=CHUNKER, embedder=embedder)
    assert (report.unchanged, report.embedded) == (tuple(TEXTS), 0)
    assert report.version == before.version == manifest(index_dir).version
    assert embedder.passages == 0
    assert update_index(index_dir, [], chunker=CHUNKER, embedder=embedder).version == before.version


def test_an_update_equals_a_full_build(tmp_path: Path, index_dir: Path, embedder: WordEmbedder) -> None:
    changed = TEXTS["fall"] + "\nRing efter hjälp."
    documents = [made(tmp_path, "fall", changed), made(tmp_path, "mat", NEW)]
    report = update_index(index_dir, documents, remove=["tystnad"], chunker=CHUNKER, embedder=embedder)
    assert (report.added, report.changed, report.removed) == (("mat",), ("fall",), ("tystnad",))
    assert report.embedded == embedder.passages == 6
    texts = {"trycksar": TEXTS["trycksar"], "mat": NEW, "fall": changed}
    full = [made(tmp_path, name, text) for name, text in texts.items()]
    again = update_index(tmp_path / "full", full, chunker=CHUNKER, embedder=embedder)
    assert again.version == report.version
    assert snapshot_files(tmp_path / "full") == snapshot_files(index_dir)
    assert replace(manifest(tmp_path / "full"), created="") == replace(manifest(index_dir), created="")


def test_a_new_catalogue_entry_changes_only_the_manifest(index_dir: Path, embedder: WordEmbedder) -> None:
    before, files = manifest(index_dir), snapshot_files(index_dir)
    entry = replace(FULL, title=None)
    report = update_index(
        index_dir, [], guidance={"fall": entry, "okänd": entry}, chunker=CHUNKER, embedder=embedder
    )
    assert report.version != before.version
    assert (report.embedded, embedder.passages) == (0, 0)
    assert snapshot_files(index_dir) == files
    searcher = Searcher.open(index_dir, embedder)
    assert searcher.guidance["fall"] == entry
    assert searcher.document("fall").guidance == entry
    assert "okänd" not in searcher.guidance


def test_a_new_title_is_found(index_dir: Path, embedder: WordEmbedder) -> None:
    update_index(index_dir, [], guidance={"fall": FULL}, chunker=CHUNKER, embedder=embedder)
    searcher = Searcher.open(index_dir, embedder)
    assert searcher.titles["fall"] == "Egen titel"
    assert {hit.chunk.document_id for hit in searcher.search("egen titel", k=3)} == {"fall"}
    assert embedder.passages == 3


def test_another_embedder_embeds_everything_again(index_dir: Path) -> None:
    other = WordEmbedder("other", "words-2")
    report = update_index(index_dir, [], chunker=CHUNKER, embedder=other)
    assert (report.embedded, other.passages) == (7, 7)
    assert manifest(index_dir).embedder.name == "other"
    assert Searcher.open(index_dir, other).search("fall")


def test_another_chunker_makes_new_entries(tmp_path: Path, index_dir: Path, embedder: WordEmbedder) -> None:
    assert stored_digests(index_dir, "halves-1") == {}
    document, chunks, source = made(tmp_path, "fall", TEXTS["fall"])
    report = update_index(index_dir, [(document, chunks[:1], source)], chunker="halves-1", embedder=embedder)
    assert (report.changed, report.chunks) == (("fall",), 5)
    assert stored_digests(index_dir, "halves-1") == {"fall": document.digest}


def test_weights_are_kept_until_others_are_given(index_dir: Path, embedder: WordEmbedder) -> None:
    weights = FusionWeights(lexical=2.0)
    files = snapshot_files(index_dir)
    update_index(index_dir, [], chunker=CHUNKER, embedder=embedder, fusion=weights)
    update_index(index_dir, [], remove=["finns-inte"], chunker=CHUNKER, embedder=embedder)
    assert manifest(index_dir).fusion == weights
    assert snapshot_files(index_dir) == files


def test_everything_can_be_removed(index_dir: Path, embedder: WordEmbedder) -> None:
    update_index(index_dir, [], remove=list(TEXTS), chunker=CHUNKER, embedder=embedder)
    searcher = Searcher.open(index_dir, embedder)
    assert (len(searcher.chunks), searcher.search("fall")) == (0, [])


def test_stored_digests(tmp_path: Path, index_dir: Path, embedder: WordEmbedder) -> None:
    assert stored_digests(tmp_path / "nothing", CHUNKER) == {}
    expected = {name: made(tmp_path, name, text)[0].digest for name, text in TEXTS.items()}
    assert stored_digests(index_dir, CHUNKER) == expected
    Searcher.open(index_dir, embedder).pdf_path("fall").unlink()
    assert set(stored_digests(index_dir, CHUNKER)) == {"trycksar", "tystnad"}


@pytest.mark.parametrize("name", [VECTORS, *ARRAYS])
def test_broken_files_are_made_again(index_dir: Path, embedder: WordEmbedder, name: str) -> None:
    files = snapshot_files(index_dir)
    path = IndexFolder(index_dir).current() / name
    path.write_bytes(path.read_bytes()[:-5])
    report = update_index(index_dir, [], chunker=CHUNKER, embedder=embedder)
    assert embedder.passages == 0
    assert snapshot_files(index_dir) == files
    assert Searcher.open(index_dir, embedder).version == report.version


def test_a_broken_entry_is_stored_again(tmp_path: Path, index_dir: Path, embedder: WordEmbedder) -> None:
    path = Searcher.open(index_dir, embedder).pdf_path("fall")
    path.with_name("text.txt").unlink()
    update_index(index_dir, [made(tmp_path, "fall", TEXTS["fall"])], chunker=CHUNKER, embedder=embedder)
    assert Searcher.open(index_dir, embedder).document("fall").text == TEXTS["fall"]


def test_a_file_that_changed_is_set_aside(tmp_path: Path, index_dir: Path, embedder: WordEmbedder) -> None:
    document, chunks, source = made(tmp_path, "mat", NEW)
    source.write_text("something else")
    report = update_index(
        index_dir, [(document, chunks, source), made(tmp_path, "ny", NEW)], chunker=CHUNKER, embedder=embedder
    )
    ((name, reason),) = report.set_aside
    assert name == "mat" and "changed while" in reason
    assert report.added == ("ny",)
    assert set(Searcher.open(index_dir, embedder).titles) == {*TEXTS, "ny"}


def test_documents_are_taken_one_by_one(tmp_path: Path, embedder: WordEmbedder) -> None:
    embedded: list[int] = []

    def stream() -> Iterator[tuple[Document, Sequence[Chunk], Path]]:
        for name, text in TEXTS.items():
            embedded.append(embedder.passages)
            yield made(tmp_path, name, text)

    update_index(tmp_path / "index", stream(), chunker=CHUNKER, embedder=embedder)
    assert embedded == [0, 3, 5]


def test_old_snapshots_and_what_only_they_used_go(
    tmp_path: Path, index_dir: Path, embedder: WordEmbedder
) -> None:
    keys = {entry.id: entry.key for entry in manifest(index_dir).documents}
    folder = IndexFolder(index_dir)
    update_index(index_dir, [], remove=["fall"], chunker=CHUNKER, embedder=embedder)
    assert keys["fall"] in folder.store.entries()
    update_index(index_dir, [made(tmp_path, "mat", NEW)], chunker=CHUNKER, embedder=embedder)
    assert keys["fall"] not in folder.store.entries()
    assert len(list(folder.snapshots.iterdir())) == 2
    assert len(folder.store.entries()) == 3


def test_going_back_to_what_was(tmp_path: Path, index_dir: Path, embedder: WordEmbedder) -> None:
    first = manifest(index_dir).version
    update_index(index_dir, [], remove=["fall"], chunker=CHUNKER, embedder=embedder)
    documents = [made(tmp_path, "fall", TEXTS["fall"])]
    update_index(index_dir, documents, chunker=CHUNKER, embedder=embedder)
    assert manifest(index_dir).version.startswith(first)
    assert set(Searcher.open(index_dir, embedder).titles) == set(TEXTS)


def test_an_error_in_the_stream_leaves_the_old_index(
    tmp_path: Path, index_dir: Path, embedder: WordEmbedder
) -> None:
    def stream() -> Iterator[tuple[Document, Sequence[Chunk], Path]]:
        yield made(tmp_path, "mat", NEW)
        raise RuntimeError("the parser broke")

    before = manifest(index_dir)
    with pytest.raises(RuntimeError, match="parser"):
        update_index(index_dir, stream(), chunker=CHUNKER, embedder=embedder)
    assert manifest(index_dir) == before
    update_index(index_dir, [made(tmp_path, "mat", NEW)], chunker=CHUNKER, embedder=embedder)
    assert "mat" in Searcher.open(index_dir, embedder).titles


def test_vectors_of_another_shape_are_refused(tmp_path: Path, embedder: WordEmbedder) -> None:
    embedder.encode_passages = lambda texts: np.zeros((len(texts), 3), np.float32)  # type: ignore[method-assign]
    with pytest.raises(EmbedderError, match=r"\(3, 3\).*32"):
        update_index(
            tmp_path / "index", [made(tmp_path, "fall", TEXTS["fall"])], chunker=CHUNKER, embedder=embedder
        )


def test_an_index_of_another_format_is_not_touched(index_dir: Path, embedder: WordEmbedder) -> None:
    path = IndexFolder(index_dir).current() / "manifest.json"
    path.write_text(path.read_text().replace(f'"format": {FORMAT}', '"format": 0'))
    with pytest.raises(IndexMismatch, match=r"format 0.*Move"):
        update_index(index_dir, [], remove=["fall"], chunker=CHUNKER, embedder=embedder)


def test_two_writers(tmp_path: Path, index_dir: Path, embedder: WordEmbedder) -> None:
    def stream() -> Iterator[tuple[Document, Sequence[Chunk], Path]]:
        with pytest.raises(IndexBusy, match="Another ingest"):
            update_index(index_dir, [], remove=["fall"], chunker=CHUNKER, embedder=embedder)
        yield made(tmp_path, "mat", NEW)

    update_index(index_dir, stream(), chunker=CHUNKER, embedder=embedder)
    assert set(Searcher.open(index_dir, embedder).titles) == {*TEXTS, "mat"}


# A process that adds a document, changes one and removes one; {inside} happens at each step.
UPDATE = """
import os, resource, signal, sys
from pathlib import Path
from index.build import update_index
from tests.index.support import CHUNKER, WordEmbedder, made
index, sources, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
done = 0
def step(name):
    global done
    done += 1
    {inside}
documents = [made(sources, "mat", {new!r}), made(sources, "fall", "Helt ny text.")]
{before}
update_index(index, documents, remove=["tystnad"], chunker=CHUNKER, embedder=WordEmbedder(), progress=step)
"""
KILLED = UPDATE.format(inside="done == limit and os.kill(os.getpid(), signal.SIGKILL)", before="", new=NEW)
LIMITED = UPDATE.format(
    inside="pass", before="resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))", new=NEW
)
STEPS = 7  # stored and embedded, twice; written, placed, published


def run(program: str, index_dir: Path, sources: Path, limit: int) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-c", textwrap.dedent(program), str(index_dir), str(sources), str(limit)]
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("at", range(1, STEPS + 1))
def test_a_crash_at_any_step_leaves_an_index(
    tmp_path: Path, index_dir: Path, embedder: WordEmbedder, at: int
) -> None:
    before = manifest(index_dir).version
    assert run(KILLED, index_dir, tmp_path, at).returncode == -signal.SIGKILL
    searcher = Searcher.open(index_dir, embedder)
    expected = set(TEXTS) if at < STEPS else {"mat", "fall", "trycksar"}
    assert set(searcher.titles) == expected
    assert (searcher.version == before) == (at < STEPS)
    assert all(searcher.document(name).text for name in expected)
    assert searcher.search("fall")
    finished = run(KILLED, index_dir, tmp_path, STEPS + 1)
    assert finished.returncode == 0, finished.stderr
    after = Searcher.open(index_dir, embedder)
    assert set(after.titles) == {"mat", "fall", "trycksar"}
    assert after.document("fall").text == "Helt ny text."
    assert not [path for path in index_dir.rglob(".*") if path.name != ".CURRENT"]


@pytest.mark.parametrize("limit", [0, 100, 300, 1000, 2000])
def test_a_disk_that_takes_no_more_leaves_the_old_index(
    tmp_path: Path, index_dir: Path, embedder: WordEmbedder, limit: int
) -> None:
    before = manifest(index_dir)
    finished = run(LIMITED, index_dir, tmp_path, limit)
    assert finished.returncode == 1
    assert f"version {before.version} serves on" in finished.stderr, finished.stderr
    assert manifest(index_dir) == before
    assert Searcher.open(index_dir, embedder).search("fall")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system takes root")
def test_a_full_disk(tmp_path: Path, embedder: WordEmbedder) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this system does not allow a small file system to be mounted")
    try:
        documents = [made(tmp_path, name, text) for name, text in TEXTS.items()]
        before = update_index(disk / "index", documents, chunker=CHUNKER, embedder=embedder).version
        large = made(tmp_path, "stor", "Ett stycke om fall och annat.\n" * 50000)
        with pytest.raises(OSError, match="No space") as caught:
            update_index(disk / "index", [large], chunker=CHUNKER, embedder=embedder)
        assert caught.value.errno == errno.ENOSPC
        assert caught.value.__notes__ == [
            f"The update of {disk / 'index'} was not finished; version {before} serves on."
        ]
        assert Searcher.open(disk / "index", embedder).version == before
        update_index(disk / "index", [], remove=["fall"], chunker=CHUNKER, embedder=embedder)
        assert "fall" not in Searcher.open(disk / "index", embedder).titles
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
