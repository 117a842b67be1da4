"""Questions to the starter corpus, the whole way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.answer import Answer, Context, QuestionError, Status
from assistant.assistant import Assistant
from assistant.evidence import Selector
from evals.pages import read_page
from index.errors import UnknownFilter
from index.hit import Filters
from index.search import LiveIndex

QUESTIONS = (
    "hur ofta ska man byta ställning på någon som ligger mycket?",
    "vem får ge insulin?",
    "får man låsa dörren på natten?",
    "vad är lex Sarah?",
    "vad gör jag när någon har trillat?",
    "vilka tecken på stroke ska jag titta efter",
)


@pytest.fixture(scope="module")
def assistant(corpus_index: Path) -> Assistant:
    return Assistant(LiveIndex(corpus_index))


@pytest.fixture(scope="module")
def answers(assistant: Assistant) -> list[Answer]:
    return [assistant.ask(question) for question in QUESTIONS]


def test_every_sentence_is_cited_and_every_citation_is_a_slice(
    assistant: Assistant, answers: list[Answer]
) -> None:
    searcher = assistant.live.searcher
    for answer in answers:
        assert answer.status is Status.ANSWERED, answer.question
        numbers = {citation.number for citation in answer.citations}
        for sentence in answer.sentences:
            assert sentence.citations and set(sentence.citations) <= numbers
            assert sentence.text in answer.text
        for citation in answer.citations:
            document = searcher.document(citation.document_id)
            assert citation.quote == document.text[citation.start : citation.end]
            page = document.pages[citation.page - 1]
            assert page.start <= citation.start < citation.end <= page.end


def test_boxes_lie_on_the_words_as_another_reader_sees_them(
    assistant: Assistant, answers: list[Answer]
) -> None:
    searcher = assistant.live.searcher
    for answer in answers:
        for citation in answer.citations:
            reading = read_page(searcher.pdf_path(citation.document_id), citation.page, None)
            inside = "".join(c for c in reading.inside(citation.boxes) if c.isalnum())
            quoted = "".join(c for c in citation.quote if c.isalnum())
            assert quoted in inside


def test_the_turning_interval_is_found(answers: list[Answer]) -> None:
    assert any(c.document_id == "tryckskador" for c in answers[0].citations)
    assert "varannan timme" in answers[0].text


def test_what_is_not_there_is_not_answered(assistant: Assistant) -> None:
    answer = assistant.ask("vad är huvudstaden i Australien?")
    assert answer.status is Status.UNANSWERABLE
    assert not answer.sentences
    assert answer.next_step
    assert answer.citations, "the nearest passages are shown"


def test_the_same_question_gets_the_same_answer(assistant: Assistant, answers: list[Answer]) -> None:
    for before in answers:
        again = assistant.ask(before.question)
        assert replace(again, id=before.id, timings_ms=before.timings_ms) == before


def test_many_threads_get_the_same_answers(assistant: Assistant, answers: list[Answer]) -> None:
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda question: assistant.ask(question).text, QUESTIONS * 4))
    assert texts == [answer.text for answer in answers] * 4


def test_filters_hold(assistant: Assistant) -> None:
    only = Context(filters=Filters(documents=("diabetes",)))
    answer = assistant.ask("vem får ge insulin?", only)
    assert {citation.document_id for citation in answer.citations} == {"diabetes"}
    with pytest.raises(UnknownFilter, match='Did you mean "law"'):
        assistant.ask("vem får ge insulin?", Context(filters=Filters(kinds=("lagg",))))


def test_a_superseded_edition_is_left_out_unless_it_is_asked_for(assistant: Assistant) -> None:
    question = "hur snabbt ska fallrisken bedömas efter inflyttning"
    now = assistant.ask(question)
    assert "fallprevention-2021" not in {hit.chunk.document_id for hit in now.hits}
    then = assistant.ask(question + " enligt 2021 års utgåva")
    assert "fallprevention-2021" in {hit.chunk.document_id for hit in then.hits}
    by_day = assistant.ask(question, Context(filters=Filters(valid_on=date(2022, 1, 1))))
    assert "fallprevention-2021" in {hit.chunk.document_id for hit in by_day.hits}


def test_an_old_edition_is_named_as_such(assistant: Assistant) -> None:
    answer = assistant.ask("fallrisk", Context(filters=Filters(documents=("fallprevention-2021",))))
    assert any("2025-05-31" in notice for notice in answer.notices)
    assert any("ersatt av" in notice for notice in answer.notices)


@pytest.mark.parametrize("question", ["och att det", "å", "a " * 900, "كم مرة يجب", "4 kap. 1 §", "🍎 äta"])
def test_odd_questions_get_an_answer_or_none_but_no_error(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).status in (Status.ANSWERED, Status.UNANSWERABLE)


def test_what_cannot_be_taken_is_refused(assistant: Assistant) -> None:
    with pytest.raises(QuestionError):
        assistant.ask("   ")


def test_english_texts(assistant: Assistant) -> None:
    answer = assistant.ask("what is the capital of Australia", Context(language="en"))
    assert answer.text.startswith("The guidance")
    assert answer.next_step and "nurse" in answer.next_step


def test_another_embedder_than_was_learned_with_is_said(
    corpus_index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    learned = Selector.load()
    live = LiveIndex(corpus_index)
    Assistant(live, learned)
    assert not caplog.records
    Assistant(live, replace(learned, embedder="static"))
    assert '"encoder"' in caplog.text and '"static"' in caplog.text and "assistant.train" in caplog.text
