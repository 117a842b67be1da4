"""Swedish text as terms to rank by: folded, stemmed words and the letter groups that compounds share.

    "Vänd varannan timme"  →  words vänd, varannan, timm; grams varan aranna ranna …
    "4 kap. 1 § HSLF-FS 2017:37"  →  4kap, 1§, hslffs, hslf, fs, 2017:37, 2017, 37

Each word gives its Snowball stem, and a long one also every group of five letters in it: *trycksår*
and *sårvård* have no stem in common, but *fallrisk* and *fallrisker*, or *läkemedelslista* and
*läkemedel*, share most of their grams. Terms are 64-bit numbers (a hash of the word or gram), so that
an index of half a million of them is one sorted array. Knows nothing of passages, weights or files.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

GRAM = 5
"""Letters in a gram."""

GRAM_FROM, GRAM_TO = 6, 40
"""Stems of this length are cut into grams: a shorter one is nearly its own gram, a longer one no word."""

# Words that say nothing of what a passage is about. What carries meaning in rules stays: inte, ej,
# utan, aldrig, får, ska, bör, måste, kan, före, efter, under, över, utom, innan, endast, minst, högst.
_STOP_WORDS = """
alla allt att av bara blev bli blir blivit de dem den denna deras dess dessa det detta dig din dina ditt dom
du där då eller en er era ert ett från för ha hade han hans har henne hennes hon honom hos hur i in jag ju man
med mej men mig min mina mitt mot mycket ni nu när någon något några nån nåt och också om oss på samma sej sig
sin sina sitt själv som så sådan sådana sådant till upp va vad var vara varför varit vars vart vem vems vi vid
vilka vilkas vilken vilket vår våra vårt än är å åt
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

_PATTERN = r"""
    (?P<chapter>\d+\s?[a-z]?)\s*kap\b\.?          # 4 kap.   → 4kap
  | (?P<section>\d+(?:\s?[a-z])?)\s*§             # 1 a §    → 1a§
  | §\s*(?P<old_section>\d+)                      # § 5      → 5§
  | (?P<number>\d+(?:[:/.,]\d+)+)                 # 2017:37, 2000/01:80, 2,5
  | (?P<word>[^\W_]+(?:[-\u2010\u2011][^\W_]+)*)  # ord, hslf-fs, covid-19
"""
_TOKEN = re.compile(_PATTERN, re.VERBOSE)
_HYPHEN = re.compile(r"[-\u2010\u2011]")
_stemmer = Stemmer.Stemmer("swedish")

ANALYSER = (
    "swedish-"
    + hashlib.sha256(
        repr((1, _PATTERN, sorted(STOP_WORDS), GRAM, GRAM_FROM, GRAM_TO, Stemmer.version())).encode()
    ).hexdigest()[:12]
)
"""Identifies everything that decides which terms a text has."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as terms: the number of its stem, and those of its grams (none for a short word)."""

    stem: int
    grams: tuple[int, ...] = ()


def tokens(text: str) -> list[str]:
    """The folded words, numbers and legal references of a text, stop words included.

    >>> tokens("Enligt 4 kap. 1 § SoL, e-hälsa 2,5 mg")
    ['enligt', '4kap', '1§', 'sol', 'ehälsa', 'e', 'hälsa', '2,5', '2', '5', 'mg']
    """
    found: list[str] = []
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text).lower().replace("\xad", "")):
        kind, value = str(match.lastgroup), match[str(match.lastgroup)]
        if kind == "chapter":
            found.append("".join(value.split()) + "kap")
        elif kind.endswith("section"):
            found.append("".join(value.split()) + "§")
        elif kind == "number":
            found += [value, *re.findall(r"\d+", value)]
        elif len(parts := _HYPHEN.split(value)) > 1:
            found += ["".join(parts), *parts]
        else:
            found.append(value)
    return found


@lru_cache(maxsize=1 << 16)
def word(token: str) -> Word | None:
    """The terms of one folded token, or None for a stop word."""
    if token in STOP_WORDS:
        return None
    stem = _stemmer.stemWord(token)
    if not GRAM_FROM <= len(stem) <= GRAM_TO or not stem.isalpha():
        return Word(_number(stem))
    grams = dict.fromkeys(stem[i : i + GRAM] for i in range(len(stem) - GRAM + 1))
    return Word(_number(stem), tuple(_number("#" + gram) for gram in grams))


def words(text: str) -> list[Word]:
    """The words of a text that count, in order, repeated as in the text."""
    return [found for token in tokens(text) if (found := word(token)) is not None]


def count_terms(parts: Iterable[tuple[str, float]]) -> dict[int, float]:
    """How often each term stands in a passage made of `(text, weight)` parts, weights added."""
    counts: dict[int, float] = {}
    for text, weight in parts:
        for found in words(text):
            counts[found.stem] = counts.get(found.stem, 0.0) + weight
            for gram in found.grams:
                counts[gram] = counts.get(gram, 0.0) + weight
    return counts


def _number(term: str) -> int:
    digest = hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")
