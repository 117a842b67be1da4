"""How evaluation compares texts. Knows nothing of questions, PDFs or the index."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


def squash(text: str) -> str:
    """Letters and digits only, in lower case: what remains when layout is taken out of a text.

    >>> squash("Be-\\nhandling av fall\xad olyckor, 2 mg.")
    'behandlingavfallolyckor2mg'
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())


def contains_fact(text: str, fact: str) -> bool:
    """Whether `fact` occurs in `text` from the start of a word, in any case and spacing.

    A fact that starts or ends in a digit is not found inside a longer number.

    >>> contains_fact("Minst 10 minuter.", "10 minut"), contains_fact("Minst 110.", "10")
    (True, False)
    """
    needle = _fold(fact).rstrip(",")
    pattern = r"(?<!\w)" + re.escape(needle)
    if needle[:1].isdigit():
        pattern = r"(?<!\d[.,:])" + pattern
    if needle[-1:].isdigit():
        pattern += r"(?!\d|[.,:]\d)"
    return re.search(pattern, _fold(text)) is not None


def contains_any(text: str, facts: Iterable[str]) -> bool:
    """Whether at least one of `facts` occurs in `text`, as `contains_fact` sees it."""
    return any(contains_fact(text, fact) for fact in facts)


def contains_all(text: str, facts: Iterable[str]) -> bool:
    """Whether each of `facts` occurs in `text`, as `contains_fact` sees it."""
    return all(contains_fact(text, fact) for fact in facts)


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())
