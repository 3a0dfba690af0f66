"""A label for a printer that speaks ZPL: the printer draws the symbol, and Latin words in its own letters.

Words in other scripts are sent as pictures. `^BQ` leaves no quiet zone, so the place of every field keeps it
white.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from babel import Locale

from omni.domain.code import LETTER_COUNT
from omni.present import dots
from omni.present.press import Press, press_for
from omni.present.printer_letters import in_code_page, plain, stands_alone, without_controls
from omni.present.printer_profile import Language, PrinterProfile
from omni.present.qr import QUIET_ZONE
from omni.present.slip import BadLayout, Line, Paper, PrintedCode
from omni.present.symbol_size import SymbolSize
from omni.present.zpl_fields import field, graphic, letters_width, text

_MM_AN_INCH, _POINTS_AN_INCH = 25.4, 72
_MARGIN_MM = 1.0
_NARROWEST_COLUMN_MM = 14.0
_EASY_PT, _SMALL_PT = (9.0, 8.0, 7.0), (6.5, 6.0, 5.5, 5.0)
_PITCH = 1.2  # from one row of the printer's letters to the next, in their height
_MARK_SCALE, _CODE_SCALE = 1.6, 1.2
# Printers lower a symbol by the height that ^BY last gave to bar codes; this is the least it takes.
_SINKS_BY = 1
_EASY_MODULE_MM = 0.6  # 5 dots at 203 dpi: read without taking aim
_LATIN_PAGES = ("cp1252", "cp1250", "cp1254")

# Where a label's own letters go. No words hold a control character.
_URL, _SHOWN = "\x00", "\x01"
_LIKE_A_CODE = "XXXXX-XXXXX-XXXXX"


class _Label(NamedTuple):
    """A label but for its code, and how many dots wide a module of its symbol is."""

    fields: bytes
    module: int


class _Wording(NamedTuple):
    """What a label says besides offer, captions, host and code."""

    terms: list[Line]
    promises: list[Line]


class _Room(NamedTuple):
    """Where words stand, in dots."""

    x: int
    y: int
    width: int
    height: int


class _Piece(NamedTuple):
    """Something as wide as its column: the rows of dots it takes, and what prints it."""

    height: int
    drawn: bytes


class _Type(NamedTuple):
    """Words set in one size, in a column so many dots wide, on a label that runs one way or the other."""

    size_pt: float
    dots_an_inch: int
    width: int
    runs_leftward: bool

    @property
    def height(self) -> int:
        """Height of the printer's own letters, in dots."""
        return round(self.size_pt * self.dots_an_inch / _POINTS_AN_INCH)

    def one_row(self, letters: str, *, scale: float = 1.0, like: str = "") -> _Piece:
        """One row, set smaller where it is too long; `like` stands for letters that come later.

        Raises BadLayout when it is still too long in the smallest type.
        """
        height = min(round(self.height * scale), int(self.width / letters_width(like or letters)))
        if height < round(_SMALL_PT[-1] * self.dots_an_inch / _POINTS_AN_INCH):
            raise BadLayout(f"{like or letters} is too long: use wider labels")
        ends_at = self.width if self.runs_leftward else None
        return _Piece(round(height * _PITCH), text(letters, height, ends_at=ends_at))

    def lines(self, lines: Iterable[Line], *, is_bold: bool = False) -> Iterator[_Piece]:
        """Lines in the printer's letters where it has them, else as pictures. Raises BadLayout."""
        for line in lines:
            letters = without_controls(line.text)
            if stands_alone(letters) and any(in_code_page([letters], page) for page in _LATIN_PAGES):
                yield from (self.one_row(row) for row in self._rows(plain(letters)))
            else:
                drawing = dots.words(
                    Line(letters, line.locale),
                    width=self.width,
                    dots_an_inch=self.dots_an_inch,
                    is_bold=is_bold,
                    sizes_pt=(self.size_pt,),
                    at_start=True,
                )
                yield _Piece(drawing.height, graphic(drawing))

    def _rows(self, letters: str) -> Iterator[str]:
        """Words broken at their spaces; a word wider than the column stands alone, and is set smaller."""
        row = ""
        for word in letters.split():
            longer = f"{row} {word}".strip()
            if row and letters_width(longer) * self.height > self.width:
                yield row
                longer = word
            row = longer
        if row:
            yield row


def label_bytes(
    paper: Paper,
    code: PrintedCode,
    *,
    profile: PrinterProfile,
    label_mm: tuple[float, float] = (57.0, 32.0),
    level: str = "Q",
    copies: int = 1,
) -> bytes:
    """One label, so many times. Words are set smaller until they fit, never cut.

    On a wide label they stand beside the symbol, on any other below it. Where there is no room for everything
    the terms are left to the page, and what the page will say stands in the leading language only. Raises
    BadLayout when symbol and words do not fit, PrintUnavailable for letters that neither the printer nor a
    font here has.
    """
    fields = _label(paper, profile, label_mm, _press(code, level)).fields
    for place, letters in ((_URL, code.url), (_SHOWN, code.code)):
        fields = fields.replace(place.encode(), letters.encode("ascii"))
    return b"^XA%s^PQ%d^XZ\n" % (fields, copies)


def symbol_size(
    paper: Paper,
    code: PrintedCode,
    *,
    profile: PrinterProfile,
    label_mm: tuple[float, float] = (57.0, 32.0),
    level: str = "Q",
) -> SymbolSize:
    """How large the symbol comes out on a label. Raises what `label_bytes` raises."""
    press = _press(code, level)
    module_mm = _label(paper, profile, label_mm, press).module / _dots_a_mm(profile)
    return SymbolSize(version=press.version, level=level, modules=press.size, module_mm=module_mm)


def _press(code: PrintedCode, level: str) -> Press:
    return press_for(code.url[:-LETTER_COUNT], level=level)


def _dots_a_mm(profile: PrinterProfile) -> int:
    # Zebra sells 8 dots a mm as 203 dots an inch, and 12 as 300.
    return round(profile.dots_an_inch / _MM_AN_INCH)


@lru_cache(maxsize=16)
def _label(paper: Paper, profile: PrinterProfile, label_mm: tuple[float, float], press: Press) -> _Label:
    """All of a label but its code, in the first way in which everything fits."""
    if profile.language is not Language.ZPL:
        raise BadLayout(f"the printer {profile.name} prints slips, not labels: use a profile such as zpl-203")
    width, height = (int(side * _dots_a_mm(profile)) for side in label_mm)
    named = f"a label of {label_mm[0]:g} x {label_mm[1]:g} mm"
    if width > profile.dots:
        raise BadLayout(f"{named} is wider than the printer {profile.name} prints: use narrower labels")
    head = b"^CI28^PW%d^LL%d^LH0,0" % (width, height)
    for wording, sizes, module in _tries(paper, profile):
        placed = _placed(paper, profile, (width, height), (press.size + 2 * QUIET_ZONE) * module)
        if placed is None:
            continue
        corner, room = placed
        for size in sizes:
            setting = _Type(size, profile.dots_an_inch, room.width, _runs_leftward(paper))
            words = _words(paper, wording, room, setting)
            if words is not None:
                return _Label(head + _symbol(press, module, corner) + words, module)
    raise BadLayout(
        f"{named} is too small for the symbol and the words, even in the smallest type: use larger labels, a"
        " shorter host or shorter names"
    )


def _runs_leftward(paper: Paper) -> bool:
    return Locale.parse(paper.locale).text_direction == "rtl"


def _tries(paper: Paper, profile: PrinterProfile) -> Iterator[tuple[_Wording, tuple[float, ...], int]]:
    """What is tried, the best first: all words in easy type, then fewer, then smaller; last a fine symbol."""
    modules = range(profile.largest_module, profile.finest_module - 1, -1)
    easy = [module for module in modules if module / _dots_a_mm(profile) >= _EASY_MODULE_MM]
    fine = [module for module in modules if module not in easy]
    full = _Wording(paper.terms_lines, paper.promises)
    brief, briefest = full._replace(terms=[]), _Wording([], paper.promises[:1])
    yield from ((full, _EASY_PT, module) for module in easy)
    yield from ((brief, _EASY_PT, module) for module in easy)
    yield from ((brief, _SMALL_PT, module) for module in easy)
    yield from ((brief, (*_EASY_PT, *_SMALL_PT), module) for module in fine)
    yield from ((briefest, _SMALL_PT, module) for module in modules)


def _placed(
    paper: Paper, profile: PrinterProfile, label: tuple[int, int], full: int
) -> tuple[tuple[int, int], _Room] | None:
    """The corner of a symbol so wide with its quiet zone, and the room for words; None without room."""
    (width, height), margin = label, round(_MARGIN_MM * _dots_a_mm(profile))
    inner_width, inner_height = width - 2 * margin, height - 2 * margin
    if width > height:
        # A label that runs from right to left begins with its symbol at the right.
        at_right = _runs_leftward(paper)
        corner = (width - margin - full if at_right else margin, (height - full) // 2)
        room = _Room(margin if at_right else margin + full, margin, inner_width - full, inner_height)
    else:
        corner = ((width - full) // 2, margin)
        below = full + _SINKS_BY
        room = _Room(margin, margin + below, inner_width, inner_height - below)
    room = room._replace(width=room.width // 8 * 8)
    narrowest = _NARROWEST_COLUMN_MM * _dots_a_mm(profile)
    fits = full <= min(inner_width, inner_height) and room.width >= narrowest and room.height > 0
    return (corner, room) if fits else None


def _symbol(press: Press, module: int, corner: tuple[int, int]) -> bytes:
    x, y = (side + QUIET_ZONE * module for side in corner)
    drawn = f"^BQN,2,{module},{press.level},{press.mask}^FD{press.level}A,{_URL}"
    return b"^BY2,3,%d" % _SINKS_BY + field(x, y, drawn.encode())


def _words(paper: Paper, wording: _Wording, room: _Room, setting: _Type) -> bytes | None:
    """What a label says, from the top, with host and code at its foot; None where it does not fit."""
    small = setting._replace(size_pt=_SMALL_PT[-1])
    try:
        mark = [setting.one_row(paper.mark, scale=_MARK_SCALE)] if paper.mark else []
        above = [
            *mark,
            *setting.lines(paper.offer, is_bold=True),
            *setting.lines([*paper.captions, *wording.terms]),
        ]
        foot = [
            setting.one_row(paper.host),
            *setting.lines(wording.promises),
            setting.one_row(_SHOWN, scale=_CODE_SCALE, like=_LIKE_A_CODE),
            *small.lines([Line(paper.run, paper.locale)] if paper.run else []),
            *mark,
        ]
    except BadLayout:
        return None
    if _height(above) + _height(foot) > room.height:
        return None
    return _column(above, room.x, room.y) + _column(foot, room.x, room.y + room.height - _height(foot))


def _height(pieces: list[_Piece]) -> int:
    return sum(piece.height for piece in pieces)


def _column(pieces: list[_Piece], x: int, y: int) -> bytes:
    fields = []
    for piece in pieces:
        fields.append(field(x, y, piece.drawn))
        y += piece.height
    return b"".join(fields)
