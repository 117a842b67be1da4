"""Everything that pages and commands say, in Swedish and English. Knows nothing of where it is said.

Staff are spoken to in the language they choose (`texts_in`). Commands for whoever runs the service
speak English, as the errors of the other folders do (`COMMANDS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

COMMANDS: Mapping[str, str] = {
    "lotsen": "Answers from care guidance, each sentence with its exact source.",
    "index": "Folder of the index. [default: $LOTSEN_INDEX, else in the user's data directory]",
    "json": "Print JSON, as the API returns it.",
    "ask.question": "What you want to know, in everyday words.",
    "ask.language": "Language of the words around the sources, sv or en. [default: $LOTSEN_LANGUAGE or sv]",
    "ask.unknown_language": 'Unknown language "{language}". Allowed: sv, en.',
    "search.query": "What to look for.",
    "search.k": "How many passages.",
    "search.none": "No passage matches.",
    "serve.host": "Loopback address to listen on.",
    "serve.port": "Port to listen on; 0 takes a free one.",
    "serve.built": "Built an index of {pages} pages in {index}.",
    "serve.ready": "Lotsen is ready at {address}   (API: {address}/docs, stop: Ctrl+C)",
    "serve.port_in_use": (
        "Port {port} on {host} is in use by another program. "
        "Stop that program, or choose another port: lotsen serve --port 8001"
    ),
    "serve.port_refused": "Cannot listen on {host} port {port}: {error}. Try: lotsen serve --port 8001",
    "serve.not_loopback": (
        'Cannot listen on "{host}": without sign-in Lotsen serves this computer only. '
        "Use --host 127.0.0.1, ::1 or localhost."
    ),
    "ingest.paths": "PDF files and folders.",
    "ingest.workers": "Files read at the same time. [default: one for each core]",
    "ingest.prune": "Remove documents of the index that the given paths no longer hold.",
    "ingest.set_aside": "set aside: {path}: {reason}",
    "ingest.notice": "note: {id}: {notice}",
    "ingest.summary": (
        "{indexed} indexed, {unchanged} unchanged, {removed} removed, {set_aside} set aside, "
        "{skipped_other} of other types skipped\n"
        "{pages} pages read in {seconds:.1f} s ({rate:.0f} pages/s)\n"
        "index {version} in {index}: {documents} documents, {chunks} passages"
    ),
    "corpus": "Official sources, and the state of the catalogue.",
    "corpus.folder": "Folder with catalogue.toml and pdf/. [default: $LOTSEN_CORPUS or the starter corpus]",
    "corpus.on": "The day to look at. [default: today]",
    "corpus.out": "Where to put the PDFs. [default: a folder in the user's data directory]",
    "corpus.expired": "{id}: expired on {day}",
    "corpus.not_yet": "{id}: does not apply until {day}",
    "corpus.superseded": "{id}: superseded by {newer}",
    "corpus.status_summary": "{documents} documents, {told} remarks on {day}",
    "corpus.no_file": "[documents.{id}] has no file pdf/{id}.pdf. Add the file or remove the entry.",
    "corpus.no_entry": "pdf/{id}.pdf has no entry. Add [documents.{id}] with title, publisher and kind.",
    "corpus.unknown_edition": '[documents.{id}] supersedes "{old}", which has no entry.',
    "corpus.lacks": "[documents.{id}] lacks {name}.",
    "corpus.check_summary": "{entries} entries, {files} files, {faults} faults",
    "corpus.fetched": "fetched    {key} -> {where}",
    "corpus.unchanged": "unchanged  {key} -> {where}",
    "corpus.no_pdf": "web only   {key}: read it at {where}",
    "corpus.failed": "failed     {key}: {where}",
    "corpus.fetch_summary": (
        "{fetched} fetched, {unchanged} unchanged, {no_pdf} web only, {failed} failed; PDFs are in {folder}"
    ),
}

_SV: Mapping[str, str] = {
    "title": "Lotsen – svar ur vägledningar",
    "brand": "Lotsen",
    "tagline": "Svar ur vägledningar för äldreomsorgen",
    "switch_language": "In English",
    "greeting": "Vad undrar du över i jobbet?",
    "is": "Lotsen letar i vägledningarna och visar ordagrant vad som står, med källa till varje mening.",
    "is_not": (
        "Lotsen är ingen medicinteknisk produkt. Den ställer inga diagnoser och fattar inga beslut om "
        "enskilda personer. Skriv inga namn eller personnummer. Vid fara för liv: ring 112."
    ),
    "corpus_is_example": "Här söker du i {documents} dokument.",
    "examples": "Prova en fråga",
    "question_label": "Din fråga",
    "question_placeholder": "Skriv med egna ord",
    "send": "Fråga",
    "new": "Börja om",
    "you_asked": "Du frågade",
    "searching": "Letar i vägledningarna …",
    "answer": "Svar",
    "copy": "Kopiera svaret",
    "copied": "Kopierat",
    "copy_failed": "Det gick inte att kopiera",
    "sources": "Källor",
    "source_number": "Källa {number}",
    "nearest": "Närmaste ställen i vägledningarna",
    "nearest_note": "De svarar inte säkert på frågan, men kan vara värda att läsa.",
    "next_step": "Vänd dig till",
    "notices": "Tänk på",
    "publisher": "Utgivare",
    "published": "Publicerad",
    "validity": "Gäller",
    "valid_until": "till och med {day}",
    "valid_always": "tills vidare",
    "valid_not_any_more": "Gällde till och med {day} – gäller inte längre",
    "page_label": "Sidan {label}",
    "page_of_pdf": "Sidan {label} (sida {number} i PDF-filen)",
    "page_image": "Sidan {label} i {title}, med citatet gulmarkerat",
    "enlarge": "Visa hela sidan",
    "close": "Stäng",
    "open_pdf": "Öppna PDF på sidan {number}",
    "open_web": "Utgivarens webbplats",
    "new_tab": "öppnas i en ny flik",
    "helpful": "Var svaret till hjälp?",
    "yes": "Ja",
    "no": "Nej",
    "thanks": "Tack, ditt omdöme är sparat.",
    "feedback_failed": "Omdömet kunde inte sparas.",
    "question_failed": "Frågan kunde inte tas emot",
    "index_failed": "Lotsen kan inte söka just nu. Säg till den som sköter tjänsten.",
    "status.answered": "Svar ur vägledningarna",
    "status.partial": "Svar på en del av frågan",
    "status.unanswerable": "Inget säkert svar i vägledningarna",
    "status.clarify": "Frågan behöver förtydligas",
    "status.acute": "Akut – agera nu",
    "status.personal_data": "Frågan innehåller personuppgifter",
    "status.refused": "Lotsen svarar inte på den frågan",
    "kind.law": "Lag",
    "kind.regulation": "Föreskrift",
    "kind.national_guideline": "Nationell riktlinje",
    "kind.knowledge_support": "Kunskapsstöd",
    "kind.report": "Rapport",
    "kind.good_example": "Gott exempel",
    "kind.local_routine": "Lokal rutin",
    "kind.unspecified": "Dokument",
    "example.1": "Hur ofta ska man vända någon som ligger mycket?",
    "example.2": "Vad gör jag när någon har trillat?",
    "example.3": "Vem får ge insulin?",
    "example.4": "Får man låsa dörren på natten?",
}

_EN: Mapping[str, str] = {
    "title": "Lotsen – answers from guidance",
    "brand": "Lotsen",
    "tagline": "Answers from guidance for elderly care",
    "switch_language": "På svenska",
    "greeting": "What do you need to know at work?",
    "is": "Lotsen searches the guidance and shows its very words, with a source for each sentence.",
    "is_not": (
        "Lotsen is not a medical device. It makes no diagnoses and takes no decisions about any person. "
        "Write no names or personal identity numbers. If a life is in danger: call 112."
    ),
    "corpus_is_example": "You are searching {documents} documents, in Swedish.",
    "examples": "Try a question",
    "question_label": "Your question",
    "question_placeholder": "In Swedish, in your own words",
    "send": "Ask",
    "new": "Start over",
    "you_asked": "You asked",
    "searching": "Searching the guidance …",
    "answer": "Answer",
    "copy": "Copy the answer",
    "copied": "Copied",
    "copy_failed": "Could not copy",
    "sources": "Sources",
    "source_number": "Source {number}",
    "nearest": "Nearest passages in the guidance",
    "nearest_note": "They may not answer the question, but can be worth reading.",
    "next_step": "Turn to",
    "notices": "Keep in mind",
    "publisher": "Publisher",
    "published": "Published",
    "validity": "Applies",
    "valid_until": "until {day}",
    "valid_always": "until further notice",
    "valid_not_any_more": "Applied until {day} – no longer applies",
    "page_label": "Page {label}",
    "page_of_pdf": "Page {label} (page {number} of the PDF)",
    "page_image": "Page {label} of {title}, with the quote marked in yellow",
    "enlarge": "Show the whole page",
    "close": "Close",
    "open_pdf": "Open the PDF at page {number}",
    "open_web": "The publisher's website",
    "new_tab": "opens in a new tab",
    "helpful": "Was this helpful?",
    "yes": "Yes",
    "no": "No",
    "thanks": "Thank you, your judgement has been saved.",
    "feedback_failed": "The judgement could not be saved.",
    "question_failed": "The question could not be taken",
    "index_failed": "Lotsen cannot search at the moment. Tell whoever runs the service.",
    "status.answered": "Answer from the guidance",
    "status.partial": "Answer to part of the question",
    "status.unanswerable": "No certain answer in the guidance",
    "status.clarify": "The question needs to be clearer",
    "status.acute": "Urgent – act now",
    "status.personal_data": "The question holds personal data",
    "status.refused": "Lotsen does not answer that question",
    "kind.law": "Law",
    "kind.regulation": "Regulation",
    "kind.national_guideline": "National guideline",
    "kind.knowledge_support": "Knowledge support",
    "kind.report": "Report",
    "kind.good_example": "Good example",
    "kind.local_routine": "Local routine",
    "kind.unspecified": "Document",
    "example.1": "Hur ofta ska man vända någon som ligger mycket?",
    "example.2": "Vad gör jag när någon har trillat?",
    "example.3": "Vem får ge insulin?",
    "example.4": "Får man låsa dörren på natten?",
}

EXAMPLES = tuple(sorted(key for key in _SV if key.startswith("example.")))

# fmt: off
_MONTHS = {
    "sv": (
        "januari", "februari", "mars", "april", "maj", "juni",
        "juli", "augusti", "september", "oktober", "november", "december",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}
# fmt: on


@dataclass(frozen=True)
class Texts:
    """The words of one language; `texts["send"]` is a word, `texts.of(key, …)` fills its gaps in."""

    language: str
    words: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.words[key]

    def of(self, key: str, **values: object) -> str:
        """The text under `key` with its gaps filled in."""
        return self.words[key].format(**values)

    def status(self, status: str) -> str:
        """How a question ended, in words."""
        return self.words[f"status.{status}"]

    def kind(self, kind: str) -> str:
        """The kind of a document, in words."""
        return self.words[f"kind.{kind}"]

    def day(self, iso: str) -> str:
        """A day written out: "2025-03-10" -> "10 mars 2025"."""
        day = date.fromisoformat(iso)
        return f"{day.day} {_MONTHS[self.language][day.month - 1]} {day.year}"


CATALOGUES: Mapping[str, Texts] = {"sv": Texts("sv", _SV), "en": Texts("en", _EN)}


def texts_in(language: str) -> Texts:
    """The texts of a language, "sv" or "en"."""
    return CATALOGUES[language]
