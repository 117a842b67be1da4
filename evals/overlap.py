"""How many of a question's words its gold text shares: the level that makes a question easy or hard.

Knows nothing of the ranker's analyser, and that on purpose: the label of a question must not move
when the ranker learns a new word form.

The share is |stems(question) ∩ stems(gold)| / |stems(question)|, where stems are Snowball's for
Swedish, function words are left out, and gold is the quote and the page it stands on. Of several gold
places the one that shares most counts. Compounds are not split: "fallrisk" does not share "fall".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import Stemmer

LEVELS = ("low", "medium", "high")

MEDIUM_FROM = 0.3
HIGH_FROM = 0.7
"""The cut-offs that agree best (84 of 100) with levels given by hand to 180 other questions."""

_FUNCTION_WORDS = """
all alla allt alltså andra annan annat att av bara bland blev bli blir både bör de dem den denna
dess dessa det detta dig din dina ditt dom du då där därför efter egentligen eller en ens er era ert
ett flera fram från får fått för före ge genom ger gjort gå går gör göra ha hade han hans har hela
hellre henne hennes hon honom hos hur här i ibland icke igen in inga ingen inget innan inom inte ja
jag ju kan kunde kunna lite länge man med mellan men mer mest mig min mina mitt mot mycket många
måste möjligt nej ner ni nog nu någon något några nån nåt när och också ofta om oss på redan rätt
samma sedan sen ses sig sin sina sitt ska skall skulle som speciellt så sådan sådana sådant sånt
sätt till tills typ under upp ut utan vad var vara varför varit varje vart vem vems vi vid vilka
vilken vilket vill vår våra vårt väl åt än ändå är över
"""

FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
"""Words that say how something is asked, not what is asked about."""


def content_stems(text: str) -> frozenset[str]:
    """The stems of the content words in `text`; single letters are left out, digits are not.

    >>> sorted(content_stems("Hur ofta ska man vända 2 personer?"))
    ['2', 'person', 'vänd']
    """
    # A hyphen at a line's end is layout; one inside a line separates two words that may be shared.
    joined = re.sub(r"([^\W\d_])[-\xad\ufffe]\s*\n\s*(?=[^\W\d_])", r"\1", text).replace("\xad", "")
    words = re.findall(r"[^\W_]+", joined.lower())
    return frozenset(
        _stem(word) for word in words if word not in FUNCTION_WORDS and (len(word) > 1 or word.isdigit())
    )


def shared_words(question: str, golds: Iterable[str]) -> float:
    """The share in [0, 1] of the question's content stems that the best of the gold texts holds.

    A question without any content word shares nothing.
    """
    asked = content_stems(question)
    if not asked:
        return 0.0
    return max((len(asked & content_stems(gold)) / len(asked) for gold in golds), default=0.0)


def level_of(share: float) -> str:
    """`low` below .3, `medium` below .7, else `high`."""
    if share < MEDIUM_FROM:
        return "low"
    return "medium" if share < HIGH_FROM else "high"


@cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("swedish")


@cache
def _stem(word: str) -> str:
    stem: str = _stemmer().stemWord(word)
    return stem
