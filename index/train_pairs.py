"""Pairs of texts that belong together, from public documents, everyday questions and synonyms.

Knows nothing of tokens or weights. Each pair carries a group: two pairs of one group are never each
other's counter-examples, because a document's title fits all of its passages.
"""

from __future__ import annotations

import json
import random
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.training_text import HeldOut, TrainingDocument

PASSAGE_CHARS = 500
"""Short paragraphs are joined until they hold this many characters; list items say little alone."""
MAX_PASSAGE_CHARS = 1500
MAX_PASSAGES = 24
"""At most so many passages of one document, so that a committee report does not outweigh the rest."""
SENTENCE_WORDS = range(5, 36)
MIN_SYNONYM_LEVEL = 3.5
"""Readers graded the synonyms from 0 to 5."""


@dataclass(frozen=True)
class Pair:
    """Two texts that belong together; either is found by the other."""

    query: str
    passage: str
    group: str


@dataclass(frozen=True)
class EverydayQuestion:
    """A question in everyday words, the passage that answers it, and the guidance terms it means."""

    question: str
    passage: str
    terms: tuple[str, ...]
    group: str


def passages(document: TrainingDocument) -> list[str]:
    """The document's paragraphs, joined and cut to passages of about 500 to 1,500 characters.

    >>> document = TrainingDocument("riksdagen", "T", (), ("En rad som", "fortsätter här.", "x" * 1600))
    >>> [len(p) for p in passages(document)]
    [1500, 127]
    """
    found, current = [], ""
    for paragraph in document.paragraphs:
        text = re.sub(r"\s+", " ", paragraph.lstrip("#*- ")).strip()
        current = f"{current} {text}".strip()
        while len(current) > MAX_PASSAGE_CHARS:
            cut = current.rfind(" ", PASSAGE_CHARS, MAX_PASSAGE_CHARS)
            cut = cut if cut > 0 else MAX_PASSAGE_CHARS
            found.append(current[:cut])
            current = current[cut:].strip()
        if len(current) >= PASSAGE_CHARS:
            found.append(current)
            current = ""
    if len(current) >= PASSAGE_CHARS // 5:
        found.append(current)
    return found


def title_words(title: str) -> str:
    """A title without what numbers an interpellation or names its author.

    >>> title_words("Interpellation 2014/15:741 Lagar och regler kring drönare av Penilla Gunther (KD)")
    'Lagar och regler kring drönare'
    """
    title = re.sub(r"^Interpellation \d{4}/\d+:\d+ ", "", title)
    return re.sub(r"(^| )av( [A-ZÅÄÖ][^ ]* [A-ZÅÄÖ].*)?$", "", title).strip()


def public_pairs(documents: Iterable[TrainingDocument], seed: int) -> Iterator[Pair]:
    """(title, passage), (question, passage), (sentence, rest of its passage), (passage, next passage)."""
    rng = random.Random(seed)
    for number, document in enumerate(documents):
        group = f"document {number}"
        texts = passages(document)
        chosen = sorted(rng.sample(range(len(texts)), min(len(texts), MAX_PASSAGES)))
        title = title_words(document.title)
        for i in chosen:
            if len(title.split()) > 1:
                yield Pair(title, texts[i], group)
            sentence, rest = _without_one_sentence(texts[i], rng)
            if sentence:
                yield Pair(sentence, rest, group)
            if i + 1 < len(texts):
                yield Pair(texts[i], texts[i + 1], group)
        if texts:
            for question in document.questions:
                yield Pair(question, rng.choice(texts), group)


def _without_one_sentence(passage: str, rng: random.Random) -> tuple[str, str]:
    """A sentence of fitting length and the passage without it; two empty texts if there is none."""
    sentences = re.split(r"(?<=[.?!])\s+(?=[A-ZÅÄÖ])", passage)
    fitting = [i for i, sentence in enumerate(sentences) if len(sentence.split()) in SENTENCE_WORDS]
    if len(sentences) < 2 or not fitting:
        return "", ""
    i = rng.choice(fitting)
    return sentences[i], " ".join(sentences[:i] + sentences[i + 1 :])


def read_everyday(data: Path, held_out: HeldOut) -> list[EverydayQuestion]:
    """The questions of `data/train/everyday`, without those on passages of held-out documents."""
    folder = data / "train/everyday"
    texts = {
        row["id"]: row["text"]
        for row in _json_lines(folder.glob("passages_*.jsonl"))
        if not held_out.has_title(row["title"]) and not held_out.has_text(row["text"])
    }
    return [
        EverydayQuestion(row["question"], texts[row["passage"]], tuple(row["terms"]), row["passage"])
        for row in _json_lines(folder.glob("pairs_*.jsonl"))
        if row["passage"] in texts
    ]


def everyday_pairs(questions: Iterable[EverydayQuestion]) -> Iterator[Pair]:
    """(question, passage), (question, terms), (terms, passage)."""
    for question in questions:
        terms = ", ".join(question.terms)
        yield Pair(question.question, question.passage, question.group)
        yield Pair(question.question, terms, question.group)
        yield Pair(terms, question.passage, question.group)


def synonym_pairs(path: Path) -> Iterator[Pair]:
    """Word pairs that readers graded as synonyms, from the XML file of Folkets synonymlexikon."""
    for entry in ElementTree.parse(path).iter("syn"):
        if float(entry.attrib["level"]) >= MIN_SYNONYM_LEVEL:
            first, second = entry.findtext("w1", ""), entry.findtext("w2", "")
            yield Pair(first, second, f"synonym {first}")


def reading_pairs(path: Path, held_out: HeldOut) -> Iterator[Pair]:
    """(question, the text that answers it) from a SweQuAD-MC file."""
    for entry in json.loads(path.read_text(encoding="utf-8"))["data"]:
        if not held_out.has_text(entry["context"]):
            yield Pair(entry["question"], entry["context"], entry["context"])


def _json_lines(paths: Iterable[Path]) -> Iterator[Any]:
    for path in sorted(paths):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)
