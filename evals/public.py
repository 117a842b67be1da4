"""Public question sets that a user has on disk, so that figures compare with published ones.

    swequad-mc   a JSON file of SweQUAD-MC: {"data": [{"context", "question", "choices"}]}
    squad2-sv    a JSON file, plain or .gz, of Swedish SQuAD 2: {"data": [{"title", "paragraphs"}]}
    swefaq       a JSONL file of SuperLim 2's SweFAQ: {"question", "candidate_answers", "label", "meta"}
    beir         a folder with corpus.jsonl, queries.jsonl and qrels/*.tsv

Each becomes plain texts and questions with gold texts; the texts are indexed by the same code as any
guidance, as documents of one page. Knows nothing of measures. Nothing is downloaded.

    PublicError
    └── raised for a path that does not hold a set of the kind it is said to be
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.answer import Citation
from assistant.assistant import Assistant
from corpus.catalogue import Guidance, near_miss
from evals import metrics
from evals.cases import Gold, Question
from evals.judge import CitationCheck
from evals.run import System, found_pages
from index.build import update_index
from index.embedder import DEFAULT, load_embedder
from index.search import LiveIndex
from ingest.chunk import CHUNKER, chunks_of
from ingest.document import Block, Chunk, Document, Page

SPLIT = "public"
PAGE = 1
"""Every text is a document of one page."""


class PublicError(Exception):
    """The path does not hold what it should. `.path` is the file or folder."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


@dataclass(frozen=True)
class Text:
    """A text that is searched; `id` is its document's."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class PublicSet:
    """A public set as it stands on disk. Its questions say `name` as their set."""

    name: str
    texts: tuple[Text, ...]
    questions: tuple[Question, ...]


def load_public(argument: str) -> PublicSet:
    """Read `KIND=PATH`. Raises `PublicError`, and `ValueError` for a kind that is not known."""
    kind, sign, path = argument.partition("=")
    if not sign or kind not in LOADERS:
        raise ValueError(f'"{argument}" is not KIND=PATH. {near_miss(kind, list(LOADERS))}')
    found = Path(path).expanduser()
    try:
        loaded = LOADERS[kind](found)
    except (OSError, ValueError) as error:
        raise PublicError(found, f"cannot be read as {kind}: {error}") from error
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise PublicError(found, f"is not {kind} as it is published: {error!r}") from error
    if not loaded.texts or not loaded.questions:
        raise PublicError(
            found, f"holds {len(loaded.texts)} texts and {len(loaded.questions)} questions of {kind}."
        )
    return loaded


def swequad_mc(path: Path) -> PublicSet:
    """SweQUAD-MC: the gold text is the question's context, the key fact a correct answer."""
    texts, questions = _Texts(), []
    for number, entry in enumerate(_json(path)["data"], 1):
        document = texts.add(entry["context"])
        answers = [c["text"] for c in entry["choices"] if c["type"] == "Correct answer"]
        golds = [Gold(document, PAGE, answer) for answer in answers]
        questions.append(_question("swequad-mc", str(number), entry["question"], golds, answers))
    return PublicSet("swequad-mc", texts.all(), tuple(questions))


def squad2_sv(path: Path) -> PublicSet:
    """Swedish SQuAD 2: a question marked impossible is one that no text answers."""
    texts, questions = _Texts(), []
    for article in _json(path)["data"]:
        for paragraph in article["paragraphs"]:
            document = texts.add(paragraph["context"], article["title"])
            for asked in paragraph["qas"]:
                answers = list(dict.fromkeys(answer["text"] for answer in asked["answers"]))
                golds = [] if asked["is_impossible"] else [Gold(document, PAGE, text) for text in answers]
                questions.append(_question("squad2-sv", asked["id"], asked["question"], golds, answers))
    return PublicSet("squad2-sv", texts.all(), tuple(questions))


def swefaq(path: Path) -> PublicSet:
    """SweFAQ: all candidate answers of the file are the texts, the one that `label` names is gold."""
    texts, questions = _Texts(), []
    for number, row in enumerate(_rows(path), 1):
        documents = [texts.add(answer) for answer in row["candidate_answers"]]
        questions.append(
            _question("swefaq", str(number), row["question"], [Gold(documents[row["label"]], PAGE, "")])
        )
    return PublicSet("swefaq", texts.all(), tuple(questions))


def beir(path: Path) -> PublicSet:
    """A BEIR folder: the judgements of `qrels/test.tsv`, of all files in `qrels/` when it is not there."""
    texts = [Text(row["_id"], row.get("title", ""), row["text"]) for row in _rows(path / "corpus.jsonl")]
    asked = {row["_id"]: row["text"] for row in _rows(path / "queries.jsonl")}
    test = path / "qrels" / "test.tsv"
    golds: dict[str, list[Gold]] = {}
    for file in [test] if test.exists() else sorted((path / "qrels").glob("*.tsv")):
        # The first line names the columns: query-id, corpus-id, score.
        for line in file.read_text(encoding="utf-8").splitlines()[1:]:
            query, document, grade = line.split("\t")
            if int(grade) > 0:
                golds.setdefault(query, []).append(Gold(document, PAGE, "", int(grade)))
    questions = [_question(path.name, query, asked[query], found) for query, found in golds.items()]
    return PublicSet(path.name, tuple(texts), tuple(questions))


LOADERS: Mapping[str, Callable[[Path], PublicSet]] = {
    "swequad-mc": swequad_mc,
    "squad2-sv": squad2_sv,
    "swefaq": swefaq,
    "beir": beir,
}


def build_system(texts: Sequence[Text], folder: Path, embedder: str = DEFAULT) -> System:
    """Index the texts into `folder` and give the system that searches and answers from them.

    Raises `SearchIndexError` when the index cannot be built.
    """
    index = folder / "index"

    def stream() -> Iterator[tuple[Document, Sequence[Chunk], Path]]:
        source = folder / "text"
        for text in texts:
            # The index keeps a copy of the file that a document came from.
            source.write_bytes(text.text.encode())
            document = document_of(text)
            yield document, chunks_of(document), source

    update_index(index, stream(), chunker=CHUNKER, embedder=load_embedder(embedder))
    live = LiveIndex(index)
    library = live.searcher

    def check(citation: Citation) -> CitationCheck:
        document = library.document(citation.document_id)
        span = document.text[citation.start : citation.end]
        return CitationCheck(
            verbatim=metrics.quote_verbatim(citation.quote, span, document.text),
            boxes=None,
            text=document.clean(citation.start, citation.end),
        )

    return System(
        ask=Assistant(live).ask,
        search=lambda query, k: found_pages(library, query, k),
        check=check,
        index_version=library.version,
    )


def document_of(text: Text) -> Document:
    """A plain text as a document of one page, each of its lines a paragraph.

    >>> [block.start for block in document_of(Text("a", "", "En rad.\\n\\nEn till.")).blocks]
    [0, 9]
    """
    blocks, at = [], 0
    for line in text.text.split("\n"):
        if line.strip():
            blocks.append(Block("paragraph", at, at + len(line)))
        at += len(line) + 1
    return Document(
        id=text.id,
        title=text.title or text.id,
        text=text.text,
        pages=(Page(PAGE, str(PAGE), 0, len(text.text), (595.0, 842.0)),),
        guidance=Guidance(),
        digest=hashlib.sha256(text.text.encode()).hexdigest(),
        blocks=tuple(blocks),
    )


class _Texts:
    """Texts as they are met, each once, with an id that follows from the text."""

    def __init__(self) -> None:
        self._found: dict[str, Text] = {}

    def add(self, raw: str, title: str = "") -> str:
        """Keep a text with tidy line ends; gives its id."""
        text = "\n".join(raw.splitlines()).strip()
        id = "t" + hashlib.sha256(text.encode()).hexdigest()[:12]
        self._found.setdefault(id, Text(id, title, text))
        return id

    def all(self) -> tuple[Text, ...]:
        """The texts in the order in which they came."""
        return tuple(self._found.values())


def _question(name: str, id: str, text: str, golds: Sequence[Gold], facts: Sequence[str] = ()) -> Question:
    return Question(
        id=f"{name}-{id}",
        split=SPLIT,
        path=Path(f"{name}.jsonl"),
        line=1,
        question=text,
        answerable=bool(golds),
        gold=tuple(golds),
        answer=facts[0] if facts else "",
        must_contain=tuple(facts) if golds else (),
    )


def _json(path: Path) -> Any:
    raw = path.read_bytes()
    return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)


def _rows(path: Path) -> Iterator[Any]:
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            yield json.loads(line)
