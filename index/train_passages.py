"""Distils the encoder's passage side into a static table: the same space, a thousand times cheaper.

The shipped static embedding is turned into the encoder's space by the linear map that fits best
(least squares over passages seen by both), and then trained: towards the encoder's own passage
vectors, and towards the frozen encoder's vectors of questions that the passages answer. Knows nothing of
how the encoder came about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional

from index.static import TOKENIZER, WEIGHTS, StaticEmbedder, read_tensors
from index.train_pairs import Pair
from index.train_static import TokenisedTexts, contrastive_loss

STEPS = 600
BATCH = 512
LEARNING_RATE = 0.003
REGRESSION = 10.0
"""What a passage vector costs that has nothing of the encoder's (cosine 0)."""

Encode = Callable[[Sequence[str], int], torch.Tensor]


def train_table(
    encode: Encode, tokens: int, passages: Sequence[str], pairs: Sequence[Pair], static: Path, seed: int
) -> tuple[Tokenizer, NDArray[np.float32]]:
    """The static embedding's tokenizer and its table (pieces, dimension) in the encoder's space.

    `encode(texts, tokens)` gives the encoder's vectors; `passages` are regressed, `pairs` contrasted.
    """
    tokenizer = Tokenizer.from_file(str(static / TOKENIZER))
    answers = [pair.passage for pair in pairs]
    target = _encoded(encode, [*passages, *answers], tokens)
    asked = _encoded(encode, [pair.query for pair in pairs], tokens)
    texts = TokenisedTexts.encode(tokenizer, [*passages, *answers])
    table = torch.nn.Parameter(_mapped(static, [*passages, *answers], target))
    numbers: dict[str, int] = {}
    groups = torch.tensor([numbers.setdefault(pair.group, len(numbers)) for pair in pairs])
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.Adam([table], lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(1 - step / STEPS, 0.02))
    for step in range(STEPS):
        any_text = rng.integers(0, len(target), BATCH)
        answer = rng.integers(0, len(pairs), BATCH)
        seen = _embed(table, texts, any_text, rng)
        distance = 1 - (seen * target[any_text]).sum(1).mean()
        found = _embed(table, texts, len(passages) + answer, rng)
        contrast = contrastive_loss(asked[answer], found, groups[answer])
        optimizer.zero_grad()
        (REGRESSION * distance + contrast).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if step % 100 == 0 or step == STEPS - 1:
            print(
                f"table, step {step}: distance {distance.item():.3f}, contrast {contrast.item():.3f}",
                flush=True,
            )
    return tokenizer, table.detach().numpy()


def _encoded(encode: Encode, texts: Sequence[str], tokens: int) -> torch.Tensor:
    """The encoder's vectors (texts, dimension), each distinct text encoded once."""
    number = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    with torch.no_grad():
        vectors = encode(list(number), tokens)
    return vectors[torch.tensor([number[text] for text in texts])]


def _embed(
    table: torch.Tensor, texts: TokenisedTexts, chosen: NDArray[np.int64], rng: np.random.Generator
) -> torch.Tensor:
    ids, offsets = texts.take(chosen, rng)
    pooled = functional.embedding_bag(torch.from_numpy(ids), table, torch.from_numpy(offsets), mode="sum")
    return functional.normalize(pooled, dim=1)


def _mapped(static: Path, texts: Sequence[str], target: torch.Tensor) -> torch.Tensor:
    """The static table (pieces, dimension), every row through the best linear map to `target`."""
    tensors = read_tensors(static / WEIGHTS)
    rows = tensors["embeddings"].astype(np.float32) * tensors["weights"][:, None]
    seen = torch.from_numpy(StaticEmbedder(static).encode_passages(texts))
    mapped = torch.linalg.lstsq(seen, target).solution
    table: torch.Tensor = torch.from_numpy(rows) @ mapped
    table /= table.norm(dim=1).mean()  # only directions matter; the steps are made for this size
    return table
