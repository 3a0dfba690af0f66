"""PDF pages that carry one label over and over: what never changes is set once, the rest is written by hand.

The words of a label are shaped by typst and stand in the file as one form that every label refers to. A label
adds only the modules of its symbol, as one path, so that no seam shows between rows, and its typed code, in
the typeface of that form. A symbol's path is looked up in ready pieces, one for each packed byte of its rows.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import BinaryIO, NamedTuple

from omni.present.qr import QUIET_ZONE
from omni.present.slip import PrintUnavailable

_POINTS_A_MM = 72 / 25.4
# A tenth larger than zlib's best, and five times as fast.
_COMPRESSION = 6


class Place(NamedTuple):
    """Where something is drawn on a label, from its upper left corner, and how large; all in mm."""

    x: float
    y: float
    size: float


@dataclass(frozen=True, kw_only=True)
class Face:
    """One label as typst set it, without its symbol and its typed code, and where these go.

    `pdf` has the label on its first page, and on its second the letters of codes in their typeface. `symbol`
    is the corner of the quiet zone and the width with it, for a symbol of `modules` a side; `code` is where
    the line of the typed code begins, on its baseline, and the size of its type.
    """

    pdf: bytes
    label_mm: tuple[float, float]
    modules: int
    symbol: Place
    code: Place


class LabelFile:
    """Label sheets in the making. The same labels give the same bytes, on any day.

    `corners_mm` are the upper left corners of the labels of one sheet, in the order in which they are used.
    Holds the compressed pages until they are written, some 300 bytes a label. Raises PrintUnavailable
    without the extra `print`.
    """

    def __init__(
        self,
        face: Face,
        page_mm: tuple[float, float],
        corners_mm: Sequence[tuple[float, float]],
        *,
        title: str,
        lang: str,
    ) -> None:
        if not find_spec("pikepdf"):
            raise PrintUnavailable("label sheets need pikepdf: pip install 'omni-offers[print]'")
        from pikepdf import Array, Dictionary, Name, Pdf, String

        self._pdf = Pdf.new()
        self._pdf.docinfo["/Title"] = String(title)
        self._pdf.Root.Lang = String(lang)
        # Asks the print dialogue for 100 %.
        self._pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True, PrintScaling=Name("/None"))
        with Pdf.open(io.BytesIO(face.pdf)) as typeset:
            form = self._pdf.copy_foreign(typeset.pages[0].as_form_xobject())
            (font,) = (self._pdf.copy_foreign(each) for each in typeset.pages[1].Resources.Font.values())
        self._resources = self._pdf.make_indirect(
            Dictionary(XObject=Dictionary(L=form), Font=Dictionary(C=font))
        )
        self._media_box = Array([0, 0, *(round(side * _POINTS_A_MM, 3) for side in page_mm)])
        lowest = page_mm[1] - face.label_mm[1]
        self._corners = [_points(x, lowest - y) for x, y in corners_mm]
        self._slot = 0
        self._labels: list[bytes] = []
        self._glyphs = _glyphs(font.ToUnicode.read_bytes())
        self._pieces = _pieces(face.modules)
        self._before_modules, self._before_letters = _drawing(face)

    def skip(self, slots: int) -> None:
        """Leave so many labels free, fewer than a sheet has."""
        self._slot += slots

    def add(self, rows: bytes, code: str) -> None:
        """Put a symbol, by its packed rows, and its typed code on the next label."""
        modules = b"".join([pieces[byte] for pieces, byte in zip(self._pieces, rows, strict=True)])
        letters = b"".join([self._glyphs[letter] for letter in code])
        self._labels.append(
            b"q 1 0 0 1 %b cm %b%bf Q %b%b> Tj ET Q\n"
            % (self._corners[self._slot], self._before_modules, modules, self._before_letters, letters)
        )
        self._slot += 1
        if self._slot == len(self._corners):
            self._end_sheet()

    def _end_sheet(self) -> None:
        from pikepdf import Dictionary, Name, Page, Stream

        content = zlib.compress(b"".join(self._labels), _COMPRESSION)
        page = Dictionary(
            Type=Name.Page,
            MediaBox=self._media_box,
            Resources=self._resources,
            Contents=Stream(self._pdf, content, Filter=Name.FlateDecode),
        )
        self._pdf.pages.append(Page(self._pdf.make_indirect(page)))
        self._slot = 0
        self._labels.clear()

    def write(self, file: BinaryIO) -> None:
        """Write the sheets; raises OSError when the disk is full."""
        from pikepdf import ObjectStreamMode

        if self._labels:
            self._end_sheet()
        # By way of memory: pikepdf ends the whole process when the file it writes to raises.
        whole = io.BytesIO()
        self._pdf.save(
            whole, min_version="1.5", object_stream_mode=ObjectStreamMode.generate, deterministic_id=True
        )
        file.write(whole.getbuffer())
        file.flush()


def _drawing(face: Face) -> tuple[bytes, bytes]:
    """What is said before the modules of a symbol, then before the letters of a code.

    A unit is a module while modules are drawn, counted from the symbol's corner to the right and down.
    """
    height = face.label_mm[1]
    symbol, code = face.symbol, face.code
    module = symbol.size / (face.modules + 2 * QUIET_ZONE)
    quiet = QUIET_ZONE * module
    unit = _points(module, -module).split()
    corner = _points(symbol.x + quiet, height - symbol.y - quiet)
    modules = b"/L Do q %b 0 0 %b %b cm\n" % (unit[0], unit[1], corner)
    letters = b"BT /C %b Tf %b Td <" % (_points(code.size), _points(code.x, height - code.y))
    return modules, letters


def _points(*lengths_mm: float) -> bytes:
    return b" ".join(b"%.4f" % (length * _POINTS_A_MM) for length in lengths_mm)


@lru_cache(maxsize=4)
def _pieces(modules: int) -> list[list[bytes]]:
    """For each byte of a symbol's packed rows, and each of its values, the rectangles of its dark modules.

    They touch within one path, and so leave no seam.
    """
    runs = [[(run.start(), len(run[0])) for run in re.finditer("1+", f"{byte:08b}")] for byte in range(256)]
    return [
        [
            b"".join(b"%d %d %d 1 re\n" % (x + start, y, length) for start, length in of_byte)
            for of_byte in runs
        ]
        for y in range(modules)
        for x in range(0, modules, 8)
    ]


def _glyphs(to_unicode: bytes) -> dict[str, bytes]:
    """Each letter of a subset typeface and how a page spells it, from the typeface's own map."""
    pairs = re.findall(rb"^<([0-9A-F]{4})> <([0-9A-F]{4})>$", to_unicode, re.MULTILINE)
    return {chr(int(letter, 16)): glyph for glyph, letter in pairs}
