"""A page that shows what a printer does with what we send: the width of its head, its letters, a symbol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PIL import Image, ImageDraw

from omni.present import escpos
from omni.present.dots import Dots
from omni.present.paper import TEST_MARK
from omni.present.printer_profile import Language, PrinterProfile
from omni.present.qr import MASK_OF_OTHER_TEXTS, QUIET_ZONE, symbol
from omni.present.slip import Line
from omni.present.zpl_fields import field, graphic, letters_width, text

_LETTERS = "éèüñßøåçłžğş€£ΩЖЩабв"
"""Letters of which each code page has some: a page that prints others stands at another number."""

_RULER_MM, _TICKS_MM = 6.0, {10: 4.0, 5: 2.5, 1: 1.5}
_LABEL_MM, _MARGIN_MM, _LETTERS_MM, _PITCH = (57.0, 32.0), 2.0, 2.5, 1.3
_MM_AN_INCH = 25.4


def page_bytes(profile: PrinterProfile, *, url: str) -> bytes:
    """A test page in the language of its printer; the symbol says `url`, in capitals as on paper.

    Raises BadLayout when the symbol does not fit.
    """
    return _label(profile, url) if profile.language is Language.ZPL else _slip(profile, url)


def _slip(profile: PrinterProfile, url: str) -> bytes:
    named = (TEST_MARK, profile.name, profile.about, ", ".join(_about(profile)), url)
    body = b"".join(escpos.line_bytes(Line(words, "en"), profile) for words in named)
    ruler = escpos.picture(_ruler(profile, profile.dots), band_rows=profile.band_rows)
    shown = escpos.symbol_bytes(symbol(url.upper()), profile)
    opening, end = b"\x1b@" + profile.opening + b"\x1ba\x01", b"\x1bd\x04" + profile.cut + b"\x1b@"
    return opening + body + ruler + b"".join(_samples(profile)) + shown + end


def _samples(profile: PrinterProfile) -> Iterator[bytes]:
    """For each code page its name and the letters it should print."""
    for page, number in profile.code_pages:
        letters = _LETTERS.encode(page, errors="ignore")
        yield b"\x1bt" + bytes([number]) + f"{page}: ".encode("ascii") + letters + b"\n"


def _ruler(profile: PrinterProfile, width: int) -> Dots:
    """A line as wide as the head, or as what is asked of it, with a tick for every mm from the left edge."""
    dots_a_mm = profile.dots_an_inch / _MM_AN_INCH
    ink = Image.new("1", (width, round(_RULER_MM * dots_a_mm)))
    pen = ImageDraw.Draw(ink)
    for mm in range(int(width / dots_a_mm) + 1):
        length = next(tall for step, tall in _TICKS_MM.items() if mm % step == 0)
        x = round(mm * dots_a_mm)
        pen.line((x, 0, x, round(length * dots_a_mm)), fill=1, width=2 if mm % 10 == 0 else 1)
        if mm % 10 == 0:
            pen.text((x + 3, round(length * dots_a_mm) - 6), str(mm), fill=1)
    pen.line((0, 0, width - 1, 0), fill=1, width=2)
    pen.line((width - 1, 0, width - 1, ink.height), fill=1, width=2)
    return Dots.of(ink)


def _label(profile: PrinterProfile, url: str) -> bytes:
    dots_a_mm = round(profile.dots_an_inch / _MM_AN_INCH)
    width, height = (round(side * dots_a_mm) for side in _LABEL_MM)
    margin = round(_MARGIN_MM * dots_a_mm)
    drawing, ruler = symbol(url.upper()), _ruler(profile, width // 8 * 8)
    top = ruler.height + margin
    module = min(profile.module_dots(drawing.full_size), (height - top) // drawing.full_size)
    drawn = f"^BQN,2,{module},{drawing.level},{MASK_OF_OTHER_TEXTS}^FD{drawing.level}A,{drawing.url}"
    x, quiet = margin + drawing.full_size * module, QUIET_ZONE * module
    named = (TEST_MARK, profile.name, *_about(profile), url)
    return b"".join(
        (
            b"^XA^CI28^PW%d^LL%d^LH0,0^BY2,3,1" % (width, height),
            field(0, 0, graphic(ruler)),
            field(margin + quiet, top + quiet, drawn.encode("ascii")),
            *_column(named, x, top, room=width - x, height=round(_LETTERS_MM * dots_a_mm)),
            b"^PQ1^XZ\n",
        )
    )


def _column(lines: Iterable[str], x: int, y: int, *, room: int, height: int) -> Iterator[bytes]:
    """Words below one another, smaller where they are too long."""
    for words in lines:
        tall = min(height, int(room / letters_width(words)))
        yield field(x, y, text(words, tall))
        y += round(_PITCH * height)


def _about(profile: PrinterProfile) -> tuple[str, str]:
    return f"{profile.dots} dots", f"{profile.width_mm:.1f} mm"
