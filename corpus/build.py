"""Builds the starter corpus: each guide in `guides/` becomes a PDF in `pdf/`, by Typst.
Knows nothing of how the PDFs are read.

    python -m corpus.build            writes corpus/pdf/*.pdf
    python -m corpus.build --check    says which PDFs are not what their sources give; exit 1

The same sources give the same bytes, so a committed PDF can be compared with its source.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from corpus.catalogue import CATALOGUE_NAME, load_catalogue

ROOT = Path(__file__).parent
GUIDES, PDFS = ROOT / "guides", ROOT / "pdf"


def build(document_id: str, root: Path = ROOT) -> bytes:
    """The PDF of one guide below `root`.

    Raises `typst.TypstError` with file and line for a mistake in the source.
    """
    import typst

    # Only the fonts inside Typst are used, so that every machine builds the same pages.
    source = root / "guides" / f"{document_id}.typ"
    return bytes(typst.compile(source, root=root, ignore_system_fonts=True))


def problems(root: Path = ROOT) -> list[str]:
    """What does not fit together: entries without source or PDF, sources without entry, stale PDFs."""
    entries = set(load_catalogue(root / CATALOGUE_NAME))
    sources = {path.stem for path in (root / "guides").glob("*.typ")}
    found = [f"{name}: a catalogue entry without guides/{name}.typ" for name in sorted(entries - sources)]
    found += [f"{name}: guides/{name}.typ without a catalogue entry" for name in sorted(sources - entries)]
    found += [
        f"{p.name}: no source in guides/"
        for p in sorted((root / "pdf").glob("*.pdf"))
        if p.stem not in sources
    ]
    for name in sorted(entries & sources):
        path = root / "pdf" / f"{name}.pdf"
        if not path.exists() or path.read_bytes() != build(name, root):
            found.append(f"{path.name}: differs from its source; run python -m corpus.build")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Build or check; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if parser.parse_args(arguments).check:
        found = problems()
        print("\n".join(found) if found else "The PDFs are what their sources give.")
        return 1 if found else 0
    PDFS.mkdir(exist_ok=True)
    for name in sorted(load_catalogue(ROOT / CATALOGUE_NAME)):
        (PDFS / f"{name}.pdf").write_bytes(build(name))
        print(f"corpus/pdf/{name}.pdf")
    return 0


if __name__ == "__main__":
    sys.exit(main())
