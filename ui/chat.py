"""The chat page at `/`, made with Gradio. Knows nothing of how questions are answered.

Gradio gives the question box, the session and the transport; what is shown is HTML of our own
(`answer_html.py`), so that marks, cards and headings are exactly what a reader and a screen reader need.
"""

from __future__ import annotations

import logging
import os
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from assistant.answer import MAX_QUESTION_CHARACTERS, Context, QuestionError
from index.errors import SearchIndexError
from ui.answer_html import ASSETS, Turn, render, thread_html
from ui.metrics import Metrics
from ui.service import Service
from ui.texts import EXAMPLES, Texts, texts_in

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI

MAX_TURNS = 20
SESSION_SECONDS = 8 * 3600
CONCURRENT_QUESTIONS = 8
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
MONOSPACE = ("ui-monospace", "Menlo", "Consolas", "monospace")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Conversation:
    """What one open page has asked so far, and in which language it is shown."""

    language: str
    id: str = ""
    turns: tuple[Turn, ...] = ()

    def asked(self, turn: Turn) -> Conversation:
        """The conversation with one question more; the oldest goes when there are too many."""
        return replace(self, id=self.id or uuid.uuid4().hex, turns=(*self.turns, turn)[-MAX_TURNS:])

    def settled(self, turn: Turn) -> Conversation:
        """The conversation with its last question answered."""
        return replace(self, turns=(*self.turns[:-1], turn))


def mount_chat(app: FastAPI, service: Service, metrics: Metrics | None = None) -> None:
    """Put the chat page at `/` of `app`. Nothing it needs is fetched from another host."""
    # Gradio reads both when it is imported and when a page is made. The second keeps it from making
    # a table of all events so far, with pandas, after each event.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(sys.maxsize)
    import gradio as gr

    # As part of the head the style stays as written; Gradio's own `css` would rewrite its selectors.
    style = (ASSETS / "chat.css").read_text(encoding="utf-8")
    script = (ASSETS / "chat.js").read_text(encoding="utf-8")
    gr.mount_gradio_app(
        app,
        build_chat(service, metrics or Metrics()),
        path="/",
        theme=gr.themes.Base(font=FONTS, font_mono=MONOSPACE),
        head=f"<style>{style}</style><script>{script}</script>",
        favicon_path=str(ASSETS / "favicon.svg"),
        footer_links=[],
        ssr_mode=False,
        show_error=False,
        max_file_size="1kb",
    )


def build_chat(service: Service, metrics: Metrics) -> gr.Blocks:
    """The page over `service`: brand, language, greeting, conversation, question box and examples."""
    import gradio as gr

    page = _Page(service, metrics)
    texts = texts_in(service.language)
    blocks = gr.Blocks(title=texts["title"], analytics_enabled=False, fill_width=True)
    with blocks:
        state = gr.State(Conversation(service.language), time_to_live=SESSION_SECONDS)
        with gr.Row(elem_id="lo-top"):
            brand = gr.HTML(render("brand.html", texts), elem_id="lo-brand", apply_default_css=False)
            again = gr.Button(texts["new"], elem_id="lo-new", size="sm", visible=False)
            switch = gr.Button(texts["switch_language"], elem_id="lo-language", size="sm")
        intro = gr.HTML(page.intro(texts), elem_id="lo-intro", apply_default_css=False)
        thread = gr.HTML("", elem_id="lo-thread", visible=False, apply_default_css=False)
        with gr.Row(elem_id="lo-composer"):
            box = gr.Textbox(
                label=texts["question_label"],
                placeholder=texts["question_placeholder"],
                lines=1,
                max_lines=6,
                max_length=MAX_QUESTION_CHARACTERS,
                autofocus=True,
                elem_id="lo-box",
            )
            send = gr.Button(texts["send"], variant="primary", elem_id="lo-send")
        with gr.Column(elem_id="lo-examples") as examples:
            heading = gr.HTML(page.examples_heading(texts), apply_default_css=False)
            chips = [gr.Button(texts[key], elem_classes="lo-chip") for key in EXAMPLES]

        views = [state, thread, box, intro, examples, again]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asking = quiet | {"concurrency_limit": CONCURRENT_QUESTIONS, "concurrency_id": "ask"}
        gr.on([box.submit, send.click], page.ask, [box, state], views, **asking)
        for chip in chips:
            chip.click(page.ask, [chip, state], views, **asking)
        again.click(page.restart, [state], views, **quiet)
        worded = [state, brand, switch, again, intro, thread, box, send, heading, *chips]
        switch.click(page.switch_language, [state], worded, **quiet)
    return blocks


class _Page:
    """What happens on the page: each method gives the new values of the components it is wired to."""

    def __init__(self, service: Service, metrics: Metrics) -> None:
        self._service, self._metrics = service, metrics

    def intro(self, texts: Texts) -> str:
        return render("intro.html", texts, documents=len(self._service.live.searcher.guidance))

    def examples_heading(self, texts: Texts) -> str:
        return render("examples.html", texts)

    def ask(self, question: str, conversation: Conversation) -> Iterator[tuple[Any, ...]]:
        """Show the question at once, then its answer. A question that cannot be taken stays in the box."""
        conversation = conversation.asked(Turn(question))
        yield self._views(conversation, box="")
        turn = self._answered(question, conversation)
        yield self._views(conversation.settled(turn), box=question if turn.failure else "")

    def _answered(self, question: str, conversation: Conversation) -> Turn:
        context = Context(language=conversation.language, conversation_id=conversation.id)
        try:
            with self._metrics.answer_seconds.labels("chat").time():
                answer = self._service.ask(question, context)
        except QuestionError as error:
            return Turn(question, failure=str(error))
        except SearchIndexError:
            log.exception("the index cannot be searched")
            return Turn(question, failure=texts_in(conversation.language)["index_failed"])
        self._metrics.answers.labels(answer.status.value, "chat").inc()
        # The passages behind the answer are not shown; without them a session stays small.
        return Turn(question, replace(answer, hits=()))

    def restart(self, conversation: Conversation) -> tuple[Any, ...]:
        return self._views(Conversation(conversation.language), box="")

    def switch_language(self, conversation: Conversation) -> tuple[Any, ...]:
        import gradio as gr

        language = "en" if conversation.language == "sv" else "sv"
        texts = texts_in(language)
        conversation = replace(conversation, language=language)
        return (
            conversation,
            render("brand.html", texts),
            gr.update(value=texts["switch_language"]),
            gr.update(value=texts["new"]),
            self.intro(texts),
            self._thread(conversation),
            gr.update(label=texts["question_label"], placeholder=texts["question_placeholder"]),
            gr.update(value=texts["send"]),
            self.examples_heading(texts),
            *(gr.update(value=texts[key]) for key in EXAMPLES),
        )

    def _views(self, conversation: Conversation, *, box: str) -> tuple[Any, ...]:
        import gradio as gr

        begun = bool(conversation.turns)
        return (
            conversation,
            gr.update(value=self._thread(conversation), visible=begun),
            gr.update(value=box),
            gr.update(visible=not begun),
            gr.update(visible=not begun),
            gr.update(visible=begun),
        )

    def _thread(self, conversation: Conversation) -> str:
        library = self._service.live.searcher
        return thread_html(conversation.turns, texts_in(conversation.language), library, date.today())
