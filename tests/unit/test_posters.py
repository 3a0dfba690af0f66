"""Posters and table cards: rendered as a printer would, measured, and read back by two decoders."""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageChops

from omni import demo
from omni.domain.record import Origin
from omni.present import typesetting
from omni.present.posters import POSTERS, Poster, poster_pdf, poster_png
from omni.present.printed_pictures import rasterised
from omni.present.slip import BadLayout, Paper, PrintUnavailable
from omni.present.styling import Shape, Style
from tests.support.paper import (
    a_paper,
    market_paper,
    pages,
    read_by_zbar,
    read_by_zxing,
    some_codes,
    text_of,
    words_in,
)

DPI = 150
MM = DPI / 25.4
(CODE,) = some_codes(1, host="GO.LARKFELL.EXAMPLE")
PICTURES = demo.FILE.parent / "pictures"
SCENE = (PICTURES / "tea.svg").read_bytes()
SQUARE = (PICTURES / "item-cup.svg").read_bytes()
HIGH = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 9"><path fill="teal" d="M0 0h4v9h-4z"/></svg>'
LOGO = (PICTURES / "logo.svg").read_bytes()
LOOKED_AT = ("fr", "ae", "jp", "ca-qc", "hk", "th", "il", "ch")
A5 = POSTERS["a5"]
A6 = POSTERS["a6"]


def market_poster(slug: str, poster: Poster = A5, *, origin: Origin = Origin.LIVE) -> tuple[Paper, bytes]:
    """A market's paper and its poster, with the demo's logo and one of its pictures."""
    paper = replace(market_paper(slug, origin), logo=LOGO)
    return paper, poster_pdf(paper, CODE, poster=poster, picture=SCENE)[0]


def symbol_box(page: Image.Image) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the one symbol's dark part, in pixels."""
    wanted = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    (found,) = zxingcpp.read_barcodes(page.convert("L"), formats=wanted)
    corners = found.position.top_left, found.position.bottom_right
    (left, top), (right, bottom) = ((corner.x, corner.y) for corner in corners)
    return left, top, right, bottom


def ink(page: Image.Image, box: tuple[float, float, float, float]) -> int:
    """How many dark pixels a part of a page has."""
    return sum(page.crop(tuple(round(edge) for edge in box)).histogram()[:128])


def letters(words: str) -> Counter[str]:
    """The letters of words whatever their order and shapes: PDF readers disagree about those of Arabic."""
    plain = unicodedata.normalize("NFKD", words)
    return Counter(letter for letter in plain if letter.isalnum())


@pytest.mark.parametrize("read", [read_by_zxing, read_by_zbar])
@pytest.mark.parametrize("origin", [Origin.LIVE, Origin.TEST])
@pytest.mark.parametrize("name, slug", list(zip(POSTERS, LOOKED_AT, strict=False)))
def test_both_decoders_read_every_poster_and_both_sides_of_a_table_card(name, slug, origin, read) -> None:
    _, pdf = market_poster(slug, POSTERS[name], origin=origin)
    (page,) = pages(pdf, dpi=100)
    sides = [(0, page.height // 2), (page.height // 2, page.height)]
    seen = sides if POSTERS[name].is_tent else [(0, page.height)]
    for top, bottom in seen:
        assert read(page.crop((0, top, page.width, bottom))) == {CODE.url: 1}


@pytest.mark.parametrize("slug", LOOKED_AT)
@pytest.mark.parametrize("poster", [POSTERS["a4"], A6], ids=["a4", "a6"])
def test_a_symbol_has_the_size_of_its_distance_and_nothing_in_its_quiet_zone(poster, slug) -> None:
    paper = replace(market_paper(slug, Origin.TEST), logo=LOGO)
    pdf, size = poster_pdf(paper, CODE, poster=poster, picture=SCENE)
    (page,) = pages(pdf, dpi=DPI)
    left, top, right, bottom = symbol_box(page)
    assert size.symbol_mm == pytest.approx(poster.distance_mm / 10)
    assert (right - left) / MM == pytest.approx(size.symbol_mm, abs=0.5)
    assert (bottom - top) / MM == pytest.approx(size.symbol_mm, abs=0.5)
    quiet, rim = 4 * size.module_mm * MM - 2, 2
    outer = left - quiet, top - quiet, right + quiet, bottom + quiet
    inner = left - rim, top - rim, right + rim, bottom + rim
    assert ink(page, outer) == ink(page, inner)


@pytest.mark.parametrize("slug", LOOKED_AT)
@pytest.mark.parametrize("poster", [A6, POSTERS["table-card-letter"]], ids=["a6", "table card"])
def test_a_poster_says_every_word_in_every_language(poster, slug) -> None:
    paper, pdf = market_poster(slug, poster)
    lines = [*paper.offer, *paper.captions, *paper.terms_lines, *paper.promises]
    expected = letters("".join(line.text for line in lines) + paper.host + paper.run + CODE.code)
    assert not expected - letters(text_of(pdf))


@pytest.mark.parametrize("distance_mm", [None, 1_250])
@pytest.mark.parametrize("picture", [None, SQUARE, HIGH], ids=["none", "square", "high"])
def test_whatever_the_picture_and_the_distance_the_page_says_all_and_is_read(picture, distance_mm) -> None:
    paper = replace(market_paper("ch"), logo=LOGO)
    pdf, size = poster_pdf(
        paper, CODE, poster=POSTERS["a4"], picture=picture, distance_mm=distance_mm, address="/p/tea"
    )
    lines = [*paper.offer, *paper.captions, *paper.terms_lines, *paper.promises]
    assert not letters("".join(line.text for line in lines) + paper.host + "ptea") - letters(text_of(pdf))
    assert read_by_zxing(pages(pdf, dpi=60)[0]) == {CODE.url: 1}
    assert size.reading_distance_mm == pytest.approx(distance_mm or 1_000)


def test_many_words_are_set_smaller_and_none_is_cut() -> None:
    words = words_in("de_DE", headline="Teekanne mit Tassen und " * 12, caption="Bitte hier scannen " * 9)
    said = text_of(poster_pdf(a_paper(words), CODE, poster=A6, picture=SCENE)[0])
    assert [said.count(word) for word in ("Teekanne", "scannen")] == [12, 9]


@pytest.mark.parametrize("slug", ["fr", "ae", "hk", "th"])
def test_all_ink_lies_inside_the_margins_of_a_face(slug) -> None:
    _, pdf = market_poster(slug)
    (page,) = pages(pdf, dpi=DPI)
    left, top, right, bottom = page.point(lambda grey: 255 * (grey < 250)).getbbox()
    margin = A5.margin_mm * MM - 2
    assert left > margin
    assert top > margin
    assert right < page.width - margin
    assert bottom < page.height - margin


@pytest.mark.parametrize("slug, is_mirrored", [("fr", False), ("jp", False), ("ae", True), ("il", True)])
def test_where_reading_begins_at_the_right_the_symbol_stands_there(slug, is_mirrored) -> None:
    _, pdf = market_poster(slug)
    (page,) = pages(pdf)
    left, _, right, _ = symbol_box(page)
    assert ((left + right) / 2 > page.width / 2) is is_mirrored


def test_a_styled_symbol_is_as_large_as_a_plain_one_and_read_as_well() -> None:
    style = Style(shape=Shape.ROUNDED, dark="#06202e", light="#fffaf0", logo=LOGO)
    pdf, size = poster_pdf(market_paper("fr"), CODE, poster=A5, picture=SCENE, style=style)
    (page,) = pages(pdf, dpi=DPI)
    assert read_by_zxing(page) == read_by_zbar(page) == {CODE.url: 1}
    assert size.level == "H"
    left, _, right, _ = symbol_box(page)
    assert (right - left) / MM == pytest.approx(A5.distance_mm / 10, abs=0.7)
    # Coloured ground would look torn off in the margin.
    ground = page.crop((0, 0, round(A5.margin_mm * MM) - 2, page.height))
    assert ground.getextrema() == (255, 255)


def test_a_style_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(BadLayout, match="contrast"):
        poster_pdf(market_paper("fr"), CODE, poster=A5, style=Style(dark="#dddd00"))


def test_the_second_side_of_a_table_card_is_the_first_upside_down() -> None:
    _, pdf = market_poster("hk", POSTERS["table-card-a4"])
    (page,) = pages(pdf, dpi=60)
    differs = ImageChops.difference(page, page.rotate(180)).point(lambda grey: 255 * (grey > 200))
    assert ink(page, (0, 0, page.width, page.height)) > 10_000
    assert differs.histogram()[255] < 100


def test_only_paper_that_is_not_live_says_test() -> None:
    said = {origin: text_of(market_poster("fr", origin=origin)[1]) for origin in Origin}
    assert ["TEST" in said[origin] for origin in (Origin.LIVE, Origin.TEST)] == [False, True]


def test_what_all_languages_write_the_same_way_stands_once() -> None:
    paper = a_paper(
        words_in("de_CH", headline="Duo", price="CHF 5"), words_in("it_CH", headline="Duo", price="5 CHF")
    )
    pdf, _ = poster_pdf(paper, CODE, poster=A5)
    assert [text_of(pdf).count(words) for words in ("Duo", "CHF 5", "5 CHF")] == [1, 1, 1]


def test_the_friendly_address_stands_behind_the_host() -> None:
    pdf, _ = poster_pdf(a_paper(), CODE, poster=A6, address="/p/mona")
    assert "go.maison.example/p/mona" in text_of(pdf)


def test_words_are_never_read_as_markup() -> None:
    words = words_in("de_DE", headline='*fett* #panic("no") $x$ <a> @b // end')
    assert "#panic" in text_of(poster_pdf(a_paper(words), CODE, poster=A5)[0])


def test_the_price_has_the_accent_of_the_brand() -> None:
    paper = a_paper(words_in(price="49,90 €"))
    png, _ = poster_png(paper, CODE, poster=A6, accent="#00aa55")
    colours = {colour for _, colour in Image.open(io.BytesIO(png)).convert("RGB").getcolors(100_000)}
    assert (0, 0xAA, 0x55) in colours
    with pytest.raises(BadLayout, match="'red' is not a colour: write it as #rrggbb"):
        poster_png(paper, CODE, poster=A6, accent="red")


def as_bytes(image_format: str) -> bytes:
    """A green square as a picture file."""
    out = io.BytesIO()
    Image.new("RGB", (60, 60), (0, 170, 85)).save(out, image_format)
    return out.getvalue()


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_pictures_of_dots_are_printed_too(image_format) -> None:
    (bare,) = pages(poster_pdf(a_paper(), CODE, poster=A6)[0], dpi=30)
    (page,) = pages(poster_pdf(a_paper(), CODE, poster=A6, picture=as_bytes(image_format))[0], dpi=30)
    grey = [sum(each.histogram()[90:150]) for each in (bare, page)]
    assert grey[1] > grey[0] + 1_000


@pytest.mark.parametrize(
    "body, reason",
    [
        (b"GIF89a", "the picture is neither SVG, PNG, JPEG nor WebP"),
        (as_bytes("PNG")[:80], "the picture is damaged; save it anew"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>', "the picture cannot be drawn"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused_with_a_remedy(body, reason) -> None:
    with pytest.raises(BadLayout, match=reason):
        poster_pdf(a_paper(), CODE, poster=A6, picture=body)


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    out = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(out, "PNG")
    assert len(out.getvalue()) < 20_000
    with pytest.raises(BadLayout, match="more than 50,000,000 pixels; make it smaller"):
        poster_pdf(a_paper(), CODE, poster=A6, picture=out.getvalue())


def test_a_distance_the_paper_cannot_serve_is_refused_with_the_longest_it_can() -> None:
    paper = market_paper("fr")
    with pytest.raises(
        BadLayout, match=r"^a6 has no room .* from 3\.0 m: 0\.\d m is the most; use larger"
    ) as no:
        poster_pdf(paper, CODE, poster=A6, distance_mm=3_000)
    most_mm = float(str(no.value).split(": ")[1].split(" ")[0]) * 1_000
    assert poster_pdf(paper, CODE, poster=A6, distance_mm=most_mm)[1].reading_distance_mm >= most_mm - 0.01
    with pytest.raises(BadLayout):
        poster_pdf(paper, CODE, poster=A6, distance_mm=most_mm + 100)


def test_words_that_fit_in_no_type_are_refused_and_never_cut() -> None:
    words = words_in("de_DE", headline="KAPITÄNSMÜTZEN" * 9)
    with pytest.raises(
        BadLayout, match=r"^a6 has no room for the words, .*: use larger paper or shorter names"
    ):
        poster_pdf(a_paper(words), CODE, poster=A6)


def test_no_module_is_finer_than_a_till_may_read() -> None:
    _, size = poster_pdf(a_paper(), CODE, poster=A6, distance_mm=20)
    assert size.is_in_gs1_window
    assert size.module_mm == pytest.approx(0.396)


def test_the_same_words_are_the_same_bytes_on_any_day() -> None:
    data = market_poster("ae")[1]
    assert data == market_poster("ae")[1]
    assert b"CreationDate" not in data


def test_a_poster_is_one_page_of_its_paper_and_its_symbol_is_drawn_in_lines() -> None:
    for poster in POSTERS.values():
        pdf, _ = poster_pdf(market_paper("fr"), CODE, poster=poster)
        document = pypdfium2.PdfDocument(pdf)
        assert len(document) == 1
        assert [edge / 72 * 25.4 for edge in document[0].get_size()] == pytest.approx(poster.page_mm, abs=0.1)
        assert not list(document[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=5))
        document.close()


def test_letters_that_no_font_has_are_refused_before_they_print_as_boxes() -> None:
    with pytest.raises(PrintUnavailable, match="no font here has გ: leave them out"):
        poster_pdf(a_paper(words_in(headline="გ")), CODE, poster=A6)


def test_without_its_fonts_printing_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr(typesetting, "_FOLDERS", {})
    with pytest.raises(PrintUnavailable, match=r"pip install 'omni-offers\[print\]'"):
        poster_pdf(a_paper(), CODE, poster=A6)


def test_a_drawn_logo_becomes_dots_for_a_printer_of_dots() -> None:
    picture = Image.open(io.BytesIO(rasterised(LOGO, 96)))
    assert picture.size == (96, 96)
    assert picture.convert("RGBA").getpixel((1, 1))[3] == 0
    assert picture.convert("L").getpixel((10, 48)) < 80
