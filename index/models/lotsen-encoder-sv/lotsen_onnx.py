"""Lets sentence-transformers load the trained encoder: the same graph, run by onnxruntime.

Copied into the model's folder as `lotsen_onnx.py`; depends on nothing of this project.

    SentenceTransformer("index/models/lotsen-encoder-sv", trust_remote_code=True)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from sentence_transformers.base.modules import InputModule
from tokenizers import Tokenizer

MAX_TOKENS = 256
ENDS = 2


class OnnxModule(InputModule):  # type: ignore[misc]  # sentence-transformers is not typed
    """Texts to vectors of length 1; a text without words gives zeros. Cannot be trained."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        graph, providers = str(folder / "model.onnx"), ["CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(graph, options, providers=providers)
        self._folder = folder

    @property
    def max_seq_length(self) -> int:
        """Tokens read of a text."""
        return MAX_TOKENS

    def get_embedding_dimension(self) -> int:
        """Length of a vector."""
        return int(self._session.get_outputs()[0].shape[1])

    def preprocess(self, inputs: list[str], prompt: str | None = None, **_: Any) -> dict[str, torch.Tensor]:
        """Token ids (texts, longest), padded with 0, and how many of each row count."""
        rows = [
            encoding.ids for encoding in self.tokenizer.encode_batch([(prompt or "") + t for t in inputs])
        ]
        ids = torch.zeros((len(rows), max(map(len, rows))), dtype=torch.long)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = torch.tensor(row)
        return {"input_ids": ids, "lengths": torch.tensor([len(row) for row in rows])}

    def forward(self, features: dict[str, torch.Tensor], **_: Any) -> dict[str, torch.Tensor]:
        """Adds `sentence_embedding` (texts, dimension)."""
        ids = features["input_ids"].cpu().numpy()
        vectors = np.zeros((len(ids), self.get_embedding_dimension()), np.float32)
        for place, length in enumerate(features["lengths"].tolist()):
            if length > ENDS:
                vectors[place] = self._session.run(None, {"input_ids": ids[place : place + 1, :length]})[0][0]
        return {**features, "sentence_embedding": torch.from_numpy(vectors)}

    @classmethod
    def load(cls, model_name_or_path: str, **_: Any) -> OnnxModule:
        """The module of a folder on this machine."""
        return cls(Path(model_name_or_path))

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Copies graph and tokenizer to another folder."""
        for file in ("model.onnx", "tokenizer.json"):
            (Path(output_path) / file).write_bytes((self._folder / file).read_bytes())
