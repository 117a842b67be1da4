"""A conversation as HTML. Knows nothing of Gradio, and trusts neither questions nor documents.

Every value goes through Jinja2's escaping; templates hold no user's or document's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.answer import Answer, Citation, Status
from ui.schemas import file_url, image_url
from ui.service import Library
from ui.texts import Texts

if TYPE_CHECKING:
    from jinja2 import Environment

ASSETS = Path(str(resources.files("ui"))) / "assets"
IMAGE_WIDTH = 1400
DIGEST_LENGTH = 12

CROP_WIDTH = 400.0
"""Points of the page's width that a card shows at least, so that its letters are readable on a phone."""
CROP_MARGIN = 36.0
CROP_HEIGHTS = (120.0, 300.0)

STATUS_ICONS = {
    Status.ANSWERED: "check",
    Status.PARTIAL: "half",
    Status.UNANSWERABLE: "question",
    Status.CLARIFY: "question",
    Status.ACUTE: "warn",
    Status.PERSONAL_DATA: "warn",
    Status.REFUSED: "warn",
}


@dataclass(frozen=True)
class Turn:
    """One question of a conversation: being searched, answered, or failed with a message to show."""

    question: str
    answer: Answer | None = None
    failure: str | None = None


@dataclass(frozen=True)
class Crop:
    """The part of a page image that a card shows: its size in points, the image's place within it in
    per cent of that size, and how far down and across the page it begins, from 0 to 1."""

    width: float
    height: float
    scale: float
    left: float
    top: float
    down: float
    across: float


@dataclass(frozen=True)
class _Mark:
    number: int
    title: str


@dataclass(frozen=True)
class _Sentence:
    text: str
    marks: tuple[_Mark, ...]


@dataclass(frozen=True)
class _Quote:
    number: int
    text: str


@dataclass(frozen=True)
class _Source:
    """A card: what is cited from one section on one page."""

    numbers: str
    quotes: tuple[_Quote, ...]
    title: str
    publisher: str | None
    kind: str
    published: str | None
    validity: str
    expired: bool
    page: int
    page_label: str
    section: str
    image_url: str
    file_url: str
    url: str | None
    crop: Crop


@dataclass(frozen=True)
class _Turn:
    anchor: str
    state: str
    question: str
    spoken: str = ""
    id: str = ""
    status: str = ""
    icon: str = ""
    text: str = ""
    sentences: tuple[_Sentence, ...] = ()
    sources: tuple[_Source, ...] = ()
    next_step: str | None = None
    notices: tuple[str, ...] = ()
    copy_text: str = ""


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined)


def render(template: str, texts: Texts, **values: object) -> str:
    """A template of `ui/assets`, filled in; every value is escaped."""
    return _environment().get_template(template).render(texts=texts, **values)


def thread_html(turns: Sequence[Turn], texts: Texts, library: Library, today: date) -> str:
    """A conversation, oldest question first. `library` gives the pages' sizes for the pictures."""
    shown = [_turn(number, turn, texts, library, today) for number, turn in enumerate(turns, 1)]
    return render("thread.html", texts, turns=shown)


def crop_around(boxes: Sequence[tuple[float, float, float, float]], size: tuple[float, float]) -> Crop:
    """The part of a page of `size` to show for a quote with `boxes`: all its columns, and some lines around.

    A quote taller than a card shows its beginning.

    >>> crop_around([(100, 100, 500, 112)], (600, 800)).height
    120.0
    """
    page_width, page_height = size
    x0, x1 = min((b[0] for b in boxes), default=0.0), max((b[2] for b in boxes), default=page_width)
    y0, y1 = min((b[1] for b in boxes), default=0.0), max((b[3] for b in boxes), default=0.0)
    width = min(page_width, max(CROP_WIDTH, x1 - x0 + CROP_MARGIN))
    low, high = CROP_HEIGHTS
    height = min(page_height, max(low, min(high, y1 - y0 + 2 * CROP_MARGIN)))
    left = min(max(0.0, (x0 + x1 - width) / 2), page_width - width)
    top = (y0 + y1 - height) / 2 if y1 - y0 + CROP_MARGIN < height else y0 - CROP_MARGIN
    top = min(max(0.0, top), page_height - height)
    return Crop(
        width=round(width, 1),
        height=round(height, 1),
        scale=round(100 * page_width / width, 2),
        left=round(-100 * left / width, 2),
        top=round(-100 * top / height, 2),
        down=round(top / page_height, 4),
        across=round(left / page_width, 4),
    )


def _turn(number: int, turn: Turn, texts: Texts, library: Library, today: date) -> _Turn:
    anchor = f"turn-{number}"
    if turn.failure is not None:
        return _Turn(anchor, "failed", turn.question, spoken=turn.failure, text=turn.failure)
    if turn.answer is None:
        return _Turn(anchor, "searching", turn.question, spoken=texts["searching"])
    answer = turn.answer
    titles = {citation.number: citation.title for citation in answer.citations}
    spoken = " ".join(sentence.text for sentence in answer.sentences) or answer.text
    return _Turn(
        anchor,
        "done",
        turn.question,
        spoken=f"{texts.status(answer.status)}. {spoken}",
        id=answer.id,
        status=answer.status.value,
        icon=STATUS_ICONS[answer.status],
        text=answer.text,
        sentences=tuple(
            _Sentence(s.text, tuple(_Mark(n, titles[n]) for n in s.citations)) for s in answer.sentences
        ),
        sources=tuple(_source(group, texts, library, today) for group in _by_place(answer.citations)),
        next_step=answer.next_step,
        notices=answer.notices,
        copy_text=_plain(answer, texts),
    )


def _by_place(citations: Sequence[Citation]) -> list[list[Citation]]:
    """Citations of the same section on the same page together, in the order of their first numbers."""
    places: dict[tuple[str, int, str], list[Citation]] = {}
    for citation in citations:
        places.setdefault((citation.document_id, citation.page, citation.section), []).append(citation)
    return list(places.values())


def _source(group: Sequence[Citation], texts: Texts, library: Library, today: date) -> _Source:
    first = group[0]
    document = library.document(first.document_id)
    spans = [(citation.start, citation.end) for citation in group]
    version = f"&width={IMAGE_WIDTH}&v={document.digest[:DIGEST_LENGTH]}"
    expired = first.valid_to is not None and date.fromisoformat(first.valid_to) < today
    safe = first.url is not None and first.url.startswith(("https://", "http://"))
    return _Source(
        numbers=_numbers([citation.number for citation in group]),
        quotes=tuple(_Quote(citation.number, citation.quote) for citation in group),
        title=first.title,
        publisher=first.publisher,
        kind=first.kind,
        published=texts.day(first.published) if first.published else None,
        validity=_validity(first.valid_to, expired, texts),
        expired=expired,
        page=first.page,
        page_label=first.page_label,
        section=first.section,
        image_url=image_url(first.document_id, first.page, spans) + version,
        file_url=file_url(first.document_id, first.page),
        url=first.url if safe else None,
        crop=crop_around(
            [box for citation in group for box in citation.boxes], document.pages[first.page - 1].size
        ),
    )


def _numbers(numbers: Sequence[int]) -> str:
    """[1, 2, 3] -> "1–3", [1, 3] -> "1, 3"."""
    if len(numbers) > 1 and list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]}–{numbers[-1]}"
    return ", ".join(str(number) for number in numbers)


def _validity(valid_to: str | None, expired: bool, texts: Texts) -> str:
    if valid_to is None:
        return f"{texts['validity']} {texts['valid_always']}"
    day = texts.day(valid_to)
    if expired:
        return texts.of("valid_not_any_more", day=day)
    return f"{texts['validity']} {texts.of('valid_until', day=day)}"


def _plain(answer: Answer, texts: Texts) -> str:
    lines = [answer.question, "", answer.text]
    if answer.next_step:
        lines += ["", f"{texts['next_step']}: {answer.next_step}"]
    if answer.citations:
        lines += ["", f"{texts['sources'] if answer.sentences else texts['nearest']}:"]
    for c in answer.citations:
        place = ", ".join(filter(None, (c.title, c.publisher, c.published)))
        lines.append(f"[{c.number}] {place}, {texts.of('page_label', label=c.page_label).lower()}")
    return "\n".join(lines)
