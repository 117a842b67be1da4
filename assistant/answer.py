"""What a question gets: an answer, its sentences and their citations. Knows nothing of HTTP or pages.

Not answering is a value of `Status`, never a phrase.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from index.hit import Filters, Hit
from ingest.document import Box

MAX_QUESTION_CHARACTERS = 2000


class Status(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    UNANSWERABLE = "unanswerable"
    CLARIFY = "clarify"
    ACUTE = "acute"
    PERSONAL_DATA = "personal_data"
    REFUSED = "refused"


class QuestionError(ValueError):
    """The question cannot be taken as it is: empty, too long or no text. `.reason` is a short code."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Context:
    """Who asks and within what: role, filters, language of the interface, conversation."""

    role: str | None = None
    filters: Filters = field(default_factory=Filters)
    language: str = "sv"
    conversation_id: str | None = None


@dataclass(frozen=True)
class Citation:
    """The exact place a sentence comes from, on one page.

    `quote` is `document.text[start:end]`; `boxes` lie on its words, in points from the top left
    corner of page `page` (counted from 1; `page_label` is what is printed there).
    """

    number: int
    document_id: str
    title: str
    publisher: str | None
    kind: str
    published: str | None
    valid_to: str | None
    page: int
    page_label: str
    section: str
    quote: str
    start: int
    end: int
    boxes: tuple[Box, ...]
    url: str | None


@dataclass(frozen=True)
class Sentence:
    """A sentence of the answer, as shown, and the numbers of the citations that hold it."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """The whole reply. `text` is the sentences with `[n]` markers, or the words for not answering.

    `confidence` lies in [0, 1]; `next_step` says whom to turn to when there is no answer;
    `timings_ms` are wall-clock milliseconds by stage.
    """

    id: str
    question: str
    status: Status
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    confidence: float
    next_step: str | None
    notices: tuple[str, ...]
    index_version: str
    generator: str
    timings_ms: Mapping[str, float]
