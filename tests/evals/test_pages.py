from pathlib import Path

import pytest

from evals.pages import read_page

typst = pytest.importorskip("typst", reason="needs the typesetter of the corpus")

PAGE = """
#set page(width: 300pt, height: 200pt, margin: 40pt)
#set text(size: 10pt, lang: "sv")
Första raden \\ Andra raden
#pagebreak()
Sida två
"""


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "small.pdf"
    typst.compile(PAGE.encode(), output=str(path), ignore_system_fonts=True)
    return path


def test_a_page_is_read_in_order(pdf: Path) -> None:
    assert read_page(pdf, 1).text.split() == ["Första", "raden", "Andra", "raden"]
    assert read_page(pdf, 2).text.split() == ["Sida", "två"]


def test_a_box_holds_the_characters_inside_it(pdf: Path) -> None:
    page = read_page(pdf, 1)
    # The first line stands right below the margin of 40 points from the top.
    assert "".join(page.inside([(40, 38, 260, 52)]).split()) == "Förstaraden"
    everything = "".join(page.inside([(0, 0, 300, 200), (0, 0, 300, 100)]).split())
    assert everything == "FörstaradenAndraraden"
    assert page.inside([]) == "" and page.inside([(0, 100, 300, 200)]) == ""


def test_a_page_that_is_not_there(pdf: Path) -> None:
    with pytest.raises(IndexError, match=r"small.pdf has 2 pages; there is no page 3"):
        read_page(pdf, 3)


def test_a_rotated_and_cropped_page_is_read_as_shown(pdf: Path, tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter(clone_from=pdf)
    page = writer.pages[0]
    page.cropbox.lower_left = (30, 0)
    page.cropbox.upper_right = (300, 200)
    page.rotate(90)
    turned = tmp_path / "turned.pdf"
    writer.write(turned)
    # The line 10 points right of the crop box's edge, 40 below the top, now runs down from (y=10) at
    # 40 points from the right of a page that is 200 points wide.
    reading = read_page(turned, 1)
    assert "".join(reading.inside([(148, 5, 162, 265)]).split()) == "Förstaraden"
