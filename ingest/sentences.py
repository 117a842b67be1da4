"""Swedish sentences as offsets. Knows nothing of documents.

One pass over the text, by what stands before and after each full stop:

    "Vänd varje timme, t.ex. kl. 22. Smörj huden.2 Se 3 kap. 5 § SoL." has three sentences.
"""

from __future__ import annotations

import re

ABBREVIATIONS = frozenset(
    """
    adj ang anm art avd avs bil bl bl.a ca cirka d d.v.s d.y d.ä dir dnr doc dr dvs e.d e.dyl e.kr
    eg ekv el em enl etc ev exkl f f.d f.kr f.n f.o.m f.ö fig fil fm forts fr fr.o.m ff g gm hr ibid
    i.m i.v inkl ins jf jfr jur kand kap kl kr kv lat leg lic ll m m.a.o m.fl m.m m.v max med mfl min
    mm mom mr mrs ms nr nästk o o.d o.dyl o.s.v obs omkr ordf osv p p.g.a p.m par pct pga pg pkt pl
    pl.a pr prof prop red ref resp rf rskr rub s s.a.s s.c s.k sa sek sid sign sos ss st st.f
    str sv sv.f t t.ex t.f t.o.m t.v tab tel tf tfn tim tr u.a u.p.a uppl urspr utg v vard v.b vol vs
    y.o ä.k äv ö övers övr
    """.split()  # noqa: SIM905 (150 short words read better without their quotation marks)
)

_BOUNDARY = re.compile(r"([.!?…]+)([”\"')\]»]*)(\d{1,3}(?:,\s?\d{1,3})*)?(\s+)(?=[A-ZÅÄÖÉ\d”\"'(«–•\[§])")
# "Ge vitamin D. Skriv upp dosen.": a letter that is a name and not an initial.
_LETTERED = re.compile(r"\b(?:vitamin|hepatit|grupp|typ|klass|kategori|alternativ) [A-ZÅÄÖ]$", re.IGNORECASE)
_TOKEN = re.compile(r"[^\s(\[”\"]*$")


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Sentences of `text[start:end]` as `(start, end)` offsets into `text`, white space left out.

    A line break ends a sentence: blocks never run together. A table row's cells do, unless one of
    them ends as a sentence does.
    """
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    for line in re.finditer(r"[^\n]+", text[start:end]):
        begin, stop = start + line.start(), start + line.end()
        here = begin
        for match in _BOUNDARY.finditer(text, begin, stop):
            if _is_boundary(text, here, match):
                _add(spans, text, here, match.start(4))
                here = match.end(4)
        _add(spans, text, here, stop)
    return spans


def last_sentence(text: str) -> int:
    """Where the last sentence of `text` begins."""
    spans = sentence_spans(text)
    return spans[-1][0] if spans else 0


def _is_boundary(text: str, here: int, match: re.Match[str]) -> bool:
    if match.group(1) != ".":
        return True
    token = _TOKEN.search(text, here, match.start())
    word = (token.group() if token else "").lower()
    following = text[match.end() : match.end() + 1]
    if match.group(3) and not (word and (word[-1].isalpha() or word[-1] in ")%")):
        return False  # a decimal number, not a footnote marker
    if _LETTERED.search(text, here, match.start()):
        return True
    if word in ABBREVIATIONS or re.fullmatch(r"[a-zåäö]", word):
        # "m.m. Den": some abbreviations may also end a sentence before a capital letter.
        return (
            word in {"m.m", "mm", "osv", "o.s.v", "etc", "m.fl", "mfl", "e.d", "o.d"} and following.isupper()
        )
    # An ordinal or a list's number, as in "den 1. maj" or "Punkt 2. 3 §".
    return not (word.isdigit() and len(word) <= 2 and not following.isupper())


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))
