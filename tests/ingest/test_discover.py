"""Which files are meant, under which id, and what is set aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.catalogue import CatalogueError
from ingest.discover import discover
from ingest.errors import NoSuchPath, NothingToRead


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"%PDF-1.7")
    return folder


def test_folders_are_searched_to_any_depth_and_other_files_counted(tmp_path: Path) -> None:
    put(tmp_path, "b.pdf", "djupt/ned/A.PDF", "bild.png", ".dold/c.pdf", ".d.pdf")
    found = discover([tmp_path])
    assert [file.document_id for file in found.files] == ["b", "A"]
    assert (found.others, found.set_aside) == (1, ())


def test_the_nearest_catalogue_counts(tmp_path: Path) -> None:
    put(tmp_path, "pdf/fall.pdf", "pdf/lokalt/rutin v2.pdf")
    (tmp_path / "catalogue.toml").write_text('[documents.fall]\ntitle = "Fall"\n', encoding="utf-8")
    local = '[documents.rutin]\nfile = "rutin v2.pdf"\ntitle = "Rutin"\n'
    (tmp_path / "pdf/lokalt/catalogue.toml").write_text(local, encoding="utf-8")
    found = discover([tmp_path / "pdf"])
    assert {file.document_id: file.guidance.title for file in found.files} == {
        "fall": "Fall",
        "rutin": "Rutin",
    }


def test_a_decomposed_file_name_gives_a_composed_id(tmp_path: Path) -> None:
    put(tmp_path, "ha\u030ardhet.pdf")
    assert [file.document_id for file in discover([tmp_path]).files] == ["h\u00e5rdhet"]


def test_a_second_file_of_the_same_id_is_set_aside_with_the_way_out(tmp_path: Path) -> None:
    put(tmp_path, "a/fall.pdf", "b/fall.pdf")
    found = discover([tmp_path])
    assert [file.path for file in found.files] == [tmp_path / "a/fall.pdf"]
    (aside,) = found.set_aside
    assert aside.path == tmp_path / "b/fall.pdf"
    assert str(tmp_path / "a/fall.pdf") in aside.reason
    assert "rename it" in aside.reason


def test_the_same_file_given_twice_is_read_once(tmp_path: Path) -> None:
    put(tmp_path, "fall.pdf")
    found = discover([tmp_path, tmp_path / "fall.pdf"])
    assert (len(found.files), found.set_aside) == (1, ())


def test_paths_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPath, match="neither a file nor a folder") as missing:
        discover([tmp_path / "fins-inte"])
    assert missing.value.path == tmp_path / "fins-inte"
    (tmp_path / "läsmig.txt").write_text("x", encoding="utf-8")
    with pytest.raises(NothingToRead, match=r"no PDF \(1 files of other types\)") as empty:
        discover([tmp_path])
    assert empty.value.others == 1


def test_a_broken_catalogue_stops_the_run(tmp_path: Path) -> None:
    put(tmp_path, "fall.pdf")
    (tmp_path / "catalogue.toml").write_text("[documents.fall]\nkind = 'lagg'\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match="fall"):
        discover([tmp_path])
