"""Searching a snapshot, and following the newest."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from corpus.catalogue import Guidance
from index.analysis import words
from index.build import update_index
from index.errors import IndexMismatch, NoIndex, UnknownFilter
from index.fusion import FusionWeights, fuse, standardised
from index.hit import Filters
from index.search import LiveIndex, Searcher
from index.snapshot import FORMAT, Manifest
from tests.index.support import CHUNKER, TEXTS, WordEmbedder, made


@pytest.fixture
def searcher(index_dir: Path, embedder: WordEmbedder) -> Searcher:
    """The made-up corpus, opened."""
    return Searcher.open(index_dir, embedder)


def test_the_best_passage_comes_first(searcher: Searcher) -> None:
    hits = searcher.search("hur ofta ska man byta ställning")
    assert hits[0].chunk.text.startswith("Den som ligger mycket byter ställning")
    assert hits[0].chunk.section == ("Rutin", "Del 0")
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_every_hit_is_a_slice_of_its_document(searcher: Searcher) -> None:
    for hit in searcher.search("sjuksköterskan bedömer fall", k=50):
        document = searcher.document(hit.chunk.document_id)
        assert document.text[hit.chunk.start : hit.chunk.end] == hit.chunk.text


def test_the_parts_add_up_to_the_score(searcher: Searcher) -> None:
    for hit in searcher.search("sekretess för den som bor här"):
        assert hit.why["lexical"] + hit.why["dense"] + hit.why["bonus"] == pytest.approx(hit.score, abs=1e-4)
        assert 0 <= hit.why["coverage"] <= 1


def test_scores_are_those_of_the_formula(searcher: Searcher, embedder: WordEmbedder) -> None:
    query, weights = "vem bedömer fallrisken", searcher.manifest.fusion
    everything = {hit.chunk.id: hit for hit in searcher.search(query, k=50)}
    assert len(everything) == len(searcher.chunks)
    hits = [everything[chunk.id] for chunk in searcher.chunks]
    bm25 = np.array([hit.why["bm25"] for hit in hits], np.float32)
    cosine = np.array([hit.why["cosine"] for hit in hits], np.float32)
    coverage = np.array([hit.why["coverage"] for hit in hits])
    dense = weights.dense + weights.dense_gap * (1 - coverage.max())
    expected = (
        weights.lexical * standardised(bm25) + dense * standardised(cosine) + weights.coverage * coverage
    )
    np.testing.assert_allclose([hit.score for hit in hits], expected, atol=1e-4)


def test_equal_scores_come_in_the_order_of_ids(tmp_path: Path, embedder: WordEmbedder) -> None:
    same = "Tvätta händerna före och efter."
    documents = [made(tmp_path, name, f"{same}\n{same}", title="Hygien") for name in ("b", "a")]
    update_index(tmp_path / "index", documents, chunker=CHUNKER, embedder=embedder)
    hits = Searcher.open(tmp_path / "index", embedder).search("händer")
    assert [hit.chunk.id for hit in hits] == [f"{name}:{at}" for name in "ab" for at in ("0-31", "32-63")]


@pytest.mark.parametrize(
    "query", ["", "  \n", "och det som", "🙂", "\x00\udc80", "a" * 10_000, "fall " * 2_000]
)
def test_odd_questions_do_not_fail(searcher: Searcher, query: str) -> None:
    assert isinstance(searcher.search(query), list)


def test_a_question_without_words_finds_nothing(searcher: Searcher) -> None:
    assert searcher.search("och det som") == []
    assert searcher.search("fall", k=0) == []


def test_one_hit_for_a_page(searcher: Searcher) -> None:
    hits = searcher.search("fall", k=50, one_per_page=True)
    pages = [(hit.chunk.document_id, searcher.page_for(hit.chunk, "fall").number) for hit in hits]
    assert len(pages) == len(set(pages)) == 4


def test_the_page_of_a_chunk_is_where_the_words_are(tmp_path: Path, embedder: WordEmbedder) -> None:
    document, _, source = made(
        tmp_path, "a", "Ett långt stycke om mat och dryck och annat.\nTvå\nTre om fall"
    )
    whole = replace(made(tmp_path, "a", document.text)[1][0], end=len(document.text), text=document.text)
    update_index(tmp_path / "index", [(document, [whole], source)], chunker=CHUNKER, embedder=embedder)
    searcher = Searcher.open(tmp_path / "index", embedder)
    assert searcher.page_for(whole, "fall").number == 2
    assert searcher.page_for(whole, "mat").number == 1
    assert searcher.page_for(whole).number == 1


def test_neighbours(searcher: Searcher) -> None:
    first, second, third = (chunk for chunk in searcher.chunks if chunk.document_id == "fall")
    assert searcher.neighbours(first) == (None, second)
    assert searcher.neighbours(second) == (first, third)
    assert searcher.neighbours(third) == (second, None)
    with pytest.raises(KeyError):
        searcher.neighbours(replace(first, end=first.end - 1))


def test_chunks_are_a_sequence(searcher: Searcher) -> None:
    chunks = list(searcher.chunks)
    assert [chunk.text for chunk in chunks] == [line for text in TEXTS.values() for line in text.split("\n")]
    assert searcher.chunks[-1] == chunks[-1]
    assert searcher.chunks[1:3] == chunks[1:3]
    with pytest.raises(IndexError):
        searcher.chunks[len(chunks)]


def test_a_document_comes_back_as_it_was(tmp_path: Path, searcher: Searcher) -> None:
    before, _, source = made(tmp_path, "fall", TEXTS["fall"])
    after = searcher.document("fall")
    assert replace(after, layout=before.layout).__dict__ == before.__dict__
    for name in ("spans", "boxes", "lines"):
        np.testing.assert_array_equal(getattr(after.layout, name), getattr(before.layout, name))
    assert searcher.pdf_path("fall").read_bytes() == source.read_bytes()
    assert searcher.titles["fall"] == "Fall"
    with pytest.raises(KeyError):
        searcher.document("finns-inte")


@pytest.fixture
def catalogued(tmp_path: Path, embedder: WordEmbedder) -> Searcher:
    """Three documents of the same words that differ in their catalogue entries."""
    entries = {
        "lag": Guidance(kind="law", publisher="Riksdagen", valid_from=date(2020, 1, 1)),
        "rutin": Guidance(kind="local_routine", publisher="Kommunen", audience=("underskoterska",)),
        "rutin-mas": Guidance(kind="local_routine", valid_to=date(2023, 12, 31), audience=("mas",)),
    }
    documents = [made(tmp_path, name, "Delegering av insulin.", entry) for name, entry in entries.items()]
    update_index(tmp_path / "index", documents, chunker=CHUNKER, embedder=embedder)
    return Searcher.open(tmp_path / "index", embedder)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {"lag", "rutin", "rutin-mas"}),
        (Filters(kinds=("law",)), {"lag"}),
        (Filters(kinds=("law", "local_routine"), documents=("rutin",)), {"rutin"}),
        (Filters(publishers=("Kommunen", "Riksdagen")), {"lag", "rutin"}),
        (Filters(audience="underskoterska"), {"lag", "rutin"}),
        (Filters(valid_on=date(2023, 12, 31)), {"lag", "rutin", "rutin-mas"}),
        (Filters(valid_on=date(2024, 1, 1)), {"lag", "rutin"}),
        (Filters(valid_on=date(2019, 12, 31)), {"rutin", "rutin-mas"}),
        (Filters(kinds=("report",)), set()),
    ],
)
def test_filters(catalogued: Searcher, filters: Filters, expected: set[str]) -> None:
    assert {hit.chunk.document_id for hit in catalogued.search("insulin", filters=filters)} == expected


def test_filters_do_not_change_scores(catalogued: Searcher) -> None:
    free = {hit.chunk.id: hit for hit in catalogued.search("insulin")}
    for hit in catalogued.search("insulin", filters=Filters(kinds=("local_routine",))):
        assert hit == free[hit.chunk.id]


def test_an_unknown_filter_value_suggests_the_near_one(catalogued: Searcher) -> None:
    with pytest.raises(UnknownFilter, match='"law"'):
        catalogued.search("insulin", filters=Filters(kinds=("lagw",)))
    with pytest.raises(UnknownFilter, match='"rutin"'):
        catalogued.search("insulin", filters=Filters(documents=("rutinn",)))


def test_standardised_scores() -> None:
    found = standardised(np.array([0, 0, 3, 1], np.float32))
    assert found.mean() == pytest.approx(0, abs=1e-6)
    assert found.std() == pytest.approx(1, abs=1e-6)
    assert standardised(np.ones(3, np.float32)).tolist() == [0, 0, 0]
    assert standardised(np.zeros(0, np.float32)).shape == (0,)


def test_dense_counts_more_where_words_find_less(searcher: Searcher) -> None:
    weights = FusionWeights(lexical=2.0, dense=0.5, dense_gap=0.8, coverage=3.0)
    for best in (0.25, 1.0):
        found = replace(searcher.candidates("fallrisken"), best=best)
        parts = fuse(found, weights)
        np.testing.assert_allclose(parts.lexical, 2.0 * found.lexical)
        np.testing.assert_allclose(parts.dense, (0.5 + 0.8 * (1 - best)) * found.dense, rtol=1e-6)
        np.testing.assert_allclose(parts.bonus, 3.0 * found.coverage)
    with pytest.raises(ValueError, match="dense_gap"):
        FusionWeights(dense_gap=float("nan"))


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(NoIndex, match="lotsen ingest"):
        Searcher.open(tmp_path / "nothing")


def test_another_embedder_is_refused(index_dir: Path) -> None:
    with pytest.raises(IndexMismatch, match=r"words-1.*words-2"):
        Searcher.open(index_dir, WordEmbedder(fingerprint="words-2"))


def test_another_format_is_refused(index_dir: Path, embedder: WordEmbedder) -> None:
    path = Searcher.open(index_dir, embedder).manifest.version
    manifest = index_dir / "snapshots" / path / "manifest.json"
    manifest.write_text(manifest.read_text().replace(f'"format": {FORMAT}', '"format": 99'))
    with pytest.raises(IndexMismatch, match=rf"format 99.*format {FORMAT}.*lotsen ingest"):
        Searcher.open(index_dir, embedder)


def test_another_analyser_is_refused(index_dir: Path, embedder: WordEmbedder) -> None:
    rewrite(index_dir, analyser="swedish-old")
    with pytest.raises(IndexMismatch, match=r"swedish-old.*lotsen ingest"):
        Searcher.open(index_dir, embedder)


def test_other_counts_are_refused(index_dir: Path, embedder: WordEmbedder) -> None:
    entries = Searcher.open(index_dir, embedder).manifest.documents
    rewrite(index_dir, chunks=6, documents=tuple(replace(e, chunks=2) for e in entries))
    with pytest.raises(IndexMismatch, match="7 vectors but 6 chunks"):
        Searcher.open(index_dir, embedder)
    rewrite(index_dir, chunks=5)
    with pytest.raises(IndexMismatch, match="5 chunks, but its documents have 6"):
        Searcher.open(index_dir, embedder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 1, "documents": [3]}'])
def test_a_broken_manifest_is_refused(index_dir: Path, embedder: WordEmbedder, text: str) -> None:
    version = (index_dir / "CURRENT").read_text().strip()
    (index_dir / "snapshots" / version / "manifest.json").write_text(text)
    with pytest.raises(IndexMismatch, match="lotsen ingest"):
        Searcher.open(index_dir, embedder)


@pytest.mark.parametrize("text", ["", "..", "finns-inte", "../../etc"])
def test_a_pointer_to_nothing_is_refused(index_dir: Path, embedder: WordEmbedder, text: str) -> None:
    (index_dir / "CURRENT").write_text(text)
    with pytest.raises(IndexMismatch, match="CURRENT"):
        Searcher.open(index_dir, embedder)


def test_missing_documents_are_refused(index_dir: Path, embedder: WordEmbedder) -> None:
    shutil.rmtree(next((index_dir / "store").iterdir()))
    with pytest.raises(IndexMismatch, match="1 of 3 documents"):
        Searcher.open(index_dir, embedder)


def test_a_broken_document_says_which_file(index_dir: Path, embedder: WordEmbedder) -> None:
    searcher = Searcher.open(index_dir, embedder)
    searcher.pdf_path("fall").with_name("layout.npz").write_bytes(b"PK")
    with pytest.raises(IndexMismatch, match=r"layout\.npz"):
        searcher.document("fall")


def test_reload_while_threads_search(tmp_path: Path, index_dir: Path, embedder: WordEmbedder) -> None:
    live, done, faults = LiveIndex(index_dir, embedder), threading.Event(), []

    def search() -> None:
        while not done.is_set():
            searcher = live.searcher
            hits = searcher.search("fall ställning sekretess", k=3)
            if len(hits) != 3 or any(hit.chunk.document_id not in searcher.titles for hit in hits):
                faults.append(hits)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for i in range(8):
            added = [made(tmp_path, f"ny{i}", f"Ny rutin {i} om fall.\nNytt stycke.")]
            report = update_index(index_dir, added, chunker=CHUNKER, embedder=embedder)
            assert live.searcher.version == report.version
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert faults == []
    assert len(live.searcher.titles) == len(TEXTS) + 8


def test_an_old_searcher_works_on(tmp_path: Path, index_dir: Path, embedder: WordEmbedder) -> None:
    live = LiveIndex(index_dir, embedder)
    old = live.searcher
    update_index(index_dir, [], remove=["fall"], chunker=CHUNKER, embedder=embedder)
    assert "fall" not in live.searcher.titles
    assert old.search("fallrisken")[0].chunk.document_id == "fall"
    assert old.document("fall").text == TEXTS["fall"]


def test_a_snapshot_that_cannot_be_opened_leaves_the_old_one(index_dir: Path, embedder: WordEmbedder) -> None:
    live = LiveIndex(index_dir, embedder)
    version = live.searcher.version
    (index_dir / "CURRENT").write_text("broken")
    assert live.searcher.version == version
    assert live.problem is not None and "broken" in live.problem
    (index_dir / "CURRENT").write_text(version)
    assert live.searcher.version == version
    assert live.problem is None


def test_searching_imports_nothing_heavy(index_dir: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from index.search import Searcher
from tests.index.support import WordEmbedder
assert Searcher.open(Path({str(index_dir)!r}), WordEmbedder()).search("fall")
print([name for name in ("torch", "sentence_transformers", "scipy", "numba", "pypdf") if name in sys.modules])
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_words_are_shared_with_the_index(searcher: Searcher) -> None:
    hit = searcher.search("fallrisken")[0]
    assert {word.stem for word in words("fallrisken")} <= {word.stem for word in words(hit.chunk.text)}
    assert hit.why["coverage"] == pytest.approx(1.0)


def rewrite(index_dir: Path, **changes: object) -> None:
    """Change fields of the manifest of the snapshot that serves."""
    path = index_dir / "snapshots" / (index_dir / "CURRENT").read_text().strip() / "manifest.json"
    replace(Manifest.load(path), **changes).save(path)  # type: ignore[arg-type]
