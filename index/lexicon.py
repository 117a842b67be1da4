"""The care lexicon: everyday words and the terms that guidance has for them.

    "mamma har legat sönder sig"  →  trycksår, tryckskada, liggsår

A lexicon is a folder of TOML files, one `[[concept]]` after another; a knowledge centre adds its own
folder beside the one shipped. Files that speak of the same term are joined. What a snapshot of the
index needs of it is compiled into two small files by `write`, so that a question never reads TOML.

    LexiconError
    └── raised for a file that is no UTF-8 or TOML, an unknown key, a term twice in a file, a relation
        to a term that no file has, or a circle of broader terms; names file, line and way out

Knows nothing of passages or their scores.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.catalogue import near_miss
from index.analysis import Word, words
from index.errors import IndexMismatch, LexiconError

SHIPPED = Path(__file__).parent / "lexicon"
PHRASES, TERMS = "lexicon.npz", "lexicon.json"

LONGEST = 5
"""Words that count in the longest phrase that is looked for."""

LEAST_TELLING = 0.35
"""A phrase is looked at only when its rarest word's idf is at least this share of the largest idf:
"få i sig" comes down to one word that is in every other question."""

TERM_WEIGHT, SYNONYM_WEIGHT = 1.0, 0.5
"""What a word of the preferred term, and of a synonym, counts beside a word of the question itself."""


@dataclass(frozen=True)
class Concept:
    """A concept of care. `term` is what guidance calls it; `everyday` is what people say, and serves
    searching alone; `plain` explains it in a sentence of plain Swedish."""

    term: str
    english: tuple[str, ...]
    plain: str
    forms: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    everyday: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()
    related: tuple[str, ...] = ()

    def joined(self, other: Concept) -> Concept:
        """This concept with what another file adds to it."""
        lists = {
            f.name: tuple(dict.fromkeys([*getattr(self, f.name), *getattr(other, f.name)]))
            for f in fields(Concept)
            if f.name not in ("term", "plain")
        }
        return Concept(term=self.term, plain=self.plain, **lists)


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Concepts by their term in lower case; `fingerprint` identifies what the files say."""

    concepts: Mapping[str, Concept]
    fingerprint: str

    def write(self, folder: Path) -> None:
        """Compile what questions are expanded with into `folder`."""
        with (folder / PHRASES).open("wb") as file:
            np.savez(file, **self._phrases)  # type: ignore[arg-type]
        terms = [[c.term, [*c.forms, *c.synonyms, *c.abbreviations]] for c in self.concepts.values()]
        (folder / TERMS).write_text(json.dumps(terms, ensure_ascii=False), encoding="utf-8")

    @cached_property
    def _phrases(self) -> dict[str, NDArray[Any]]:
        """All phrases as the stems of their words, and the number of the concept of each."""
        stems: list[int] = []
        starts, owners = [0], []
        for owner, concept in enumerate(self.concepts.values()):
            names = (concept.term, *concept.forms, *concept.synonyms, *concept.abbreviations)
            for phrase in dict.fromkeys(_stems(text) for text in (*names, *concept.everyday)):
                if 0 < len(phrase) <= LONGEST:
                    stems += phrase
                    starts.append(len(stems))
                    owners.append(owner)
        return {
            "stems": np.array(stems, np.uint64),
            "starts": np.array(starts, np.int32),
            "owners": np.array(owners, np.int32),
        }


@dataclass(frozen=True)
class Expansion:
    """What a question is searched for besides its own words: `words` and what each counts, the
    preferred `terms` of the concepts it speaks of, and for the stem of each word that stands for a
    concept the stems that may stand `instead` of it."""

    words: Mapping[Word, float]
    terms: tuple[str, ...]
    instead: Mapping[int, frozenset[int]]


class Thesaurus:
    """A compiled lexicon, as a snapshot holds it."""

    def __init__(self, folder: Path) -> None:
        """Open what `Lexicon.write` wrote; raises `IndexMismatch` when it is missing or broken."""
        try:
            with np.load(folder / PHRASES) as arrays:
                self._stems: NDArray[np.uint64] = arrays["stems"]
                self._starts: NDArray[np.int32] = arrays["starts"]
                self._owners: NDArray[np.int32] = arrays["owners"]
            self._terms = json.loads((folder / TERMS).read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise IndexMismatch(
                f"The lexicon in {folder} cannot be read: {error}. Rebuild the index: lotsen ingest FOLDER"
            ) from error
        self._phrase = np.repeat(np.arange(len(self._owners), dtype=np.int32), np.diff(self._starts))

    def expand(self, asked: Sequence[Word], idf: Callable[[int], float]) -> Expansion:
        """What a question with these words is searched for besides.

        A phrase of the lexicon is found when all its words stand in the question, in any order. It
        counts by its rarest word's `idf`, and less where it stands for several concepts.
        """
        own = {word.stem for word in asked}
        most = idf(0)  # no term hashes to zero, so this is the idf of one that is nowhere
        telling = {stem: idf(stem) / most for stem in own}
        found = [
            (phrase, owner)
            for phrase, owner in self._found(own)
            if max(telling[stem] for stem in phrase) >= LEAST_TELLING
        ]
        sharing = Counter(phrase for phrase, _ in found)
        weights: dict[Word, float] = {}
        terms: dict[str, None] = {}
        instead: dict[int, frozenset[int]] = {}
        for phrase, owner in found:
            term, synonyms = self._terms[owner]
            terms[term] = None
            for text, weight in [(term, TERM_WEIGHT), *((synonym, SYNONYM_WEIGHT) for synonym in synonyms)]:
                parts = words(text)
                if len(parts) == 1:
                    for stem in phrase:
                        instead[stem] = instead.get(stem, frozenset()) | {parts[0].stem}
                for word in parts:
                    if word.stem not in own:
                        share = weight * max(telling[stem] for stem in phrase)
                        share /= (sharing[phrase] * len(parts)) ** 0.5
                        weights[word] = max(weights.get(word, 0.0), share)
        return Expansion(weights, tuple(terms), instead)

    def _found(self, own: set[int]) -> list[tuple[frozenset[int], int]]:
        """(phrase, concept) for the longest phrase of each concept that stands in the question."""
        held = np.isin(self._stems, np.array(sorted(own), np.uint64))
        counts = np.bincount(self._phrase, held, minlength=len(self._owners))
        whole = np.flatnonzero((counts == np.diff(self._starts)) & (counts > 0))
        longest: dict[int, frozenset[int]] = {}
        for i in whole.tolist():
            phrase = frozenset(self._stems[self._starts[i] : self._starts[i + 1]].tolist())
            owner = int(self._owners[i])
            if len(phrase) > len(longest.get(owner, ())):
                longest[owner] = phrase
        return [(phrase, owner) for owner, phrase in longest.items()]


@cache
def shipped_lexicon() -> Lexicon:
    """The lexicon of this version, read once."""
    return load_lexicon()


def load_lexicon(folders: Iterable[Path] = (SHIPPED,)) -> Lexicon:
    """Read and check the lexicon files of some folders; raises `LexiconError`."""
    concepts: dict[str, Concept] = {}
    origin: dict[str, tuple[Path, str]] = {}
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            text = _read(path)
            digest.update(text.encode())
            for key, concept in _concepts(path, text).items():
                concepts[key] = concepts[key].joined(concept) if key in concepts else concept
                origin.setdefault(key, (path, text))
    _check_relations(concepts, origin)
    return Lexicon(concepts, digest.hexdigest()[:16])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise LexiconError(path, line, "is not UTF-8. Save the file as UTF-8.") from error


def _concepts(path: Path, text: str) -> dict[str, Concept]:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(path, None, f"cannot be read as TOML: {error}.") from error
    concepts: dict[str, Concept] = {}
    for entry in raw.get("concept", []):
        concept = _concept(path, text, entry)
        key = concept.term.lower()
        if key in concepts:
            line = _line(text, concept.term, last=True)
            raise LexiconError(path, line, f'has the term "{concept.term}" twice. Join the two.')
        concepts[key] = concept
    return concepts


def _concept(path: Path, text: str, entry: Mapping[str, Any]) -> Concept:
    term = entry.get("term")
    if not isinstance(term, str) or not term.strip():
        raise LexiconError(path, None, f"has a concept without a `term`: {dict(entry)!r:.80}.")
    line = _line(text, term)
    known = tuple(f.name for f in fields(Concept))
    for key, value in entry.items():
        if key not in known:
            raise LexiconError(path, line, f'gives "{term}" the unknown key "{key}". {near_miss(key, known)}')
        is_text = key in ("term", "plain")
        is_list = isinstance(value, list) and all(isinstance(v, str) for v in value)
        if not (isinstance(value, str) if is_text else is_list):
            wanted = "a text" if is_text else "a list of texts"
            raise LexiconError(path, line, f'gives "{term}" a `{key}` that is not {wanted}.')
    if not entry.get("plain") or not entry.get("english"):
        raise LexiconError(path, line, f'gives "{term}" no `plain` or no `english`. Add them.')
    values: dict[str, Any] = {k: v if isinstance(v, str) else tuple(v) for k, v in entry.items()}
    return Concept(**values)


def _check_relations(concepts: Mapping[str, Concept], origin: Mapping[str, tuple[Path, str]]) -> None:
    terms = tuple(concept.term for concept in concepts.values())
    for key, concept in concepts.items():
        path, text = origin[key]
        for other in (*concept.broader, *concept.related):
            if other.lower() not in concepts:
                close = difflib.get_close_matches(other, terms, n=1)
                hint = f'Did you mean "{close[0]}"?' if close else "Add it, or take the relation out."
                message = f'relates "{concept.term}" to the unknown term "{other}". {hint}'
                raise LexiconError(path, _line(text, concept.term), message)
        if key in _above(concepts, concept):
            message = f'has "{concept.term}" among its own broader terms. Take one of them out.'
            raise LexiconError(path, _line(text, concept.term), message)


def _above(concepts: Mapping[str, Concept], concept: Concept) -> set[str]:
    """The keys of all that is broader, at any distance."""
    above: set[str] = set()
    waiting = [term.lower() for term in concept.broader]
    while waiting:
        here = waiting.pop()
        if here not in above and here in concepts:
            above.add(here)
            waiting += [term.lower() for term in concepts[here].broader]
    return above


def _line(text: str, term: str, *, last: bool = False) -> int | None:
    """The line on which a concept names its term."""
    lines = [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if line.startswith("term") and f'"{term}"' in line
    ]
    return (lines[-1] if last else lines[0]) if lines else None


def _stems(text: str) -> tuple[int, ...]:
    return tuple(sorted({word.stem for word in words(text)}))
