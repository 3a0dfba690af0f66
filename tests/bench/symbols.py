"""QR symbols as packed one-bit rows: tables against encoders, on one core, in one run.

Every maker is handed the same addresses in turn, round by round, and has to end with the same thing: rows of
bits, one after the other. Compared are our press (from the letters, and from the number with its sealing),
`qrcode` choosing the mask of each symbol and with a mask fixed, segno, and zxing-cpp's writer in C++ with its
picture. Printed are symbols a second of processor time, and how many times slower each is than the press, as
the median and the spread over the rounds; then how good the press's one mask is by the standard's penalty,
beside a mask chosen for each symbol and a mask by chance.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from statistics import mean, median
from time import process_time
from typing import NamedTuple

import numpy as np
import segno
import zxingcpp
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.main import QRCode
from qrcode.util import lost_point

from omni.domain.code import LETTER_COUNT, Purpose, seal
from omni.present.press import press_for
from omni.present.qr import MASKS, encoded

ROUNDS = 7
CODES = 60
PRESSED = 100 * CODES
HOSTS = ("A.CO", "GO.MAISON.EXAMPLE", "OFFERS.LARKFELL.EXAMPLE", "go.maison.example")

KEY = b"\x01" * 32
PREFIX = "HTTPS://GO.MAISON.EXAMPLE/C/"
PRESS = press_for(PREFIX)


class Maker(NamedTuple):
    """One way to a symbol's rows, and how many codes it draws in a round."""

    name: str
    draw: Callable[[int, str], object]
    codes: int = CODES


def letters_of(number: int) -> str:
    """The sealed letters of a number."""
    return seal(number, KEY, Purpose.CODE)


def by_qrcode(letters: str, mask: int | None) -> bytes:
    """The rows of the `qrcode` package; without a mask it tries all eight."""
    code = QRCode(error_correction=ERROR_CORRECT_Q, mask_pattern=mask)
    code.add_data(PREFIX + letters, optimize=0)
    code.make()
    return np.packbits(code.modules, axis=1).tobytes()


def by_segno(letters: str, mask: int | None) -> bytes:
    """The rows of segno, as its portable bitmap."""
    file = io.BytesIO()
    segno.make_qr(PREFIX + letters, error="q", boost_error=False, mask=mask).save(file, kind="pbm", border=0)
    return file.getvalue()


def by_zxing(letters: str) -> bytes:
    """The rows of zxing-cpp's writer."""
    code = zxingcpp.create_barcode(PREFIX + letters, zxingcpp.BarcodeFormat.QRCode, ec_level="Q")
    return np.packbits(np.array(code.to_image(scale=1, add_quiet_zones=False)) == 0, axis=1).tobytes()


MAKERS = (
    Maker("press", lambda _, letters: PRESS.rows(letters), PRESSED),
    Maker("press, from the number", lambda number, _: PRESS.rows(letters_of(number)), PRESSED),
    Maker("zxing-cpp", lambda _, letters: by_zxing(letters)),
    Maker("segno, fixed mask", lambda _, letters: by_segno(letters, PRESS.mask)),
    Maker("qrcode, fixed mask", lambda _, letters: by_qrcode(letters, PRESS.mask)),
    Maker("segno", lambda _, letters: by_segno(letters, None)),
    Maker("qrcode", lambda _, letters: by_qrcode(letters, None)),
)


def seconds_each(maker: Maker, codes: Sequence[tuple[int, str]]) -> float:
    """What one symbol costs."""
    draw, begun = maker.draw, process_time()
    for number, letters in codes[: maker.codes]:
        draw(number, letters)
    return (process_time() - begun) / maker.codes


def races() -> dict[str, list[float]]:
    """The seconds a symbol of every maker, round by round, on the same codes."""
    found: dict[str, list[float]] = {maker.name: [] for maker in MAKERS}
    for round_no in range(ROUNDS):
        codes = [
            (number, letters_of(number)) for number in range(round_no * PRESSED, (round_no + 1) * PRESSED)
        ]
        for maker in MAKERS:
            found[maker.name].append(seconds_each(maker, codes))
    return found


def penalties() -> tuple[float, float, float]:
    """Mean penalty of the press's masks, of an encoder's own choices, of masks by chance."""
    chosen, own, chance = [], [], []
    for host in HOSTS:
        prefix = f"https://{host}/c/" if host.islower() else f"HTTPS://{host}/C/"
        mask = press_for(prefix).mask
        for number in range(CODES):
            text = prefix + letters_of(number)
            each = [lost_point(encoded(text, level="Q", mask=mask).modules) for mask in MASKS]
            chosen.append(each[mask])
            own.append(min(each))
            chance.append(mean(each))
    return mean(chosen), mean(own), mean(chance)


def main() -> None:
    """Print the makers from fast to slow, and the masks."""
    begun = process_time()
    PRESS.rows("2" * LETTER_COUNT)
    print(f"setting up a press: {process_time() - begun:.2f} s, its mask included")
    found = races()
    base = found["press"]
    for name, seconds in found.items():
        ratios = sorted(each / ours for each, ours in zip(seconds, base, strict=True))
        rate, spread = 1 / median(seconds), f"({ratios[0]:,.1f} to {ratios[-1]:,.1f})"
        print(f"{name:<23} {rate:>9,.0f} a second {median(ratios):>9,.1f} x  {spread}")
    chosen, own, chance = penalties()
    print(f"penalty of a symbol: press {chosen:.0f}, an encoder's own mask {own:.0f}, by chance {chance:.0f}")


if __name__ == "__main__":
    main()
