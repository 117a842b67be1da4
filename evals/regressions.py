"""Turns reviewed questions into regression cases: `lotsen eval add FILE.jsonl`.

A review is what somebody found live and others agreed on, one JSON object a line:

    {"question": "får jag ge alvedon utan att fråga?", "role": "vardbitrade", "kind": "yesno",
     "gold": [{"document": "lakemedel-och-delegering", "page": 3, "quote": "Läkemedel får bara ges …"}],
     "key_facts": ["bara ges av den som"], "must_include": [], "answer": "Nej, bara den som …",
     "reviewers": ["MAS", "sjuksköterska natt"], "date": "2026-11-22",
     "sources": {"lakemedel-och-delegering": "<SHA-256 of the PDF that was read>"}}
    {"question": "vilken kod har medicinskåpet?", "role": "vardbitrade", "answerable": false,
     "why": "koder står inte i materialet", "reviewers": ["MAS"], "date": "2026-11-22", "sources": {}}

`reviewers` are functions or initials, never names. Each gold document has its digest in `sources`. A
review is taken when its quotes still stand on their pages, whether or not the file has changed since;
its new digest is what the case then keeps. Knows nothing of how questions are answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.catalogue import near_miss
from evals.cases import Case, Question
from evals.check_sets import Documents, check_question, measured_overlap
from evals.overlap import level_of
from evals.schema import golds_of, question_case, review_of
from evals.sets import SETS_DIR, SetError, numbered_lines, read_set, set_paths
from evals.text import squash

REGRESSIONS = "regressions.jsonl"
PREFIX = "RE-"
FIRST_SPLIT = "dev"
"""The split of a question on documents that no other question is about: what was found live is known."""

ANSWERABLE_KEYS = ("question", "role", "kind", "gold", "key_facts", "must_include", "answer")
UNANSWERABLE_KEYS = ("question", "role", "answerable", "why")
REVIEW_KEYS = ("reviewers", "date", "sources")


@dataclass(frozen=True)
class Refusal:
    """A line of the reviews that does not become a case, with its reason; `line` counts from 1."""

    line: int
    reason: str


@dataclass(frozen=True)
class Added:
    """What became of the reviews: ids of the new cases, and which lines were refused."""

    path: Path
    ids: tuple[str, ...]
    refused: tuple[Refusal, ...]


def add_reviews(file: Path, documents: Documents, folder: Path = SETS_DIR) -> Added:
    """Add the reviews of a file to `regressions.jsonl` in `folder`, leaving out those that do not hold.

    The set is replaced as a whole or not at all. Raises `SetError` when the file, or a set that the
    new cases must agree with, cannot be read.
    """
    known = _known(folder)
    path = folder / REGRESSIONS
    rows, refused = [], []
    for number, line in numbered_lines(file):
        try:
            case, row = _case(json.loads(line), known, documents, path)
        except ValueError as error:
            refused.append(Refusal(number, str(error)))
            continue
        known.append(case)
        rows.append(row)
    if rows:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        beside = path.with_suffix(".jsonl.new")
        beside.write_text(before + lines, encoding="utf-8")
        beside.replace(path)
    return Added(path, tuple(row["id"] for row in rows), tuple(refused))


def _known(folder: Path) -> list[Case]:
    cases: list[Case] = []
    for path in set_paths(folder=folder):
        read, faults = read_set(path)
        if faults:
            raise SetError(faults)
        cases += read
    return cases


def _case(
    review: Any, known: Sequence[Case], documents: Documents, path: Path
) -> tuple[Question, Mapping[str, Any]]:
    """The case of a review and its line in the set. Raises `ValueError` with why it is refused."""
    if not isinstance(review, dict):
        raise ValueError(f"must be an object, not {type(review).__name__}.")
    answerable = review.get("answerable", True)
    allowed = (*(ANSWERABLE_KEYS if answerable else UNANSWERABLE_KEYS), *REVIEW_KEYS)
    for key in review:
        if key not in (*allowed, "answerable"):
            raise ValueError(f'unknown key "{key}". {near_miss(key, allowed)}')
    row = _row(review, answerable, known)
    question = question_case(row, path, 1)
    _refuse_repeated(question, known)
    if not answerable:
        return question, row
    row["sources"] = _sources(question, row["sources"], documents)
    if row["sources"]:
        # The level is measured here, so that the check can only find other faults.
        row["overlap"] = level_of(measured_overlap(question, documents))
    question = question_case(row, path, 1)
    if faults := check_question(question, documents):
        raise ValueError(" ".join(fault.message for fault in faults))
    return question, row


def _row(review: Mapping[str, Any], answerable: bool, known: Sequence[Case]) -> dict[str, Any]:
    """The review in the keys and the order of a set."""
    kept = review_of(review, day="date")
    row: dict[str, Any] = {
        "id": _next_id(known),
        "question": review.get("question"),
        "answerable": answerable,
        "split": FIRST_SPLIT,
        "role": review.get("role"),
    }
    if answerable:
        row["split"] = _split([gold.document for gold in golds_of(review)], known)
        row |= {key: review.get(key) for key in ("kind", "gold", "answer")}
        row["must_contain"] = review.get("key_facts", [])
        row["must_include"] = review.get("must_include", [])
    else:
        row["why"] = review.get("why")
    return {**row, "reviewers": list(kept.reviewers), "reviewed": kept.date, "sources": dict(kept.sources)}


def _next_id(known: Sequence[Case]) -> str:
    taken = [case.id.removeprefix(PREFIX) for case in known if case.id.startswith(PREFIX)]
    return f"{PREFIX}{max((int(number) for number in taken if number.isdigit()), default=0) + 1:03}"


def _split(documents: Sequence[str], known: Sequence[Case]) -> str:
    """The split that other questions on these documents are in. Raises `ValueError` when it is both."""
    splits = {document: case.split for case in known for document in case.documents}
    found = {splits[document] for document in documents if document in splits}
    if len(found) > 1:
        raise ValueError(
            f"its gold lies in {' and '.join(sorted(set(documents)))}, some of which are in dev and some in "
            "test. Keep the places of one split."
        )
    return found.pop() if found else FIRST_SPLIT


def _refuse_repeated(question: Question, known: Sequence[Case]) -> None:
    for other in known:
        if squash(other.wording) == squash(question.question):
            raise ValueError(f"the same question stands in {other.place} as {other.id}.")


def _sources(question: Question, reviewed: Mapping[str, str], documents: Documents) -> dict[str, str]:
    """The digest of each gold document as it is now; empty when one is not in the index.

    Raises `ValueError` for a document whose digest the review does not give.
    """
    for document in question.documents:
        if document not in reviewed:
            raise ValueError(f'`sources` lacks the digest of "{document}", which its gold lies in.')
    if not set(question.documents) <= set(documents.guidance):
        return {}
    return {document: documents.document(document).digest for document in question.documents}
