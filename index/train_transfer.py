"""Swedish word pieces with the meaning of English ones: where the encoder's input layer begins.

An English sentence encoder learns Swedish fastest when each Swedish piece starts as the mean of its
translations' English pieces (WECHSEL: Minixhofer et al. 2022; FOCUS: Dobler & de Melo 2023). Words come
from Folkets lexikon, with inflections and the parts of compounds, and from the care lexicon; a piece
without a translation starts where the pieces that stand in the same contexts are. Knows nothing of how
the encoder is trained afterwards.
"""

from __future__ import annotations

import bz2
import re
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import Stemmer
from numpy.typing import NDArray
from tokenizers import Tokenizer, pre_tokenizers, processors, trainers

from index.train_pairs import Pair
from index.train_static import new_tokenizer

PAD, UNKNOWN, FIRST, LAST = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
SPECIAL = (PAD, UNKNOWN, FIRST, LAST)
WORD_START = "▁"

FOLKETS = "words/folkets_sv_en_public.xml.bz2"
TRANSLATIONS = 3
"""At most so many translations of a word, the i-th with weight 1 / i."""
MIN_PART = 3
"""A part of a compound has at least so many letters."""
NEIGHBOURS = 10
NEIGHBOUR_SHARPNESS = 10.0
"""A neighbour's weight is exp(sharpness * cosine)."""

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Concept:
    """An entry of the care lexicon, as far as training needs it.

    `formal` are synonyms and irregular forms, `everyday` what staff say instead, `short` abbreviations.
    """

    term: str
    formal: tuple[str, ...]
    everyday: tuple[str, ...]
    short: tuple[str, ...]
    english: tuple[str, ...]
    plain: str


def read_concepts(folder: Path) -> list[Concept]:
    """The concepts of the care lexicon's files `*.toml`; none where there is no such file."""
    entries: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.toml")):
        entries += tomllib.loads(path.read_text(encoding="utf-8")).get("concept", [])
    return [
        Concept(
            entry["term"],
            (*entry.get("synonyms", ()), *entry.get("forms", ())),
            tuple(entry.get("everyday", ())),
            tuple(entry.get("abbreviations", ())),
            tuple(entry["english"]),
            entry["plain"],
        )
        for entry in entries
    ]


def concept_pairs(concepts: Iterable[Concept]) -> Iterator[Pair]:
    """(everyday words, term and explanation), (everyday words, term), (synonym, term), (term, explanation)"""
    for concept in concepts:
        group = f"concept {concept.term}"
        for words in concept.everyday:
            yield Pair(words, f"{concept.term}. {concept.plain}", group)
            yield Pair(words, concept.term, group)
        for words in (*concept.formal, *concept.short):
            yield Pair(words, concept.term, group)
        yield Pair(concept.term, concept.plain, group)


def train_tokenizer(texts: Iterable[str], pieces: int) -> Tokenizer:
    """A unigram tokenizer of at most `pieces` pieces, `SPECIAL` first, that tells a word's first piece
    from later ones: "en" the article is not "en" the ending."""
    tokenizer = new_tokenizer()
    start = pre_tokenizers.Metaspace(WORD_START, prepend_scheme="always")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([tokenizer.pre_tokenizer, start])
    trainer = trainers.UnigramTrainer(
        vocab_size=pieces,
        unk_token=UNKNOWN,
        special_tokens=list(SPECIAL),
        max_piece_length=24,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def with_ends(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer, now putting `FIRST` before each text and `LAST` behind it."""
    ends = [(token, tokenizer.token_to_id(token)) for token in (FIRST, LAST)]
    tokenizer.post_processor = processors.TemplateProcessing(f"{FIRST} $A {LAST}", special_tokens=ends)
    return tokenizer


class Glossary:
    """Swedish words and their English translations."""

    def __init__(self, data: Path, concepts: Iterable[Concept] = ()) -> None:
        """Reads Folkets lexikon below `data`.

        Guidance words mean first what the care lexicon says; everyday words and abbreviations mean
        first what everybody means by them ("ut" is "out" before it is "residence permit").
        """
        concepts = list(concepts)
        self._english: dict[str, list[str]] = {}
        for concept in concepts:
            for word in (concept.term, *concept.formal):
                self._add(word, concept.english)
        forms: list[tuple[str, list[str]]] = []
        with bz2.open(data / FOLKETS) as file:
            for entry in ElementTree.parse(file).iter("word"):
                english = [found.attrib["value"] for found in entry.findall("translation")]
                self._add(entry.attrib["value"], english)
                forms += [(form.attrib["value"], english) for form in entry.iter("inflection")]
                for inner in (*entry.findall("compound"), *entry.findall("derivation")):
                    found = [translation.attrib["value"] for translation in inner.findall("translation")]
                    forms.append((inner.attrib["value"], found))
        for concept in concepts:
            for word in (*concept.everyday, *concept.short):
                self._add(word, concept.english)
        for word, english in forms:  # after all headwords: "var" is "where" before it is a form of "vara"
            self._add(word, english)
        stemmer = Stemmer.Stemmer("swedish")
        self._stem: Callable[[str], str] = stemmer.stemWord
        self._stems: dict[str, str] = {}
        for word in sorted(self._english, key=len):
            self._stems.setdefault(self._stem(word), word)

    def translations(self, word: str) -> list[str]:
        """English words and phrases for a Swedish word or one of its forms, best first; none if unknown."""
        for form in (word, word.removesuffix("s"), self._stems.get(self._stem(word), "")):
            if found := self._english.get(form):
                return found
        return []

    def parts(self, word: str) -> tuple[str, str] | None:
        """A compound's known modifier and its longest known head: ("tryck", "sår") for "trycksår"."""
        for cut in range(MIN_PART, len(word) - MIN_PART + 1):
            head = word[cut:]
            for modifier in (word[:cut], word[:cut].removesuffix("s")):
                if len(modifier) >= MIN_PART and self.translations(head) and self.translations(modifier):
                    return modifier, head
        return None

    def _add(self, word: str, english: Iterable[str]) -> None:
        known = self._english.setdefault(word.replace("|", "").lower(), [])
        for phrase in english:
            plain = re.sub(r"\(.*?\)|^to ", "", phrase).strip().lower()
            if plain and plain not in known and len(known) < TRANSLATIONS:
                known.append(plain)


class EnglishTable:
    """The English encoder's input rows (pieces, dimension), asked by words."""

    def __init__(self, tokenizer: Tokenizer, rows: Vector) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self.tokenizer, self.rows = tokenizer, rows
        self.length = float(np.median(np.linalg.norm(rows, axis=1)))

    def phrase(self, text: str) -> Vector:
        """The mean row of a phrase's pieces."""
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids
        return np.asarray(self.rows[ids].mean(axis=0), np.float32)

    def phrases(self, texts: Sequence[str]) -> Vector:
        """The mean of several translations, the i-th with weight 1 / i."""
        weights = 1 / np.arange(1, len(texts) + 1)
        return np.asarray(np.average([self.phrase(text) for text in texts], axis=0, weights=weights))

    def same(self, word: str) -> Vector | None:
        """The row of a piece that is written alike: numbers, names, Latin."""
        row = self.tokenizer.token_to_id(word)
        return None if row is None else self.rows[row]


def starting_rows(
    tokenizer: Tokenizer, glossary: Glossary, english: EnglishTable, contexts: Vector
) -> tuple[Vector, float]:
    """The input rows (pieces, dimension) and the share of pieces that the glossary knows.

    `contexts` (pieces, any) are vectors of unit-free length whose cosine says which pieces stand in the
    same contexts. All rows get the median length of the English ones, so that means of many
    translations do not drown in the position vectors.
    """
    pieces = tokenizer.get_vocab_size()
    rows = np.zeros((pieces, english.rows.shape[1]), np.float32)
    known = np.zeros(pieces, np.bool_)
    for piece, i in tokenizer.get_vocab().items():
        vector = english.same(piece) if piece in SPECIAL else _of_piece(piece, glossary, english)
        if vector is not None:
            rows[i], known[i] = vector, True
    special = np.arange(len(SPECIAL))  # the tokenizer's trainer numbers them first
    share = float(known.mean())
    known[special] = False  # nobody's neighbours
    unknown = np.setdiff1d(np.flatnonzero(~known), special)
    rows[unknown] = _from_neighbours(contexts, unknown, np.flatnonzero(known), rows)
    words = np.setdiff1d(np.arange(pieces), special)
    lengths = np.linalg.norm(rows[words], axis=1, keepdims=True)
    rows[words] *= english.length / np.maximum(lengths, 1e-6)
    return rows, share


def _of_piece(piece: str, glossary: Glossary, english: EnglishTable) -> Vector | None:
    """What the lexicon knows of a piece; short pieces within a word are endings, not words."""
    word = piece.removeprefix(WORD_START)
    if not piece.startswith(WORD_START) and len(word) < MIN_PART + 1:
        return None
    if found := glossary.translations(word):
        return english.phrases(found)
    if parts := glossary.parts(word):
        return np.asarray(np.mean([english.phrases(glossary.translations(part)) for part in parts], axis=0))
    return english.same(word)


def _from_neighbours(
    contexts: Vector, unknown: NDArray[np.int64], known: NDArray[np.int64], rows: Vector
) -> Vector:
    """For each unknown piece the mean of its nearest known pieces' rows, the nearest counting most."""
    scaled = contexts / np.maximum(np.linalg.norm(contexts, axis=1, keepdims=True), 1e-6)
    found = np.zeros((len(unknown), rows.shape[1]), np.float32)
    for start in range(0, len(unknown), 1000):
        cosines = scaled[unknown[start : start + 1000]] @ scaled[known].T
        nearest = np.argpartition(-cosines, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        weights = np.exp(NEIGHBOUR_SHARPNESS * np.take_along_axis(cosines, nearest, axis=1))
        weights /= weights.sum(axis=1, keepdims=True)
        found[start : start + 1000] = np.einsum("ij,ijk->ik", weights, rows[known[nearest]])
    return found
