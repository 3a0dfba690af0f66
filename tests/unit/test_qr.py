"""A symbol says its address, keeps its quiet zone and is the same picture every time."""

from __future__ import annotations

import pytest
from PIL import Image
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.main import QRCode
from qrcode.util import MODE_ALPHA_NUM, QRData

from omni.present import terminal
from omni.present.qr import MASK, symbol
from tests.support.paper import read_by_zbar, read_by_zxing, some_codes

URL = "HTTPS://GO.MAISON.EXAMPLE/C/23456789BCDFGHJ"


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
    reference = QRCode(error_correction=ERROR_CORRECT_Q, mask_pattern=MASK)
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
