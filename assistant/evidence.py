"""What speaks for a candidate being the answer, as numbers, and the trained weights that sum them up.

`features` gives one row for each candidate; `Selector` turns rows into probabilities that a candidate
answers, and those of the best into the confidence that the question is answered at all. Both are
logistic regressions trained by `assistant.train`, small enough to read: `selector.json` holds them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.candidates import Candidate
from assistant.question import Question
from assistant.signs import NUMBER, OFFERS, UNIT
from index.analysis import Word, words
from index.hit import Hit
from index.lexicon import Expansion

SELECTOR = Path(__file__).with_name("selector.json")

Array = NDArray[np.float64]

TEXTS_HELD = 8192
"""Sentences whose terms are kept in memory, some 3 kB each."""

MOSTLY = 0.6
"""A word counts as there when at least this share of its grams is."""

FEATURES = (
    "bias",
    "coverage",  # share of the question's idf weight in the sentence and its lead
    "coverage_context",  # the same with heading and neighbouring sentences
    "terms",  # share of the lexicon's words for the question in the sentence with its heading
    "coverage_best",  # the best candidate's coverage, so that the others are seen beside it
    "cosine",  # question and sentence
    "cosine_context",  # question and sentence with its heading
    "cosine_terms",  # the same with the question moved towards the lexicon's terms
    "rank",  # 1 / (1 + rank) of the passage
    "behind",  # how far the passage's score lies behind the best
    "score",  # the passage's own score
    "wanted",  # the sentence has what this kind of question asks for
    "wanted_unit",  # a number question and a unit of measure
    "unwanted",  # a number question and no number
    "short",
    "long",
    "item",
    "row",
    "lead",
    "first",  # the first sentence of its block
    "document_share",  # share of the hits that lie in this document
)


class Weigher(Protocol):
    """The part of a searcher that is needed here."""

    def expand(self, query: str, /) -> Expansion:
        """The lexicon's words for a question."""

    def passage_vectors(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Vectors (texts, dimension) of parts of passages."""

    def query_vector(self, query: str, expansion: Expansion | None = None, /) -> NDArray[np.float32]:
        """The question's vector, (dimension,)."""

    def term_weight(self, term: int) -> float:
        """The idf of a term."""


@dataclass(frozen=True)
class Evidence:
    """`rows` (n, len(FEATURES)) for n candidates."""

    candidates: tuple[Candidate, ...]
    rows: Array


def gather(
    weigher: Weigher, question: Question, hits: Sequence[Hit], candidates: Sequence[Candidate]
) -> Evidence:
    """Measure every candidate against the question."""
    if not candidates:
        return Evidence((), np.zeros((0, len(FEATURES))))
    asked = _weighted(weigher, question.text)
    own = [f"{c.lead_text} {c.text}" for c in candidates]
    headed = [f"{_heading(hits[c.rank])} {t}" for c, t in zip(candidates, own, strict=True)]
    stems = [_terms(text) for text in own]
    headings = [_terms(_heading(hits[c.rank])) for c in candidates]
    around = [_around(i, candidates, stems) | headings[i] for i in range(len(candidates))]
    coverage = np.array([_coverage(asked, terms) for terms in stems])
    context = np.array([_coverage(asked, terms) for terms in around])
    expansion = weigher.expand(question.text)
    wanted = [(w, share * weigher.term_weight(w.stem)) for w, share in expansion.words.items()]
    towards = weigher.query_vector(question.text, expansion)
    vector = weigher.query_vector(question.text)
    vectors = weigher.passage_vectors([*own, *headed])
    cosine = (vectors @ vector).astype(np.float64)
    n = len(candidates)
    top = hits[0].score
    scores = np.array([hits[c.rank].score for c in candidates])
    documents = [hit.chunk.document_id for hit in hits]
    rows = np.zeros((n, len(FEATURES)))
    columns: dict[str, Array] = {
        "bias": np.ones(n),
        "coverage": coverage,
        "coverage_context": context,
        "terms": np.array([_held(wanted, s | h) for s, h in zip(stems, headings, strict=True)]),
        "coverage_best": np.full(n, coverage.max()),
        "cosine": cosine[:n],
        "cosine_context": cosine[n:],
        "cosine_terms": (vectors[n:] @ towards).astype(np.float64),
        "rank": np.array([1 / (1 + c.rank) for c in candidates]),
        "behind": (top - scores) / 5,
        "score": scores / 10,
        "document_share": np.array([documents.count(c.document.id) / len(documents) for c in candidates]),
        **_signs(question, candidates),
    }
    for name, values in columns.items():
        rows[:, FEATURES.index(name)] = values
    return Evidence(tuple(candidates), rows)


def _signs(question: Question, candidates: Sequence[Candidate]) -> dict[str, Array]:
    """Features that follow from the form of each candidate's text alone."""
    n = len(candidates)
    found = {
        name: np.zeros(n)
        for name in ("wanted", "wanted_unit", "unwanted", "short", "long", "item", "row", "lead", "first")
    }
    wanted = OFFERS[question.kind]
    for i, candidate in enumerate(candidates):
        lower = candidate.text.lower()
        count = len(lower.split())
        found["wanted"][i] = bool(wanted.search(lower))
        if question.kind == "number":
            found["wanted_unit"][i] = bool(UNIT.search(lower))
            found["unwanted"][i] = not NUMBER.search(lower)
        found["short"][i] = count < 6
        found["long"][i] = max(0, count - 30) / 30
        found["item"][i] = candidate.kind == "item"
        found["row"][i] = candidate.kind == "row"
        found["lead"][i] = candidate.is_lead
        found["first"][i] = candidate.start == candidate.document.blocks[candidate.block].start
    return found


def _held(wanted: Sequence[tuple[Word, float]], terms: frozenset[int]) -> float:
    """The share of the weight of `wanted` words that stand in a set of terms."""
    total = sum(weight for _, weight in wanted)
    return sum(weight for word, weight in wanted if word.stem in terms) / total if total else 0.0


def _around(i: int, candidates: Sequence[Candidate], terms: Sequence[frozenset[int]]) -> frozenset[int]:
    """The terms of a candidate and of its neighbours in the same passage."""
    near = range(max(0, i - 1), min(len(terms), i + 2))
    return frozenset().union(*(terms[j] for j in near if candidates[j].rank == candidates[i].rank))


def _heading(hit: Hit) -> str:
    return hit.chunk.section[-1] if hit.chunk.section else ""


def _weighted(weigher: Weigher, text: str) -> list[tuple[Word, float, dict[int, float]]]:
    return [
        (word, weigher.term_weight(word.stem), {gram: weigher.term_weight(gram) for gram in word.grams})
        for word in dict.fromkeys(words(text))
    ]


@lru_cache(maxsize=TEXTS_HELD)
def _terms(text: str) -> frozenset[int]:
    """The stems and grams of a text; the sentences of guidance come back with every question."""
    found: set[int] = set()
    for word in words(text):
        found.add(word.stem)
        found.update(word.grams)
    return frozenset(found)


def _coverage(asked: list[tuple[Word, float, dict[int, float]]], terms: frozenset[int]) -> float:
    """Share of the question's idf weight that a set of terms holds; a word counts by its grams too."""
    total = held = 0.0
    for word, weight, grams in asked:
        total += weight
        if word.stem in terms:
            held += weight
        elif grams:
            held += weight * sum(w for gram, w in grams.items() if gram in terms) / sum(grams.values())
    return held / total if total else 0.0


SUMMARY = (
    "bias",
    "best",  # log odds of the best candidate
    "second",  # of the second best
    "coverage",  # the greatest coverage of one sentence
    "coverage_passage",  # of one passage
    "cosine",  # of one sentence with its heading
    "cosine_passage",
    "cosine_mean",  # of the five passages nearest in meaning
    "missing",  # share of the question's weight in words that the best three passages lack
    "telling",  # how much of its two rarest words the best candidate and its heading have
    "score",  # of the best passage
    "lead",  # how far it lies before the fifth
    "unknown",  # share of the question's words that the index has never seen
    "words",  # how many words of the question count, up to eight
)


def summarise(
    weigher: Weigher, question: Question, hits: Sequence[Hit], evidence: Evidence, odds: Array
) -> Array:
    """One row (len(SUMMARY),) from which the confidence that there is an answer is computed."""
    row = np.zeros(len(SUMMARY))
    asked = list(dict.fromkeys(words(question.text)))
    order = np.sort(odds)[::-1]
    column = FEATURES.index
    unseen = weigher.term_weight(0)  # no term hashes to zero
    values = {
        "bias": 1.0,
        "best": float(order[0]),
        "second": float(order[min(1, len(order) - 1)]),
        "coverage": float(evidence.rows[:, column("coverage")].max()),
        "coverage_passage": max(hit.why["coverage"] for hit in hits),
        "cosine": float(evidence.rows[:, column("cosine_context")].max()),
        "cosine_passage": max(hit.why["cosine"] for hit in hits),
        "cosine_mean": float(np.mean(sorted((hit.why["cosine"] for hit in hits), reverse=True)[:5])),
        "missing": _missing(weigher, asked, hits[:3]),
        "telling": _telling(weigher, asked, hits, evidence.candidates[int(np.argmax(odds))]),
        "score": hits[0].score / 10,
        "lead": (hits[0].score - hits[min(4, len(hits) - 1)].score) / 5,
        "unknown": sum(weigher.term_weight(w.stem) >= unseen for w in asked) / len(asked) if asked else 1.0,
        "words": min(8, len(asked)) / 8,
    }
    for name, value in values.items():
        row[SUMMARY.index(name)] = value
    return row


def _missing(weigher: Weigher, asked: Sequence[Word], hits: Sequence[Hit]) -> float:
    """The share of the question's idf weight in words that none of the passages has."""
    there = frozenset().union(*(_terms(f"{' '.join(hit.chunk.section)} {hit.chunk.text}") for hit in hits))
    weights = {word: weigher.term_weight(word.stem) for word in asked}
    lacking = sum(weight for word, weight in weights.items() if _presence(word, there) < MOSTLY)
    return lacking / sum(weights.values()) if weights else 1.0


def _telling(weigher: Weigher, asked: Sequence[Word], hits: Sequence[Hit], best: Candidate) -> float:
    """How much of the question's two rarest words stands in the best candidate or its headings."""
    there = _terms(f"{best.lead_text} {best.text} {' '.join(hits[best.rank].chunk.section)}")
    rarest = sorted(asked, key=lambda word: (-weigher.term_weight(word.stem), word.stem))[:2]
    return float(np.mean([_presence(word, there) for word in rarest])) if rarest else 0.0


def _presence(word: Word, terms: frozenset[int]) -> float:
    """1 for a word that is there, else the share of its grams that are."""
    if word.stem in terms:
        return 1.0
    return sum(gram in terms for gram in word.grams) / len(word.grams) if word.grams else 0.0


@dataclass(frozen=True)
class Selector:
    """Trained weights: (len(FEATURES),) for candidates, (len(SUMMARY),) for the confidence.

    A question is answered when its confidence reaches `threshold`. `embedder` names the one whose
    vectors the weights were trained on: another's cosines mean something else.
    """

    candidate: Array
    confidence: Array
    threshold: float
    embedder: str = ""

    @classmethod
    def load(cls, path: Path = SELECTOR) -> Selector:
        """Read `selector.json`; raises ValueError when its features are not those of this version."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        for name, expected in (("candidate", FEATURES), ("confidence", SUMMARY)):
            if tuple(raw[name]) != expected:
                raise ValueError(
                    f"{path} has weights for {len(raw[name])} {name} features, but this version has "
                    f"{len(expected)} or names them otherwise. Train it again: python -m assistant.train"
                )
        return cls(
            np.array(list(raw["candidate"].values())),
            np.array(list(raw["confidence"].values())),
            raw["threshold"],
            raw.get("made", {}).get("embedder", ""),
        )

    def save(self, path: Path, made: dict[str, object]) -> None:
        """Write the weights by name, with how they were `made`."""
        content = {
            "candidate": dict(zip(FEATURES, self.candidate.round(4).tolist(), strict=True)),
            "confidence": dict(zip(SUMMARY, self.confidence.round(4).tolist(), strict=True)),
            "threshold": round(self.threshold, 4),
            "made": made,
        }
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def odds(self, evidence: Evidence) -> Array:
        """Log odds (n,) that each candidate is part of the answer."""
        return evidence.rows @ self.candidate

    def sure(self, summary: Array) -> float:
        """Probability that the question is answered by what was found."""
        return float(1 / (1 + np.exp(-np.clip(summary @ self.confidence, -30, 30))))
