"""Files that cannot be read as they are: each ends in its own reason, or in the text that can be saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.catalogue import Guidance
from ingest.errors import FileProblem, Locked, NoText, Unreadable
from tests.ingest.made import FONT, draw, encrypted, lines, raw_pdf, read, typeset

TEXT = "Personen har fallit i sitt rum."
GOOD = draw(lines(TEXT))
PAGES = b"<< /Type /Pages /Count 1 /Kids [3 0 R] /MediaBox [0 0 420 595] >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> %s >>"
STREAM = b"BT /F1 11 Tf 60 400 Td (" + TEXT.encode() + b") Tj ET"
CONTENT = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(STREAM), STREAM)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 no PDF at all", "Not a readable PDF"),
        (b"%PDF-1.7\n", "Not a readable PDF"),
        (GOOD[:200], "Not a readable PDF"),
    ],
)
def test_what_is_no_pdf(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(tmp_path, data)


def test_a_file_cut_short_gives_what_is_left_or_its_reason(tmp_path: Path) -> None:
    whole = typeset(f"{TEXT}\n#pagebreak()\n" * 5)
    for share in (0.5, 0.8, 0.95, 0.99):
        try:
            document = read(tmp_path, whole[: int(len(whole) * share)])
        except FileProblem as problem:
            assert problem.reason
        else:
            assert TEXT in document.text


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_an_encrypted_file_opens_with_the_catalogue_s_password(tmp_path: Path, algorithm: str) -> None:
    data = encrypted(GOOD, "hemligt", algorithm)
    assert read(tmp_path, data, Guidance(password="hemligt")).text == TEXT
    with pytest.raises(Locked, match="Add its `password`"):
        read(tmp_path, data)
    with pytest.raises(Locked, match=r"does not open it\. Correct `password`"):
        read(tmp_path, data, Guidance(password="fel"))


def test_a_file_that_is_encrypted_without_a_password_opens(tmp_path: Path) -> None:
    assert read(tmp_path, encrypted(GOOD, "", "AES-256")).text == TEXT


def test_pages_without_text(tmp_path: Path) -> None:
    with pytest.raises(NoText, match=r"1 pages without a text layer.*OCR"):
        read(tmp_path, draw(lambda canvas: canvas.rect(50, 50, 100, 100, fill=1)))
    with pytest.raises(NoText, match="hold no words"):
        read(tmp_path, draw(lines("1 2 3 4", "5 6 7")))


def test_fonts_without_unicode(tmp_path: Path) -> None:
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [6 0 R] >>"
    below = b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo "
    below += b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
    stream = b"BT /F1 11 Tf 60 400 Td <E003E004E005E006E007E008> Tj ET"
    content = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
    data = raw_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", PAGES, PAGE % b"", font, content, below])
    with pytest.raises(NoText, match=r"6 of 6 characters have no Unicode value.*OCR"):
        read(tmp_path, data)


def test_a_page_tree_that_runs_in_a_circle(tmp_path: Path) -> None:
    circle = b"<< /Type /Pages /Count 9 /Kids [3 0 R 2 0 R] /Parent 2 0 R /MediaBox [0 0 420 595] >>"
    data = raw_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", circle, PAGE % b"", FONT, CONTENT])
    try:
        assert TEXT in read(tmp_path, data).text
    except FileProblem as problem:
        assert problem.reason


def test_an_outline_that_runs_in_a_circle(tmp_path: Path) -> None:
    root = b"<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>"
    outlines = b"<< /Type /Outlines /First 7 0 R /Last 7 0 R /Count 1 >>"
    entry = b"<< /Title (Fall) /Parent 6 0 R /Next 7 0 R /First 7 0 R /Last 7 0 R /Dest [3 0 R /Fit] >>"
    document = read(tmp_path, raw_pdf([root, PAGES, PAGE % b"", FONT, CONTENT, outlines, entry]))
    assert document.text == TEXT


def test_an_outline_too_deep_to_follow_becomes_a_notice(tmp_path: Path) -> None:
    root = b"<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>"
    entries = [b"<< /Type /Outlines /First 7 0 R /Last 7 0 R /Count 1 >>"]
    for number in range(8, 2008):
        below = b"/First %d 0 R /Last %d 0 R" % (number, number)
        entries.append(b"<< /Title (Fall) /Parent 6 0 R %s /Dest [3 0 R /Fit] >>" % below)
    entries.append(b"<< /Title (Slut) /Parent 6 0 R /Dest [3 0 R /Fit] >>")
    document = read(tmp_path, raw_pdf([root, PAGES, PAGE % b"", FONT, CONTENT, *entries]))
    assert document.text == TEXT
    assert [notice for notice in document.notices if "outline" in notice]
