"""A press draws what an encoder draws, module by module, whatever it is set up for."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from qrcode.main import QRCode
from qrcode.util import BIT_LIMIT_TABLE, MODE_8BIT_BYTE, MODE_ALPHA_NUM, length_in_bits

from omni.domain.code import ALPHABET
from omni.present.press import Press
from omni.present.qr import LEVELS, QUIET_ZONE
from tests.support.paper import read_by_zxing

# No nought in a host: a long run of them is a block of zero bits, and on that the `qrcode` package fails.
MODES = {
    MODE_ALPHA_NUM: ("HTTPS://", "ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789.-", "/C/"),
    MODE_8BIT_BYTE: ("https://", "abcdefghijklmnopqrstuvwxyz123456789.-", "/c/"),
}
VERSIONS = range(2, 11)
PHASES = (Phase.generate,)  # shrinking would set up hundreds of presses, for a failure that is plain as it is
MOST_LETTERS = 24


def longest(version: int, level: str, mode: int) -> int:
    """Characters that a version holds, from the standard's count of bits."""
    bits = BIT_LIMIT_TABLE[LEVELS[level]][version] - 4 - length_in_bits(mode, version)
    if mode == MODE_8BIT_BYTE:
        return bits // 8
    return bits // 11 * 2 + (bits % 11 >= 6)


@st.composite
def presses(draw: st.DrawFn, version: int, level: str, mode: int, mask: int) -> Press:
    """A press of just this version, with a host and a number of letters that need it."""
    scheme, alphabet, path = MODES[mode]
    around = len(scheme + path)
    fewest = max(longest(version - 1, level, mode), around + 1) + 1
    total = draw(st.integers(fewest, longest(version, level, mode)))
    letters = draw(st.integers(1, min(MOST_LETTERS, total - around - 1)))
    size = total - around - letters
    host = draw(st.text(alphabet, min_size=size, max_size=size))
    return Press(scheme + host + path, level=level, letters=letters, mask=mask)


def codes_of(press: Press) -> st.SearchStrategy[str]:
    return st.text(ALPHABET, min_size=press.letters, max_size=press.letters)


def expected_rows(press: Press, letters: str) -> bytes:
    """What the `qrcode` package draws, as packed rows."""
    code = QRCode(error_correction=LEVELS[press.level], mask_pattern=press.mask)
    code.add_data(press.prefix + letters, optimize=0)
    code.make()
    width = -(-len(code.modules) // 8)
    texts = ["".join(map(str, map(int, row))).ljust(8 * width, "0") for row in code.modules]
    return b"".join(int(text, 2).to_bytes(width, "big") for text in texts)


def check(press: Press, drawn: str) -> None:
    """One code, and the two that turn over every table's ends."""
    for letters in (drawn, ALPHABET[0] * press.letters, ALPHABET[-1] * press.letters):
        assert press.rows(letters) == expected_rows(press, letters), (press.prefix, letters)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=1, phases=PHASES)
@given(data=st.data())
def test_every_version_and_level_is_drawn_as_an_encoder_draws_it(
    data: st.DataObject, version: int, level: str
) -> None:
    mode, mask = data.draw(st.sampled_from(list(MODES))), data.draw(st.integers(0, 7))
    press = data.draw(presses(version, level, mode, mask))
    assert press.version == version
    check(press, data.draw(codes_of(press)))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("mask", range(8))
@settings(max_examples=2, phases=PHASES)
@given(data=st.data())
def test_every_mask_is_laid_over_as_an_encoder_lays_it(data: st.DataObject, mask: int, mode: int) -> None:
    press = data.draw(presses(data.draw(st.sampled_from(VERSIONS[:4])), "M", mode, mask))
    check(press, data.draw(codes_of(press)))


@pytest.mark.parametrize("letters", range(1, MOST_LETTERS + 1))
def test_every_number_of_letters_is_cut_into_pairs_as_an_encoder_cuts_it(letters: int) -> None:
    code = (ALPHABET + ALPHABET)[letters : 2 * letters]
    for host in ("A.EXAMPLE", "AB.EXAMPLE"):
        check(Press(f"HTTPS://{host}/C/", level="L", letters=letters, mask=3), code)


def test_every_pair_of_letters_stands_in_every_table() -> None:
    press = Press("HTTPS://GO.MAISON.EXAMPLE/C/", mask=5)
    for first, second in product(ALPHABET, repeat=2):
        letters = ((first + second) * 8)[: press.letters]
        assert press.rows(letters) == expected_rows(press, letters)


@pytest.mark.parametrize("host", ["HTTPS://A.CO", "https://go.maison.example", "HTTPS://" + "X" * 140])
def test_a_phone_reads_what_a_press_draws(host: str) -> None:
    press = Press(f"{host}/C/")
    image = Image.frombytes("1", (press.size, press.size), press.rows(ALPHABET[-15:]))
    framed = ImageOps.expand(ImageOps.invert(image.convert("L")), QUIET_ZONE, fill=255)
    assert list(read_by_zxing(framed.resize((framed.width * 4, framed.height * 4)))) == [
        press.prefix + ALPHABET[-15:]
    ]
