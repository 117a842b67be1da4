"""Trains the selector: which sentence answers, and when none does.

    python -m assistant.train --data DIR --index DIR --dev evals/sets/starter-a.jsonl …

Which sentence is learned from public questions: SweQuAD-MC's training part (spans in authority texts)
and everyday questions with the guidance terms that translate them. When none does is learned from the
development part of question sets whose documents are in the index; their test parts are never read.
Knows nothing of how answers are shown.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from assistant.assistant import PASSAGES
from assistant.candidates import Candidate, candidates_of
from assistant.evidence import SELECTOR, Array, Evidence, Selector, gather, summarise
from assistant.question import Question, read_question
from corpus.catalogue import Guidance
from index.analysis import words
from index.build import update_index
from index.embedder import load_embedder
from index.hit import Hit
from index.search import Searcher
from ingest.chunk import CHUNKER, chunks_of
from ingest.document import Block, Chunk, Document, Page

SEED = 20261122
EVERYDAY = 1500
"""Everyday questions that are used."""

HALF_RIGHT = 0.7
"""What a question counts that has an answer while the best sentence is another: to answer it is
better than to answer one without, and worse than to answer rightly."""

RIDGE = 1.0
FALSE_ANSWERS = 0.15
"""Share of unanswerable development questions that may be answered."""


DEV_WEIGHT = 4
"""How often a development question counts beside a public one: it is asked as staff ask, of guidance
with lists and tables."""

FOLDS = 5


@dataclass(frozen=True, eq=False)
class Choice:
    """A question's candidates: features `rows` (n, d), `labels` (n,) 1 for those that answer."""

    rows: Array
    labels: Array


@dataclass(frozen=True, eq=False)
class Asked:
    """A development question; `summarise` gives its summary row from the candidates' log odds."""

    choice: Choice
    answerable: bool
    summarise: Callable[[Array], Array]


@dataclass(frozen=True)
class Example:
    """A question, where its answer stands, and the words that show which sentence it is."""

    question: str
    document: str
    start: int
    end: int
    terms: tuple[str, ...] = ()


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, choose the threshold and write `selector.json`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ and qa/")
    parser.add_argument("--index", type=Path, required=True, help="index of the documents of the dev sets")
    parser.add_argument("--dev", type=Path, nargs="+", required=True, help="question sets; only dev is read")
    parser.add_argument("--out", type=Path, default=SELECTOR)
    options = parser.parse_args(arguments)
    random.seed(SEED)
    public = _public_choices(options.data)
    asked = _dev_questions(options.index, options.dev)
    candidate = _fit_candidates(public, asked)
    right = [choice.labels[int(np.argmax(choice.rows @ candidate))] for choice in public]
    print(f"{len(public)} public questions, the best sentence is right for {np.mean(right):.3f}")
    summaries, worth = _out_of_fold(public, asked)
    confidence = fit(summaries, worth)
    sure, answerable = summaries @ confidence, (worth > 0).astype(int)
    nothing = np.sort(sure[answerable == 0])
    odds = nothing[int(len(nothing) * (1 - FALSE_ANSWERS))]
    print(f"{len(worth)} dev questions, AUROC {auroc(sure, answerable):.3f}", end=", ")
    print(f"best sentence right for {np.mean(worth[answerable == 1] == 1):.3f}", end=", ")
    print(f"answers {np.mean(sure[answerable == 1] > odds):.3f} of those with an answer")
    selector = Selector(candidate, confidence, float(1 / (1 + np.exp(-odds))) + 1e-4)
    made = {
        "embedder": Searcher.open(options.index).manifest.embedder.name,
        "seed": SEED,
        "public": len(public),
        "dev": len(asked),
        "sets": [path.stem for path in options.dev],
    }
    selector.save(options.out, made)


def _fit_candidates(public: Sequence[Choice], asked: Sequence[Asked]) -> Array:
    """Candidate weights from public questions and, counted `DEV_WEIGHT` times, development ones."""
    own = [question.choice for question in asked if question.choice.labels.sum() > 0] * DEV_WEIGHT
    choices = [*public, *own]
    return fit(np.concatenate([c.rows for c in choices]), np.concatenate([c.labels for c in choices]))


def _out_of_fold(public: Sequence[Choice], asked: Sequence[Asked]) -> tuple[Array, Array]:
    """Summary rows, each by candidate weights that never saw its question, and what an answer to each
    question is worth."""
    summaries: list[Array] = [np.zeros(0)] * len(asked)
    worth = np.zeros(len(asked))
    order = random.sample(range(len(asked)), len(asked))
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        candidate = _fit_candidates(public, [asked[i] for i in order if i not in set(held)])
        for i in held:
            question = asked[i]
            odds = question.choice.rows @ candidate
            summaries[i] = question.summarise(odds)
            if question.answerable:
                worth[i] = 1.0 if question.choice.labels[int(np.argmax(odds))] else HALF_RIGHT
    return np.array(summaries), worth


def fit(rows: Array, labels: Array) -> Array:
    """Weights (d,) of a ridge-penalised logistic regression, by Newton's method, for labels (n,) in
    [0, 1]; the first column is the bias and not penalised. Both classes count the same."""
    yes = float(np.mean(labels > 0))
    balance = np.where(labels > 0, 0.5 / max(yes, 1e-9), 0.5 / max(1 - yes, 1e-9))
    penalty = np.diag([1e-6, *[RIDGE] * (rows.shape[1] - 1)])
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (balance * (p - labels)) + penalty @ weights
        curve = (rows * (balance * p * (1 - p))[:, None]).T @ rows + penalty
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return np.asarray(weights)


def auroc(scores: Array, labels: np.ndarray) -> float:
    """The chance that a random answerable question scores above a random other (ties count half)."""
    yes, no = scores[labels > 0.5], scores[labels <= 0.5]
    return float(((yes[:, None] > no[None]) + 0.5 * (yes[:, None] == no[None])).mean())


def _public_choices(data: Path) -> list[Choice]:
    """The candidates of each public question whose answer was found among them."""
    choices = []
    with tempfile.TemporaryDirectory() as folder:
        for documents, examples in (_swequad(data), _everyday(data)):
            index = Path(folder) / documents[0].id
            _build(index, Path(folder), documents)
            searcher = Searcher.open(index)
            for example in examples:
                _, _, evidence = _measure(searcher, example.question)
                labels = _labels(example, evidence)
                if labels.any() and not labels.all():
                    choices.append(Choice(evidence.rows, labels))
    return choices


def _dev_questions(index: Path, sets: Sequence[Path]) -> list[Asked]:
    """The development questions of some sets, measured."""
    searcher = Searcher.open(index)
    asked = []
    for path in sets:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["split"] == "dev":
                question, hits, evidence = _measure(searcher, row["question"])
                gold = [(place["document"], _letters(place["quote"])) for place in row.get("gold", ())]
                labels = np.array([float(_answers(candidate, gold)) for candidate in evidence.candidates])
                summary = partial(summarise, searcher, question, hits, evidence)
                asked.append(Asked(Choice(evidence.rows, labels), row["answerable"], summary))
    return asked


def _answers(candidate: Candidate, gold: Sequence[tuple[str, str]]) -> bool:
    """Whether a candidate lies in a gold quote, or holds one."""
    own = _letters(candidate.document.text[candidate.start : candidate.end])
    return any(candidate.document.id == name and (own in quote or quote in own) for name, quote in gold)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def _measure(searcher: Searcher, text: str) -> tuple[Question, list[Hit], Evidence]:
    question = read_question(text)
    hits = searcher.search(question.text, PASSAGES)
    return question, hits, gather(searcher, question, hits, candidates_of(searcher, hits))


def _labels(example: Example, evidence: Evidence) -> Array:
    """1 for the candidates that answer: they overlap the span, or hold most of the terms there."""
    label = np.zeros(len(evidence.candidates))
    inside = [
        i
        for i, c in enumerate(evidence.candidates)
        if c.document.id == example.document and c.start < example.end and c.end > example.start
    ]
    if not example.terms:
        label[inside] = 1
    elif inside:
        wanted = {word.stem for term in example.terms for word in words(term)}
        held = [len(wanted & {word.stem for word in words(evidence.candidates[i].text)}) for i in inside]
        if max(held):
            label[[i for i, count in zip(inside, held, strict=True) if count == max(held)]] = 1
    return label


def _swequad(data: Path) -> tuple[list[Document], list[Example]]:
    raw = json.loads((data / "qa" / "swequad-mc_training.json").read_text(encoding="utf-8"))["data"]
    documents: dict[str, Document] = {}
    examples = []
    for entry in raw:
        name = "q" + hashlib.sha256(entry["context"].encode()).hexdigest()[:12]
        documents.setdefault(name, _document(name, "", entry["context"]))
        answer = next(choice for choice in entry["choices"] if choice["type"] == "Correct answer")
        examples.append(Example(entry["question"], name, answer["start"], answer["end"]))
    return list(documents.values()), examples


def _everyday(data: Path) -> tuple[list[Document], list[Example]]:
    folder = data / "train" / "everyday"
    documents = {}
    for row in _lines(folder, "passages_*.jsonl"):
        documents[row["id"]] = _document(row["id"], row["title"], row["text"])
    examples = [
        Example(row["question"], row["passage"], 0, 1 << 30, tuple(row["terms"]))
        for row in _lines(folder, "pairs_*.jsonl")
        if row["passage"] in documents
    ]
    return list(documents.values()), random.sample(examples, EVERYDAY)


def _lines(folder: Path, pattern: str) -> Iterator[dict[str, str]]:
    for path in sorted(folder.glob(pattern)):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def _document(name: str, title: str, text: str) -> Document:
    """A text as a document of one page, each of its lines a paragraph."""
    blocks, at = [], 0
    for line in text.split("\n"):
        if line.strip():
            blocks.append(Block("paragraph", at, at + len(line)))
        at += len(line) + 1
    page = Page(1, "1", 0, len(text), (595.0, 842.0))
    return Document(
        name,
        title or name,
        text,
        (page,),
        Guidance(),
        hashlib.sha256(text.encode()).hexdigest(),
        tuple(blocks),
    )


def _build(index: Path, folder: Path, documents: Sequence[Document]) -> None:
    def stream() -> Iterator[tuple[Document, Sequence[Chunk], Path]]:
        for document in documents:
            path = folder / f"{document.id}.txt"
            path.write_bytes(document.text.encode())
            yield document, chunks_of(document), path

    update_index(index, stream(), chunker=CHUNKER, embedder=load_embedder())


if __name__ == "__main__":
    main()
