import io
import threading

import pytest
from PIL import Image

from tests.ui.demo import GUIDES, HEIGHT, LEFT, LETTER, SIZE, TOP, WIDTH, pdf_bytes
from ui.page_images import MAX_PIXELS, PageImageCache, PageImageError, render_page

LINES = GUIDES["tryckskador"][1]


@pytest.fixture
def pdf(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf_bytes(LINES))
    return path


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def test_the_page_has_the_width_asked_for_and_its_own_proportions(pdf):
    image = opened(render_page(pdf, 2, [], width=595))
    assert image.size == (WIDTH, HEIGHT)


def test_a_box_is_yellow_exactly_where_it_is_and_leaves_the_letters_black(pdf):
    line = LINES[1][0]
    box = (LEFT, TOP - 0.8 * SIZE, LEFT + len(line) * LETTER, TOP + 0.2 * SIZE)
    plain, marked = opened(render_page(pdf, 2, [], width=595)), opened(render_page(pdf, 2, [box], width=595))

    def yellow(image, x, y):
        red, green, blue = image.getpixel((round(x), round(y)))
        return red > 200 and green > 180 and blue < 150

    inside = (box[2] - 1, box[1] + 1)
    assert yellow(marked, *inside) and not yellow(plain, *inside)
    assert not yellow(marked, box[2] + 6, box[1])
    assert not yellow(marked, box[0], box[3] + 6)
    darkest = min(sum(marked.getpixel((x, y))) for x in range(60, 200) for y in range(82, 92))
    assert darkest < 200


def test_a_very_tall_page_is_kept_small(tmp_path):
    path = tmp_path / "tall.pdf"
    path.write_bytes(pdf_bytes([["x"]]).replace(b"[0 0 595 842]", b"[0 0 100 9999]"))
    width, height = opened(render_page(path, 1, [], width=2000)).size
    assert width * height <= MAX_PIXELS * 1.01


def test_what_cannot_be_drawn_says_which_page_of_which_file(pdf, tmp_path):
    with pytest.raises(PageImageError, match=r"Page 9 of a\.pdf cannot be drawn: the file has 2 pages"):
        render_page(pdf, 9, [])
    broken = tmp_path / "b.pdf"
    broken.write_bytes(b"%PDF-1.4 nothing")
    with pytest.raises(PageImageError, match=r"b\.pdf"):
        render_page(broken, 1, [])


def test_pages_drawn_from_several_threads_are_the_same_as_from_one(pdf):
    expected = {page: render_page(pdf, page, [], width=300) for page in (1, 2)}
    found = []

    def draw(page):
        found.append(render_page(pdf, page, [], width=300) == expected[page])

    threads = [threading.Thread(target=draw, args=(1 + n % 2,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8


def test_the_cache_drops_what_was_unused_for_longest():
    cache = PageImageCache(limit=10)
    cache.put("a", b"1234")
    cache.put("b", b"1234")
    assert cache.get("a") == b"1234"
    cache.put("c", b"1234")
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (b"1234", None, b"1234")
    cache.put("c", b"12")
    assert cache.size == 6
    cache.put("huge", b"x" * 11)
    assert cache.get("huge") is None and cache.size <= 10
