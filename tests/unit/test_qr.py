"""A symbol says its address, keeps its quiet zone and is the same picture every time."""

from __future__ import annotations

import pytest
from PIL import Image
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.main import QRCode
from qrcode.util import MODE_ALPHA_NUM, QRData, lost_point

from omni.domain.batch import LONGEST_ADDRESS, before_letters
from omni.domain.code import ALPHABET
from omni.present import terminal
from omni.present.press import press_for
from omni.present.qr import MASK_OF_OTHER_TEXTS, MASKS, encoded, mask_for, symbol, version_for
from omni.present.slip import BadLayout
from tests.support.paper import read_by_zbar, read_by_zxing, some_codes

URL = "HTTPS://GO.MAISON.EXAMPLE/C/23456789BCDFGHJ"


def rows(text: str, mask: int) -> tuple[int, ...]:
    modules = encoded(text, level="Q", mask=mask).modules
    return tuple(int("".join(map(str, map(int, row))), 2) for row in modules)


def picture_of_text(blocks: str, *, module: int = 6) -> Image.Image:
    lines = blocks.split("\n")
    image = Image.new("L", (len(lines[0]), 2 * len(lines)), 255)
    for row, line in enumerate(lines):
        for column, block in enumerate(line):
            if block in "▀█":
                image.putpixel((column, 2 * row), 0)
            if block in "▄█":
                image.putpixel((column, 2 * row + 1), 0)
    return image.resize((image.width * module, image.height * module), Image.Resampling.NEAREST)


def test_a_printed_address_fits_version_three() -> None:
    drawing = symbol(URL)
    assert (drawing.version, drawing.size, drawing.full_size) == (3, 29, 37)


def test_small_letters_need_a_larger_symbol() -> None:
    assert symbol(URL.lower()).version > symbol(URL).version


def test_letters_and_digits_are_one_dense_segment() -> None:
    url = "HTTPS://GO.MAISON.EXAMPLE/C/222222222222222"
    mask = mask_for("HTTPS://GO.MAISON.EXAMPLE/C/", level="Q", letters=15)
    reference = QRCode(error_correction=ERROR_CORRECT_Q, mask_pattern=mask)
    reference.add_data(QRData(url, mode=MODE_ALPHA_NUM))
    reference.make()
    drawing = symbol(url)
    drawn = [[drawing.is_dark(x, y) for x in range(drawing.size)] for y in range(drawing.size)]
    assert drawn == reference.modules


def test_a_higher_level_is_kept_in_the_symbol() -> None:
    assert [symbol(URL, level=level).level for level in "LMQH"] == list("LMQH")


def test_an_unknown_level_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="use one of L, M, Q, H"):
        symbol(URL, level="X")


def test_all_codes_of_a_host_share_the_mask_that_suits_it_best() -> None:
    codes = some_codes(40)
    prefix, own = codes[0].url[:-15], mask_for(codes[0].url[:-15], level="Q", letters=15)
    penalty = [
        sum(lost_point(encoded(code.url, level="Q", mask=mask).modules) for code in codes) for mask in MASKS
    ]
    assert penalty[own] < 0.95 * sum(penalty) / len(penalty)
    assert press_for(prefix, level="Q").mask == own
    assert [symbol(code.url).modules for code in codes] == [rows(code.url, own) for code in codes]


def test_a_text_that_is_no_address_of_ours_keeps_one_mask() -> None:
    for text in ("https://shop.example/p/live", "1:3q2+7w==", "HTTPS://A.EXAMPLE"):
        assert symbol(text).modules == rows(text, MASK_OF_OTHER_TEXTS)


def test_a_press_draws_the_same_symbol() -> None:
    for code in some_codes(3):
        assert press_for(code.url[:-15], level="Q").symbol(code.url[-15:]) == symbol(code.url)


@pytest.mark.parametrize("length", [400, 5000])
def test_a_host_too_long_for_version_ten_is_named_with_the_remedy(length: int) -> None:
    host = "X" * length + ".EXAMPLE"
    with pytest.raises(BadLayout, match=f"{host} is too long .* use a shorter host"):
        symbol(f"HTTPS://{host}/C/{ALPHABET[:15]}")
    with pytest.raises(BadLayout, match="use a shorter host"):
        press_for(f"HTTPS://{host}/C/", level="Q")


def test_the_longest_address_a_batch_may_have_is_the_longest_that_can_be_drawn() -> None:
    longest = before_letters("https://" + "x" * (LONGEST_ADDRESS - len("https:///c/") - 15))
    assert version_for(longest, level="Q", letters=15) == 10
    with pytest.raises(BadLayout):
        version_for("X" + longest, level="Q", letters=15)


@pytest.mark.parametrize("letters", ["", URL[-14:], URL[-15:] + "2", URL[-15:].lower(), "É" * 15, "A" * 15])
def test_letters_that_no_code_has_are_refused_by_a_press(letters: str) -> None:
    with pytest.raises(ValueError, match="not the 15 letters of a code"):
        press_for(URL[:-15]).rows(letters)


def test_a_press_needs_the_slash_before_the_letters() -> None:
    with pytest.raises(ValueError, match="slash"):
        press_for("HTTPS://GO.MAISON.EXAMPLE")


def test_runs_and_modules_say_the_same() -> None:
    drawing = symbol(URL)
    from_runs = {(run.x + step, run.y) for run in drawing.runs() for step in range(run.length)}
    from_modules = {(x, y) for x in range(drawing.size) for y in range(drawing.size) if drawing.is_dark(x, y)}
    assert from_runs == from_modules


def test_outside_the_symbol_everything_is_white() -> None:
    drawing = symbol(URL)
    assert not any(drawing.is_dark(x, y) for x in (-1, drawing.size) for y in range(-4, 33))


def test_module_and_distance_follow_from_the_width() -> None:
    drawing = symbol(URL)
    assert drawing.module_mm(37) == pytest.approx(1.0)
    assert drawing.reading_distance_mm(37) == pytest.approx(290.0)


@pytest.mark.parametrize("read", [read_by_zxing, read_by_zbar])
def test_the_blocks_of_a_terminal_are_read_by_both_decoders(read) -> None:
    for code in some_codes(5):
        image = picture_of_text(terminal.half_blocks(symbol(code.url)))
        assert list(read(image)) == [code.url]


def test_a_terminal_gets_the_quiet_zone_on_all_four_sides() -> None:
    lines = terminal.half_blocks(symbol(URL)).split("\n")
    assert lines[0].strip() == lines[1].strip() == lines[-1].strip() == lines[-2].strip() == ""
    assert all(len(line) == 37 and line.startswith("    ") and line.endswith("    ") for line in lines)


def test_on_screen_every_line_sets_and_resets_its_colours() -> None:
    for line in terminal.on_screen(symbol(URL)).split("\n"):
        assert line.startswith("\x1b[38;5;16;48;5;231m")
        assert line.endswith("\x1b[0m")
