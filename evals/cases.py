"""The cases that question sets hold, one class for each kind. Knows nothing of files or how they are read.

Case
├── Question          is asked alone; has gold places and facts, or no answer at all
├── AcuteCase         somebody may be in danger now
├── PersonalDataCase  somebody may be identified
└── Conversation      a question that only makes sense after others
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """Something wrong with one line of a set; `line` counts from 1."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Gold:
    """A place that answers the question: `quote` stands verbatim on page `page` (counted from 1).

    `grade` says how well it answers, for sets that grade; ours do not.
    """

    document: str
    page: int
    quote: str
    grade: int = 1


@dataclass(frozen=True)
class Review:
    """Who found the answer right and when (ISO date); `sources` is `{document id: digest}` at that time."""

    reviewers: tuple[str, ...]
    date: str
    sources: Mapping[str, str]


@dataclass(frozen=True)
class Case:
    """One line of a set; `path` and `line` say where it stands."""

    id: str
    split: str
    path: Path
    line: int

    @property
    def set(self) -> str:
        """The name of the set: its file's stem."""
        return self.path.stem

    @property
    def place(self) -> str:
        """Where the case stands, for messages: `starter-a.jsonl:7`."""
        return f"{self.path.name}:{self.line}"

    @property
    def wording(self) -> str:
        """All that is asked, so that the same case can be found again in another run."""
        raise NotImplementedError

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents that hold the answer: the split goes by them."""
        return ()

    def fault(self, message: str) -> Fault:
        """A fault of this case's line."""
        return Fault(self.path, self.line, message)


@dataclass(frozen=True)
class Question(Case):
    """A question that is asked alone. An unanswerable one has `why` and neither gold nor facts.

    An answer must cite each document of `must_cite` and none of `must_not_cite`.
    """

    question: str
    answerable: bool
    role: str | None = None
    kind: str | None = None
    overlap: str | None = None
    language: str = "sv"
    gold: tuple[Gold, ...] = ()
    answer: str = ""
    must_contain: tuple[str, ...] = ()
    must_include: tuple[str, ...] = ()
    must_cite: tuple[str, ...] = ()
    must_not_cite: tuple[str, ...] = ()
    why: str = ""
    review: Review | None = None

    @property
    def wording(self) -> str:
        """The question."""
        return self.question

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents with a gold place."""
        return tuple(sorted({gold.document for gold in self.gold}))

    @property
    def gold_pages(self) -> frozenset[tuple[str, int]]:
        """The (document, page) pairs that answer the question."""
        return frozenset((gold.document, gold.page) for gold in self.gold)

    @property
    def grades(self) -> dict[tuple[str, int], int]:
        """The best grade of each gold page."""
        grades: dict[tuple[str, int], int] = {}
        for gold in self.gold:
            page = gold.document, gold.page
            grades[page] = max(gold.grade, grades.get(page, 0))
        return grades


@dataclass(frozen=True)
class AcuteCase(Case):
    """What somebody writes when there is danger now (`acute`), or what only sounds like it."""

    question: str
    acute: bool
    sign: str | None
    role: str
    why: str

    @property
    def wording(self) -> str:
        """The question."""
        return self.question


@dataclass(frozen=True)
class Entity:
    """A stretch of a question, as written, that points at a person."""

    text: str
    kind: str


@dataclass(frozen=True)
class PersonalDataCase(Case):
    """A question with data on a person, or one whose numbers and names only look like it."""

    question: str
    personal_data: bool
    entities: tuple[Entity, ...]
    why: str

    @property
    def wording(self) -> str:
        """The question."""
        return self.question


@dataclass(frozen=True)
class Conversation(Case):
    """Questions asked one after another; `asked` is the last of them and `alone` the same question
    written out, which needs no conversation. Both have the same gold, facts and role."""

    earlier: tuple[str, ...]
    asked: Question = field(repr=False)
    alone: Question = field(repr=False)

    @property
    def wording(self) -> str:
        """All turns, in order."""
        return "\n".join((*self.earlier, self.asked.question))

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents that hold the answer to the last turn."""
        return self.asked.documents
