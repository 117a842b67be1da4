"""Checks question sets against the documents of an index: `python -m evals.check_sets`.

Every gold quote must stand on its page, the key fact must be there to be found, documents that must or
must not be cited must be there, and the overlap level must be the measured one. Knows nothing of
ranking: it reads documents, it never searches.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from corpus.catalogue import Guidance, near_miss
from evals.cases import AcuteCase, Case, Conversation, Fault, Gold, PersonalDataCase, Question
from evals.overlap import level_of, shared_words
from evals.sets import SETS_DIR, SetError, clashes, load_sets, read_set, set_paths
from evals.text import contains_all, contains_any, squash
from ingest.document import Document


class Documents(Protocol):
    """The documents that gold places point into."""

    @property
    def guidance(self) -> Mapping[str, Guidance]:
        """The catalogue entry of each document, by id."""
        ...

    def document(self, document_id: str, /) -> Document:
        """The document of that id."""
        ...


def page_text(document: Document, number: int) -> str:
    """The text of page `number` (from 1) as shown to a reader, empty when there is no such page."""
    return next((document.clean(p.start, p.end) for p in document.pages if p.number == number), "")


def check_case(case: Case, documents: Documents) -> list[Fault]:
    """What is wrong with a case when it is held against the documents.

    Acute cases and those of personal data are not about documents: nothing can be wrong here.
    """
    if isinstance(case, Question):
        return check_question(case, documents)
    if isinstance(case, Conversation) and case.asked.answerable:
        return _wrong_places(case.asked, documents)
    return []


def check_question(question: Question, documents: Documents) -> list[Fault]:
    """What is wrong with an answerable question's gold places, key fact, conditions and overlap level."""
    if not question.answerable:
        return []
    faults = _wrong_places(question, documents)
    if any(_wrong_place(gold, documents) for gold in question.gold):
        return faults
    share = measured_overlap(question, documents)
    measured = level_of(share)
    if question.overlap != measured:
        faults.append(
            question.fault(
                f"overlap is {question.overlap or 'not given'}, measured {measured} ({share:.2f}). "
                "Fill it in: python -m evals.check_sets --write-overlap"
            )
        )
    return faults


def _wrong_places(question: Question, documents: Documents) -> list[Fault]:
    """Gold places that do not hold, and facts, conditions and documents that cannot be found."""
    faults = [question.fault(wrong) for gold in question.gold if (wrong := _wrong_place(gold, documents))]
    for name in ("must_cite", "must_not_cite"):
        for document_id in getattr(question, name):
            if document_id not in documents.guidance:
                hint = near_miss(document_id, sorted(documents.guidance))
                faults.append(question.fault(f'`{name}` has no document "{document_id}". {hint}'))
    if faults:
        return faults
    pages = [page_text(documents.document(gold.document), gold.page) for gold in question.gold]
    if not any(contains_any(page, question.must_contain) for page in pages):
        faults.append(
            question.fault("no string of `must_contain` stands on a gold page: no quote can be right.")
        )
    if not any(contains_all(page, question.must_include) for page in pages):
        faults.append(question.fault("no gold page holds all strings of `must_include`."))
    return faults


def measured_overlap(question: Question, documents: Documents) -> float:
    """The share in [0, 1] of the question's content words that its best gold page or quote holds."""
    golds = (
        f"{gold.quote}\n{page_text(documents.document(gold.document), gold.page)}" for gold in question.gold
    )
    return shared_words(question.question, golds)


def write_overlap(path: Path, questions: Sequence[Question], documents: Documents) -> int:
    """Set the measured overlap level in the lines of these questions of `path`; gives how many changed.

    Lines that do not change are kept to the letter; the file is replaced as a whole or not at all.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    changed = 0
    for question in questions:
        level = level_of(measured_overlap(question, documents))
        if question.overlap != level:
            row = json.loads(lines[question.line - 1])
            row["overlap"] = level
            lines[question.line - 1] = json.dumps(row, ensure_ascii=False)
            changed += 1
    if changed:
        beside = path.with_suffix(".jsonl.new")
        beside.write_text("\n".join(lines), encoding="utf-8")
        beside.replace(path)
    return changed


def check_files(paths: Sequence[Path], documents: Documents, *, write: bool = False) -> list[Fault]:
    """Every fault of these sets, in their order; with `write`, overlap levels are filled in first."""
    faults: list[Fault] = []
    cases: list[Case] = []
    for path in paths:
        if write:
            _fill_in(path, documents)
        read, wrong = read_set(path)
        faults += wrong
        cases += read
    faults += clashes(cases)
    faults += [fault for case in cases for fault in check_case(case, documents)]
    return sorted(faults, key=lambda fault: (fault.path, fault.line))


def counts_table(cases: Sequence[Case]) -> str:
    """How many cases each set has, as the rows of the table in `evals/sets/README.md`."""
    lines = []
    for name in dict.fromkeys(case.set for case in cases):
        own = [case for case in cases if case.set == name]
        traits = Counter(_trait(case) for case in own)
        shown = ", ".join(f"{count} {trait}" for trait, count in traits.most_common())
        dev = sum(case.split == "dev" for case in own)
        lines.append(f"| `{name}.jsonl` | {len(own)} | {shown} | {dev} / {len(own) - dev} |")
    return "\n".join(lines)


def _trait(case: Case) -> str:
    if isinstance(case, AcuteCase):
        return "acute" if case.acute else "look-alikes"
    if isinstance(case, PersonalDataCase):
        return "personal" if case.personal_data else "look-alikes"
    question = case.asked if isinstance(case, Conversation) else case
    assert isinstance(question, Question)
    if not question.answerable:
        return "unanswerable"
    return "with conditions" if question.must_include else "answerable"


def _fill_in(path: Path, documents: Documents) -> None:
    cases, _ = read_set(path)
    asked = [case for case in cases if isinstance(case, Question) and case.answerable]
    placed = [q for q in asked if not any(_wrong_place(gold, documents) for gold in q.gold)]
    write_overlap(path, placed, documents)


def _wrong_place(gold: Gold, documents: Documents) -> str | None:
    if gold.document not in documents.guidance:
        hint = near_miss(gold.document, sorted(documents.guidance))
        return f'there is no document "{gold.document}". {hint}'
    document = documents.document(gold.document)
    quote = squash(gold.quote)
    pages = [page.number for page in document.pages if _stands(quote, document, page.start, page.end)]
    if gold.page in pages:
        return None
    if pages:
        return (
            f"the quote stands on page {', '.join(map(str, pages))} of {gold.document}, not on {gold.page}."
        )
    if _stands(quote, document, 0, len(document.text)):
        return f"the quote runs over a page break of {gold.document}; shorten it to one page."
    return f"the quote stands nowhere in {gold.document}: {gold.quote[:60]!r}"


def _stands(letters: str, document: Document, start: int, end: int) -> bool:
    # A quote may be copied with its footnote marks or without them.
    return letters in squash(document.text[start:end]) or letters in squash(document.clean(start, end))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit status: 0, 1 with faults, 2 when it cannot check."""
    from index.errors import SearchIndexError
    from index.search import Searcher
    from ui.settings import Settings, SettingsError

    parser = argparse.ArgumentParser(prog="python -m evals.check_sets", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="sets to check (default: all)")
    parser.add_argument("--index", type=Path, help="folder of the index (default: the one that is served)")
    parser.add_argument("--sets", type=Path, default=SETS_DIR, help="folder of the sets")
    parser.add_argument("--write-overlap", action="store_true", help="fill in or correct the overlap levels")
    parser.add_argument("--counts", action="store_true", help="only print how many cases each set has")
    options = parser.parse_args(arguments)
    try:
        if options.counts:
            print(counts_table(load_sets(set_paths(options.names, options.sets))))
            return 0
        paths = set_paths(options.names, options.sets)
        searcher = Searcher.open(Settings.from_environment().with_index(options.index).index)
        faults = check_files(paths, searcher, write=options.write_overlap)
    except (SetError, SettingsError, SearchIndexError) as error:
        print(error, file=sys.stderr)
        return 2
    for fault in faults:
        print(fault)
    print(f"{len(paths)} sets, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
