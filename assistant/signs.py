"""The words by which a question shows what it asks for, and a sentence what it offers.

Each list is a pattern of its own: whole words, where `*` stands for any letters and `_` for a space.
"""

from __future__ import annotations

import re


def any_of(words: str) -> re.Pattern[str]:
    """A pattern that finds any of the words, which are separated by white space.

    >>> bool(any_of("timm* en_gång").search("varje timme"))
    True
    """
    parts = [re.escape(word).replace(r"\*", r"\w*").replace("_", " ") for word in words.split()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")


# What a question asks for; the first list that fits decides.
ASKS = {
    "number": any_of(
        """
        hur_ofta hur_många hur_manga hur_mycket hur_länge hur_lange hur_lång hur_långt hur_stor hur_hög
        hur_varm hur_varmt hur_kallt hur_gammal hur_tidigt hur_sent hur_tätt hur_snabbt hur_fort
        vilken_temperatur vilken_dos vilken_tid vilken_ålder vilken_gräns inom_vilken
        how_often how_many how_much how_long how_old how_soon
        """
    ),
    "who": any_of(
        """
        vem vems vilka_får vilka_ska vilka_kan vilka_bör vilka_måste vilken_roll vilken_yrkes*
        vilken_personal who whom
        """
    ),
    "reason": re.compile(r"^(och )?(varför|why|av vilken anledning)\b"),
    "definition": re.compile(
        r"\bva[dr]? (är|betyder|innebär|menas|står)\b(?! det som| viktig)|\bwhat (is|does|are)\b"
    ),
    "when": re.compile(
        r"^(och )?(när|vilken dag|vid vilken|from och med när|sen när|when)\b"
        r"|\bnär (ska|måste|får|bör|behöver|är det)\b"
    ),
    "list": any_of(
        """
        vilka vad_ska vad_gör vad_bör vad_måste vad_kan vad_får vad_behöver vad_finns vad_för va_ska va_gör
        hur_gör hur_ska hur_kan hur_bör hur_går hur_hjälper hur_vet hur_märker hur_ser hur_tar hur_pratar
        hur_bemöter exempel_på what_should what_can what_must what_do how_do how_should how_can
        """
    ),
    "yesno": re.compile(
        r"^(och |men |så |jaha |hej[, ]+)?(får|far|ska|skall|måste|maste|kan|är|har|behöver|brukar|bör|finns"
        r"|räcker|gäller|funkar|kommer|blir|vill|går|duger|dör|må|borde|may|must|can|should|is|are|do|does|has)\b"
        r"|\b(får|ska|måste|kan|behöver|bör|räcker|gäller) "
        r"(jag|vi|man|du|dom|de|hon|han|en|det|usk|personalen|undersköterskan?)\b"
    ),
}

NUMBER = re.compile(
    r"\d|"
    + any_of(
        """
        en_gång två tre fyra fem sex sju åtta nio tio elva tolv varje varannan dagligen årligen minst högst
        dygn*
        """
    ).pattern
)
UNIT = re.compile(
    "%|°|"
    + any_of(
        """
        minut* timm* dygn* dag* veck* månad* år* gång* procent grader sekund* poäng kronor ml mg cm meter kg
        gram liter mmol
        """
    ).pattern
)
WHO = any_of(
    """
    *sköterska* läkare* *personal* chef* *terapeut* *ansvarig* kommun* region* nämnd* myndighet* arbetsgivar*
    vårdgivar* regering* *ombud* *handläggare* mas ivo biträde* anhörig* styrelse* domstol* den_som
    """
)
WHEN = re.compile(
    r"\b\d{4}\b|"
    + any_of(
        """
        när innan efter före senast inom omedelbart genast snarast direkt dröjsmål samma_dag vid januari
        februari mars april maj juni juli augusti september oktober november december
        """
    ).pattern
)
MODAL = any_of(
    "ska skall får måste bör kan inte aldrig krävs behöver behövs tillåtet förbjudet rätt skyldig*"
)
DEFINES = any_of("är innebär betyder avses avser menas kallas definieras förkortas")
REASON = any_of("eftersom därför beror risk* orsak* syfte* annars för_att leder_till")

OFFERS = {
    "number": NUMBER,
    "who": WHO,
    "when": re.compile(f"{WHEN.pattern}|{NUMBER.pattern}"),
    "definition": DEFINES,
    "reason": REASON,
    "list": MODAL,
    "yesno": MODAL,
    "other": MODAL,
}
"""What a sentence has that answers a question of each kind."""

LIMITS = re.compile(
    r"^(om |men |dock|undantag|utom|däremot|annars|i annat fall|det gäller (inte|även|också)|detta gäller"
    r"|förutsatt|finns |saknas|är det |kan personen inte|vid |samma gäller|det är inte tillåtet|observera"
    r"|however|unless|if )",
    re.IGNORECASE,
)
"""A sentence that begins so limits the one before it, and is shown with it."""

LEANS_BACK = re.compile(
    r"^(den|det|detta|dessa|de|då|hen|där|därför|därefter|sådana?|båda|samma|denna|även)\b(?! som\b)",
    re.IGNORECASE,
)
"""A sentence that begins so is understood only after the one before it."""
