"""The static embedder: vectors computed by hand, the same by sentence-transformers, broken folders."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from index.errors import EmbedderError
from index.static import DEFAULT_MODEL, StaticEmbedder, read_tensors

TEXTS = [
    "Hur ofta ska man vända någon med trycksår?",
    "syrran gav fel piller, vem ringer man?",
    "ÄLDREOMSORG a\u030angest 2023 — § 12",
    "läkemedel " * 400,
    "",
    "…",
]
WORDS = {"<unk>": 0, "fall": 1, "sår": 2, "vård": 3}
ROWS = np.array([[0, 0], [3, 4], [0, 2], [-1, 0]], np.float32)

Made = Callable[..., Path]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Saves a model folder of whole words and the given tensors."""

    def make(**tensors: NDArray[Any]) -> Path:
        tokenizer = Tokenizer(models.WordLevel(WORDS, unk_token="<unk>"))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        tokenizer.save(str(tmp_path / "tokenizer.json"))
        save_file({name.replace("__", "."): t for name, t in tensors.items()}, tmp_path / "model.safetensors")
        return tmp_path

    return make


@pytest.fixture(scope="module")
def shipped() -> StaticEmbedder:
    """The model that is shipped."""
    return StaticEmbedder(DEFAULT_MODEL)


def test_a_vector_is_the_mean_of_its_words_rows_at_length_one(made: Made) -> None:
    embedder = StaticEmbedder(made(embedding__weight=ROWS), "tiny")
    assert (embedder.name, embedder.dimension) == ("tiny", 2)
    mean = (ROWS[1] + ROWS[2]) / 2
    expected = [ROWS[1] / 5, mean / np.hypot(*mean), [0, 0], [0, 0]]
    found = embedder.encode_passages(["fall", "fall sår", "okänt", ""])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found.dtype == np.float32


def test_a_quantised_row_counts_with_its_factor(made: Made) -> None:
    factor = np.array([1, 0.5, 2, 0.25], np.float32)
    embedder = StaticEmbedder(made(embeddings=ROWS.astype(np.int8), weights=factor))
    total = ROWS[1] * 0.5 + ROWS[3] * 0.25
    np.testing.assert_allclose(embedder.encode_queries(["fall vård"]), [total / np.hypot(*total)], atol=1e-6)


def test_half_precision_rows_are_read(made: Made) -> None:
    embedder = StaticEmbedder(made(embedding__weight=ROWS.astype(np.float16)))
    np.testing.assert_allclose(embedder.encode_queries(["fall"]), [[0.6, 0.8]], atol=1e-6)


def test_no_texts_give_no_rows(shipped: StaticEmbedder) -> None:
    assert shipped.encode_queries([]).shape == (0, shipped.dimension)


def test_vectors_have_length_one_or_zero_and_are_never_nan(shipped: StaticEmbedder) -> None:
    vectors = shipped.encode_passages([*TEXTS, "\ud800", "\x00", "x" * 100_000])
    assert np.isfinite(vectors).all()
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths[:4], 1, atol=1e-6)
    assert lengths[4] == lengths[5] == 0
    assert np.all((np.abs(lengths - 1) < 1e-6) | (lengths == 0))


def test_a_vector_does_not_depend_on_the_other_texts(shipped: StaticEmbedder) -> None:
    together = shipped.encode_passages(TEXTS * 200)
    for i, text in enumerate(TEXTS):
        alone = shipped.encode_queries([text])[0]
        np.testing.assert_array_equal(alone, together[i])
        np.testing.assert_array_equal(alone, together[-len(TEXTS) + i])


def test_sentence_transformers_gives_the_same_vectors(shipped: StaticEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(DEFAULT_MODEL), device="cpu").encode(TEXTS, show_progress_bar=False)
    np.testing.assert_allclose(shipped.encode_passages(TEXTS), theirs, atol=1e-5)


def test_everyday_words_lie_near_the_guidance_words(shipped: StaticEmbedder) -> None:
    question = shipped.encode_queries(["gubben har trillat igen, vad gör jag"])
    near, far = shipped.encode_passages(
        ["Vid fall ska den äldre undersökas av sjuksköterska.", "Nämnden fastställer budgeten i november."]
    )
    assert question @ near > question @ far


def test_the_shipped_model_is_small(shipped: StaticEmbedder) -> None:
    size = sum(file.stat().st_size for file in DEFAULT_MODEL.rglob("*") if file.is_file())
    assert size <= 20_000_000
    assert shipped.name == DEFAULT_MODEL.name


def test_the_fingerprint_follows_both_files(made: Made) -> None:
    folder = made(embedding__weight=ROWS)
    first = StaticEmbedder(folder).fingerprint
    assert len(first) == 16
    assert StaticEmbedder(folder).fingerprint == first
    (folder / "tokenizer.json").write_text((folder / "tokenizer.json").read_text() + "\n")
    second = StaticEmbedder(folder).fingerprint
    made(embedding__weight=ROWS + 1)
    assert len({first, second, StaticEmbedder(folder).fingerprint}) == 3


def test_a_missing_folder_or_file_is_named(tmp_path: Path, made: Made) -> None:
    with pytest.raises(EmbedderError, match=r"no tokenizer\.json in the model folder .*nowhere"):
        StaticEmbedder(tmp_path / "nowhere")
    folder = made(embedding__weight=ROWS)
    (folder / "model.safetensors").unlink()
    with pytest.raises(EmbedderError, match=r"no model\.safetensors"):
        StaticEmbedder(folder)


def test_a_table_of_another_vocabulary_names_both_sizes(made: Made) -> None:
    with pytest.raises(EmbedderError, match="tokenizer has 4 pieces but the table has 3 rows"):
        StaticEmbedder(made(embedding__weight=ROWS[:3]))


def test_factors_of_another_table_name_both_sizes(made: Made) -> None:
    with pytest.raises(EmbedderError, match=r"table has 4 rows but 'weights' has the shape \(3,\)"):
        StaticEmbedder(made(embeddings=ROWS.astype(np.int8), weights=np.ones(3, np.float32)))


def test_weights_of_another_kind_of_model_are_refused(made: Made) -> None:
    with pytest.raises(EmbedderError, match=r"is not one table .* it has \['layer\.bias'\]"):
        StaticEmbedder(made(layer__bias=ROWS))
    with pytest.raises(EmbedderError, match="'mapping'"):
        StaticEmbedder(made(embeddings=ROWS, mapping=np.arange(4, dtype=np.float32)))


@pytest.mark.parametrize("keep", [0, 5, 40, -3])
def test_a_cut_off_file_is_refused(made: Made, keep: int) -> None:
    path = made(embedding__weight=ROWS) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(EmbedderError, match="is not a whole safetensors file"):
        StaticEmbedder(path.parent)


def test_a_broken_tokenizer_is_refused(made: Made) -> None:
    folder = made(embedding__weight=ROWS)
    (folder / "tokenizer.json").write_text(json.dumps({"model": "none"}))
    with pytest.raises(EmbedderError, match="is not a tokenizer file"):
        StaticEmbedder(folder)


def test_tensors_are_read_as_the_library_wrote_them(tmp_path: Path) -> None:
    tensors: dict[str, NDArray[Any]] = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.arange(4, dtype=np.int8),
    }
    save_file(tensors, tmp_path / "t.safetensors", metadata={"format": "pt"})
    found = read_tensors(tmp_path / "t.safetensors")
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name], tensor)
        assert found[name].dtype == tensor.dtype
