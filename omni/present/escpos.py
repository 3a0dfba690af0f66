"""A slip for a thermal printer, as ESC/POS bytes: the printer draws the symbol itself.

That is seventy bytes instead of three thousand, and sharp on every head. Lines in letters the printer
lacks are sent as pictures, since it would print question marks for them.
"""

from __future__ import annotations

import io
import math
import re
import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageOps

from omni.present.qr import QUIET_ZONE, Symbol, symbol
from omni.present.slip import BadLayout, Paper, PrintedCode, PrintUnavailable
from omni.present.typesetting import check_letters, language, typeset

_RESET = b"\x1b@"
_CENTRED = b"\x1ba\x01"
_BOLD, _REGULAR = b"\x1bE\x01", b"\x1bE\x00"
_DOUBLE, _SINGLE = b"\x1d!\x11", b"\x1d!\x00"
_PARTIAL_CUT = b"\x1dV\x01"

# The two code pages that practically every printer has, and the number ESC t knows them by.
_CODE_PAGES = {"cp437": b"\x1bt\x00", "cp858": b"\x1bt\x13"}

# Typographic signs of which both pages have a plain form; only for them no line becomes a picture.
_PLAIN = str.maketrans("\u00a0\u202f\u2009\u2018\u2019\u201c\u201d\u2013\u2014", "   ''\"\"--")

_LEVELS = {"L": b"0", "M": b"1", "Q": b"2", "H": b"3"}
_LARGEST_MODULE = 6  # 22 to 25 mm for our addresses at 203 dpi; 7 is the most GS1 allows
_SMALLEST_MODULE = 4  # 0.5 mm at 203 dpi
_LINE_DOTS = 30
_LINES_TO_THE_KNIFE = 4
_PICTURE_ROWS = 256  # rows in one command; the small buffers of cheap printers choke on more
_DOTS_AN_INCH = 203


@dataclass(frozen=True)
class _Roll:
    """How much fits side by side on a roll, by the narrowest head we know for it."""

    dots: int
    columns: int


_ROLLS = {58: _Roll(dots=384, columns=32), 80: _Roll(dots=512, columns=42)}


def slip_bytes(paper: Paper, code: PrintedCode, *, width_mm: int = 80, level: str = "Q") -> bytes:
    """One slip, cut at its end, for a roll 58 or 80 mm wide.

    A line in letters outside the printer's code pages needs the extra `print` and a font that has them,
    else it is left out; the symbol, the code and the host are always there. Raises BadLayout when the roll or
    the symbol does not fit.
    """
    if width_mm not in _ROLLS:
        raise BadLayout(f"a roll of {width_mm} mm: use one of {', '.join(map(str, _ROLLS))}")
    roll = _ROLLS[width_mm]
    mark = _DOUBLE + _text(paper.mark, paper, roll, bold=True) + _SINGLE if paper.mark else b""
    return b"".join(
        (
            _RESET + _CENTRED,
            _text(paper.headline, paper, roll, bold=True),
            _text(paper.price, paper, roll, bold=True),
            mark,
            _symbol(symbol(code.url, level=level), roll),
            mark,
            _text(paper.caption, paper, roll),
            _text(code.code, paper, roll, bold=True),
            _text(paper.host, paper, roll),
            _text(paper.terms_line, paper, roll),
            _text(paper.run, paper, roll),
            _feed(_LINES_TO_THE_KNIFE) + _PARTIAL_CUT + _RESET,
        )
    )


def native_symbol(drawing: Symbol, *, module_dots: int) -> bytes:
    """The commands by which a printer draws a QR symbol itself: model, module, level, store, print.

    It leaves no quiet zone; whoever sends this feeds paper and centres.
    """
    content = drawing.url.encode("ascii")
    functions = (
        b"A2\x00",
        b"C" + bytes([module_dots]),
        b"E" + _LEVELS[drawing.level],
        b"P0" + content,
        b"Q0",
    )
    return b"".join(b"\x1d(k" + (len(body) + 1).to_bytes(2, "little") + b"1" + body for body in functions)


def _symbol(drawing: Symbol, roll: _Roll) -> bytes:
    """The symbol with its quiet zone fed before and after; the sides are white because it is centred."""
    module_dots = min(_LARGEST_MODULE, roll.dots // drawing.full_size)
    if module_dots < _SMALLEST_MODULE:
        raise BadLayout("the symbol is too fine for this roll: use a shorter host or a wider roll")
    quiet = _feed(math.ceil(QUIET_ZONE * module_dots / _LINE_DOTS))
    return quiet + native_symbol(drawing, module_dots=module_dots) + quiet


def _feed(lines: int) -> bytes:
    return b"\x1bd" + bytes([lines])


def _text(words: str, paper: Paper, roll: _Roll, *, bold: bool = False) -> bytes:
    """Words as lines of the printer's own letters, else as a picture, else nothing at all."""
    cleaned = _without_controls(words)
    if not cleaned:
        return b""
    for page, choose in _CODE_PAGES.items():
        try:
            lines = [
                line.translate(_PLAIN).encode(page) + b"\n" for line in textwrap.wrap(cleaned, roll.columns)
            ]
        except UnicodeEncodeError:
            continue
        return (_BOLD if bold else _REGULAR) + choose + b"".join(lines)
    return b"".join(_picture(cleaned, paper, roll, bold=bold))


def _without_controls(words: str) -> str:
    """One line of words; a control character in a caption would be a command to the printer."""
    spaced = re.sub(r"[\t\r\n\f\v]+", " ", words)
    return "".join(letter for letter in spaced if unicodedata.category(letter) != "Cc").strip()


def _picture(words: str, paper: Paper, roll: _Roll, *, bold: bool) -> Iterator[bytes]:
    """Words set in type and sent dot by dot (GS v 0), some rows to a command."""
    data = {
        "text": words,
        "bold": bold,
        "language": language(paper.locale),
        "width-pt": roll.dots * 72 / _DOTS_AN_INCH,
    }
    try:
        check_letters(words)
        set_in_type = typeset("line.typ", data, as_format="png", ppi=_DOTS_AN_INCH)
    except PrintUnavailable:
        return
    grey = Image.open(io.BytesIO(set_in_type)).convert("L")
    # A set bit burns a black dot; typst rounds the width up, and a row is whole bytes.
    dots = ImageOps.invert(grey).point(lambda ink: 255 if ink > 110 else 0).convert("1")
    for top in range(0, dots.height, _PICTURE_ROWS):
        rows = min(_PICTURE_ROWS, dots.height - top)
        band = dots.crop((0, top, roll.dots, top + rows))
        size = (roll.dots // 8).to_bytes(2, "little") + rows.to_bytes(2, "little")
        yield b"\x1dv0\x00" + size + band.tobytes()
