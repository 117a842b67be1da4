"""Trains the selector: which sentence answers, and when none does.

    python -m assistant.train --data DIR --dev evals/sets/starter-a.jsonl … [--index DIR]

Learns from public questions only: SweQuAD-MC's training part (spans in authority texts) and everyday
questions with the guidance terms that translate them. A question whose passage is taken out of the
index is a question without an answer. The threshold is chosen on the `dev` questions, never on a test
part. Knows nothing of how answers are shown.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.assistant import PASSAGES
from assistant.candidates import candidates_of
from assistant.evidence import FEATURES, SELECTOR, SUMMARY, Array, Evidence, Selector, gather, summarise
from assistant.question import read_question
from corpus.catalogue import Guidance
from index.analysis import words
from index.build import update_index
from index.embedder import load_embedder
from index.hit import Filters, Hit
from index.search import Searcher
from ingest.chunk import CHUNKER, chunks_of
from ingest.document import Block, Chunk, Document, Page

SEED = 20261122
EVERYDAY = 1500
"""Everyday questions that are used; each is asked with its passage and without."""

RIDGE = 1.0
FALSE_ANSWERS = 0.15
"""Share of unanswerable development questions that may be answered."""


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
    parser.add_argument("--dev", type=Path, nargs="*", default=[], help="question sets for the threshold")
    parser.add_argument("--index", type=Path, help="index of the documents of the dev sets")
    parser.add_argument("--out", type=Path, default=SELECTOR)
    options = parser.parse_args(arguments)
    random.seed(SEED)
    rows, labels, summaries, answerable = _training_rows(options.data)
    candidate = fit(np.concatenate(rows), np.concatenate(labels))
    odds = [found @ candidate for found in rows]
    print("candidates", len(np.concatenate(labels)), "first is right", _first_right(odds, labels))
    summary_rows = np.array([finish(candidate) for finish in summaries])
    confidence = fit(summary_rows, np.array(answerable, float))
    selector = Selector(candidate, confidence, 0.5)
    print("confidence AUROC", round(auroc(summary_rows @ confidence, np.array(answerable)), 3))
    if options.dev and options.index:
        selector = _with_threshold(selector, options.index, options.dev)
    made = {"seed": SEED, "questions": len(answerable), "dev": [path.stem for path in options.dev]}
    selector.save(options.out, made)
    for name, weight in [
        *zip(FEATURES, selector.candidate, strict=True),
        *zip(SUMMARY, selector.confidence, strict=True),
    ]:
        print(f"{name:18} {weight:7.3f}")


def fit(rows: Array, labels: Array) -> Array:
    """Weights (d,) of a ridge-penalised logistic regression, by Newton's method; the first column is
    the bias and not penalised. Both classes count the same."""
    balance = np.where(labels > 0.5, 0.5 / max(labels.mean(), 1e-9), 0.5 / max(1 - labels.mean(), 1e-9))
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


def _training_rows(data: Path):  # type: ignore[no-untyped-def]
    rows, labels, summaries, answerable = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for documents, examples in (_swequad(data), _everyday(data)):
            index = Path(folder) / documents[0].id
            _build(index, Path(folder), documents)
            searcher = Searcher.open(index)
            names = sorted(searcher.titles)
            for number, example in enumerate(examples):
                found = _measure(searcher, example.question, Filters())
                if found is None:
                    continue
                hits, evidence, question = found
                label = _labels(example, evidence)
                if label.any() and not label.all():
                    rows.append(evidence.rows)
                    labels.append(label)
                held = any(hit.chunk.document_id == example.document for hit in hits[:5])
                summaries.append(_later(searcher, question, hits, evidence))
                answerable.append(1 if held else 0)
                if number % 2 == 0:
                    others = tuple(name for name in names if name != example.document)
                    without = _measure(searcher, example.question, Filters(documents=others))
                    if without is not None:
                        summaries.append(_later(searcher, without[2], without[0], without[1]))
                        answerable.append(0)
            print(documents[0].id, len(documents), "documents", len(examples), "questions", flush=True)
    return rows, labels, summaries, answerable


def _later(searcher: Searcher, question, hits: list[Hit], evidence: Evidence):  # type: ignore[no-untyped-def]
    """The summary row as a function of the candidate weights, which are fitted first."""
    return lambda weights: summarise(searcher, question, hits, evidence, evidence.rows @ weights)


def _measure(searcher: Searcher, text: str, filters: Filters):  # type: ignore[no-untyped-def]
    question = read_question(text)
    hits = searcher.search(question.text, PASSAGES, filters)
    evidence = gather(searcher, question, hits, candidates_of(searcher, hits))
    return (hits, evidence, question) if evidence.candidates else None


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


def _first_right(odds: Sequence[Array], labels: Sequence[Array]) -> float:
    return round(float(np.mean([label[int(np.argmax(o))] for o, label in zip(odds, labels, strict=True)])), 3)


def _with_threshold(selector: Selector, index: Path, sets: Sequence[Path]) -> Selector:
    """The lowest threshold that answers at most `FALSE_ANSWERS` of the unanswerable dev questions."""
    searcher = Searcher.open(index)
    sure: list[tuple[float, bool]] = []
    for path in sets:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row.get("split", "dev") != "dev":
                continue
            found = _measure(searcher, row["question"], Filters())
            confidence = 0.0
            if found:
                hits, evidence, question = found
                confidence = selector.sure(
                    summarise(searcher, question, hits, evidence, selector.odds(evidence))
                )
            sure.append((confidence, row["answerable"]))
    unanswerable = sorted(c for c, answerable in sure if not answerable)
    threshold = unanswerable[int(len(unanswerable) * (1 - FALSE_ANSWERS))] + 1e-4
    answered = np.mean([c >= threshold for c, answerable in sure if answerable])
    scores = np.array([c for c, _ in sure])
    print(
        "dev AUROC",
        round(auroc(scores, np.array([a for _, a in sure])), 3),
        "answered",
        round(float(answered), 3),
    )
    return Selector(selector.candidate, selector.confidence, threshold)


if __name__ == "__main__":
    main()
