"""Trains the first static embedding: a table of word-piece vectors whose mean is a text's vector.

    python -m index.train_static --data DIR --out index/models/lotsen-static-sv

DIR is laid out as `ingest/training_text.py` says, with `words/synpairs.xml`,
`qa/swequad-mc_training.json` and `train/everyday` beside. The recipe: a unigram vocabulary; a start
from which words stand near which (positive pointwise mutual information, factorised: Levy & Goldberg
2014), so that rare words begin where their neighbours are; then contrastive training with the other
passages of a large batch as counter-examples (Henderson et al. 2017).

The unigram trainer counts in an order of its own, so that two runs find slightly different pieces.
With `--tokenizer index/models/lotsen-static-sv/tokenizer.json` the vocabulary is taken as it is, and
the same data, seed and number of threads give the same weights.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.utils.extmath import randomized_svd  # type: ignore[import-untyped]
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch.nn import functional

from index.train_pairs import (
    EverydayQuestion,
    Pair,
    everyday_pairs,
    public_pairs,
    read_everyday,
    reading_pairs,
    synonym_pairs,
)
from ingest.training_text import HeldOut, TrainingDocument, read_documents

PIECES = 32_000
DIMENSION = 512
SEED = 1
THREADS = 2

TOKENIZER_CHARS = 50_000_000
EVERYDAY_REPEATS = 10
"""Everyday words are rare in public text; repeated, they get pieces of their own."""
CARE_WORDS = re.compile(
    "vård|omsorg|patient|läkemed|hälso|sjuk|äldre|hemtjänst|socialtjänst|socialnämnd|demens|boende|arbetsmiljö"
    "|arbetstag|skydd|smitt|hygien|medicin|funktionshind|funktionsneds|anhörig|rehab|tandvård|brand"
)
CARE_PER_CHAR = 3 / 1000
"""A document with more care words than this shapes the vocabulary before all others."""

MAX_TOKENS = 192
WINDOW = 6
MIN_COOCCURRENCE = 0.4
"""Pairs of pieces seen less than this (once at a distance of two or more is 0.5 or less) are noise."""
CONTEXT_SMOOTHING = 0.75

BATCH = 2048
STEPS = 300
LEARNING_RATE = 0.02
START_SCALE = 0.1
SIF = 1e-3
"""A piece with relative frequency p starts with weight SIF / (SIF + p) (Arora et al. 2017)."""
SIMILARITY_SCALE = 20.0
TOKEN_DROP = 0.2
"""Share of tokens left out at random, so that no pair is recognised by one rare word alone."""
SHARES = {"public": 0.70, "everyday": 0.15, "synonyms": 0.10, "reading": 0.05}
"""How much of each batch is of which kind."""

MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"},
    {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
]


def new_tokenizer() -> Tokenizer:
    """An untrained unigram tokenizer: lower case, NFKC, signs dropped, digits apart from letters.

    A piece within a word is the same piece as the word alone, so that "hemtjänstpersonal" shares a
    row with "personal".
    """
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace("\u00ad", ""), normalizers.NFKC(), normalizers.Lowercase()]
    )
    words = Regex(r"\p{N}+|[\p{L}\p{M}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(words, behavior="removed", invert=True)
    return tokenizer


def tokenizer_texts(documents: Sequence[TrainingDocument], everyday: Sequence[Pair]) -> Iterator[str]:
    """Text to learn the vocabulary from: care documents first, then others, and everyday words."""
    shuffled = list(documents)
    random.Random(SEED).shuffle(shuffled)
    texts = ["\n".join(document.paragraphs)[: TOKENIZER_CHARS // 100] for document in shuffled]
    room = TOKENIZER_CHARS
    for text in sorted(texts, key=lambda text: not _about_care(text)):
        if room <= 0:
            break
        yield text[:room]
        room -= len(text)
    for _ in range(EVERYDAY_REPEATS):
        for pair in everyday:
            yield f"{pair.query} {pair.passage}"


def _about_care(text: str) -> bool:
    return len(CARE_WORDS.findall(text.lower())) > CARE_PER_CHAR * len(text)


def train_tokenizer(texts: Iterable[str], pieces: int = PIECES) -> Tokenizer:
    """A unigram tokenizer of at most `pieces` pieces, `<unk>` among them."""
    tokenizer = new_tokenizer()
    trainer = trainers.UnigramTrainer(
        vocab_size=pieces,
        unk_token="<unk>",
        special_tokens=["<unk>"],
        max_piece_length=24,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


@dataclass(frozen=True)
class TokenisedTexts:
    """Texts as one run of token ids (n,), each distinct text once.

    Row `rows[i]` (texts,) of `offsets` (distinct + 1,) is where text i begins.
    """

    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]
    rows: NDArray[np.int64]

    @classmethod
    def encode(cls, tokenizer: Tokenizer, texts: Sequence[str]) -> TokenisedTexts:
        """At most `MAX_TOKENS` of each text."""
        number = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        distinct, parts, offsets = list(number), [np.zeros(0, np.int32)], [0]
        for start in range(0, len(distinct), 10_000):
            for encoding in tokenizer.encode_batch_fast(distinct[start : start + 10_000]):
                parts.append(np.array(encoding.ids[:MAX_TOKENS], np.int32))
                offsets.append(offsets[-1] + len(parts[-1]))
        rows = np.array([number[text] for text in texts])
        return cls(np.concatenate(parts).astype(np.int64), np.array(offsets), rows)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each text (texts,)."""
        counts: NDArray[np.int64] = np.diff(self.offsets)[self.rows]
        return counts

    def take(
        self, texts: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ids and offsets (texts,) of some texts, with tokens dropped at random, never a text's first."""
        starts = self.offsets[self.rows[texts]]
        lengths = self.lengths[texts]
        owner = np.repeat(np.arange(len(texts)), lengths)
        firsts = np.cumsum(lengths) - lengths
        ids = self.ids[np.arange(len(owner)) - firsts[owner] + starts[owner]]
        keep = rng.random(len(ids)) >= TOKEN_DROP
        keep[firsts] = True
        lengths = np.bincount(owner[keep], minlength=len(texts))
        return ids[keep], np.cumsum(lengths) - lengths


class PairPool:
    """Pairs of one kind, handed out in random order, again and again."""

    def __init__(self, tokenizer: Tokenizer, pairs: Sequence[Pair], rng: np.random.Generator) -> None:
        self.queries = TokenisedTexts.encode(tokenizer, [pair.query for pair in pairs])
        self.passages = TokenisedTexts.encode(tokenizer, [pair.passage for pair in pairs])
        numbers: dict[str, int] = {}
        self.groups = np.array([numbers.setdefault(pair.group, len(numbers)) for pair in pairs])
        self._rows = np.flatnonzero((self.queries.lengths > 0) & (self.passages.lengths > 0))
        self._rng = rng
        self._queue = np.zeros(0, np.int64)

    def next(self, count: int) -> NDArray[np.int64]:
        """The rows of the next `count` pairs."""
        while len(self._queue) < count:
            self._queue = np.concatenate([self._queue, self._rng.permutation(self._rows)])
        rows, self._queue = self._queue[:count], self._queue[count:]
        return rows


def starting_table(texts: TokenisedTexts, pieces: int, dimension: int) -> torch.Tensor:
    """Vectors (pieces, dimension) of equal length from how often pieces stand near each other.

    A neighbour at distance d counts 1/d. A piece that was never seen starts in an arbitrary direction.
    """
    owner = np.repeat(np.arange(len(texts.offsets) - 1), np.diff(texts.offsets))
    counts = sparse.csr_matrix((pieces, pieces), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        near = owner[:-distance] == owner[distance:]
        pairs = texts.ids[:-distance][near], texts.ids[distance:][near]
        weights = np.full(len(pairs[0]), 1 / distance, np.float32)
        counts += sparse.csr_matrix((weights, pairs), shape=(pieces, pieces))
    counts = (counts + counts.T).tocoo()
    totals = np.asarray(counts.sum(axis=1)).ravel()
    context = totals**CONTEXT_SMOOTHING / np.sum(totals**CONTEXT_SMOOTHING)
    information = np.log(counts.data / (totals[counts.row] * context[counts.col]))
    keep = (information > 0) & (counts.data >= MIN_COOCCURRENCE)
    places = counts.row[keep], counts.col[keep]
    matrix = sparse.csr_matrix((information[keep], places), shape=(pieces, pieces))
    left, strength, _ = randomized_svd(matrix, dimension, n_iter=3, random_state=SEED)
    vectors: torch.Tensor = functional.normalize(torch.from_numpy(left * np.sqrt(strength)).float(), dim=1)
    return vectors * math.sqrt(dimension)


def train(
    pools: dict[str, PairPool], table: torch.Tensor, steps: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """The trained table (pieces, dimension), each piece's weight folded into its row."""
    public = pools["public"].passages.ids
    share = torch.from_numpy(np.bincount(public, minlength=len(table)) / len(public)).float()
    vectors = torch.nn.Parameter(table * START_SCALE)
    gains = torch.nn.Parameter(torch.log(SIF / (SIF + share)))
    optimizer = torch.optim.Adam([vectors, gains], lr=LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(1 - step / steps, 0.02))

    def embed(batch: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> torch.Tensor:
        ids = torch.from_numpy(np.concatenate([part[0] for part in batch]))
        before = np.cumsum([0, *(len(part[0]) for part in batch)])
        offsets = np.concatenate([part[1] + start for part, start in zip(batch, before, strict=False)])
        pooled = functional.embedding_bag(
            ids, vectors, torch.from_numpy(offsets), mode="sum", per_sample_weights=torch.exp(gains)[ids]
        )
        return functional.normalize(pooled, dim=1)

    for step in range(steps):
        queries, passages, groups = [], [], []
        for number, (kind, pool) in enumerate(pools.items()):
            rows = pool.next(round(BATCH * SHARES[kind]))
            queries.append(pool.queries.take(rows, rng))
            passages.append(pool.passages.take(rows, rng))
            groups.append(pool.groups[rows] * len(pools) + number)
        loss = contrastive_loss(embed(queries), embed(passages), torch.from_numpy(np.concatenate(groups)))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if step % 50 == 0 or step == steps - 1:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)
    folded: NDArray[np.float32] = (vectors * torch.exp(gains)[:, None]).detach().numpy()
    return folded


def contrastive_loss(queries: torch.Tensor, passages: torch.Tensor, groups: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of finding row i among all rows, both ways; rows of one group do not compete."""
    scores = queries @ passages.T * SIMILARITY_SCALE
    same = groups[:, None] == groups[None, :]
    same.fill_diagonal_(False)
    scores = scores.masked_fill(same, -torch.inf)
    target = torch.arange(len(scores))
    return (functional.cross_entropy(scores, target) + functional.cross_entropy(scores.T, target)) / 2


def quantise(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows as int8 and the factor (pieces,) that each is multiplied with: table ≈ rows * factor[:, None].

    Factors are scaled so that they are 1 on average; only the direction of a text's vector matters.
    """
    factor = np.abs(table).max(axis=1) / 127
    rows = np.rint(table / np.where(factor > 0, factor, 1)[:, None]).astype(np.int8)
    return rows, (factor / factor.mean()).astype(np.float32)


def save(tokenizer: Tokenizer, table: NDArray[np.float32], folder: Path) -> None:
    """Writes the folder that `SentenceTransformer(folder)` and `index.static.StaticEmbedder` read.

    Unknown letters get a row of zeros: a text in another script is like nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows, factor = quantise(table)
    rows[tokenizer.token_to_id("<unk>")] = 0
    save_file({"embeddings": rows, "weights": factor}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)  # safetensors makes it readable by its owner alone
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "modules.json").write_text(json.dumps(MODULES, indent=1) + "\n", encoding="utf-8")


def pair_sets(
    documents: Sequence[TrainingDocument], everyday: Sequence[EverydayQuestion], data: Path, held_out: HeldOut
) -> dict[str, list[Pair]]:
    """The training pairs by kind, in the order of `SHARES`."""
    return {
        "public": list(public_pairs(documents, SEED)),
        "everyday": list(everyday_pairs(everyday)),
        "synonyms": list(synonym_pairs(data / "words/synpairs.xml")),
        "reading": list(reading_pairs(data / "qa/swequad-mc_training.json", held_out)),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--tokenizer", type=Path, metavar="FILE", help="a trained vocabulary to keep")
    parser.add_argument("--steps", type=int, default=STEPS)
    args = parser.parse_args()
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    held_out = HeldOut.read(args.data)
    documents = list(read_documents(args.data, held_out))
    pairs = pair_sets(documents, read_everyday(args.data, held_out), args.data, held_out)
    print({kind: len(chosen) for kind, chosen in pairs.items()}, flush=True)
    if args.tokenizer:
        tokenizer = Tokenizer.from_file(str(args.tokenizer))
    else:
        tokenizer = train_tokenizer(tokenizer_texts(documents, pairs["everyday"] + pairs["synonyms"]))
    pools = {kind: PairPool(tokenizer, chosen, rng) for kind, chosen in pairs.items()}
    table = starting_table(pools["public"].passages, tokenizer.get_vocab_size(), DIMENSION)
    save(tokenizer, train(pools, table, args.steps, rng), args.out)


if __name__ == "__main__":
    main()
