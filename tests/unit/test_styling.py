"""A styled symbol says what the plain one says, or is refused with the reason: the table of both is here."""

from __future__ import annotations

import ctypes.util
import io
import struct
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from qrcode.main import QRCode, precomputed_qr_blanks

from omni import demo
from omni.domain.colour import contrast
from omni.present import images, scannability, styling
from omni.present.qr import QUIET_ZONE, Symbol, symbol
from omni.present.scannability import LOOKS, Look, has_quiet_zone, why_unread
from omni.present.slip import BadLayout, PrintUnavailable
from omni.present.styling import LOGO_SHARE, PLAIN, Shape, Style, StyledSymbol, styled_symbol
from tests.support.paper import read_by_zbar, read_by_zxing, some_codes

(CODE,) = some_codes(1)
URL = CODE.url
LONG_URL = some_codes(1, host="OFFERS.THE-LONGEST-NAME-OF-A-HOST.MAISON.EXAMPLE")[0].url
EMBLEM = (demo.FILE.parent / "pictures" / "logo.svg").read_bytes()
CONTACT_SHEET = Path(__file__).parents[2] / "screenshots" / "styled.png"
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def a_logo(width: int = 200, height: int = 200, colour: str = "#c00") -> bytes:
    return png(Image.new("RGB", (width, height), colour))


def a_drop(colour: str) -> bytes:
    """A logo with no ground of its own."""
    image = Image.new("RGBA", (800, 800), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((120, 230, 680, 790), fill=colour)
    draw.polygon(((400, 10), (158, 370), (642, 370)), fill=colour)
    return png(image)


def finder_like() -> bytes:
    """A logo of the rings that decoders look for."""
    image = Image.new("RGB", (210, 210), "white")
    for inset, colour in ((0, "black"), (30, "white"), (60, "black")):
        ImageDraw.Draw(image).rectangle((inset, inset, 209 - inset, 209 - inset), fill=colour)
    return png(image)


def opened(drawn: StyledSymbol) -> Image.Image:
    return Image.open(io.BytesIO(drawn.png)).convert("RGB")


def dark_modules(drawn: StyledSymbol) -> set[tuple[int, int]]:
    """The modules whose middle is darker than the middle of the picture's shades."""
    grey = opened(drawn).convert("L")
    darkest, lightest = grey.getextrema()
    px = grey.width // (drawn.modules + 2 * QUIET_ZONE)

    def is_dark(x: int, y: int) -> bool:
        middle = [(part + QUIET_ZONE) * px + px // 2 for part in (x, y)]
        return grey.getpixel((middle[0], middle[1])) < (darkest + lightest) / 2

    side = range(drawn.modules)
    return {(x, y) for x in side for y in side if is_dark(x, y)}


def dark_modules_of(drawing: Symbol) -> set[tuple[int, int]]:
    return {(run.x + step, run.y) for run in drawing.runs() for step in range(run.length)}


PASSES = {
    "finest modules, rounded": (Style(Shape.ROUNDED), 0.396),
    "finest modules, circles": (Style(Shape.CIRCLE), 0.396),
    "a brand's blue, rounded": (Style(Shape.ROUNDED, "#003366"), 0.5),
    "a brand's red, circles": (Style(Shape.CIRCLE, "#c8102e"), 0.5),
    "blue on yellow": (Style(dark="#0000ff", light="#ffff00"), 1.0),
    "a drawn emblem": (Style(Shape.ROUNDED, "#16324a", "#ffffff", EMBLEM), 2.0),
    "a logo as dark as the modules": (Style(logo=a_logo(colour="black")), 0.5),
    "a logo like a finder": (Style(Shape.CIRCLE, logo=finder_like()), 1.0),
    "a word mark": (Style(Shape.CIRCLE, "#16324a", logo=a_logo(400, 100)), 3.0),
}

REFUSED = {
    "black on a grey of contrast enough, rounded": (
        Style(Shape.ROUNDED, light="#767676"),
        1.0,
        "zbar cannot read it .* at half contrast, .*: use more contrast, square modules or larger modules",
    ),
    "modules of one dot": (
        Style(Shape.ROUNDED),
        0.12,
        "cannot read it held close, printed at 203 dpi: use square modules or larger modules",
    ),
    "a logo that is another code": (
        Style(logo=styled_symbol(LONG_URL, PLAIN, module_mm=1).png),
        3.0,
        "zxing reads another text in it held close, printed at 203 dpi: use another logo or larger modules",
    ),
}


@pytest.mark.parametrize("shape", Shape)
def test_every_shape_says_the_same_module_by_module(shape) -> None:
    for url in (URL, LONG_URL):
        drawn = styled_symbol(url, Style(shape, "#003366", "#fff8f0"), module_mm=1)
        assert dark_modules(drawn) == dark_modules_of(symbol(url))
        assert (drawn.version, drawn.level, drawn.modules) == (
            symbol(url).version,
            "Q",
            symbol(url).size,
        )


def test_a_logo_raises_the_level_and_hides_no_more_than_its_share() -> None:
    drawn = styled_symbol(URL, Style(logo=a_logo(colour="#ffe0e0")), module_mm=1)
    plain = dark_modules_of(symbol(URL, level="H"))
    assert drawn.level == "H"
    assert dark_modules(drawn) < plain
    assert len(plain - dark_modules(drawn)) <= LOGO_SHARE * drawn.modules**2


@pytest.mark.parametrize("case", PASSES)
def test_what_passes_is_read_from_angles_the_gate_did_not_try(case) -> None:
    style, module_mm = PASSES[case]
    drawn = styled_symbol(URL, style, module_mm=module_mm)
    picture = opened(drawn).convert("L")
    for degrees in (17, 62, 143, 310):
        look = Look(module_px=5, degrees=degrees, contrast=0.7)
        seen = [look.at(picture, modules=drawn.modules, zoom=zoom) for zoom in (1, 1.25)]
        for read in (read_by_zxing, read_by_zbar):
            assert any(list(read(frame)) == [URL] for frame in seen), (degrees, read)


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_read_is_refused_with_the_reason_and_a_remedy(case) -> None:
    style, module_mm, reason = REFUSED[case]
    with pytest.raises(BadLayout, match=f"{reason}$"):
        styled_symbol(URL, style, module_mm=module_mm)


def test_the_gate_sees_a_finder_that_is_gone_and_data_that_is_gone() -> None:
    drawing = symbol(URL)
    whole = Image.open(io.BytesIO(images.png(drawing, module_px=12))).convert("RGB")
    size = {"modules": drawing.size, "module_mm": 1.0}
    assert why_unread(whole, URL, **size) is None
    for corner, side in (((4, 4), 7), ((13, 13), 14)):
        damaged = whole.copy()
        box = [12 * part for part in (*corner, corner[0] + side, corner[1] + side)]
        damaged.paste(WHITE, (box[0], box[1], box[2], box[3]))
        assert "cannot read it" in str(why_unread(damaged, URL, **size))


@pytest.mark.parametrize(
    "look, said",
    [
        (Look(module_px=1), "straight on"),
        (Look(degrees=30, contrast=0.04), "rotated by 30 degrees at half contrast"),
        (Look(slant=2), "from the side"),
        (Look(blur=0.9), "out of focus"),
        (Look(is_stained=True), "with a stain on it"),
    ],
)
def test_a_look_that_is_too_much_even_for_the_plain_symbol_refuses_it(look, said, monkeypatch) -> None:
    drawing = symbol(URL)
    whole = Image.open(io.BytesIO(images.png(drawing, module_px=12)))
    monkeypatch.setattr(scannability, "LOOKS", (look,))
    monkeypatch.setattr(scannability, "_STAIN", 0.2)
    why = why_unread(whole, URL, modules=drawing.size, module_mm=1)
    assert f"cannot read it {said}, printed at 203 dpi" in str(why)


def test_the_looks_are_told_apart_by_their_words() -> None:
    said = [look.said for look in LOOKS]
    assert len(set(said)) == len(LOOKS)
    assert {"straight on", "rotated by 30 degrees at half contrast", "from afar out of focus"} < set(said)


def test_the_same_wish_is_the_same_picture() -> None:
    wish = Style(Shape.ROUNDED, "#16324a", "#ffffff", EMBLEM)
    assert styled_symbol(URL, wish, module_mm=1).png == styled_symbol(URL, wish, module_mm=1).png


def test_the_picture_says_how_large_it_is_printed() -> None:
    drawn = styled_symbol(URL, Style(dark="#003366"), module_mm=1.5)
    picture = Image.open(io.BytesIO(drawn.png))
    assert picture.width / picture.info["dpi"][0] * 25.4 == pytest.approx(1.5 * (drawn.modules + 8), rel=1e-3)


def test_a_plain_style_is_the_plain_symbol_and_needs_nothing_installed(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    drawn = styled_symbol(URL, Style(light="#FFFFFF"), module_mm=1)
    assert dark_modules(drawn) == dark_modules_of(symbol(URL))
    assert not Style(light="#fffffe").is_plain


@pytest.mark.parametrize("missing", ["zxingcpp", "pyzbar"])
def test_without_a_decoder_nothing_styled_is_drawn(monkeypatch, missing) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(PrintUnavailable, match=r"pip install 'omni-offers\[styled\]'"):
        styled_symbol(URL, Style(Shape.CIRCLE), module_mm=1)


def test_without_zbars_own_library_the_command_that_brings_it_is_named(monkeypatch) -> None:
    for name in [name for name in sys.modules if name.startswith("pyzbar")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    with pytest.raises(PrintUnavailable, match="apt-get install libzbar0"):
        styled_symbol(URL, Style(Shape.CIRCLE), module_mm=1)


def test_contrast_is_the_ratio_of_wcag() -> None:
    assert contrast(BLACK, WHITE) == contrast(WHITE, BLACK) == pytest.approx(21)
    assert contrast((0x76,) * 3, WHITE) == pytest.approx(4.54, abs=0.005)
    assert contrast((255, 0, 0), WHITE) == pytest.approx(4.00, abs=0.005)


@pytest.mark.parametrize(
    "style, reason",
    [
        (Style(dark="#777777"), r"#777777 on #ffffff has a contrast of 4.47 : 1 and 4.5 : 1 is the least"),
        (Style(dark="#ffffff", light="#000000"), "light on dark: swap the two"),
        (Style(dark="#800000", light="#800000"), "light on dark"),
        (Style(dark="navy"), "'navy' is not a colour: write it as #rrggbb"),
        (Style(light="#fff"), "'#fff' is not a colour"),
    ],
)
def test_colours_that_cannot_be_read_are_refused_before_anything_is_tried(style, reason, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    with pytest.raises(BadLayout, match=reason):
        styled_symbol(URL, style, module_mm=1)


def test_a_speck_in_the_quiet_zone_is_seen() -> None:
    drawing = symbol(URL)
    picture = Image.open(io.BytesIO(images.png(drawing, module_px=8))).convert("RGB")
    assert has_quiet_zone(picture, modules=drawing.size, light=WHITE)
    assert not has_quiet_zone(picture, modules=drawing.size, light=(255, 255, 254))
    for x, y in ((0, 0), (31, 150), (picture.width - 1, 150), (150, picture.width - 32)):
        speck = picture.copy()
        speck.putpixel((x, y), BLACK)
        assert not has_quiet_zone(speck, modules=drawing.size, light=WHITE)


def of_version(version: int) -> Symbol:
    """A symbol of a version, as far as a logo's place asks."""
    rows = tuple(0 for _ in range(4 * version + 17))
    return Symbol(url="", version=version, level="H", modules=rows)


def is_format(x: int, y: int, size: int) -> bool:
    """Whether a module tells level and mask."""
    return (x == 8 and not 8 < y < size - 8) or (y == 8 and not 8 < x < size - 8)


@pytest.mark.parametrize("version", range(2, 11))
def test_a_logo_stands_on_data_alone_and_keeps_to_its_share(version) -> None:
    QRCode(version=version).make()
    blank = precomputed_qr_blanks[version]
    drawing = of_version(version)
    for ratio in (1 / 4, 1 / 2, 1, 1.5, 3) if version < 7 else (1, 1.5, 3):
        place = styling._place(drawing, ratio)
        assert place.width * place.height <= LOGO_SHARE * drawing.size**2
        covered = [(x, y) for x in range(drawing.size) for y in range(drawing.size) if place.covers(x, y)]
        assert len(covered) == place.width * place.height
        assert all(blank[y][x] is None for x, y in covered)
        assert not any(is_format(x, y, drawing.size) for x, y in covered)
        assert place.x * 2 + place.width == drawing.size


def test_a_logo_that_would_cover_the_patterns_is_refused() -> None:
    with pytest.raises(BadLayout, match=r"16 times as wide as high covers .*: use a squarer one"):
        styled_symbol(URL, Style(logo=a_logo(1600, 100)), module_mm=1)


def unpacks_to(width: int, height: int) -> bytes:
    """A small file that says it holds a large picture."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 1000)
    chunks = (
        struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each))
        for each in (header, data)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    "logo, reason",
    [
        (b"not a picture", "the logo is neither SVG, PNG, JPEG nor WebP"),
        (b"GIF89a", "the logo is neither SVG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "the logo holds a script"),
        (a_logo()[:60], "the logo is damaged: save it anew"),
        (b"\x89PNG\r\n\x1a\n", "the logo is damaged"),
        (unpacks_to(6_000, 6_000), "more than 20,000,000 pixels; make it smaller"),
        (unpacks_to(12_000, 12_000), "more than 20,000,000 pixels"),
        (unpacks_to(60_000, 60_000), "more than 20,000,000 pixels"),
        (bytes(1_000_001), "has 1,000,001 bytes"),
    ],
)
def test_a_logo_that_is_no_honest_picture_is_refused(logo, reason) -> None:
    with pytest.raises(BadLayout, match=reason):
        styled_symbol(URL, Style(logo=logo), module_mm=1)


def test_a_logo_without_a_ground_of_its_own_stands_on_the_symbols() -> None:
    drawn = styled_symbol(URL, Style(light="#fff8f0", logo=a_drop("#0a7d3c")), module_mm=1)
    picture = opened(drawn)
    px = picture.width // (drawn.modules + 2 * QUIET_ZONE)
    middle = picture.width // 2
    assert picture.getpixel((middle, middle)) == (0x0A, 0x7D, 0x3C)
    assert picture.getpixel((middle - 2 * px, middle - 3 * px)) == (0xFF, 0xF8, 0xF0)


SHOWN = (
    PLAIN,
    Style(Shape.ROUNDED, "#16324a"),
    Style(Shape.CIRCLE, "#6f2da8"),
    Style(dark="#b3261e", light="#fff8f0"),
    Style(Shape.ROUNDED, "#16324a", "#ffffff", EMBLEM),
    Style(Shape.CIRCLE, "#00543c", "#fdf3d8", a_drop("#c8102e")),
)


def test_six_styles_on_one_sheet_are_all_read() -> None:
    side, gap, foot = 410, 16, 44
    sheet = Image.new("RGB", (3 * (side + gap) + gap, 2 * (side + foot + gap) + gap), "#e9ebee")
    draw, letters = ImageDraw.Draw(sheet), ImageFont.load_default(size=15)
    for number, style in enumerate(SHOWN):
        drawn = styled_symbol(URL, style, module_mm=2)
        x, y = gap + number % 3 * (side + gap), gap + number // 3 * (side + foot + gap)
        draw.rectangle((x, y, x + side - 1, y + side + foot - 1), fill="white")
        sheet.paste(opened(drawn).resize((side, side), Image.Resampling.LANCZOS), (x, y))
        said = f"{style.shape}, {style.dark} on {style.light}{', logo' if style.logo else ''}"
        place = (x + side / 2, y + side + foot / 2)
        draw.text(place, f"{said} · {drawn.version}-{drawn.level}", fill="#333", font=letters, anchor="mm")
    CONTACT_SHEET.parent.mkdir(exist_ok=True)
    sheet.save(CONTACT_SHEET, optimize=True)
    assert read_by_zxing(sheet) == read_by_zbar(sheet) == {URL: len(SHOWN)}
