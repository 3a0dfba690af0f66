"""Pictures of symbols: decoded back, marked when they are not live, the same bytes every time."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree as ET

import pytest
import typst
from PIL import Image

from omni.present.images import (
    BAND,
    HOST_LINE,
    Look,
    drawn,
    framed,
    images_zip,
    labelled,
    picture,
    png,
    size_of,
    svg,
)
from omni.present.qr import symbol
from omni.present.symbol_size import SymbolSize
from tests.support.paper import a_paper, read_by_zbar, read_by_zxing, some_codes

SVG = "{http://www.w3.org/2000/svg}"


def opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture))


def on_paper(vector: str, *, ppi: int = 150) -> Image.Image:
    page = "#set page(width: 60mm, height: 80mm, margin: 3mm)\n#image(bytes(sys.inputs.svg), width: 50mm)"
    return opened(typst.compile(page.encode(), sys_inputs={"svg": vector}, format="png", ppi=ppi))


@pytest.mark.parametrize("read", [read_by_zxing, read_by_zbar])
@pytest.mark.parametrize("mark", ["", "TEST"])
def test_both_decoders_read_fifty_pngs(read, mark) -> None:
    for code in some_codes(50):
        assert list(read(opened(png(symbol(code.url), mark=mark)))) == [code.url]


@pytest.mark.parametrize("read", [read_by_zxing, read_by_zbar])
@pytest.mark.parametrize("mark", ["", "TEST"])
def test_both_decoders_read_an_svg(read, mark) -> None:
    for code in some_codes(5):
        assert list(read(on_paper(svg(symbol(code.url), mark=mark)))) == [code.url]


def test_a_png_is_black_and_white_in_whole_pixels() -> None:
    image = opened(png(symbol("HTTPS://A.EXAMPLE"), module_px=5))
    drawing = symbol("HTTPS://A.EXAMPLE")
    assert image.mode == "1"
    assert image.size == (drawing.full_size * 5, drawing.full_size * 5)
    for y in range(drawing.full_size):
        for x in range(drawing.full_size):
            module = image.crop((x * 5, y * 5, x * 5 + 5, y * 5 + 5)).getextrema()
            assert module == ((0, 0) if drawing.is_dark(x - 4, y - 4) else (255, 255))


def test_a_mark_stands_outside_the_quiet_zone_and_moves_nothing() -> None:
    drawing = symbol("HTTPS://A.EXAMPLE")
    live, test = opened(png(drawing)), opened(png(drawing, mark="TEST"))
    band = BAND * 8
    assert test.height == live.height + 2 * band
    assert test.crop((0, band, test.width, test.height - band)).tobytes() == live.tobytes()
    for top in (0, test.height - band):
        strip = test.crop((0, top, test.width, top + band)).convert("L").histogram()
        assert strip[0] > strip[255] > 100, "white letters on a black band"


def test_an_svg_has_a_name_for_those_who_cannot_see_it() -> None:
    root = ET.fromstring(svg(symbol("HTTPS://A.EXAMPLE"), title="A < B", mark="TEST"))
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == "A < B"
    assert [text.text for text in root.iter(f"{SVG}text")] == ["TEST", "TEST"]


def test_a_live_svg_carries_no_words() -> None:
    root = ET.fromstring(svg(symbol("HTTPS://A.EXAMPLE")))
    assert list(root.iter(f"{SVG}text")) == []


@pytest.mark.parametrize("read", [read_by_zxing, read_by_zbar])
@pytest.mark.parametrize("mark", ["", "TEST"])
@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_printed_picture_names_its_host_and_is_read_all_the_same(kind, mark, read) -> None:
    look = Look(kind=kind, host="GO.MAISON.EXAMPLE")
    for code in some_codes(5):
        made = picture(a_paper(mark=mark), code, look)
        assert list(read(opened(made) if kind == "png" else on_paper(made.decode()))) == [code.url]
        if kind == "svg":
            said = [text.text for text in ET.fromstring(made).iter(f"{SVG}text")]
            assert said == ["GO.MAISON.EXAMPLE", *([mark] * 2 if mark else [])]


@pytest.mark.parametrize("host", ["A.EXAMPLE", "GO.A-VERY-LONG-NAME-OF-A-SHOP.AND-ITS-BRANCH.EXAMPLE"])
def test_the_host_stands_whole_below_the_quiet_zone_and_moves_nothing(host) -> None:
    drawing = symbol("HTTPS://A.EXAMPLE")
    bare, named = drawn(drawing), framed(drawn(drawing), drawing.full_size, host=host)
    assert named.size == (bare.width, bare.height + 8 * HOST_LINE)
    assert named.crop((0, 0, bare.width, bare.height)).tobytes() == bare.tobytes()
    line = named.crop((0, bare.height, bare.width, named.height))
    left, top, right, bottom = line.convert("L").point(lambda grey: 255 - grey).getbbox()
    assert 0 < left < right < line.width
    assert 0 < top < bottom < line.height


def test_a_printed_picture_has_a_size_of_its_own_and_says_it() -> None:
    (code,) = some_codes(1)
    look = Look(kind="png", module_px=6)
    size, image = size_of(code, look), opened(picture(a_paper(), code, look))
    assert size.module_mm == pytest.approx(0.508)
    assert image.width / image.info["dpi"][0] * 25.4 == pytest.approx(size.width_mm, abs=0.01)
    vector = ET.fromstring(picture(a_paper(), code, Look(kind="svg", module_px=6)))
    assert float(vector.attrib["width"].removesuffix("mm")) == pytest.approx(size.width_mm, abs=0.01)


def test_a_styled_symbol_gets_the_same_frame_and_its_size_in_print() -> None:
    (code,) = some_codes(1)
    drawing = symbol(code.url)
    size = SymbolSize.across(drawing, 30.0)
    image = opened(labelled(png(drawing), size, mark="TEST", host="A.EXAMPLE"))
    assert image.mode == "RGB"
    plain = framed(drawn(drawing), drawing.full_size, mark="TEST", host="A.EXAMPLE")
    assert image.convert("1", dither=Image.Dither.NONE).tobytes() == plain.tobytes()
    assert image.width / image.info["dpi"][0] * 25.4 == pytest.approx(30.0, abs=0.02)


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_zip_holds_one_picture_for_each_code(kind) -> None:
    codes, look = some_codes(12), Look(kind=kind, host="GO.MAISON.EXAMPLE")
    counted: list[int] = []
    pieces = list(images_zip(a_paper(mark="TEST"), codes, look, progress=counted.append))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert archive.testzip() is None
    assert archive.namelist() == [f"{code.number_in_batch:06}-{code.code}.{kind}" for code in codes]
    assert counted == list(range(1, 13))
    assert archive.read(archive.namelist()[3]) == picture(a_paper(mark="TEST"), codes[3], look)


def test_a_zip_streams_and_is_the_same_bytes_again() -> None:
    first, second = (list(images_zip(a_paper(), some_codes(4), Look(kind="svg"))) for _ in range(2))
    assert len(first) == 5
    assert all(first)
    assert first == second
