"""Everything that `assistant/` says to people, in Swedish and English."""

from __future__ import annotations

LANGUAGES = ("sv", "en")

TEXTS: dict[str, dict[str, str]] = {
    "question.empty": {
        "sv": "Skriv en fråga.",
        "en": "Write a question.",
    },
    "question.too_long": {
        "sv": "Frågan är {n} tecken lång; högst {most} går bra. Korta den, eller ställ flera frågor.",
        "en": "The question is {n} characters long; at most {most} will do. Shorten it, or split it.",
    },
    "question.binary": {
        "sv": "Frågan innehåller tecken som inte är text. Skriv den i stället för att klistra in den.",
        "en": "The question holds characters that are not text. Type it instead of pasting it.",
    },
    "question.no_words": {
        "sv": "Frågan innehåller inga ord. Skriv den med ord.",
        "en": "The question holds no words. Write it in words.",
    },
    "unanswerable": {
        "sv": "Vägledningen som finns här ger inget säkert svar på frågan.",
        "en": "The guidance held here gives no certain answer to the question.",
    },
    "notice.expired": {
        "sv": "”{title}” gällde till och med {date}. Kontrollera om det finns en nyare utgåva.",
        "en": "“{title}” was valid until {date}. Check whether there is a newer edition.",
    },
    "notice.superseded": {
        "sv": "”{title}” är ersatt av ”{newer}”.",
        "en": "“{title}” has been replaced by “{newer}”.",
    },
    "notice.not_yet": {
        "sv": "”{title}” börjar gälla {date}.",
        "en": "“{title}” applies from {date}.",
    },
}


def text(key: str, language: str = "sv", **values: object) -> str:
    """The text for `key`; an unknown language gets Swedish. Raises KeyError for an unknown key."""
    entry = TEXTS[key]
    return entry.get(language, entry["sv"]).format(**values)
