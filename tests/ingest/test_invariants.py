"""What makes a quotation verbatim, on every PDF of the starter corpus and on published ones."""

from __future__ import annotations

import pytest

from corpus.catalogue import Guidance
from ingest.chunk import chunks_of
from ingest.pdf import read_pdf
from tests.ingest.checks import box_faults, chunk_faults, verbatim_faults
from tests.ingest.data import folders, need

EVERY = {"corpus": 1, "authority": 3, "everyday": 1}
"""One file in so many is read: all of the corpus, and a sample that tells."""

SCATTERED = {"corpus": 0, "authority": 1 / 400, "everyday": 1 / 400}
"""Share of blocks that PDFium itself prints in pieces: a header on the same line, drawn in between."""


@pytest.mark.parametrize("name", ["corpus", "authority", "everyday"])
def test_documents(name: str) -> None:
    folder = need(folders()[name])
    faults: list[str] = []
    scattered: list[str] = []
    blocks = 0
    for path in sorted(folder.glob("*.pdf"))[:: EVERY[name]]:
        document = read_pdf(path, path.stem, Guidance())
        chunks = chunks_of(document)
        assert chunks, path
        faults += chunk_faults(document, chunks) + box_faults(document)
        scattered += verbatim_faults(path, document)
        blocks += len(document.blocks)
    assert faults == []
    assert len(scattered) <= SCATTERED[name] * blocks, "\n".join(scattered)
