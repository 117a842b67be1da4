"""The public Swedish text that token ranks and embeddings are trained on. Knows nothing of models.

A training folder holds `train/part-*.jsonl.xz` (documents, one JSON object on each line) and
`qa/everyday-dev/pages.json` (the documents of the development questions). What stands in the latter
is left out of every training set, by title and by text, so that a figure measured there is a figure
on unseen documents.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SHINGLE = 8
"""Words in a row that count as the same text."""
MAX_SHARED = 0.5
"""A paragraph with more than this share of its shingles in a held-out document is left out."""


@dataclass(frozen=True)
class TrainingDocument:
    """A public document. `questions` are sentences of it that ask something, possibly none."""

    source: str
    title: str
    questions: tuple[str, ...]
    paragraphs: tuple[str, ...]


class HeldOut:
    """The documents that nothing may be trained on, recognised by their title or by their words."""

    def __init__(self, documents: dict[str, str]) -> None:
        """`documents` maps a title to the document's whole text."""
        self._titles = {_title_key(title) for title in documents}
        self._shingles: set[int] = set()
        for text in documents.values():
            words = _words(text)
            self._shingles.update(_shingle(words, i) for i in range(len(words) - SHINGLE + 1))

    @classmethod
    def read(cls, data: Path) -> HeldOut:
        """The documents of `data/qa/everyday-dev/pages.json`."""
        pages = json.loads((data / "qa/everyday-dev/pages.json").read_text(encoding="utf-8"))
        texts: dict[str, str] = {}
        for entry in pages.values():
            texts[entry["title"]] = texts.get(entry["title"], "") + "\n" + "\n".join(entry["pages"])
        return cls(texts)

    def has_title(self, title: str) -> bool:
        """Whether a held-out document has this title, whatever its case and white space."""
        return _title_key(title) in self._titles

    def has_text(self, text: str) -> bool:
        """Whether most of this text stands word for word in a held-out document.

        Every eighth shingle of eight words is looked at: a copied paragraph has them all, a formula
        that many laws share ("Denna lag träder i kraft den") is shorter than one.
        """
        words = _words(text)
        starts = range(0, len(words) - SHINGLE + 1, SHINGLE)
        shared = sum(_shingle(words, i) in self._shingles for i in starts)
        return shared > MAX_SHARED * len(starts)


def read_documents(data: Path, held_out: HeldOut | None = None) -> Iterator[TrainingDocument]:
    """The documents of `data/train`, without held-out documents and copied paragraphs.

    Raises `FileNotFoundError`, naming the folder, when there are none.
    """
    held_out = HeldOut.read(data) if held_out is None else held_out
    parts = sorted((data / "train").glob("part-*.jsonl.xz"))
    if not parts:
        raise FileNotFoundError(
            f"There is no part-*.jsonl.xz in {data / 'train'}. Give the folder with --data."
        )
    for part in parts:
        with lzma.open(part, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if held_out.has_title(row["title"]):
                    continue
                paragraphs = tuple(p for p in row["paragraphs"] if not held_out.has_text(p))
                yield TrainingDocument(row["source"], row["title"], tuple(row["questions"]), paragraphs)


def _title_key(title: str) -> str:
    return " ".join(title.casefold().split())


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _shingle(words: list[str], start: int) -> int:
    return hash(tuple(words[start : start + SHINGLE]))
