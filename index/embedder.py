"""Embedding models behind one small protocol. Knows nothing of passages, ranking or indexes.

The shipped static model is the default and needs neither torch nor sentence-transformers; any other
sentence-transformers model is taken by name or path, and imported only then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbedderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ENCODER, STATIC = "encoder", "static"
DEFAULT = ENCODER
"""The name of the model that is shipped."""

ENCODER_PATH = Path(__file__).parent / "models" / "lotsen-encoder-sv"
STATIC_PATH = Path(__file__).parent / "models" / "lotsen-static-sv"

BATCH = 32


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their likeness.

    Both methods return float32 (n, dimension), L2-normalised; a text without words is a row of zeros.
    """

    @property
    def name(self) -> str:
        """What `load_embedder` takes to load it again."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def fingerprint(self) -> str:
        """Identifies the weights: vectors of two fingerprints never meet."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions."""

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of passages."""


def load_embedder(name: str = DEFAULT) -> Embedder:
    """The embedder called `name`: "encoder" or "static" (both shipped), the folder of such a model, or
    any sentence-transformers name or path. Raises `EmbedderError` when it cannot be loaded."""
    folder = {ENCODER: ENCODER_PATH, STATIC: STATIC_PATH}.get(name, Path(name))
    if name == ENCODER or (folder / "model.onnx").is_file():
        from index.onnx_encoder import OnnxEncoder

        return OnnxEncoder(folder, name)
    if name == STATIC or _is_static(folder):
        from index.static import StaticEmbedder

        return StaticEmbedder(folder, name)
    return SentenceTransformerEmbedder(name)


def _is_static(folder: Path) -> bool:
    modules = folder / "modules.json"
    if not modules.is_file():
        return False
    try:
        first = json.loads(modules.read_text(encoding="utf-8"))[0]["type"]
    except (ValueError, LookupError, TypeError) as error:
        raise EmbedderError(
            f"{modules} lists no modules: {error}. Fetch or train the model again."
        ) from error
    return str(first).endswith("StaticEmbedding")


class SentenceTransformerEmbedder:
    """A sentence-transformers model on the CPU, with its own prompts for questions and passages.

    A model of the E5 family that brings no prompts gets "query: " and "passage: ", as it was trained.
    """

    def __init__(self, name: str) -> None:
        """Load by path, or by name from what has been fetched before; raises `EmbedderError`.

        Nothing is fetched here: a name that is not on this machine is an error, not a call out.
        """
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise EmbedderError(
                f'The embedder "{name}" needs sentence-transformers, which is not installed. '
                f'Install it, or use the embedder "{STATIC}".'
            ) from error
        try:
            self._model: SentenceTransformer = SentenceTransformer(name, device="cpu", local_files_only=True)
        except (OSError, ValueError, RuntimeError, ImportError) as error:
            raise EmbedderError(
                f'The embedder "{name}" cannot be loaded: {" ".join(str(error).split())} Give a folder with '
                f'the model, fetch it first (hf download {name}), or use the embedder "{STATIC}".'
            ) from error
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise EmbedderError(f'The model "{name}" gives no sentence vectors. Use another embedder.')
        self.name = name
        self.dimension = int(dimension)
        self._query_prompt, self._passage_prompt = self._prompts()
        self.fingerprint = self._fingerprint()

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, float32 (n, dimension)."""
        return self._encode(texts, self._query_prompt)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of passages, float32 (n, dimension)."""
        return self._encode(texts, self._passage_prompt)

    def _encode(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        filled = [i for i, text in enumerate(texts) if text.strip()]
        if filled:
            vectors[filled] = self._model.encode(
                [texts[i] for i in filled],
                prompt=prompt,
                batch_size=BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return vectors

    def _prompts(self) -> tuple[str, str]:
        own: dict[str, Any] = self._model.prompts
        query = own.get("query") or ""
        passage = next((own[key] for key in ("document", "passage", "corpus") if own.get(key)), "")
        if not query and not passage and "e5" in Path(self.name).name.lower().replace("_", "-").split("-"):
            return "query: ", "passage: "
        return str(query), str(passage)

    def _fingerprint(self) -> str:
        """A hash of prompts and weights, so that a model that was trained on is another model."""
        settings = (self._query_prompt, self._passage_prompt, self._model.max_seq_length)
        digest = hashlib.sha256(repr(settings).encode())
        for key, tensor in sorted(self._model.state_dict().items()):
            digest.update(key.encode())
            digest.update(np.ascontiguousarray(tensor.float().numpy()).tobytes())
        return digest.hexdigest()[:16]
