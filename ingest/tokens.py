"""Counts tokens with tiktoken, by ranks trained on Swedish that lie beside this file.

tiktoken's own encodings are downloads and were made for English; here nothing touches the network,
and Swedish public text has 4.5 characters to a token. `ingest/train_tokens.py` made the ranks. A
count is a measure of size for chunks and prompts; a language model's own count may differ.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

RANKS = Path(__file__).with_name("swedish.tiktoken")
NAME = "lotsen-swedish"

# A word with the space before it, three digits, a run of signs, or white space. Marks count as letters:
# PDFs often store "å" as "a" and a combining ring. White space is bounded because the regex engine
# overflows its stack on a run of a million spaces, and broken PDFs have them.
PATTERN = (
    r"[^\r\n\p{L}\p{M}\p{N}]?[\p{L}\p{M}]+"
    r"|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"
    r"|\s{0,32}[\r\n]+"
    r"|\s{1,32}(?!\S)"
    r"|\s"
)


def read_ranks(path: Path) -> dict[bytes, int]:
    """Token bytes to rank, from lines of base64 and rank as tiktoken writes them.

    Raises `ValueError` when the file is not such a list, or lacks one of the 256 bytes.
    """
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            token, rank = line.split()
            ranks[base64.b64decode(token, validate=True)] = int(rank)
        except ValueError as error:
            raise ValueError(
                f"{path}, line {number}: expected base64 and a rank, found {line[:40]!r}."
            ) from error
    missing = sum(bytes([byte]) not in ranks for byte in range(256))
    if missing:
        raise ValueError(f"{path} has {len(ranks)} ranks but lacks {missing} of the 256 single bytes.")
    return ranks


@cache
def encoding() -> tiktoken.Encoding:
    """The Swedish encoding, read once.

    >>> [encoding().decode([t]) for t in encoding().encode_ordinary("Det är viktigt att alla vet.")]
    ['Det', ' är', ' viktigt', ' att', ' alla', ' vet', '.']
    """
    import tiktoken

    return tiktoken.Encoding(NAME, pat_str=PATTERN, mergeable_ranks=read_ranks(RANKS), special_tokens={})


def count_tokens(text: str) -> int:
    """How many tokens `text` has; 0 for the empty text.

    >>> count_tokens("Det är viktigt att alla vet.")
    7
    """
    return len(encoding().encode_ordinary(text))
