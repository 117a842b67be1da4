"""What a question is: whether it can be taken, and what kind of answer it asks for.

    "hur ofta ska man vända någon?"  → kind "number"
    "får man låsa dörren?"           → kind "yesno"

Knows nothing of documents.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from assistant.answer import MAX_QUESTION_CHARACTERS, QuestionError
from assistant.signs import ASKS
from assistant.texts import text


@dataclass(frozen=True)
class Question:
    """A question that can be taken. `text` is as it was asked, with white space and Unicode tidied;
    `kind` is one of number, who, when, definition, reason, list, yesno, other."""

    text: str
    kind: str


def read_question(raw: str, language: str = "sv") -> Question:
    """Check and tidy a question.

    Raises `QuestionError` with `.reason` "empty", "too_long", "binary" or "no_words".
    """
    tidy = " ".join(unicodedata.normalize("NFC", raw).split())
    if not tidy:
        raise QuestionError("empty", text("question.empty", language))
    if len(raw) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            "too_long", text("question.too_long", language, n=len(raw), most=MAX_QUESTION_CHARACTERS)
        )
    if any(_is_binary(character) for character in tidy):
        raise QuestionError("binary", text("question.binary", language))
    if not re.search(r"[^\W\d_]", tidy):
        raise QuestionError("no_words", text("question.no_words", language))
    return Question(tidy, kind_of(tidy))


def kind_of(question: str) -> str:
    """What would count as an answer.

    >>> kind_of("vem får ge insulin?")
    'who'
    """
    lower = question.lower().strip(" ?!.")
    for kind, pattern in ASKS.items():
        if pattern.search(lower):
            return kind
    return "other"


def _is_binary(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co")
