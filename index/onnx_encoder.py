"""The trained encoder at query time: onnxruntime and tokenizers, no torch.

Reads a folder with a graph that turns token ids into pooled vectors and the tokenizer that makes them.
Where the folder also holds a static table for passages, passages go through that: a thousand times
cheaper, and in the same space. Knows nothing of chunks, indexes or training.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.errors import EmbedderError
from index.static import StaticEmbedder

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

DEFAULT_ENCODER = Path(__file__).parent / "models" / "lotsen-encoder-sv"
GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
PASSAGES = "passages"
"""The subfolder with the static table that passages are encoded by."""
MAX_TOKENS = 256
"""What the layers were trained to read; the rest of a longer text is not read."""
ENDS = 2
"""Tokens around each text: a text of no more than these has no word."""


class OnnxEncoder:
    """Texts to vectors of length 1, questions by the encoder, passages by the table if there is one.

    >>> # encoder = OnnxEncoder(DEFAULT_ENCODER)
    >>> # encoder.encode_queries(["Hon trillade i natt"]).shape -> (1, 384)
    """

    def __init__(self, path: Path, name: str | None = None, *, fast_passages: bool = True) -> None:
        """Opens the model folder, called `name` or else like the folder; raises `EmbedderError`.

        With `fast_passages` off the encoder reads passages too, whether or not there is a table.
        """
        self.name = path.resolve().name if name is None else name
        self._path = path
        for file in (GRAPH, TOKENIZER):
            if not (path / file).is_file():
                raise EmbedderError(
                    f"There is no {file} in the model folder {path}. Is it a trained encoder?"
                )
        try:
            self._tokenizer = Tokenizer.from_file(str(path / TOKENIZER))
        except Exception as error:  # tokenizers raises bare Exception
            raise EmbedderError(f"{path / TOKENIZER} is not a tokenizer file: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._session = _session(path / GRAPH)
        self.dimension = int(self._session.get_outputs()[0].shape[1])
        table = path / PASSAGES
        self._table = StaticEmbedder(table) if fast_passages and table.is_dir() else None
        if self._table is not None and self._table.dimension != self.dimension:
            raise EmbedderError(
                f"{path}: the encoder gives {self.dimension} dimensions but the table for passages "
                f"{self._table.dimension}. Both must come from the same training."
            )

    @cached_property
    def fingerprint(self) -> str:
        """The first 16 hex digits of the SHA-256 of what turns passages and questions into vectors."""
        digest = hashlib.sha256()
        for file in (GRAPH, TOKENIZER):
            digest.update((self._path / file).read_bytes())
        if self._table is not None:
            digest.update(self._table.fingerprint.encode())
        return digest.hexdigest()[:16]

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (texts, dimension), float32, of length 1; a text without words gives a zero row."""
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `encode_queries`, by the table for passages where there is one."""
        return self._encode(texts) if self._table is None else self._table.encode_passages(texts)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        # A lone surrogate, as some PDFs yield, cannot be UTF-8; it becomes "?", which is no word.
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(clean)]
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        filled = [i for i, row in enumerate(rows) if len(row) > ENDS]
        if len(filled) < 2:
            for i in filled:
                vectors[i] = self._vector(rows[i])
        else:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                for i, vector in zip(filled, pool.map(self._vector, [rows[i] for i in filled]), strict=True):
                    vectors[i] = vector
        return vectors

    def _vector(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """One text at a time: on a CPU batches gain nothing, and since int8 graphs scale by what they
        see, a text's vector would depend on its neighbours."""
        vectors = self._session.run(None, {"input_ids": np.array([ids], np.int64)})[0]
        vector: NDArray[np.float32] = vectors[0]
        return vector


def _session(path: Path) -> InferenceSession:
    """The graph, one core for each text: threads within one gain less than texts side by side."""
    try:
        import onnxruntime
    except ImportError as error:
        raise EmbedderError(
            f"The encoder {path.parent} needs onnxruntime, which is not installed: pip install onnxruntime"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises its own classes, which it does not export
        raise EmbedderError(f"{path} is not a graph that onnxruntime can run: {error}") from error
    return session
