"""Pictures of symbols: decoded back, marked when they are not live, the same bytes every time."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree as ET

import pytest
import typst
from PIL import Image

from omni.present.images import BAND, images_zip, png, svg
from omni.present.qr import symbol
from tests.support.paper import a_paper, read_by_zbar, read_by_zxing, some_codes

SVG = "{http://www.w3.org/2000/svg}"


def opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture))


def drawn(vector: str, *, ppi: int = 150) -> Image.Image:
    page = "#set page(width: 60mm, height: 70mm, margin: 3mm)\n#image(bytes(sys.inputs.svg), width: 50mm)"
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
        assert list(read(drawn(svg(symbol(code.url), mark=mark)))) == [code.url]


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


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_zip_holds_one_picture_for_each_code(kind) -> None:
    codes = some_codes(12)
    counted: list[int] = []
    pieces = list(images_zip(a_paper(mark="TEST"), codes, kind, progress=counted.append))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert archive.testzip() is None
    assert archive.namelist() == [f"{code.number_in_batch:06}-{code.code}.{kind}" for code in codes]
    assert counted == list(range(1, 13))
    expected = symbol(codes[3].url)
    picture = archive.read(archive.namelist()[3])
    assert picture == (
        png(expected, mark="TEST")
        if kind == "png"
        else svg(expected, title=codes[3].code, mark="TEST").encode()
    )


def test_a_zip_streams_and_is_the_same_bytes_again() -> None:
    first, second = (list(images_zip(a_paper(), some_codes(4), "svg")) for _ in range(2))
    assert len(first) == 5
    assert all(first)
    assert first == second
