from pathlib import Path

import pytest

from evals.bench import pypdf_text
from evals.processes import BenchError


def test_pypdf_counts_pages_and_what_it_refuses(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_blank_page(100, 100)
    writer.write(good)
    bad.write_bytes(b"%PDF-1.7\nbroken")
    pages, unread, seconds = pypdf_text([bad, good])
    assert (pages, unread) == (2, 1) and seconds > 0
    with pytest.raises(BenchError, match="reads no page of 1 files"):
        pypdf_text([bad])
