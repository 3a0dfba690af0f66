"""A slip for a thermal printer, as ESC/POS bytes: the printer draws the symbol itself.

That is seventy bytes instead of three thousand, and sharp on every head. Lines in letters the printer
lacks are sent as pictures, since it would print question marks for them; so are words wider than the roll.
"""

from __future__ import annotations

import io
import math
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PIL import Image, ImageOps

from omni.present.qr import QUIET_ZONE, Symbol, symbol
from omni.present.slip import BadLayout, Line, Paper, PrintedCode
from omni.present.typesetting import NoRoom, check_letters, language, typeset

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

    Raises BadLayout when the roll, the symbol or a word does not fit, and PrintUnavailable when a line needs
    letters that neither the printer nor a font here has: a slip is never printed without one of its lines.
    """
    if width_mm not in _ROLLS:
        raise BadLayout(f"a roll of {width_mm} mm: use one of {', '.join(map(str, _ROLLS))}")
    roll = _ROLLS[width_mm]
    mark = _DOUBLE + _BOLD + _plain(paper.mark, roll) + _SINGLE if paper.mark else b""
    return b"".join(
        (
            _RESET + _CENTRED,
            _lines(paper.offer, roll, bold=True),
            mark,
            _symbol(symbol(code.url, level=level), roll),
            mark,
            _lines(paper.captions, roll),
            _BOLD + _plain(code.code, roll) + _REGULAR + _plain(paper.host, roll),
            _lines(paper.terms_lines, roll),
            _lines([Line(paper.run, paper.locale)], roll),
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


def _plain(letters: str, roll: _Roll) -> bytes:
    """Letters that every printer has, such as an address; too long a line goes on in the next."""
    rows = textwrap.wrap(letters, roll.columns)
    return _CODE_PAGES["cp437"] + b"".join(row.encode("ascii") + b"\n" for row in rows)


def _lines(lines: Iterable[Line], roll: _Roll, *, bold: bool = False) -> bytes:
    """Lines of words in the printer's own letters where it has them, else as pictures."""
    return b"".join(_line(line, roll, bold=bold) for line in lines)


def _line(line: Line, roll: _Roll, *, bold: bool) -> bytes:
    words = _without_controls(line.text)
    rows = textwrap.wrap(words, roll.columns, break_long_words=False, break_on_hyphens=False)
    if all(len(row) <= roll.columns for row in rows):
        for page, choose in _CODE_PAGES.items():
            try:
                letters = [row.translate(_PLAIN).encode(page) + b"\n" for row in rows]
            except UnicodeEncodeError:
                continue
            return (_BOLD if bold else _REGULAR) + choose + b"".join(letters) if rows else b""
    return b"".join(_picture(Line(words, line.locale), roll, bold=bold))


def _without_controls(words: str) -> str:
    """One line of words; a control character in a caption would be a command to the printer."""
    spaced = re.sub(r"[\t\r\n\f\v]+", " ", words)
    return "".join(letter for letter in spaced if unicodedata.category(letter) != "Cc").strip()


def _picture(line: Line, roll: _Roll, *, bold: bool) -> Iterator[bytes]:
    """Words set in type and sent dot by dot (GS v 0), some rows to a command."""
    data = {
        "text": line.text,
        "bold": bold,
        "language": language(line.locale),
        "width-pt": roll.dots * 72 / _DOTS_AN_INCH,
    }
    check_letters(line.text)
    try:
        set_in_type = typeset("line.typ", data, as_format="png", ppi=_DOTS_AN_INCH)
    except NoRoom as full:
        raise BadLayout(f"a word is too wide in {line.text!r}: use a wider roll or shorter words") from full
    grey = Image.open(io.BytesIO(set_in_type)).convert("L")
    # A set bit burns a black dot; typst rounds the width up, and a row is whole bytes.
    dots = ImageOps.invert(grey).point(lambda ink: 255 if ink > 110 else 0).convert("1")
    for top in range(0, dots.height, _PICTURE_ROWS):
        rows = min(_PICTURE_ROWS, dots.height - top)
        band = dots.crop((0, top, roll.dots, top + rows))
        size = (roll.dots // 8).to_bytes(2, "little") + rows.to_bytes(2, "little")
        yield b"\x1dv0\x00" + size + band.tobytes()
