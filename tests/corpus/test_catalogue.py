"""The catalogue: what it may hold, and errors that name the file, the document and the way out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from corpus.catalogue import (
    KINDS,
    CatalogueError,
    Guidance,
    Source,
    load_catalogue,
    near_miss,
    superseded_by,
)

ENTRY = """
[documents.fall]
title = "Fallprevention"
publisher = "Socialstyrelsen"
kind = "knowledge_support"
published = 2025-03-10
supersedes = ["fall-2021"]
audience = ["chef", "mas"]
password = "hemligt"

[documents.fall.sources.vhb]
publisher = "Vårdhandboken"
title = "Fall"
year = 2024
url = "https://www.vardhandboken.se/"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "catalogue.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_entry(tmp_path: Path) -> None:
    entries = load_catalogue(write(tmp_path, ENTRY))
    assert entries == {
        "fall": Guidance(
            title="Fallprevention",
            publisher="Socialstyrelsen",
            kind="knowledge_support",
            published=date(2025, 3, 10),
            supersedes=("fall-2021",),
            audience=("chef", "mas"),
            password="hemligt",
            sources=(Source("vhb", "Vårdhandboken", "Fall", 2024, "https://www.vardhandboken.se/"),),
        )
    }
    assert "hemligt" not in repr(entries)
    assert superseded_by(entries) == {"fall-2021": "fall"}
    assert load_catalogue(write(tmp_path, "")) == {}


@pytest.mark.parametrize(
    ("body", "way_out"),
    [
        ('kind = "lagg"', "Allowed: law, regulation"),
        ('kind = "reprot"', 'Did you mean "report"?'),
        ('scope = "nation"', 'Did you mean "national"?'),
        ('audience = ["underskötersk"]', 'Did you mean "underskoterska"?'),
        ('audience = "chef"', 'a list of texts as audience = ["chef"]'),
        ('supersedes = "fall-2021"', 'a list of texts as supersedes = ["chef"]'),
        ("audience = [3]", "a list of texts"),
        ('tilte = "Fall"', 'Did you mean "title"?'),
        ("title = 5", 'text in quotation marks as title = "…"'),
        ('published = "2025-03-10"', "a date as published = 2025-03-10"),
        ("valid_to = 2025-03-10T00:00:00", "a date as valid_to = 2025-03-10"),
        ("valid_from = 2025-03-10\nvalid_to = 2025-03-09", "before it is valid from 2025-03-10"),
        ('sources = ["vhb"]', "[documents.its-id.sources.its-key]"),
        ('sources.vhb = "Vårdhandboken"', "needs publisher, title, year and url"),
        ('sources.vhb = { title = "Fall" }', "needs publisher, title, year and url"),
    ],
)
def test_a_mistake_in_an_entry(tmp_path: Path, body: str, way_out: str) -> None:
    path = write(tmp_path, f"[documents.fall]\n{body}\n")
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(path)
    assert str(caught.value).startswith(f"{path}: [documents.fall] ")
    assert way_out in str(caught.value)
    assert (caught.value.path, caught.value.document) == (path, "fall")


@pytest.mark.parametrize(
    ("text", "way_out"),
    [
        ("[documents.fall", "cannot be read as TOML in UTF-8"),
        ("documents = 3", "write each document as a table, [documents.its-id]"),
        ('[document.fall]\ntitle = "Fall"', 'unknown key "document". Did you mean "documents"?'),
        ("[documents]\nfall = 3", "[documents.fall] must be a table with keys such as title"),
    ],
)
def test_a_mistake_in_the_file(tmp_path: Path, text: str, way_out: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(path)
    assert str(path) in str(caught.value)
    assert way_out in str(caught.value)


def test_a_file_that_is_missing_or_in_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read as TOML in UTF-8"):
        load_catalogue(tmp_path / "catalogue.toml")
    (tmp_path / "catalogue.toml").write_bytes("# å\n".encode("latin-1"))
    with pytest.raises(CatalogueError, match="UTF-8"):
        load_catalogue(tmp_path / "catalogue.toml")


def test_editions_that_run_in_a_circle(tmp_path: Path) -> None:
    path = write(tmp_path, '[documents.a]\nsupersedes = ["b"]\n[documents.b]\nsupersedes = ["a"]\n')
    with pytest.raises(CatalogueError, match=r"in a circle\. Remove the `supersedes`") as caught:
        load_catalogue(path)
    assert caught.value.document in ("a", "b")


def test_two_entries_for_one_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[documents.a]\nfile = "x.pdf"\n[documents.b]\nfile = "x.pdf"\n')
    with pytest.raises(CatalogueError, match=r"already that of \[documents.a\]. Remove one") as caught:
        load_catalogue(path)
    assert caught.value.document == "b"


def test_both_ends_of_validity_belong_to_it() -> None:
    guidance = Guidance(valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31))
    days = (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
    assert [guidance.valid_on(day) for day in days] == [False, True, True, False]
    assert Guidance().valid_on(date(1, 1, 1))


def test_a_near_miss_only_when_it_is_near() -> None:
    assert near_miss("lagg", ("law", "report")) == 'Did you mean "law"? Allowed: law, report.'
    assert near_miss("zzz", ("law", "report")) == "Allowed: law, report."
    assert KINDS[0] == "law"
