"""The static embedding at query time: a text's vector is the mean of its word pieces' rows.

Reads a sentence-transformers folder (`tokenizer.json`, `model.safetensors`) with numpy and
tokenizers alone: no torch, ready in a fraction of a second. Knows nothing of chunks or indexes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.errors import EmbedderError

DEFAULT_MODEL = Path(__file__).parent / "models" / "lotsen-static-sv"
WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
DTYPES = {"I8": np.int8, "F16": np.float16, "F32": np.float32}
BATCH = 512
"""Texts tokenised at a time: enough to keep the tokenizer's threads busy, little memory."""


class StaticEmbedder:
    """Texts to vectors of length 1. Queries and passages are encoded alike.

    >>> # embedder = StaticEmbedder(DEFAULT_MODEL)
    >>> # embedder.encode_queries(["Hur ofta vänder man någon med trycksår?"]).shape -> (1, 512)
    """

    def __init__(self, path: Path, name: str | None = None) -> None:
        """Opens the model folder, called `name` or else like the folder.

        Raises `EmbedderError` if it is missing, broken or inconsistent.
        """
        self.name = path.resolve().name if name is None else name
        self._path = path
        for file in (TOKENIZER, WEIGHTS):
            if not (path / file).is_file():
                raise EmbedderError(
                    f"There is no {file} in the model folder {path}. Is it a static embedding?"
                )
        try:
            self._tokenizer = Tokenizer.from_file(str(path / TOKENIZER))
        except Exception as error:  # tokenizers raises bare Exception
            raise EmbedderError(f"{path / TOKENIZER} is not a tokenizer file: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        tensors = read_tensors(path / WEIGHTS)
        self._rows, self._factor = _table(tensors, path / WEIGHTS)
        pieces = self._tokenizer.get_vocab_size()
        if pieces != len(self._rows):
            raise EmbedderError(
                f"{path}: the tokenizer has {pieces} pieces but the table has {len(self._rows)} rows. "
                "Both files must come from the same training."
            )

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._rows.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """The first 16 hex digits of the SHA-256 of table and tokenizer: what an index was built with."""
        digest = hashlib.sha256()
        for file in (WEIGHTS, TOKENIZER):
            digest.update((self._path / file).read_bytes())
        return digest.hexdigest()[:16]

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (texts, dimension), float32, of length 1; a text without known words gives a zero row."""
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `encode_queries`; other embedders tell the two apart."""
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), BATCH):
            # A lone surrogate, as some PDFs yield, cannot be UTF-8; it becomes "?", which is no word.
            batch = [text.encode("utf-8", "replace").decode("utf-8") for text in texts[start : start + BATCH]]
            for i, encoding in enumerate(
                self._tokenizer.encode_batch_fast(batch, add_special_tokens=False), start
            ):
                # One text at a time: its rows fit the cache, and its vector never depends on its neighbours.
                ids = np.array(encoding.ids, np.intp)
                vectors[i] = self._factor[ids] @ self._rows[ids].astype(np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a safetensors file, mapped into memory and not copied.

    The format: eight bytes with the header's length, a JSON header with each tensor's dtype, shape
    and place, then the bytes. Raises `EmbedderError` when the file is not such a file.
    """
    try:
        data = np.memmap(path, np.uint8, mode="r").view(np.ndarray)
        start = 8 + int(data[:8].view("<u8")[0])
        header = json.loads(data[8:start].tobytes())
        header.pop("__metadata__", None)
        return {name: _tensor(data[start:], entry) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise EmbedderError(
            f"{path} is not a whole safetensors file of float or int8 tensors: {error!r}"
        ) from error


def _tensor(data: NDArray[np.uint8], entry: Mapping[str, Any]) -> NDArray[Any]:
    begin, end = entry["data_offsets"]
    return data[begin:end].view(DTYPES[entry["dtype"]]).reshape(entry["shape"])


def _table(tensors: Mapping[str, NDArray[Any]], path: Path) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Rows (pieces, dimension) and the factor (pieces,) of each row, 1 where the file has none."""
    rows = tensors.get("embeddings", tensors.get("embedding.weight"))
    if rows is None or rows.ndim != 2 or "mapping" in tensors:
        raise EmbedderError(
            f"{path} is not one table 'embeddings' or 'embedding.weight' with a row for each piece; "
            f"it has {sorted(tensors)}."
        )
    factor = tensors.get("weights", np.ones(len(rows), np.float32)).astype(np.float32)
    if factor.shape != (len(rows),):
        raise EmbedderError(
            f"{path}: the table has {len(rows)} rows but 'weights' has the shape {factor.shape}."
        )
    return rows, factor
