"""The trained encoder as it is shipped: its vectors, its two sides, and what it refuses."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from index.errors import EmbedderError
from index.onnx_encoder import DEFAULT_ENCODER, GRAPH, MAX_TOKENS, PASSAGES, TOKENIZER, OnnxEncoder

TEXTS = [
    "Hon trillade i natt",
    "Fallrisken bedöms när någon flyttar in och sedan minst var sjätte månad.",
    "piller",
    "Vård- och omsorgsboende " * 200,
]


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder(DEFAULT_ENCODER)


def with_table(tmp_path: Path, dimension: int) -> Path:
    """A copy of the model with a table for passages that knows the words "fall" and "vila"."""
    folder = tmp_path / "model"
    (folder / PASSAGES).mkdir(parents=True)
    for file in (GRAPH, TOKENIZER):
        shutil.copyfile(DEFAULT_ENCODER / file, folder / file)
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "fall": 1, "vila": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / PASSAGES / TOKENIZER))
    rows = np.zeros((3, dimension), np.int8)
    rows[1, 0] = rows[2, 1] = 100
    factor = np.array([0, 1, 1], np.float32)
    save_file({"embeddings": rows, "weights": factor}, folder / PASSAGES / "model.safetensors")
    return folder


def test_vectors_have_length_one(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode_queries(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("text", ["", " \n", "?!", "\u00ad"])
def test_a_text_without_words_is_a_zero_row(encoder: OnnxEncoder, text: str) -> None:
    assert not encoder.encode_queries([text]).any()


def test_no_texts_give_no_rows(encoder: OnnxEncoder) -> None:
    assert encoder.encode_passages([]).shape == (0, encoder.dimension)


def test_a_vector_does_not_depend_on_its_neighbours(encoder: OnnxEncoder) -> None:
    alone = np.concatenate([encoder.encode_passages([text]) for text in TEXTS])
    np.testing.assert_array_equal(encoder.encode_passages(TEXTS), alone)


def test_a_long_text_is_read_up_to_the_limit(encoder: OnnxEncoder) -> None:
    once = encoder.encode_queries(["vård " * (MAX_TOKENS + 1)])
    np.testing.assert_array_equal(encoder.encode_queries(["vård " * (MAX_TOKENS * 9)]), once)


def test_lone_surrogates_and_other_alphabets_do_no_harm(encoder: OnnxEncoder) -> None:
    assert np.isfinite(encoder.encode_queries(["fall \ud800", "падение", "🙂"])).all()


@pytest.mark.parametrize(
    ("asked", "right", "wrong"),
    [
        ("gumman har trillat", "Rutin när någon har fallit", "Rutin för sekretess"),
        ("får jag ge piller", "Delegering av läkemedelshantering", "Måltidsordning och nattfasta"),
        ("han kissar på sig", "Inkontinens och inkontinensskydd", "Brandskydd i byggnader"),
    ],
)
def test_everyday_words_are_near_the_guidance(
    encoder: OnnxEncoder, asked: str, right: str, wrong: str
) -> None:
    question = encoder.encode_queries([asked])[0]
    near, far = encoder.encode_passages([right, wrong]) @ question
    assert near > far


def test_sentence_transformers_gives_the_same_vectors(encoder: OnnxEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(DEFAULT_ENCODER), trust_remote_code=True, device="cpu")
    texts = [*TEXTS, ""]
    np.testing.assert_allclose(model.encode(texts), encoder.encode_queries(texts), atol=1e-6)


def test_torch_is_not_imported() -> None:
    code = (
        "import sys; from index.onnx_encoder import *;"
        "OnnxEncoder(DEFAULT_ENCODER).encode_queries(['fall']);"
        "sys.exit(bool({'torch', 'transformers', 'sentence_transformers', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_shipped_folder_is_small() -> None:
    assert sum(file.stat().st_size for file in DEFAULT_ENCODER.rglob("*")) <= 40_000_000


def test_a_table_encodes_passages_and_only_those(tmp_path: Path, encoder: OnnxEncoder) -> None:
    both = OnnxEncoder(with_table(tmp_path, encoder.dimension))
    np.testing.assert_array_equal(
        both.encode_passages(["fall vila"])[0, :3], np.array([0.5**0.5, 0.5**0.5, 0], np.float32)
    )
    np.testing.assert_array_equal(both.encode_queries(TEXTS), encoder.encode_queries(TEXTS))
    assert both.fingerprint != encoder.fingerprint
    slow = OnnxEncoder(tmp_path / "model", fast_passages=False)
    assert slow.fingerprint == OnnxEncoder(DEFAULT_ENCODER, fast_passages=False).fingerprint
    np.testing.assert_array_equal(slow.encode_passages(TEXTS), encoder.encode_queries(TEXTS))


def test_a_table_of_another_dimension_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match=r"384 dimensions.*7"):
        OnnxEncoder(with_table(tmp_path, 7))


def test_a_folder_without_graph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match=r"no model\.onnx"):
        OnnxEncoder(tmp_path)


@pytest.mark.parametrize("file", [GRAPH, TOKENIZER])
def test_a_broken_file_is_refused(tmp_path: Path, file: str) -> None:
    for name in (GRAPH, TOKENIZER):
        shutil.copyfile(DEFAULT_ENCODER / name, tmp_path / name)
    (tmp_path / file).write_bytes(b"\x08\x00broken")
    with pytest.raises(EmbedderError, match=file):
        OnnxEncoder(tmp_path)


def test_the_name_is_the_folders_unless_given() -> None:
    assert OnnxEncoder(DEFAULT_ENCODER).name == "lotsen-encoder-sv"
    assert OnnxEncoder(DEFAULT_ENCODER, "encoder").name == "encoder"
