from dataclasses import replace
from datetime import date

import pytest

from assistant.answer import Context, Status
from tests.ui.demo import DemoAssistant, DemoLibrary
from ui.answer_html import CROP_HEIGHTS, CROP_WIDTH, Turn, crop_around, thread_html
from ui.texts import texts_in

TODAY = date(2026, 11, 21)
PAGE = (595.0, 842.0)


@pytest.fixture
def library(tmp_path):
    return DemoLibrary(tmp_path)


def shown(library, question, language="sv", **changes):
    answer = replace(DemoAssistant(library).ask(question, Context()), **changes)
    return thread_html([Turn(question, answer)], texts_in(language), library, TODAY)


def test_nothing_of_a_question_or_a_document_becomes_markup(library):
    html = shown(library, 'taggar som <script>alert(0)</script> ska visas som text" onload="x')
    assert "<script>" not in html and "<img src=x" not in html and '" onload="' not in html
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; titel" in html


def test_a_link_that_is_no_web_address_is_left_out(library):
    answer = DemoAssistant(library).ask("byta ställning varannan timme", Context())
    bad = replace(answer.citations[0], url="javascript:alert(1)")
    assert "javascript:" not in shown(library, "byta ställning varannan timme", citations=(bad,))


def test_marks_lead_to_the_cards_and_cards_to_the_page(library):
    html = shown(library, "hur ofta byta ställning på den som ligger?")
    assert 'href="#turn-1-source-1"' in html and 'id="turn-1-source-1"' in html
    assert "Öppna PDF på sidan 2" in html
    assert "/v1/documents/tryckskador/file#page=2" in html
    assert "Gäller till och med 31 december 2090" in html


def test_quotes_from_one_page_share_a_card_and_its_picture(library):
    answer = DemoAssistant(library).ask("byta ställning varannan timme", Context())
    first = answer.citations[0]
    second = replace(first, number=2, start=first.start + 4, end=first.end - 1, quote="ställning")
    other = replace(first, number=3, page=1, start=0, end=3, quote="Att")
    html = shown(library, "byta ställning varannan timme", citations=(first, second, other))
    assert html.count('<li class="lo-card">') == 2
    assert f"start={first.start}&amp;end={first.end}&amp;start={second.start}&amp;end={second.end}" in html
    assert ">1–2</span>" in html and ">3</span>" in html
    assert all(f'id="turn-1-source-{number}"' in html for number in (1, 2, 3))


def test_what_no_longer_applies_says_so(library):
    assert "gäller inte längre" in shown(library, "kontrollera brandvarnaren månaden")


@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_said_in_words(library, status):
    html = shown(library, "hur ofta byta ställning på den som ligger?", status=status)
    assert texts_in("sv").status(status) in html


def test_the_words_around_the_sources_follow_the_language(library):
    html = shown(library, "kontrollera australien", language="en")
    assert "No certain answer" in html and 'lang="en"' in html


def test_a_short_quote_is_shown_with_the_lines_around_it_at_a_readable_width():
    crop = crop_around([(100.0, 400.0, 300.0, 412.0)], PAGE)
    assert (crop.width, crop.height) == (CROP_WIDTH, CROP_HEIGHTS[0])
    # The quote's middle is the picture's middle: 200 - 400 / 2 = 0 from the left, 406 - 120 / 2 from the top.
    assert crop.left == 0.0
    assert crop.top == pytest.approx(-100 * 346 / 120, abs=0.01)
    assert crop.scale == pytest.approx(100 * 595 / 400, abs=0.01)


def test_a_long_quote_shows_its_beginning_and_a_corner_stays_on_the_page():
    tall = crop_around([(60.0, 100.0, 500.0, 700.0)], PAGE)
    assert tall.height == CROP_HEIGHTS[1]
    assert -tall.top * tall.height / 100 == pytest.approx(64.0, abs=0.1)
    corner = crop_around([(500.0, 830.0, 590.0, 840.0)], PAGE)
    assert -corner.left * corner.width / 100 + corner.width <= PAGE[0] + 0.1
    assert -corner.top * corner.height / 100 + corner.height <= PAGE[1] + 0.1


def test_a_quote_without_boxes_shows_the_top_of_the_page():
    assert crop_around([], PAGE).top == 0.0
