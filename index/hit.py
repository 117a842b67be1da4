"""What a search asks for and what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from corpus.catalogue import KINDS, ROLES, Guidance, near_miss
from index.errors import UnknownFilter
from ingest.document import Chunk


@dataclass(frozen=True)
class Filters:
    """Which documents count. An empty tuple or None does not restrict.

    `valid_on` keeps documents that apply on that day; a document without dates always does.
    `audience` keeps documents for that role, and those that name no audience.
    """

    kinds: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    audience: str | None = None
    valid_on: date | None = None

    def admits(self, document_id: str, guidance: Guidance) -> bool:
        """Whether a document with this catalogue entry may be searched."""
        return (
            (not self.kinds or guidance.kind in self.kinds)
            and (not self.publishers or guidance.publisher in self.publishers)
            and (not self.documents or document_id in self.documents)
            and (self.audience is None or not guidance.audience or self.audience in guidance.audience)
            and (self.valid_on is None or guidance.valid_on(self.valid_on))
        )

    def check(self, documents: Mapping[str, Guidance]) -> None:
        """Raise `UnknownFilter` for a value that no document of the index could ever match."""
        publishers = tuple(sorted({g.publisher for g in documents.values() if g.publisher}))
        for name, values, allowed in (
            ("kinds", self.kinds, KINDS),
            ("publishers", self.publishers, publishers),
            ("documents", self.documents, tuple(sorted(documents))),
            ("audience", (self.audience,) if self.audience else (), ROLES),
        ):
            for value in values:
                if value not in allowed:
                    raise UnknownFilter(name, value, near_miss(value, allowed))


@dataclass(frozen=True)
class Hit:
    """A passage that was found. `why` holds each ranker's part, so that a ranking can be explained."""

    chunk: Chunk
    score: float
    why: Mapping[str, float] = field(default_factory=dict)
