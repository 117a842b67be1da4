"""Whom to turn to, by what the question is about. The texts lie in `contacts.toml`, for editors."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

CONTACTS = Path(__file__).with_name("contacts.toml")


def whom_to_ask(question: str, language: str = "sv") -> str:
    """The advice of the first topic that has a word in the question, else the default.

    >>> "sjuksköterska" in whom_to_ask("får man dela en tablett?")
    True
    """
    contacts = _contacts()
    tokens = re.findall(r"[^\W\d_]+", question.lower())
    for topic in contacts["topics"]:
        if any(_begins(token, start) for token in tokens for start in topic["words"]):
            return str(topic.get(language, topic["sv"]))
    return str(contacts["default"].get(language, contacts["default"]["sv"]))


def _begins(token: str, start: str) -> bool:
    # Short words are whole words: "ont" must not be found in "kontroll", nor "son" in "sondmat".
    return token == start if len(start) <= 3 else token.startswith(start)


@cache
def _contacts() -> dict[str, Any]:
    return tomllib.loads(CONTACTS.read_text(encoding="utf-8"))
