"""The public shapes of the API and of `--json`. Knows nothing of HTTP or of how answers come about.

Requests are strict: a number is no question, and an unknown field is refused rather than ignored.
Replies are made from the nouns of the other folders by `of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from assistant.answer import Answer, Citation, Context
from corpus.catalogue import ROLES, Guidance, near_miss, superseded_by
from index.hit import Filters, Hit
from ingest.document import Document
from ui.service import Library

MAX_HITS = 100
MAX_FILTER_VALUES = 1000

FEEDBACK_REASONS = (
    "wrong",
    "incomplete",
    "wrong_source",
    "outdated",
    "unclear",
    "should_have_answered",
    "other",
)


def _day(value: Any) -> Any:
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f'{value!r} is not a day; write it as "2025-03-10".') from error


def _role(value: Any) -> Any:
    if isinstance(value, str) and value not in ROLES:
        raise ValueError(f'Unknown role "{value}". {near_miss(value, ROLES)}')
    return value


def _reason(value: Any) -> Any:
    if isinstance(value, str) and value not in FEEDBACK_REASONS:
        raise ValueError(f'Unknown reason "{value}". {near_miss(value, FEEDBACK_REASONS)}')
    return value


Day = Annotated[date, BeforeValidator(_day)]
Role = Annotated[str, BeforeValidator(_role)]
Reason = Annotated[str, BeforeValidator(_reason)]
Values = Annotated[list[str], Field(max_length=MAX_FILTER_VALUES)]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class FiltersIn(_Request):
    """Which documents count. An empty list or null does not restrict."""

    kinds: Values = []
    publishers: Values = []
    documents: Values = []
    audience: Role | None = None
    valid_on: Day | None = None

    def to_filters(self) -> Filters:
        """The same as the noun that `index/` takes."""
        return Filters(
            kinds=tuple(self.kinds),
            publishers=tuple(self.publishers),
            documents=tuple(self.documents),
            audience=self.audience,
            valid_on=self.valid_on,
        )


class AskRequest(_Request):
    """A question. `role` is who asks; `language` is that of the words around the sources."""

    question: str
    conversation_id: Annotated[str, Field(max_length=100)] | None = None
    role: Role | None = None
    filters: FiltersIn = FiltersIn()
    language: Annotated[str, Field(pattern="^(sv|en)$")] = "sv"

    def to_context(self) -> Context:
        """The same as the noun that `assistant/` takes."""
        return Context(self.role, self.filters.to_filters(), self.language, self.conversation_id)


class SearchRequest(_Request):
    """A query for ranked passages, at most one for each page."""

    query: Annotated[str, Field(min_length=1, max_length=2000)]
    k: Annotated[int, Field(ge=1, le=MAX_HITS)] = 10
    filters: FiltersIn = FiltersIn()


class FeedbackRequest(_Request):
    """A judgement of one answer. There is no free text, so that nothing about a person can be stored."""

    answer_id: Annotated[str, Field(min_length=1, max_length=100)]
    helpful: bool
    reason: Reason | None = None
    needs_follow_up: bool = False


class FeedbackReply(BaseModel):
    """That the judgement has been kept, and under which id."""

    id: str
    stored: bool


class SentenceOut(BaseModel):
    """A sentence of the answer and the numbers of the citations that hold it."""

    text: str
    citations: list[int]


class CitationOut(BaseModel):
    """The exact place a sentence comes from; `boxes` are `[x0, y0, x1, y1]` in points from the top left."""

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
    boxes: list[tuple[float, float, float, float]]
    image_url: str
    file_url: str
    url: str | None

    @classmethod
    def of(cls, citation: Citation) -> CitationOut:
        """A citation with the addresses of its page image and its PDF."""
        c = citation
        return cls(
            number=c.number,
            document_id=c.document_id,
            title=c.title,
            publisher=c.publisher,
            kind=c.kind,
            published=c.published,
            valid_to=c.valid_to,
            page=c.page,
            page_label=c.page_label,
            section=c.section,
            quote=c.quote,
            start=c.start,
            end=c.end,
            boxes=list(c.boxes),
            image_url=image_url(c.document_id, c.page, [(c.start, c.end)]),
            file_url=file_url(c.document_id, c.page),
            url=c.url,
        )


class AskReply(BaseModel):
    """The whole reply. When `status` is not answered or partial, `citations` may hold the nearest
    passages and `next_step` says whom to turn to. `verified` is null until answers are reviewed."""

    id: str
    status: str
    answer: str
    sentences: list[SentenceOut]
    citations: list[CitationOut]
    verified: dict[str, str] | None = None
    confidence: float
    next_step: str | None
    notices: list[str]
    index_version: str
    generator: str
    timings_ms: dict[str, float]

    @classmethod
    def of(cls, answer: Answer) -> AskReply:
        """The reply that stands for `answer`."""
        return cls(
            id=answer.id,
            status=answer.status.value,
            answer=answer.text,
            sentences=[SentenceOut(text=s.text, citations=list(s.citations)) for s in answer.sentences],
            citations=[CitationOut.of(citation) for citation in answer.citations],
            confidence=answer.confidence,
            next_step=answer.next_step,
            notices=list(answer.notices),
            index_version=answer.index_version,
            generator=answer.generator,
            timings_ms={stage: round(ms, 3) for stage, ms in answer.timings_ms.items()},
        )


class HitOut(BaseModel):
    """A passage; `page` is the one that says most of what was asked, `pages` are all that it touches,
    `why` is each ranker's part."""

    document_id: str
    title: str
    page: int
    pages: list[int]
    section: str
    text: str
    start: int
    end: int
    score: float
    why: dict[str, float]


class SearchReply(BaseModel):
    """Ranked passages, best first, at most one for each page."""

    hits: list[HitOut]
    index_version: str

    @classmethod
    def of(cls, hits: list[Hit], library: Library, query: str) -> SearchReply:
        """The reply for `hits` found in `library` for `query`."""
        return cls(hits=[_hit(hit, library, query) for hit in hits], index_version=library.version)


class DocumentOut(BaseModel):
    """What is known of a document; `valid_today` says whether it applies on the day of the request."""

    id: str
    title: str
    publisher: str | None
    kind: str
    published: date | None
    valid_from: date | None
    valid_to: date | None
    valid_today: bool
    supersedes: list[str]
    superseded_by: str | None
    audience: list[str]
    scope: str
    language: str
    url: str | None
    licence: str | None
    file_url: str


class PageOut(BaseModel):
    """A page: `number` counts from 1, `label` is printed on it, the size is in points."""

    number: int
    label: str
    width: float
    height: float


class DocumentDetail(DocumentOut):
    """A document with its pages and what was odd about its file."""

    digest: str
    pages: list[PageOut]
    notices: list[str]


class DocumentsReply(BaseModel):
    """Every document of the index, by id."""

    documents: list[DocumentOut]
    index_version: str

    @classmethod
    def of(cls, library: Library, today: date) -> DocumentsReply:
        """All documents of `library` as they stand on `today`."""
        newer = superseded_by(library.guidance)
        documents = [
            DocumentOut(**_document(key, library.titles[key], guidance, newer.get(key), today))
            for key, guidance in sorted(library.guidance.items())
        ]
        return cls(documents=documents, index_version=library.version)


def document_detail(document: Document, library: Library, today: date) -> DocumentDetail:
    """One document with its pages, as it stands on `today`."""
    guidance = library.guidance[document.id]
    newer = superseded_by(library.guidance).get(document.id)
    pages = [
        PageOut(number=page.number, label=page.label, width=page.size[0], height=page.size[1])
        for page in document.pages
    ]
    return DocumentDetail(
        **_document(document.id, library.titles[document.id], guidance, newer, today),
        digest=document.digest,
        pages=pages,
        notices=list(document.notices),
    )


def image_url(document_id: str, page: int, spans: Sequence[tuple[int, int]]) -> str:
    """Where the rendered page with the spans highlighted is found."""
    query = urlencode([pair for start, end in spans for pair in (("start", start), ("end", end))])
    return f"/v1/documents/{quote(document_id, safe='')}/pages/{page}.png?{query}"


def file_url(document_id: str, page: int | None = None) -> str:
    """Where the PDF is found, opened at `page` by readers that can."""
    return f"/v1/documents/{quote(document_id, safe='')}/file" + (f"#page={page}" if page else "")


def _hit(hit: Hit, library: Library, query: str) -> HitOut:
    chunk = hit.chunk
    parts = library.document(chunk.document_id).split_by_page(chunk.start, chunk.end)
    pages = [page.number for page, _, _ in parts]
    return HitOut(
        document_id=chunk.document_id,
        title=library.titles[chunk.document_id],
        page=library.page_for(chunk, query).number,
        pages=pages,
        section=" › ".join(chunk.section),
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
        score=float(hit.score),
        why={name: float(part) for name, part in hit.why.items()},
    )


def _document(
    document_id: str, title: str, guidance: Guidance, newer: str | None, today: date
) -> dict[str, Any]:
    return {
        "id": document_id,
        "title": title,
        "publisher": guidance.publisher,
        "kind": guidance.kind,
        "published": guidance.published,
        "valid_from": guidance.valid_from,
        "valid_to": guidance.valid_to,
        "valid_today": guidance.valid_on(today),
        "supersedes": list(guidance.supersedes),
        "superseded_by": newer,
        "audience": list(guidance.audience),
        "scope": guidance.scope,
        "language": guidance.language,
        "url": guidance.url,
        "licence": guidance.licence,
        "file_url": file_url(document_id),
    }
