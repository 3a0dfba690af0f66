"""A slip for a thermal printer, as ESC/POS bytes.

A printer that can draws the symbol itself: seventy bytes instead of six thousand, and sharp on every head. To
any other it is sent dot by dot. Lines in letters the printer lacks are sent as pictures, since it would print
question marks for them; so are words wider than the roll. What stands on every slip of a till is made once.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from functools import lru_cache

from omni.domain.code import LETTER_COUNT
from omni.present import dots
from omni.present.dots import TYPE_SIZES_PT, Dots
from omni.present.press import Press, press_for
from omni.present.printer_letters import in_code_page, stands_alone, without_controls, wrapped
from omni.present.printer_profile import PROFILES, Language, PrinterProfile
from omni.present.qr import QUIET_ZONE, Symbol
from omni.present.slip import BadLayout, Line, Paper, PrintedCode
from omni.present.symbol_size import SymbolSize

_RESET = b"\x1b@"
_CENTRED = b"\x1ba\x01"
_BOLD, _REGULAR = b"\x1bE\x01", b"\x1bE\x00"
_DOUBLE, _SINGLE = b"\x1d!\x11", b"\x1d!\x00"

_LEVELS = {"L": b"0", "M": b"1", "Q": b"2", "H": b"3"}
_LINE_DOTS = 30  # what one line of ESC d feeds at the least: a sixth of an inch at 180 dpi
_LINES_TO_THE_KNIFE = 4
_LINES_APART = 2  # 7 mm at the least, so that two symbols never stand in one quiet zone
_RULE_DOTS = 4
_SMALL_PT = (7.0, 6.0)

ANY_80MM = PROFILES["80mm"]
"""What is printed for when nothing is known of the printer: it fits every roll of 80 mm."""


def slip_bytes(
    paper: Paper,
    code: PrintedCode,
    *,
    profile: PrinterProfile | None = None,
    has_fiscal_qr: bool = False,
    level: str = "Q",
) -> bytes:
    """One slip, cut at its end.

    Where a tax QR already stands on receipts the slip is ruled off above and below, with white between, so
    that neither is taken for the other. Raises BadLayout when the symbol, a word or the logo does not fit,
    and PrintUnavailable when a line needs letters that neither the printer nor a font here has: a slip is
    never printed without one of its lines.
    """
    printer = _speaks_escpos(profile or ANY_80MM)
    mark = _mark(paper.mark, printer) if paper.mark else b""
    apart = _feed(_LINES_APART)
    return b"".join(
        (
            _RESET + printer.opening + _CENTRED,
            _rule(printer) + apart if has_fiscal_qr else b"",
            _logo(paper.logo, printer) if paper.logo else b"",
            _lines(paper.offer, printer, is_bold=True),
            _lines(paper.captions, printer),
            mark,
            _symbol_of(code, printer, level),
            mark,
            _BOLD + code.code.encode("ascii") + b"\n" + _REGULAR + _plain(paper.host, printer),
            _lines(paper.promises, printer),
            _lines(paper.terms_lines, printer),
            _run(paper, printer),
            apart + _rule(printer) if has_fiscal_qr else b"",
            _feed(_LINES_TO_THE_KNIFE) + printer.cut + _RESET,
        )
    )


def symbol_size(code: PrintedCode, *, profile: PrinterProfile | None = None, level: str = "Q") -> SymbolSize:
    """How large the symbol comes out of a printer. Raises BadLayout when it does not fit."""
    printer = _speaks_escpos(profile or ANY_80MM)
    press = _press(code, level)
    module_mm = printer.mm(printer.module_dots(press.size + 2 * QUIET_ZONE))
    return SymbolSize(version=press.version, level=level, modules=press.size, module_mm=module_mm)


def symbol_bytes(drawing: Symbol, profile: PrinterProfile) -> bytes:
    """Any symbol with its quiet zone, drawn by the printer where it can."""
    module = profile.module_dots(drawing.full_size)
    if profile.has_native_qr:
        return _with_paper_fed(native_symbol(drawing.url, module_dots=module, level=drawing.level), module)
    row_bytes, padding = -(-drawing.size // 8), -drawing.size % 8
    rows = b"".join((row << padding).to_bytes(row_bytes, "big") for row in drawing.modules)
    return _raster_symbol(rows, drawing.size, module, profile)


def line_bytes(line: Line, profile: PrinterProfile, *, is_bold: bool = False) -> bytes:
    """A line of words in the printer's own letters where it has them, else as a picture."""
    return _line(line, profile, is_bold)


def native_symbol(url: str, *, module_dots: int, level: str) -> bytes:
    """The commands by which a printer draws a QR symbol itself: model, module, level, store, print.

    It leaves no quiet zone; whoever sends this feeds paper and centres.
    """
    content = url.encode("ascii")
    functions = (b"A2\x00", b"C" + bytes([module_dots]), b"E" + _LEVELS[level], b"P0" + content, b"Q0")
    return b"".join(b"\x1d(k" + (len(body) + 1).to_bytes(2, "little") + b"1" + body for body in functions)


def picture(drawing: Dots, *, band_rows: int) -> bytes:
    """A picture sent dot by dot (GS v 0), at most so many rows to a command."""
    return b"".join(
        b"\x1dv0\x00" + band.row_bytes.to_bytes(2, "little") + band.height.to_bytes(2, "little") + band.rows
        for band in drawing.bands(band_rows)
    )


def _speaks_escpos(profile: PrinterProfile) -> PrinterProfile:
    if profile.language is not Language.ESCPOS:
        raise BadLayout(f"the printer {profile.name} prints labels, not slips: use a profile such as 80mm")
    return profile


def _press(code: PrintedCode, level: str) -> Press:
    return press_for(code.url[:-LETTER_COUNT], level=level)


def _symbol_of(code: PrintedCode, printer: PrinterProfile, level: str) -> bytes:
    """A code's symbol with its quiet zone."""
    press = _press(code, level)
    module = printer.module_dots(press.size + 2 * QUIET_ZONE)
    if printer.has_native_qr:
        return _with_paper_fed(native_symbol(code.url, module_dots=module, level=level), module)
    return _raster_symbol(press.rows(code.url[-LETTER_COUNT:]), press.size, module, printer)


def _with_paper_fed(native: bytes, module: int) -> bytes:
    """The quiet zone of a symbol that the printer draws: fed before and after, and white at its sides."""
    quiet = _feed(math.ceil(QUIET_ZONE * module / _LINE_DOTS))
    return quiet + native + quiet


def _raster_symbol(rows: bytes, size: int, module: int, printer: PrinterProfile) -> bytes:
    """A symbol dot by dot as wide as the head, so that its place does not hang on how a printer centres.

    Bands end between two rows of modules: where a slow printer stops for the next band, none is torn.
    """
    drawing = dots.symbol(rows, size, module=module, width=printer.dots)
    return picture(drawing, band_rows=printer.band_rows // module * module)


def _feed(lines: int) -> bytes:
    return b"\x1bd" + bytes([lines])


@lru_cache(maxsize=16)
def _rule(printer: PrinterProfile) -> bytes:
    """A line across the roll."""
    black = b"\xff" * (printer.dots // 8)
    return picture(Dots(printer.dots, black * _RULE_DOTS), band_rows=printer.band_rows)


@lru_cache(maxsize=64)
def _logo(logo: bytes, printer: PrinterProfile) -> bytes:
    drawing = dots.logo(logo, width=printer.dots)
    return picture(drawing, band_rows=printer.band_rows) + _feed(1)


@lru_cache(maxsize=16)
def _mark(mark: str, printer: PrinterProfile) -> bytes:
    return _DOUBLE + _BOLD + _plain(mark, printer) + _SINGLE + _REGULAR


@lru_cache(maxsize=256)
def _plain(letters: str, printer: PrinterProfile) -> bytes:
    """Letters that every printer has, such as an address; too long a line goes on in the next."""
    rows = textwrap.wrap(letters, printer.columns)
    return b"".join(row.encode("ascii") + b"\n" for row in rows)


def _lines(lines: Iterable[Line], printer: PrinterProfile, *, is_bold: bool = False) -> bytes:
    return b"".join(_line(line, printer, is_bold) for line in lines)


@lru_cache(maxsize=1024)
def _line(line: Line, printer: PrinterProfile, is_bold: bool) -> bytes:
    letters = without_controls(line.text)
    own = _own_letters(letters, printer)
    if own is not None:
        return (_BOLD if is_bold else _REGULAR) + own if own else b""
    return _picture_of(Line(letters, line.locale), printer, is_bold=is_bold)


def _picture_of(
    line: Line, printer: PrinterProfile, *, is_bold: bool = False, sizes_pt: tuple[float, ...] = TYPE_SIZES_PT
) -> bytes:
    drawing = dots.words(
        line, width=printer.dots, dots_an_inch=printer.dots_an_inch, is_bold=is_bold, sizes_pt=sizes_pt
    )
    return picture(drawing, band_rows=printer.band_rows)


def _own_letters(letters: str, printer: PrinterProfile) -> bytes | None:
    """Words in the letters a printer has, or None where it lacks one or a word is wider than the roll."""
    rows = wrapped(letters, printer.columns)
    if not stands_alone(letters) or any(len(row) > printer.columns for row in rows):
        return None
    for page, number in printer.code_pages:
        encoded = in_code_page(rows, page)
        if encoded is not None:
            return b"\x1bt" + bytes([number]) + b"".join(row + b"\n" for row in encoded) if rows else b""
    return None


def _run(paper: Paper, printer: PrinterProfile) -> bytes:
    """The small type.

    Where the printer lacks letters, they are in the price, and only that becomes a picture. The number of the
    run, new on every slip, stays out of it, so that no slip waits for type to be set.
    """
    whole = without_controls(paper.run)
    if _own_letters(whole, printer) is not None:
        return _line(Line(whole, paper.locale), printer, False)
    parts = whole.split(" · ")
    own = [part for part in parts if _own_letters(part, printer) is not None]
    drawn = (Line(part, paper.locale) for part in parts if part not in own)
    pictures = (_picture_of(line, printer, sizes_pt=_SMALL_PT) for line in drawn)
    return b"".join(pictures) + _line(Line(" · ".join(own), paper.locale), printer, False)
