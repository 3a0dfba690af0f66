"""Slips for thermal printers, read the way a printer reads them: command by command."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from omni.present import dots, typesetting
from omni.present.escpos import ANY_80MM, native_symbol, slip_bytes, symbol_bytes, symbol_size
from omni.present.press import press_for
from omni.present.printer_letters import plain
from omni.present.printer_profile import PROFILES, PrinterProfile
from omni.present.qr import symbol
from omni.present.slip import BadLayout, PrintUnavailable
from tests.support.paper import (
    BILINGUAL,
    a_paper,
    market_paper,
    read_by_zbar,
    read_by_zxing,
    some_codes,
    words_in,
)
from tests.support.thermal import LINE_DOTS, Printout, SlipPrinter

ARABIC = "امسح الرمز واحصل على العرض"
JAPANESE = "レシートのコードをスキャン"
THAI = "สแกนโค้ดนี้เพื่อรับข้อเสนอ"
KAZAKH = "Ұсынысты алу үшін осы кодты сканерлеңіз: әғқңөұүһі"
HEBREW = "סרקו את הקוד כדי לקבל את ההטבה"
HINDI = "ऑफ़र पाने के लिए यह कोड स्कैन करें"


EVERY_ROLL = pytest.mark.parametrize("profile", [PROFILES["58mm"], PROFILES["80mm"]], ids=["58mm", "80mm"])
EVERY_KIND = pytest.mark.parametrize(
    "profile", [each for each in PROFILES.values() if each.language == "escpos"], ids=lambda each: each.name
)
NARROW = PROFILES["58mm"]


def printed(slip: bytes, profile: PrinterProfile = ANY_80MM) -> Printout:
    """What comes out of a printer of this profile."""
    return SlipPrinter(profile.dots).print(slip)


def ink(picture: Image.Image) -> tuple[int, int, int, int]:
    """Where a picture is not white: left, top, right, bottom."""
    box = picture.convert("L").point(lambda value: 255 - value).getbbox()
    assert box is not None
    return box


def native_symbol_of(slip: bytes) -> bytes:
    """The commands of the symbol in a slip."""
    return slip[slip.index(b"\x1d(k") : slip.index(b"1Q0") + 3]


def flowing(text: str) -> str:
    """Words without the ends of their lines."""
    return " ".join(text.split())


def the_symbol(page: Image.Image) -> tuple[int, int, int, int]:
    """Where the symbol is on the paper: left, top, right, bottom of its dark part."""
    (found,) = zxingcpp.read_barcodes(page.convert("L"))
    corners = found.position
    return corners.top_left.x, corners.top_left.y, corners.bottom_right.x + 1, corners.bottom_right.y + 1


def test_the_commands_are_those_of_the_printers_manual_byte_for_byte() -> None:
    expected = (
        "1d286b040031413200 1d286b0300314306 1d286b0300314531"
        " 1d286b1e00315030 48545450533a2f2f4f2e4558412e4d502f374b334d395158573246"
        " 1d286b0300315130"
    )
    drawn = native_symbol("HTTPS://O.EXA.MP/7K3M9QXW2F", module_dots=6, level="M")
    assert drawn == bytes.fromhex(expected)


@pytest.mark.parametrize("level, number", [("L", 0x30), ("M", 0x31), ("Q", 0x32), ("H", 0x33)])
def test_each_error_level_has_the_number_printers_know_it_by(level, number) -> None:
    slip = slip_bytes(a_paper(), some_codes(1)[0], level=level)
    assert b"\x1d(k\x03\x001E" + bytes([number]) in slip


def test_a_slip_begins_with_reset_and_centring_and_ends_with_the_cut() -> None:
    slip = slip_bytes(a_paper(), some_codes(1)[0])
    assert slip.startswith(b"\x1b@\x1ba\x01")
    assert slip.endswith(b"\x1bd\x04\x1dV\x01\x1b@")


@EVERY_KIND
def test_whatever_draws_it_both_decoders_read_the_symbol(profile) -> None:
    for code in some_codes(5):
        page = printed(slip_bytes(a_paper(), code, profile=profile), profile).page
        assert list(read_by_zxing(page)) == list(read_by_zbar(page)) == [code.url]


@EVERY_KIND
def test_the_quiet_zone_is_white_on_all_sides_and_the_symbol_in_the_middle(profile) -> None:
    (code,) = some_codes(1)
    module = round(symbol_size(code, profile=profile).module_mm * profile.dots_an_inch / 25.4)
    paper = printed(b"\x1ba\x01" + symbol_bytes(symbol(code.url), profile), profile).page
    left, top, right, bottom = ink(paper)
    assert right - left == bottom - top == 29 * module
    assert top >= 4 * module
    assert paper.height - bottom >= 4 * module
    assert abs(left - (paper.width - right)) <= 1
    page = printed(slip_bytes(a_paper(), code, profile=profile), profile).page
    left, top, right, bottom = the_symbol(page)
    around = page.crop((left - 4 * module, top - 4 * module, right + 4 * module, bottom + 4 * module))
    ImageDraw.Draw(around).rectangle(
        [4 * module - 2, 4 * module - 2, 33 * module + 2, 33 * module + 2], fill=1
    )
    assert around.convert("L").getextrema() == (255, 255)


@EVERY_KIND
def test_a_module_is_whole_dots_and_as_large_as_a_tills_scanner_wants(profile) -> None:
    size = symbol_size(some_codes(1)[0], profile=profile)
    dots = size.module_mm * profile.dots_an_inch / 25.4
    assert dots == pytest.approx(6)
    assert size.is_in_gs1_window
    assert 20 < size.symbol_mm < 26


@pytest.mark.parametrize("name", ["58mm-raster", "80mm-raster"])
def test_a_symbol_sent_dot_by_dot_is_the_drawing_module_by_module(name) -> None:
    drawing, profile = symbol("HTTPS://O.EXA.MP/C/" + "7" * 15), PROFILES[name]
    out = printed(symbol_bytes(drawing, profile), profile)
    assert not out.symbols
    page = out.page.crop((24, 0, 24 + profile.dots, out.page.height))
    corner = (profile.dots - drawing.size * 6) // 2, 4 * 6
    for y in range(-4, drawing.size + 4):
        for x in range(-4, drawing.size + 4):
            module = page.crop(
                (corner[0] + 6 * x, corner[1] + 6 * y, corner[0] + 6 * x + 6, corner[1] + 6 * y + 6)
            )
            expected = 0 if drawing.is_dark(x, y) else 255
            assert module.convert("L").getextrema() == (expected, expected)


def test_a_picture_goes_out_in_bands_that_end_between_modules() -> None:
    """GS v 0, m = 0, xL xH the bytes of a row, yL yH the rows: 48 bytes are a head of 384 dots."""
    slip = slip_bytes(a_paper(), some_codes(1)[0], profile=PROFILES["58mm-raster"])
    bands = re.findall(rb"\x1dv0\x00\x30\x00(..)", slip, re.DOTALL)
    assert [int.from_bytes(rows, "little") for rows in bands] == [60, 60, 60, 42]


def test_slip_and_press_draw_the_same_symbol() -> None:
    (code,), profile = some_codes(1), PROFILES["80mm-raster"]
    press = press_for(code.url[:-15])
    assert symbol_bytes(press.symbol(code.url[-15:]), profile) in slip_bytes(a_paper(), code, profile=profile)


def test_at_least_four_modules_of_paper_are_fed_before_and_after_the_symbol() -> None:
    slip = slip_bytes(a_paper(), some_codes(1)[0], profile=NARROW)
    ((_, module_dots, _),) = printed(slip, NARROW).symbols
    above, below = slip.split(b"\x1d(k\x04\x001A2\x00")[0], slip.split(b"1Q0")[1]
    assert above[-3:-1] == below[:2] == b"\x1bd"
    assert above[-1] * LINE_DOTS >= 4 * module_dots
    assert below[2] * LINE_DOTS >= 4 * module_dots


def test_code_host_and_the_words_are_on_the_slip_in_the_printers_letters() -> None:
    paper = a_paper(words_in(headline="Double 11", price="49,90\u202f€", terms_line="Jusqu’au 11 novembre"))
    code = some_codes(1)[0]
    out = printed(slip_bytes(paper, code))
    for expected in ("Double 11", "49,90 €", code.code, paper.host, "Jusqu'au 11 novembre", "dira « Maison"):
        assert expected in out.text
    assert out.pictures == []
    assert out.cuts == 1


def test_a_slip_reads_from_the_offer_to_the_small_type() -> None:
    paper = market_paper("fr")
    (code,), slip = some_codes(1), slip_bytes(paper, some_codes(1)[0])
    above, below = (printed(part).text for part in slip.split(native_symbol_of(slip)))
    (caption,), (promise,), (terms,) = paper.captions, paper.promises, paper.terms_lines
    said = [plain(line.text) for line in (caption, promise, terms)]
    assert flowing(above).endswith(said[0])
    assert flowing(below) == " ".join([code.code, paper.host, said[1], said[2], plain(paper.run)])


@EVERY_KIND
def test_no_line_is_longer_than_the_paper(profile) -> None:
    paper = a_paper(words_in(terms_line="mot " * 60))
    out = printed(slip_bytes(paper, some_codes(1)[0], profile=profile), profile)
    assert max(map(len, out.text.split("\n"))) <= profile.columns


def test_a_price_and_its_currency_stay_on_one_line() -> None:
    paper = a_paper(words_in(price="x" * 28 + " 49,90\u00a0€"))
    out = printed(slip_bytes(paper, some_codes(1)[0], profile=NARROW), NARROW)
    assert "\n49,90 €\n" in out.text


@EVERY_ROLL
@pytest.mark.parametrize(
    "locale, caption",
    [
        ("ar_SA", ARABIC),
        ("ja_JP", JAPANESE),
        ("th_TH", THAI),
        ("kk_KZ", KAZAKH),
        ("he_IL", HEBREW),
        ("hi_IN", HINDI),
    ],
)
def test_letters_the_printer_lacks_are_sent_as_a_picture(locale, caption, profile) -> None:
    paper = a_paper(words_in(locale, caption=caption))
    out = printed(slip_bytes(paper, some_codes(1)[0], profile=profile), profile)
    (picture,) = out.pictures
    black = picture.convert("L").histogram()[0]
    assert picture.width == profile.dots
    assert 200 < black < picture.width * picture.height / 3
    assert "?" not in out.text
    assert caption not in out.text


def test_a_long_picture_is_sent_in_parts_a_small_printer_can_hold() -> None:
    paper = a_paper(words_in("ja_JP", caption=JAPANESE * 20))
    out = printed(slip_bytes(paper, some_codes(1)[0], profile=NARROW), NARROW)
    assert len(out.pictures) > 1
    assert max(picture.height for picture in out.pictures) <= 256


def test_a_word_wider_than_the_roll_is_set_smaller_and_never_cut() -> None:
    word = "Donaudampfschifffahrtsgesellschaft"
    paper = a_paper(words_in("de_DE", caption=f"{word} jetzt"))
    (code,) = some_codes(1)
    assert len(printed(slip_bytes(paper, code, profile=NARROW), NARROW).pictures) == 1
    assert word in printed(slip_bytes(paper, code)).text


def test_a_word_no_type_is_small_enough_for_is_refused_with_a_remedy() -> None:
    paper = a_paper(words_in("de_DE", caption="Kapitänsmützen" * 6))
    with pytest.raises(BadLayout, match="use wider paper or shorter words"):
        slip_bytes(paper, some_codes(1)[0], profile=NARROW)


def test_without_fonts_a_line_is_never_silently_missing(monkeypatch) -> None:
    monkeypatch.setattr(typesetting, "_FOLDERS", {})
    with pytest.raises(PrintUnavailable, match=r"pip install 'omni-offers\[print\]'"):
        slip_bytes(a_paper(words_in("ja_JP", caption=f"店{JAPANESE}")), some_codes(1)[0])


def test_the_font_that_lacks_is_named_with_its_package(monkeypatch) -> None:
    monkeypatch.delitem(typesetting._FOLDERS, "fontpkg_noto_sans_thai")
    with pytest.raises(PrintUnavailable, match="pip install fontpkg-noto-sans-thai"):
        slip_bytes(a_paper(words_in("th_TH", caption=f"{THAI} {THAI}")), some_codes(1)[0])


def test_words_in_the_printers_own_letters_need_no_font(monkeypatch) -> None:
    monkeypatch.setattr(typesetting, "_FOLDERS", {})
    assert "Maison" in printed(slip_bytes(a_paper(), some_codes(1)[0])).text


@EVERY_ROLL
@pytest.mark.parametrize("slug", BILINGUAL)
def test_a_slip_of_several_languages_says_every_line_within_its_roll(slug, profile) -> None:
    paper, (code,) = market_paper(slug), some_codes(1, host="GO.LARKFELL.EXAMPLE")
    out = printed(slip_bytes(paper, code, profile=profile), profile)
    lines = (*paper.offer, *paper.captions, *paper.promises, *paper.terms_lines)
    by_hand = [
        line for line in lines if not line.text.isascii() and line.locale[:2] not in ("de", "fr", "it", "nl")
    ]
    assert len(out.pictures) >= len(by_hand)
    assert all(picture.width == profile.dots for picture in out.pictures)
    assert max(map(len, out.text.split("\n"))) <= profile.columns
    assert "?" not in out.text
    assert list(read_by_zxing(out.page)) == list(read_by_zbar(out.page)) == [code.url]


def test_right_to_left_lines_stand_at_the_right_of_the_roll_and_others_in_the_middle() -> None:
    def picture(locale: str, caption: str) -> Image.Image:
        paper = a_paper(words_in(locale, caption=caption))
        return printed(slip_bytes(paper, some_codes(1)[0])).pictures[0]

    left, _, right, _ = ink(picture("ar_AE", "امسح الرمز"))
    assert right > 500
    assert left > 256
    left, _, right, _ = ink(picture("ja_JP", "スキャン"))
    assert abs(left - (512 - right)) < 16


def test_a_caption_cannot_give_the_printer_commands() -> None:
    out = printed(slip_bytes(a_paper(words_in(caption="a\x1bp\x00\x19\x19b\nc")), some_codes(1)[0]))
    assert "apb c" in out.text


def test_a_test_slip_says_so_above_and_below_the_symbol() -> None:
    slip = slip_bytes(a_paper(mark="TEST"), some_codes(1)[0])
    mark = b"\x1d!\x11\x1bE\x01TEST\n\x1d!\x00\x1bE\x00"
    above, below = slip.split(b"\x1d(k\x04\x001A2\x00")[0], slip.split(b"1Q0")[1]
    assert above.endswith(mark + b"\x1bd\x01")
    assert below.startswith(b"\x1bd\x01" + mark)
    assert b"TEST" not in slip_bytes(a_paper(), some_codes(1)[0])


def test_a_host_too_long_for_paper_is_refused() -> None:
    (code,) = some_codes(1, host="A" * 600 + ".EXAMPLE")
    with pytest.raises(BadLayout, match="use a shorter host"):
        slip_bytes(a_paper(), code)


def test_a_symbol_too_fine_for_the_roll_is_refused() -> None:
    (code,) = some_codes(1, host="A" * 180 + ".EXAMPLE")
    strip = NARROW.model_copy(update={"dots": 256})
    with pytest.raises(BadLayout, match="shorter host or a wider roll"):
        slip_bytes(a_paper(), code, profile=strip)


def test_a_printer_of_labels_is_refused() -> None:
    with pytest.raises(BadLayout, match="prints labels, not slips"):
        slip_bytes(a_paper(), some_codes(1)[0], profile=PROFILES["zpl-203"])


def test_a_printer_is_opened_and_cut_as_its_profile_says() -> None:
    own = NARROW.model_copy(update={"opening": b"\x1c.", "cut": b"\x1dV\x00"})
    slip = slip_bytes(a_paper(), some_codes(1)[0], profile=own)
    assert slip.startswith(b"\x1b@\x1c.\x1ba\x01")
    assert slip.endswith(b"\x1bd\x04\x1dV\x00\x1b@")
    torn = slip_bytes(a_paper(), some_codes(1)[0], profile=PROFILES["58mm-raster"])
    assert b"\x1dV" not in torn


def test_hebrew_is_never_left_to_a_printer_that_has_its_letters() -> None:
    """It would print them from left to right."""
    profile = NARROW.model_copy(update={"code_pages": (("cp437", 0), ("cp862", 36))})
    out = printed(
        slip_bytes(a_paper(words_in("he_IL", caption=HEBREW)), some_codes(1)[0], profile=profile), profile
    )
    assert out.text.strip("\n").split("\n")[0] == some_codes(1)[0].code


def test_where_a_tax_qr_stands_on_receipts_ours_is_ruled_off_with_white_between() -> None:
    paper, (code,) = market_paper("sa"), some_codes(1)
    close, apart = (printed(slip_bytes(paper, code, has_fiscal_qr=told)).page for told in (False, True))
    assert row(apart, 0) == 512
    (below,) = (y for y in range(40, apart.height) if row(apart, y) == 512 and row(apart, y - 1) < 512)
    white = 5 * 8  # 5 mm
    assert all(row(apart, y) == 0 for y in (*range(5, 5 + white), *range(below - white, below)))
    between = apart.crop((0, 64, apart.width, below - 60))
    assert between.tobytes() == close.crop((0, 0, close.width, between.height)).tobytes()


def row(page: Image.Image, y: int) -> int:
    """How many dots of a row are black."""
    return int(page.crop((0, y, page.width, y + 1)).convert("L").histogram()[0])


def test_the_caption_stands_directly_above_the_symbol() -> None:
    """Nothing that could be said of the tax QR comes between."""
    paper = a_paper(words_in(caption="Scannez ici"))
    above = slip_bytes(paper, some_codes(1)[0], has_fiscal_qr=True).split(b"\x1d(k")[0]
    assert above.endswith(b"Scannez ici\n\x1bd\x01")


def test_the_next_slip_of_a_till_waits_for_no_type_to_be_set(monkeypatch) -> None:
    first, second = some_codes(2)
    slip_bytes(market_paper("sa"), first)
    monkeypatch.delattr(dots, "typeset")
    later = replace(market_paper("sa"), run=market_paper("sa").run.replace("#7", "#8"))
    assert "r3 · 2026-11-11 · #8" in printed(slip_bytes(later, second)).text


def a_picture(
    size: tuple[int, int], *, form: str = "PNG", colour: str = "#123456", mode: str = "RGB"
) -> bytes:
    """A picture file of one colour."""
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, form)
    return file.getvalue()


SVG_LOGO = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 1'><path d='M0 0h4v1h-4z'/></svg>"


@EVERY_ROLL
@pytest.mark.parametrize(
    "logo",
    [
        a_picture((2000, 500)),
        a_picture((2000, 500), form="JPEG"),
        a_picture((2000, 500), form="WebP"),
        SVG_LOGO,
    ],
    ids=["png", "jpeg", "webp", "svg"],
)
def test_a_logo_stands_on_top_in_the_middle_half_as_wide_as_the_roll(logo, profile) -> None:
    out = printed(slip_bytes(a_paper(logo=logo), some_codes(1)[0], profile=profile), profile)
    half = profile.dots // 2
    left, top, right, bottom = ink(out.pictures[0])
    assert (left, top, right) == (half // 2, 0, half // 2 + half)
    assert bottom == pytest.approx(half / 4, abs=1)
    assert list(read_by_zxing(out.page)) == [some_codes(1)[0].url]


def test_a_high_logo_does_not_eat_the_roll() -> None:
    out = printed(slip_bytes(a_paper(logo=a_picture((300, 3000))), some_codes(1)[0]))
    assert out.pictures[0].height <= 128


def test_a_drawing_is_black_or_white_and_a_photograph_a_pattern_of_dots() -> None:
    flat = printed(
        slip_bytes(a_paper(logo=a_picture((100, 100), colour="#606060")), some_codes(1)[0])
    ).pictures[0]
    assert flat.crop(ink(flat)).convert("L").getextrema() == (0, 0)
    shaded = io.BytesIO()
    Image.linear_gradient("L").save(shaded, "PNG")
    photograph = printed(slip_bytes(a_paper(logo=shaded.getvalue()), some_codes(1)[0])).pictures[0]
    middle = photograph.crop((256 - 30, 54, 256 + 30, 74)).convert("L").histogram()
    assert 0.3 < middle[0] / (middle[0] + middle[255]) < 0.7


def test_what_is_see_through_in_a_logo_is_white_paper() -> None:
    see_through = a_picture((50, 50), colour="#00000000", mode="RGBA")
    with pytest.raises(BadLayout, match="leaves no ink on white paper"):
        slip_bytes(a_paper(logo=see_through), some_codes(1)[0])


@pytest.mark.parametrize("broken", [b"", b"GIF89a", b"<svg", SVG_LOGO[:40], a_picture((9, 9))[:40]])
def test_a_logo_that_cannot_be_read_is_refused_with_a_remedy(broken) -> None:
    with pytest.raises(BadLayout, match="use PNG, JPEG, WebP or SVG"):
        slip_bytes(a_paper(logo=broken or b"?"), some_codes(1)[0])
