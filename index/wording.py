"""How a passage is worded for the rankers. Knows nothing of terms, vectors or files of an index.

A passage cut out of its document loses what its headings said, so title, headings and lead-in are its
context: lighter terms for the lexical ranker, words put in front for the embedder.
"""

from __future__ import annotations

from index.store import Passages

CONTEXT_WEIGHT = 0.6
"""What a word of the context counts beside one of the passage itself."""

WORDING = f"title-section-lead-1/{CONTEXT_WEIGHT}"
"""Identifies all of this file: terms and vectors of another wording are made anew."""


def passage_texts(title: str, text: str, passages: Passages) -> list[tuple[str, str]]:
    """`(context, own text)` of each passage of a document.

    >>> # ("Fallprevention. Efter ett fall", "Lyft inte den som har fallit innan …")
    """
    found = []
    for (start, end), lead, section in zip(passages.spans, passages.leads, passages.sections, strict=True):
        context = [title, *section, *([text[slice(*lead)]] if lead else [])]
        found.append((". ".join(context), text[start:end]))
    return found
