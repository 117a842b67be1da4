"""Trains the token ranks of `ingest/tokens.py`: byte-level BPE on a sample of public Swedish text.

    python -m ingest.train_tokens --data DIR

DIR is laid out as `ingest/training_text.py` says. The same data and seed give the same file.
"""

from __future__ import annotations

import argparse
import base64
import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from ingest.tokens import PATTERN, RANKS
from ingest.training_text import TrainingDocument, read_documents

VOCABULARY = 16_384
SAMPLE_CHARS = 40_000_000
SEED = 1


def sample(documents: Iterator[TrainingDocument], chars: int, seed: int) -> Iterator[str]:
    """Paragraphs of randomly chosen documents, about `chars` characters of them in all.

    A document longer than a hundredth of the sample gives only its beginning, so that one
    committee report does not outweigh a thousand pages of advice.
    """
    chosen = list(documents)
    random.Random(seed).shuffle(chosen)
    for document in chosen:
        room = min(chars, SAMPLE_CHARS // 100)
        for paragraph in document.paragraphs:
            if room <= 0:
                break
            yield paragraph
            room -= len(paragraph)
            chars -= len(paragraph)
        if chars <= 0:
            return


def train(texts: Iterator[str], vocabulary: int = VOCABULARY) -> Tokenizer:
    """A byte-level BPE tokenizer of `vocabulary` tokens, the 256 bytes among them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def byte_ranks(tokenizer: Tokenizer) -> dict[bytes, int]:
    """The tokenizer's vocabulary as bytes; ids rise in the order of merging, so they are the ranks.

    >>> # the token "ĠvÃ¥rd" with id 812 -> {b" v\xc3\xa5rd": 812}
    """
    of_char = {char: byte for byte, char in _byte_chars().items()}
    return {bytes(of_char[c] for c in token): rank for token, rank in tokenizer.get_vocab().items()}


def _byte_chars() -> dict[int, str]:
    """GPT-2's table: the printable character that stands for each byte in a byte-level vocabulary."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}


def write_ranks(ranks: dict[bytes, int], path: Path) -> None:
    """One line for each rank, lowest first: base64 of the bytes, a space, the rank."""
    lines = [
        b"%s %d\n" % (base64.b64encode(token), rank)
        for token, rank in sorted(ranks.items(), key=lambda r: r[1])
    ]
    path.write_bytes(b"".join(lines))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, default=RANKS, metavar="FILE")
    args = parser.parse_args()
    tokenizer = train(sample(read_documents(args.data), SAMPLE_CHARS, SEED))
    write_ranks(byte_ranks(tokenizer), args.out)
    print(f"{tokenizer.get_vocab_size()} ranks, {args.out.stat().st_size} bytes: {args.out}")


if __name__ == "__main__":
    main()
