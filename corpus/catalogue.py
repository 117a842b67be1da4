"""What is known of each document: publisher, kind, dates, audience. Knows nothing of PDFs or text.

A catalogue is a TOML file beside the PDFs it describes:

    [documents.fallprevention]
    title = "Fallprevention i äldreomsorgen"
    publisher = "Socialstyrelsen"
    kind = "knowledge_support"
    published = 2025-03-10

    CatalogueError
    └── raised for a file that cannot be read, an unknown key or value, or dates that contradict
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

CATALOGUE_NAME = "catalogue.toml"

KINDS = (
    "law",
    "regulation",
    "national_guideline",
    "knowledge_support",
    "report",
    "good_example",
    "local_routine",
    "unspecified",
)
"""Kinds of guidance, strongest authority first; `unspecified` is a document without an entry."""

SCOPES = ("national", "region", "municipality", "unit")

ROLES = (
    "vardbitrade",
    "underskoterska",
    "sjukskoterska",
    "arbetsterapeut",
    "fysioterapeut",
    "bistandshandlaggare",
    "chef",
    "mas",
    "nattpersonal",
    "hemtjanst",
)

DATES = ("published", "valid_from", "valid_to")
LISTS = ("supersedes", "audience")


class CatalogueError(Exception):
    """The catalogue cannot be used as it stands; the message says where and what would mend it."""

    def __init__(self, message: str, *, path: Path | None = None, document: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.document = document


@dataclass(frozen=True)
class Source:
    """An official source that a document's facts come from."""

    key: str
    publisher: str
    title: str
    year: int
    url: str


@dataclass(frozen=True)
class Guidance:
    """What the catalogue says of one document. All dates are inclusive calendar days."""

    file: str | None = None
    """The file's name, when it differs from `{document id}.pdf`."""
    title: str | None = None
    subtitle: str | None = None
    publisher: str | None = None
    kind: str = "unspecified"
    published: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    supersedes: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    scope: str = "national"
    area: str | None = None
    language: str = "sv"
    url: str | None = None
    licence: str | None = None
    password: str | None = field(default=None, repr=False)
    sources: tuple[Source, ...] = ()

    def valid_on(self, day: date) -> bool:
        """Whether the document applies on `day`; one without dates always does.

        >>> Guidance(valid_to=date(2024, 12, 31)).valid_on(date(2025, 1, 1))
        False
        """
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


def near_miss(value: str, allowed: tuple[str, ...] | list[str]) -> str:
    """The end of an error message that suggests what was probably meant.

    >>> near_miss("lagg", ("law", "report"))
    'Did you mean "law"? Allowed: law, report.'
    """
    close = difflib.get_close_matches(value, allowed, n=1, cutoff=0.5)
    hint = f'Did you mean "{close[0]}"? ' if close else ""
    return f"{hint}Allowed: {', '.join(allowed)}."


def load_catalogue(path: Path) -> dict[str, Guidance]:
    """Read a catalogue file into `{document id: Guidance}`.

    Raises `CatalogueError` for unreadable TOML, unknown keys, kinds, roles or scopes (with the
    near miss), for dates that contradict each other and for `supersedes` that runs in a circle.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"{path}: cannot be read as TOML in UTF-8: {error}", path=path) from error
    for key in raw:
        if key != "documents":
            hint = near_miss(key, ("documents",))
            raise CatalogueError(f'{path}: has the unknown key "{key}". {hint}', path=path)
    documents = raw.get("documents", {})
    if not isinstance(documents, dict):
        raise CatalogueError(f"{path}: write each document as a table, [documents.its-id].", path=path)
    entries: dict[str, Guidance] = {}
    for document_id, table in documents.items():
        try:
            entries[document_id] = _guidance(table)
        except ValueError as error:
            raise CatalogueError(
                f"{path}: [documents.{document_id}] {error}", path=path, document=document_id
            ) from error
    _check_files(entries, path)
    _check_editions(entries, path)
    return entries


def superseded_by(entries: Mapping[str, Guidance]) -> dict[str, str]:
    """`{older id: newer id}` from every entry's `supersedes`."""
    return {old: new for new, guidance in entries.items() for old in guidance.supersedes}


def _guidance(table: Any) -> Guidance:
    if not isinstance(table, dict):
        raise ValueError("must be a table with keys such as title and publisher.")
    known = tuple(f.name for f in fields(Guidance))
    for key in table:
        if key not in known:
            raise ValueError(f'has the unknown key "{key}". {near_miss(key, known)}')
    values = dict(table)
    for key, allowed in (("kind", KINDS), ("scope", SCOPES)):
        if key in values and values[key] not in allowed:
            raise ValueError(f'has {key} "{values[key]}". {near_miss(str(values[key]), allowed)}')
    for key, value in values.items():
        _check_type(key, value)
    for role in values.get("audience", ()):
        if role not in ROLES:
            raise ValueError(f'has audience "{role}". {near_miss(role, ROLES)}')
    for key in LISTS:
        values[key] = tuple(values.get(key, ()))
    values["sources"] = tuple(_source(key, entry) for key, entry in values.get("sources", {}).items())
    guidance = Guidance(**values)
    if guidance.valid_from and guidance.valid_to and guidance.valid_to < guidance.valid_from:
        raise ValueError(f"is valid to {guidance.valid_to}, before it is valid from {guidance.valid_from}.")
    return guidance


def _check_type(key: str, value: Any) -> None:
    """Raise `ValueError` for a value of another kind than `key` takes, with an example of a right one."""
    if key in DATES:
        right, example = type(value) is date, f"a date as {key} = 2025-03-10"
    elif key in LISTS:
        right = isinstance(value, list) and all(isinstance(item, str) for item in value)
        example = f'a list of texts as {key} = ["chef"]'
    elif key == "sources":
        right, example = isinstance(value, dict), "each source as a table, [documents.its-id.sources.its-key]"
    else:
        right, example = isinstance(value, str), f'text in quotation marks as {key} = "…"'
    if not right:
        raise ValueError(f"has {key} {value!r}; write {example}.")


def _source(key: str, entry: Any) -> Source:
    try:
        return Source(key, entry["publisher"], entry["title"], int(entry["year"]), entry["url"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f'source "{key}" needs publisher, title, year and url: {error!r}.') from error


def _check_files(entries: Mapping[str, Guidance], path: Path) -> None:
    owners: dict[str, str] = {}
    for document_id, guidance in entries.items():
        if guidance.file and owners.setdefault(guidance.file, document_id) != document_id:
            raise CatalogueError(
                f'{path}: [documents.{document_id}] has file "{guidance.file}", which is already that of '
                f"[documents.{owners[guidance.file]}]. Remove one of the two.",
                path=path,
                document=document_id,
            )


def _check_editions(entries: Mapping[str, Guidance], path: Path) -> None:
    newer = superseded_by(entries)
    for start in newer:
        seen, here = {start}, newer.get(start)
        while here is not None:
            if here in seen:
                raise CatalogueError(
                    f"{path}: [documents.{start}] is superseded by itself in a circle. "
                    "Remove the `supersedes` that names the newer edition.",
                    path=path,
                    document=start,
                )
            seen.add(here)
            here = newer.get(here)
