"""A library of three small PDFs that can be worked out by hand, and an `ask` over it.

The PDFs are set in Courier, where each letter is 0.6 of the type size wide: that is all the layout
there is to know. `ask` looks for the line that shares most words with the question.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from assistant.answer import (
    MAX_QUESTION_CHARACTERS,
    Answer,
    Citation,
    Context,
    QuestionError,
    Sentence,
    Status,
)
from corpus.catalogue import Guidance
from index.hit import Filters, Hit
from ingest.document import Chunk, Document, Layout, Page
from ui.service import Service

SIZE = 11.0
LETTER = 0.6 * SIZE
LEFT, TOP, LEADING = 60.0, 90.0, 20.0
WIDTH, HEIGHT = 595.0, 842.0

GUIDES: dict[str, tuple[Guidance, list[list[str]]]] = {
    "tryckskador": (
        Guidance(
            title="Att förebygga trycksår",
            publisher="Exempelkommunen",
            kind="knowledge_support",
            published=date(2025, 3, 10),
            valid_to=date(2090, 12, 31),
            audience=("underskoterska", "sjukskoterska"),
            url="https://example.org/trycksar",
        ),
        [
            ["Att förebygga trycksår", "Exempelmaterial för prov."],
            [
                "Byt ställning minst varannan timme på den som ligger.",
                "Kontrollera huden över hälar och korsben varje dag.",
                "Kontakta sjuksköterskan vid rodnad som inte bleknar.",
            ],
        ],
    ),
    "brandskydd-2019": (
        Guidance(
            title="Brandskydd", publisher="Exempelkommunen", kind="local_routine", valid_to=date(2020, 1, 1)
        ),
        [["Kontrollera brandvarnaren en gång i månaden."]],
    ),
    "farligt": (
        Guidance(title="<script>alert(1)</script> & titel", publisher='"><img src=x onerror=alert(1)>'),
        [["Taggar som <b>fetstil</b> & <script>alert(2)</script> ska visas som text."]],
    ),
}


def pdf_bytes(pages: list[list[str]]) -> bytes:
    """A PDF of `pages`, each a list of lines, in Courier at the positions named above."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>"
    objects.append(font)
    kids = []
    for lines in pages:
        content = b"BT /F1 %d Tf\n" % SIZE
        for row, line in enumerate(lines):
            escaped = re.sub(r"([()\\])", r"\\\1", line).encode("cp1252")
            content += b"1 0 0 1 %d %d Tm (%s) Tj\n" % (LEFT, HEIGHT - TOP - row * LEADING, escaped)
        content += b"ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (WIDTH, HEIGHT, len(objects))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (len(objects) + 1, table, end)


def make_document(document_id: str, guidance: Guidance, pages: list[list[str]], data: bytes) -> Document:
    """The document that a perfect reader would make of `pdf_bytes(pages)`."""
    text, made, spans, boxes, lines = "", [], [], [], []
    for number, rows in enumerate(pages, 1):
        page_start = len(text)
        for row, line in enumerate(rows):
            for word in re.finditer(r"\S+", line):
                spans.append((len(text) + word.start(), len(text) + word.end()))
                x0, base = LEFT + word.start() * LETTER, TOP + row * LEADING
                boxes.append((x0, base - 0.8 * SIZE, x0 + len(word[0]) * LETTER, base + 0.2 * SIZE))
                lines.append(len(made) * 100 + row)
            text += line + "\n"
        made.append(Page(number, str(number + 2), page_start, len(text), (WIDTH, HEIGHT)))
    layout = Layout(np.array(spans, np.int32), np.array(boxes, np.float32), np.array(lines, np.int32))
    digest = hashlib.sha256(data).hexdigest()
    title = guidance.title or document_id
    return Document(document_id, title, text, tuple(made), guidance, digest, layout=layout)


class DemoLibrary:
    """The documents above in a folder. It is its own live library: there is only one version."""

    version = "demo-1"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._documents: dict[str, Document] = {}
        for document_id, (guidance, pages) in GUIDES.items():
            data = pdf_bytes(pages)
            self.pdf_path(document_id).write_bytes(data)
            self._documents[document_id] = make_document(document_id, guidance, pages, data)

    @property
    def searcher(self) -> DemoLibrary:
        return self

    @property
    def guidance(self) -> Mapping[str, Guidance]:
        return {key: document.guidance for key, document in self._documents.items()}

    @property
    def titles(self) -> Mapping[str, str]:
        return {key: document.title for key, document in self._documents.items()}

    def document(self, document_id: str) -> Document:
        return self._documents[document_id]

    def pdf_path(self, document_id: str) -> Path:
        return self._folder / f"{document_id}.pdf"

    def search(
        self, query: str, k: int = 10, filters: Filters | None = None, *, one_per_page: bool = False
    ) -> list[Hit]:
        """Lines by the number of words of four letters or more that they share with the query."""
        asked, hits, seen = _words(query), [], set()
        for document in self._documents.values():
            if filters and not filters.admits(document.id, document.guidance):
                continue
            for line in re.finditer(r"[^\n]+", document.text):
                shared = len(asked & _words(line[0]))
                if shared:
                    chunk = Chunk(document.id, line.start(), line.end(), line[0], ("Allmänt",))
                    hits.append(Hit(chunk, float(shared), {"words": float(shared)}))
        hits.sort(key=lambda hit: (-hit.score, hit.chunk.id))
        if one_per_page:
            pages = [(h.chunk.document_id, self.page_for(h.chunk).number) for h in hits]
            hits = [h for h, page in zip(hits, pages, strict=True) if not (page in seen or seen.add(page))]
        return hits[:k]

    def page_for(self, chunk: Chunk, query: str = "") -> Page:
        """The page of the line."""
        return self._documents[chunk.document_id].page_at(chunk.start)


@dataclass(frozen=True)
class DemoAssistant:
    """Answers with the best line, or says that it cannot when no two words are shared."""

    library: DemoLibrary

    def ask(self, question: str, context: Context) -> Answer:
        if not question.strip():
            raise QuestionError("empty", "Frågan är tom. Skriv vad du undrar.")
        if len(question) > MAX_QUESTION_CHARACTERS:
            raise QuestionError(
                "too_long", f"Frågan är {len(question)} tecken; högst {MAX_QUESTION_CHARACTERS}."
            )
        hits = self.library.search(question, 3, context.filters)
        good = bool(hits) and hits[0].score >= 2
        citations = tuple(self._cite(number, hit.chunk) for number, hit in enumerate(hits, 1))
        if good:
            citations = citations[:1]
        sentences = (Sentence(citations[0].quote, (1,)),) if good else ()
        return Answer(
            id=hashlib.sha256(question.encode()).hexdigest()[:16],
            question=question,
            status=Status.ANSWERED if good else Status.UNANSWERABLE,
            text=f"{citations[0].quote} [1]" if good else "Det finns inget svar i vägledningarna.",
            sentences=sentences,
            citations=citations,
            hits=tuple(hits),
            confidence=0.9 if good else 0.1,
            next_step=None if good else "Fråga din chef eller sjuksköterskan.",
            notices=(),
            index_version=self.library.version,
            generator="extractive",
            timings_ms={"total": 1.0},
        )

    def _cite(self, number: int, chunk: Chunk) -> Citation:
        document = self.library.document(chunk.document_id)
        guidance, page = document.guidance, document.page_at(chunk.start)
        return Citation(
            number=number,
            document_id=document.id,
            title=document.title,
            publisher=guidance.publisher,
            kind=guidance.kind,
            published=guidance.published.isoformat() if guidance.published else None,
            valid_to=guidance.valid_to.isoformat() if guidance.valid_to else None,
            page=page.number,
            page_label=page.label,
            section="Allmänt",
            quote=chunk.text,
            start=chunk.start,
            end=chunk.end,
            boxes=tuple(document.layout.rectangles(chunk.start, chunk.end)),
            url=guidance.url,
        )


def demo_service(folder: Path) -> Service:
    """A service over the demo library, with everything it writes in `folder`."""
    pdfs = folder / "pdf"
    pdfs.mkdir(parents=True, exist_ok=True)
    library = DemoLibrary(pdfs)
    return Service(ask=DemoAssistant(library).ask, live=library, data=folder / "data")


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{4,}", text.lower()))
