"""The chat page in a real browser, at the width of a phone and of a desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.needs import need_program
from tests.ui.conftest import running
from tests.ui.demo import demo_service
from ui.answer_html import Turn
from ui.api import create_app
from ui.chat import MAX_TURNS, Conversation, mount_chat

# Gradio leaves event loops and sockets of its own to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
QUESTION = "Hur ofta ska man byta ställning på den som ligger?"
WAIT = 20_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = need_program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chat_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    need_program("chromium")
    service = demo_service(tmp_path_factory.mktemp("chat"))
    app = create_app(service)
    mount_chat(app, service)
    with running(app) as url:
        yield url


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, chat_url: str) -> Iterator[Page]:
    """A fresh page; fails when anything was asked of another host or an error was logged."""
    context = browser.new_context(
        viewport=getattr(request, "param", PHONE), permissions=["clipboard-read", "clipboard-write"]
    )
    page = context.new_page()
    hosts: set[str | None] = set()
    faults: list[str] = []
    context.on("request", lambda asked: hosts.add(urlsplit(asked.url).hostname))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.set_default_timeout(WAIT)
    page.goto(chat_url)
    expect(page.get_by_label("Din fråga")).to_be_visible(timeout=WAIT)
    yield page
    context.close()
    assert hosts - {None} == {"127.0.0.1"}
    assert faults == []


both_sizes = pytest.mark.parametrize("page", [PHONE, DESK], ids=["phone", "desk"], indirect=True)


def ask(page: Page, question: str) -> None:
    page.get_by_label("Din fråga").fill(question)
    page.keyboard.press("Enter")


def answered(page: Page, number: int = 1) -> None:
    expect(page.locator('.lo-turn[data-state="done"]')).to_have_count(number, timeout=WAIT)


@both_sizes
def test_the_first_screen_says_what_it_is_and_fits(page):
    expect(page.get_by_role("heading", level=1)).to_have_text("Vad undrar du över i jobbet?")
    expect(page.get_by_text("ingen medicinteknisk produkt")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    assert page.title().startswith("Lotsen")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    send = page.get_by_role("button", name="Fråga", exact=True).bounding_box()
    assert send["height"] >= 44 and send["y"] + send["height"] < page.viewport_size["height"]
    expect(page.get_by_text(re.compile("Gradio|API", re.IGNORECASE))).to_have_count(0)


@both_sizes
def test_an_answer_shows_its_words_its_source_and_the_marked_page(page):
    ask(page, QUESTION)
    answered(page)
    turn = page.locator(".lo-turn")
    expect(turn.get_by_text("Svar ur vägledningarna")).to_be_visible()
    expect(turn.locator(".lo-sentences")).to_contain_text("Byt ställning minst varannan timme")
    expect(turn.locator("blockquote")).to_contain_text("Byt ställning minst varannan timme")
    for words in ("Kunskapsstöd", "Exempelkommunen", "10 mars 2025", "Sidan 4 (sida 2 i PDF-filen)"):
        expect(turn.locator(".lo-card")).to_contain_text(words)
    link = turn.get_by_role("link", name="Öppna PDF på sidan 2")
    expect(link).to_have_attribute("href", "/v1/documents/tryckskador/file#page=2")
    image = turn.locator(".lo-band img")
    image.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.lo-band img').naturalWidth > 0")
    expect(page.locator("#lo-live")).to_contain_text("Byt ställning minst varannan timme")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_a_mark_leads_to_its_source(page):
    ask(page, QUESTION)
    answered(page)
    page.get_by_role("link", name="Källa 1: Att förebygga trycksår").click()
    expect(page.locator("#turn-1-source-1")).to_be_focused()
    expect(page.locator("#turn-1-source-1")).to_be_in_viewport()


def test_the_picture_opens_large_and_closes_by_keyboard(page):
    ask(page, QUESTION)
    answered(page)
    page.get_by_role("link", name="Visa hela sidan").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator(".lo-band")).to_be_focused()


def test_no_answer_leads_somewhere(page):
    ask(page, "kontrollera Australiens huvudstad")
    answered(page)
    expect(page.locator(".lo-status")).to_have_text("Inget säkert svar i vägledningarna")
    expect(page.locator(".lo-next")).to_contain_text("sjuksköterskan")
    expect(page.get_by_role("heading", name="Närmaste ställen i vägledningarna")).to_be_visible()


@both_sizes
def test_follow_ups_stay_on_the_page_until_it_begins_anew(page):
    ask(page, QUESTION)
    answered(page)
    page.get_by_label("Din fråga").fill("Hur ofta ska man kontrollera huden över hälar?")
    page.get_by_role("button", name="Fråga", exact=True).click()
    answered(page, 2)
    expect(page.get_by_role("heading", level=2)).to_contain_text([QUESTION, "kontrollera huden"])
    expect(page.get_by_label("Din fråga")).to_be_in_viewport()
    page.get_by_role("button", name="Börja om").click()
    expect(page.locator(".lo-turn")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_an_example_can_be_tapped(page):
    page.get_by_role("button", name="Vem får ge insulin?").click()
    answered(page)
    expect(page.get_by_role("heading", level=2)).to_contain_text("Vem får ge insulin?")


def test_the_interface_changes_language_and_keeps_the_conversation(page):
    ask(page, QUESTION)
    answered(page)
    page.get_by_role("button", name="In English").click()
    expect(page.get_by_label("Your question")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".lo-status")).to_have_text("Answer from the guidance")
    expect(page.locator(".lo-sentences")).to_have_attribute("lang", "sv")


def test_markup_in_questions_and_documents_is_text(page):
    ask(page, "taggar som <img src=x onerror=document.title='ond'> ska visas som text")
    answered(page)
    expect(page.locator(".lo-question")).to_contain_text("<img src=x")
    expect(page.locator(".lo-sentences")).to_contain_text("<script>alert(2)</script>")
    assert page.title().startswith("Lotsen")


def test_an_empty_question_stays_in_the_box_and_says_why(page):
    ask(page, "   ")
    expect(page.locator('.lo-turn[data-state="failed"]')).to_contain_text("Frågan är tom")


def test_copying_and_judging(page):
    ask(page, QUESTION)
    answered(page)
    page.get_by_role("button", name="Kopiera svaret").click()
    expect(page.get_by_role("button", name="Kopierat")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert QUESTION in copied and "[1] Att förebygga trycksår" in copied
    page.get_by_role("button", name="Ja", exact=True).click()
    expect(page.locator(".lo-judge")).to_have_text("Tack, ditt omdöme är sparat.")


def test_the_whole_way_by_keyboard(page):
    box = page.get_by_label("Din fråga")
    box.focus()
    page.keyboard.type("byta ställning")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("på den som ligger")
    page.keyboard.press("Enter")
    answered(page)
    mark = page.locator(".lo-mark")
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#turn-1-source-1")).to_be_focused()


def test_a_conversation_keeps_its_latest_questions():
    conversation = Conversation("sv")
    for number in range(MAX_TURNS + 3):
        conversation = conversation.asked(Turn(str(number)))
    assert [turn.question for turn in conversation.turns] == [str(n) for n in range(3, MAX_TURNS + 3)]
    assert conversation.settled(Turn("x")).turns[-1].question == "x"


def test_the_assets_name_no_other_host():
    from ui.answer_html import ASSETS

    for path in ASSETS.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|url\(|@import", text), path.name
