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
from assistant.texts import text

_NUMBER = re.compile(
    r"\b(hur (ofta|många|manga|mycket|länge|lange|lång|långt|stor|hög|varm\w*|kallt|gammal|tidigt|sent|tätt|snabbt|fort)"
    r"|vilken (temperatur|dos|tid|ålder|gräns)|inom vilken|how (often|many|much|long|old|soon))\b"
)
_WHO = re.compile(r"\b(vem|vems|vilka (får|ska|kan|bör|måste)|vilken (roll|yrkes\w+|personal)|who|whom)\b")
_WHEN = re.compile(r"^(och )?(när|vilken dag|vid vilken|from och med när|sen när|when)\b|\bnär (ska|måste|får|bör|behöver|är det)\b")
_DEFINITION = re.compile(r"\bva[dr]? (är|betyder|innebär|menas|står)\b(?! det som| viktig)|\bwhat (is|does|are)\b")
_REASON = re.compile(r"^(och )?(varför|why|av vilken anledning)\b")
_LIST = re.compile(
    r"\b(vilka|vad (ska|gör|bör|måste|kan|får|behöver|finns)|va (ska|gör)|hur (gör|ska|kan|bör|går|hjälper|vet|märker|ser|tar|pratar|bemöter)"
    r"|vad för|exempel på|what (should|can|must|do)|how (do|should|can))\b"
)
_YES_NO = re.compile(
    r"^(och |men |så |jaha |hej[, ]+)?(får|far|ska|skall|måste|maste|kan|är|har|behöver|brukar|bör|finns|räcker|gäller|funkar|kommer|blir|"
    r"vill|går|duger|är det|dör|må|borde|may|must|can|should|is|are|do|does|has)\b"
    r"|\b(får|ska|måste|kan|behöver|bör|räcker|gäller) (jag|vi|man|du|dom|de|hon|han|en|det|usk|personalen|undersköterskan?)\b"
)


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
        raise QuestionError("too_long", text("question.too_long", language, n=len(raw), most=MAX_QUESTION_CHARACTERS))
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
    for kind, pattern in (
        ("number", _NUMBER),
        ("who", _WHO),
        ("reason", _REASON),
        ("definition", _DEFINITION),
        ("when", _WHEN),
        ("list", _LIST),
        ("yesno", _YES_NO),
    ):
        if pattern.search(lower):
            return kind
    return "other"


def _is_binary(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co")
