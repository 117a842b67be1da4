"""Embedders other than the shipped one: a tiny random model of sentence-transformers, made here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from index.build import update_index
from index.embedder import SentenceTransformerEmbedder, load_embedder
from index.errors import EmbedderError, IndexMismatch
from index.search import Searcher
from tests.index.support import CHUNKER, TEXTS, made

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "fall", "sår", "query", "passage", ":"]


def tiny_model(folder: Path, *, seed: int = 1, prompts: dict[str, str] | None = None) -> Path:
    """Save a one-layer BERT of 16 dimensions with random weights as a sentence-transformers model."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.manual_seed(seed)
    bare = folder.with_name(folder.name + "-bare")
    bare.mkdir()
    (bare / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    BertTokenizer(vocab=str(bare / "vocab.txt")).save_pretrained(bare)
    config = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
    )
    BertModel(config).save_pretrained(bare)
    modules = [Transformer(str(bare)), Pooling(16)]
    SentenceTransformer(modules=modules, prompts=prompts, device="cpu").save(str(folder))
    return folder


def test_vectors_are_normalised_and_empty_texts_are_zero(tmp_path: Path) -> None:
    embedder = load_embedder(str(tiny_model(tmp_path / "tiny")))
    vectors = embedder.encode_passages(["fall", " ", "sår fall", ""])
    assert vectors.shape == (4, embedder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 0, 1, 0], atol=1e-5)
    assert embedder.encode_queries([]).shape == (0, 16)


def test_prompts_of_the_model_are_used(tmp_path: Path) -> None:
    plain = load_embedder(str(tiny_model(tmp_path / "plain")))
    told = load_embedder(
        str(tiny_model(tmp_path / "told", prompts={"query": "query: ", "document": "passage: "}))
    )
    np.testing.assert_allclose(
        told.encode_queries(["fall"]), plain.encode_queries(["query: fall"]), atol=1e-6
    )
    np.testing.assert_allclose(
        told.encode_passages(["fall"]), plain.encode_passages(["passage: fall"]), atol=1e-6
    )
    assert told.fingerprint != plain.fingerprint


def test_e5_gets_its_prompts(tmp_path: Path) -> None:
    plain = load_embedder(str(tiny_model(tmp_path / "plain")))
    e5 = load_embedder(str(tiny_model(tmp_path / "multilingual-e5-tiny")))
    np.testing.assert_allclose(e5.encode_queries(["fall"]), plain.encode_queries(["query: fall"]), atol=1e-6)


def test_the_fingerprint_follows_the_weights(tmp_path: Path) -> None:
    one, same, other = (
        SentenceTransformerEmbedder(str(tiny_model(tmp_path / f"{i}", seed=seed)))
        for i, seed in enumerate((1, 1, 2))
    )
    assert one.fingerprint == same.fingerprint != other.fingerprint


def test_an_index_with_it(tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "tiny")
    documents = [made(tmp_path, name, text) for name, text in TEXTS.items()]
    update_index(tmp_path / "index", documents, chunker=CHUNKER, embedder=load_embedder(str(model)))
    assert Searcher.open(tmp_path / "index").search("fall")
    (tmp_path / "kept").mkdir()
    model.rename(tmp_path / "kept" / "tiny")
    tiny_model(tmp_path / "tiny-2", seed=2).rename(model)
    with pytest.raises(IndexMismatch, match=r"built with the embedder.*lotsen ingest"):
        Searcher.open(tmp_path / "index")


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match=r'"nobody/no-such-model" cannot be loaded.*"static"'):
        load_embedder("nobody/no-such-model")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(EmbedderError, match="cannot be loaded"):
        load_embedder(str(empty))


@pytest.mark.parametrize("text", ["", "[]", "[3]", "{}"])
def test_a_broken_list_of_modules(tmp_path: Path, text: str) -> None:
    (tmp_path / "modules.json").write_text(text)
    with pytest.raises(EmbedderError, match=r"modules\.json"):
        load_embedder(str(tmp_path))


def test_an_unknown_kind_of_module_is_left_to_sentence_transformers(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": "x.Y"}]))
    with pytest.raises(EmbedderError, match="cannot be loaded"):
        load_embedder(str(tmp_path))
