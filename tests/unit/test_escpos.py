"""Slips for thermal printers, read the way a printer reads them: command by command."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import pytest
from PIL import Image

from omni.present import typesetting
from omni.present.escpos import native_symbol, slip_bytes
from omni.present.images import png
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

ARABIC = "امسح الرمز واحصل على العرض"
JAPANESE = "レシートのコードをスキャン"
THAI = "สแกนโค้ดนี้เพื่อรับข้อเสนอ"
KAZAKH = "Ұсынысты алу үшін осы кодты сканерлеңіз: әғқңөұүһі"
HEBREW = "סרקו את הקוד כדי לקבל את ההטבה"
HINDI = "ऑफ़र पाने के लिए यह कोड स्कैन करें"


@dataclass
class Printout:
    """What came out of the printer."""

    text: str = ""
    pictures: list[Image.Image] = field(default_factory=list)
    stored: bytes = b""
    symbols: list[tuple[bytes, int, int]] = field(default_factory=list)
    module_dots: int = 3
    feeds: list[int] = field(default_factory=list)
    cuts: int = 0


def printed(data: bytes) -> Printout:
    """A printer that knows the commands of our slips and stops at any other."""
    paper, page, at = Printout(), "cp437", 0
    while at < len(data):
        two, three = data[at : at + 2], data[at + 2] if at + 2 < len(data) else 0
        if two == b"\x1b@":
            at += 2
        elif two in (b"\x1ba", b"\x1bE", b"\x1d!"):
            at += 3
        elif two == b"\x1bt":
            page, at = {0: "cp437", 19: "cp858"}[three], at + 3
        elif two == b"\x1bd":
            paper.feeds.append(three)
            at += 3
        elif two == b"\x1dV":
            paper.cuts += 1
            at += 3
        elif two == b"\x1d(":
            at = obey_symbol_command(paper, data, at)
        elif two == b"\x1dv":
            at = print_picture(paper, data, at)
        else:
            assert data[at] == 10 or data[at] >= 32, f"a stray command at byte {at}"
            paper.text += data[at : at + 1].decode(page)
            at += 1
    return paper


def obey_symbol_command(paper: Printout, data: bytes, at: int) -> int:
    length = int.from_bytes(data[at + 3 : at + 5], "little")
    body = data[at + 5 : at + 5 + length]
    assert data[at + 2 : at + 3] == b"k"
    assert body[:1] == b"1"
    if body[1:2] == b"C":
        paper.module_dots = body[2]
    elif body[1:2] == b"P":
        paper.stored = body[3:]
    elif body[1:2] == b"Q":
        paper.symbols.append((paper.stored, paper.module_dots, len(paper.feeds)))
    return at + 5 + length


def print_picture(paper: Printout, data: bytes, at: int) -> int:
    width, rows = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (4, 6))
    dots = data[at + 8 : at + 8 + width * rows]
    assert len(dots) == width * rows
    paper.pictures.append(Image.frombytes("1", (width * 8, rows), bytes(255 - byte for byte in dots)))
    return at + 8 + width * rows


def test_the_commands_are_those_of_the_printers_manual_byte_for_byte() -> None:
    drawing = symbol("HTTPS://O.EXA.MP/7K3M9QXW2F", level="M")
    expected = (
        "1d286b040031413200 1d286b0300314306 1d286b0300314531"
        " 1d286b1e00315030 48545450533a2f2f4f2e4558412e4d502f374b334d395158573246"
        " 1d286b0300315130"
    )
    assert native_symbol(drawing, module_dots=6) == bytes.fromhex(expected)


@pytest.mark.parametrize("level, number", [("L", 0x30), ("M", 0x31), ("Q", 0x32), ("H", 0x33)])
def test_each_error_level_has_the_number_printers_know_it_by(level, number) -> None:
    slip = slip_bytes(a_paper(), some_codes(1)[0], level=level)
    assert b"\x1d(k\x03\x001E" + bytes([number]) in slip


def test_a_slip_begins_with_reset_and_centring_and_ends_with_the_cut() -> None:
    slip = slip_bytes(a_paper(), some_codes(1)[0])
    assert slip.startswith(b"\x1b@\x1ba\x01")
    assert slip.endswith(b"\x1bd\x04\x1dV\x01\x1b@")


@pytest.mark.parametrize("width_mm", [58, 80])
def test_fifty_slips_store_their_own_address_and_both_decoders_read_it(width_mm) -> None:
    for code in some_codes(50):
        ((stored, module_dots, _),) = printed(slip_bytes(a_paper(), code, width_mm=width_mm)).symbols
        assert stored.decode() == code.url
        assert 4 <= module_dots <= 7
        image = Image.open(io.BytesIO(png(symbol(stored.decode()), module_px=module_dots)))
        assert list(read_by_zxing(image)) == list(read_by_zbar(image)) == [code.url]


def test_at_least_four_modules_of_paper_are_fed_before_and_after_the_symbol() -> None:
    paper = printed(slip_bytes(a_paper(), some_codes(1)[0], width_mm=58))
    ((_, module_dots, feeds_before),) = paper.symbols
    assert paper.feeds[feeds_before - 1] * 30 >= 4 * module_dots
    assert paper.feeds[feeds_before] * 30 >= 4 * module_dots


def test_code_host_and_the_words_are_on_the_slip_in_the_printers_letters() -> None:
    paper = a_paper(words_in(headline="Double 11", price="49,90\u202f€", terms_line="Jusqu’au 11 novembre"))
    code = some_codes(1)[0]
    out = printed(slip_bytes(paper, code))
    for expected in ("Double 11", "49,90 €", code.code, paper.host, "Jusqu'au 11 novembre", "dira « Maison"):
        assert expected in out.text
    assert out.pictures == []
    assert out.cuts == 1


@pytest.mark.parametrize("width_mm, columns", [(58, 32), (80, 42)])
def test_no_line_is_longer_than_the_paper(width_mm, columns) -> None:
    out = printed(slip_bytes(a_paper(words_in(terms_line="mot " * 60)), some_codes(1)[0], width_mm=width_mm))
    assert max(map(len, out.text.split("\n"))) <= columns


def test_a_price_and_its_currency_stay_on_one_line() -> None:
    out = printed(
        slip_bytes(a_paper(words_in(price="x" * 28 + " 49,90\u00a0€")), some_codes(1)[0], width_mm=58)
    )
    assert "\n49,90 €\n" in out.text


@pytest.mark.parametrize("width_mm, dots", [(58, 384), (80, 512)])
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
def test_letters_the_printer_lacks_are_sent_as_a_picture(locale, caption, width_mm, dots) -> None:
    paper = a_paper(words_in(locale, caption=caption))
    out = printed(slip_bytes(paper, some_codes(1)[0], width_mm=width_mm))
    (picture,) = out.pictures
    black = picture.convert("L").histogram()[0]
    assert picture.width == dots
    assert 200 < black < picture.width * picture.height / 3
    assert "?" not in out.text
    assert caption not in out.text


def test_a_long_picture_is_sent_in_parts_a_small_printer_can_hold() -> None:
    paper = a_paper(words_in("ja_JP", caption=JAPANESE * 20))
    out = printed(slip_bytes(paper, some_codes(1)[0], width_mm=58))
    assert len(out.pictures) > 1
    assert max(picture.height for picture in out.pictures) <= 256


def test_a_word_wider_than_the_roll_is_set_smaller_and_never_cut() -> None:
    word = "Donaudampfschifffahrtsgesellschaft"
    paper = a_paper(words_in("de_DE", caption=f"{word} jetzt"))
    assert len(printed(slip_bytes(paper, some_codes(1)[0], width_mm=58)).pictures) == 1
    assert word in printed(slip_bytes(paper, some_codes(1)[0], width_mm=80)).text


def test_a_word_no_type_is_small_enough_for_is_refused_with_a_remedy() -> None:
    paper = a_paper(words_in("de_DE", caption="Kapitänsmützen" * 6))
    with pytest.raises(BadLayout, match="use a wider roll or shorter words"):
        slip_bytes(paper, some_codes(1)[0], width_mm=58)


def test_without_fonts_a_line_is_never_silently_missing(monkeypatch) -> None:
    monkeypatch.setattr(typesetting, "_FOLDERS", {})
    with pytest.raises(PrintUnavailable, match=r"pip install 'omni-offers\[print\]'"):
        slip_bytes(a_paper(words_in("ja_JP", caption=JAPANESE)), some_codes(1)[0])


def test_the_font_that_lacks_is_named_with_its_package(monkeypatch) -> None:
    monkeypatch.delitem(typesetting._FOLDERS, "fontpkg_noto_sans_thai")
    with pytest.raises(PrintUnavailable, match="pip install fontpkg-noto-sans-thai"):
        slip_bytes(a_paper(words_in("th_TH", caption=THAI)), some_codes(1)[0])


def test_words_in_the_printers_own_letters_need_no_font(monkeypatch) -> None:
    monkeypatch.setattr(typesetting, "_FOLDERS", {})
    assert "Maison" in printed(slip_bytes(a_paper(), some_codes(1)[0])).text


def ink(picture: Image.Image) -> tuple[int, int]:
    """The first and last column of a picture that are not white."""
    box = picture.convert("L").point(lambda value: 255 - value).getbbox()
    assert box is not None
    return box[0], box[2]


@pytest.mark.parametrize("width_mm, dots, columns", [(58, 384, 32), (80, 512, 42)])
@pytest.mark.parametrize("slug", BILINGUAL)
def test_a_slip_of_several_languages_says_every_line_within_its_roll(slug, width_mm, dots, columns) -> None:
    paper, (code,) = market_paper(slug), some_codes(1, host="GO.LARKFELL.EXAMPLE")
    out = printed(slip_bytes(paper, code, width_mm=width_mm))
    lines = (*paper.offer, *paper.captions, *paper.terms_lines)
    by_hand = [
        line for line in lines if not line.text.isascii() and line.locale[:2] not in ("de", "fr", "it", "nl")
    ]
    assert len(out.pictures) >= len(by_hand)
    assert all(picture.width == dots for picture in out.pictures)
    assert max(map(len, out.text.split("\n"))) <= columns
    assert "?" not in out.text
    ((stored, module_dots, _),) = out.symbols
    image = Image.open(io.BytesIO(png(symbol(stored.decode()), module_px=module_dots)))
    assert list(read_by_zxing(image)) == list(read_by_zbar(image)) == [code.url]


def test_right_to_left_lines_stand_at_the_right_of_the_roll_and_others_in_the_middle() -> None:
    def picture(locale: str, caption: str) -> Image.Image:
        paper = a_paper(words_in(locale, caption=caption))
        return printed(slip_bytes(paper, some_codes(1)[0], width_mm=80)).pictures[0]

    left, right = ink(picture("ar_AE", "امسح الرمز"))
    assert right > 500
    assert left > 256
    left, right = ink(picture("ja_JP", "スキャン"))
    assert abs(left - (512 - right)) < 16


def test_a_caption_cannot_give_the_printer_commands() -> None:
    out = printed(slip_bytes(a_paper(words_in(caption="a\x1bp\x00\x19\x19b\nc")), some_codes(1)[0]))
    assert "apb c" in out.text


def test_a_test_slip_says_so_above_and_below_the_symbol() -> None:
    slip = slip_bytes(a_paper(mark="TEST"), some_codes(1)[0])
    mark = b"\x1d!\x11\x1bE\x01\x1bt\x00TEST\n\x1d!\x00"
    above, below = slip.split(b"\x1d(k\x04\x001A2\x00")[0], slip.split(b"1Q0")[1]
    assert above.endswith(mark + b"\x1bd\x01")
    assert below.startswith(b"\x1bd\x01" + mark)
    assert b"TEST" not in slip_bytes(a_paper(), some_codes(1)[0])


def test_a_roll_we_do_not_know_is_refused() -> None:
    with pytest.raises(BadLayout, match="a roll of 57 mm: use one of 58, 80"):
        slip_bytes(a_paper(), some_codes(1)[0], width_mm=57)


def test_a_symbol_too_fine_for_the_roll_is_refused() -> None:
    (code,) = some_codes(1, host="A" * 600 + ".EXAMPLE")
    with pytest.raises(BadLayout, match="shorter host or a wider roll"):
        slip_bytes(a_paper(), code, width_mm=58)
