"""Sheets of labels as vector PDF: a batch of any size in one file, its words set once.

On a wide label the symbol stands beside its words, which gives it the whole height; on any other, above them.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any, BinaryIO

from omni.domain.code import ALPHABET, LETTER_COUNT
from omni.present.images import svg
from omni.present.label_stock import INNER_MARGIN_MM, LAYOUTS, MARK_BAND_MM, Layout, layout_named
from omni.present.locales import bcp47
from omni.present.press import Press, press_for
from omni.present.qr import QUIET_ZONE, symbol
from omni.present.slip import BadLayout, Line, Paper, PrintedCode, Progress
from omni.present.symbol_size import GS1_WINDOW_MM, SymbolSize
from omni.present.typesetting import NoRoom, check_letters, language, places, typeset
from omni.present.vector_pdf import Face, LabelFile, Place

__all__ = ["LAYOUTS", "Layout", "calibration_page", "label_png", "layout_named", "write_labels"]

LARGEST_OFFSET_MM = 10.0
"""A printer that is further off is not out of line: it has other paper than it thinks."""

_SMALLEST_MODULE_MM = GS1_WINDOW_MM[0]
_SMALLEST_SYMBOL_MM = 20.0  # with its quiet zone; read from a hand's length
_SYMBOL_STEPS = 5
_PREVIEW_DOTS_AN_INCH = 300

_InType = dict[str, Any]
_Wording = tuple[list[_InType], list[_InType]]


def write_labels(
    file: BinaryIO,
    paper: Paper,
    codes: Iterable[PrintedCode],
    *,
    layout: Layout,
    start_slot: int = 1,
    offset_mm: tuple[float, float] = (0.0, 0.0),
    outline: bool = False,
    level: str = "Q",
    progress: Progress | None = None,
) -> SymbolSize:
    """Write codes as label sheets, from `start_slot` on, so that a sheet begun yesterday is used up today.

    Print it at 100 %. `offset_mm` moves everything to the right and down, by what the calibration page
    shows; `outline` draws where to cut. Codes are taken one at a time, all of the first one's host, and the
    same codes give the same bytes. Nothing is written before the last code is drawn.

    Raises BadLayout for a slot the sheet does not have, an offset beyond LARGEST_OFFSET_MM, no codes, or
    labels too small for the symbol or the words; PrintUnavailable without the extra `print`, or for letters
    that no font has; OSError when the disk is full.
    """
    if not 1 <= start_slot <= layout.slots:
        raise BadLayout(f"start slot {start_slot}: {layout.name} has slots 1 to {layout.slots}")
    corners = _corners(layout, offset_mm)
    codes = iter(codes)
    if (first := next(codes, None)) is None:
        raise BadLayout("no codes to print: choose another part of the batch")
    press = press_for(first.url[:-LETTER_COUNT], level=level)
    face = _face(paper, layout, modules=press.size, outline=outline)
    sheets = LabelFile(face, layout.page_mm, corners, title=_title(paper), lang=bcp47(paper.locale))
    sheets.skip(start_slot - 1)
    for drawn, code in enumerate(chain([first], codes), start=1):
        sheets.add(_rows(press, code), code.code)
        if progress:
            progress(drawn)
    sheets.write(file)
    module_mm = face.symbol.size / (press.size + 2 * QUIET_ZONE)
    return SymbolSize(version=press.version, level=level, modules=press.size, module_mm=module_mm)


def label_png(paper: Paper, code: PrintedCode, layout: Layout, *, level: str = "Q") -> bytes:
    """One label as a picture for a preview, with its edges, at 300 dots an inch.

    Raises what `write_labels` raises.
    """
    drawing = symbol(code.url, level=level)
    data = _label(paper, layout, modules=drawing.size, outline=True)
    shown = {"shown": code.code, "svg": svg(drawing, title=code.code)}
    return _set(layout, data | {"code": shown}, as_png=True)


def calibration_page(layout: Layout, *, offset_mm: tuple[float, float] = (0.0, 0.0)) -> bytes:
    """A page (PDF) that shows how far a printer is off: outlines, rulers, and scales at two labels' edges.

    It says in English how to read it. `offset_mm` is what is already set, so that it can be checked.
    Raises BadLayout for an offset beyond LARGEST_OFFSET_MM, PrintUnavailable without the extra `print`.
    """
    data = {
        "name": layout.name,
        "page": layout.page_mm,
        "label": layout.label_mm,
        "offset": offset_mm,
        "corners": _corners(layout, offset_mm),
        "language": language("en"),
    }
    return typeset("calibration.typ", data, as_format="pdf")


def _corners(layout: Layout, offset_mm: tuple[float, float]) -> list[tuple[float, float]]:
    """Where the labels of a sheet are, from the first slot on, for a printer that is so far off."""
    right, down = offset_mm
    if not (abs(right) <= LARGEST_OFFSET_MM and abs(down) <= LARGEST_OFFSET_MM):
        raise BadLayout(
            f"offset {right:g},{down:g}: each is at most {LARGEST_OFFSET_MM:g} mm to the right and down,"
            " or less than 0 for the left and up"
        )
    plain = (layout.corner_mm(slot) for slot in range(1, layout.slots + 1))
    return [(x + right, y + down) for x, y in plain]


def _rows(press: Press, code: PrintedCode) -> bytes:
    if not code.url.startswith(press.prefix):
        raise ValueError(f"{code.url} is not of {press.prefix}, as the codes before it")
    return press.rows(code.url.removeprefix(press.prefix))


def _title(paper: Paper) -> str:
    return f"{paper.host} {paper.run}".strip()


def _face(paper: Paper, layout: Layout, *, modules: int, outline: bool) -> Face:
    data = _label(paper, layout, modules=modules, outline=outline)
    pdf = _set(layout, data)
    kept = {name: Place(*place) for name, place in places("labels.typ", data).items()}
    return Face(pdf=pdf, label_mm=layout.label_mm, modules=modules, **kept)


def _set(layout: Layout, data: dict[str, Any], *, as_png: bool = False) -> bytes:
    try:
        if as_png:
            return typeset("labels.typ", data, as_format="png", ppi=_PREVIEW_DOTS_AN_INCH)
        return typeset("labels.typ", data, as_format="pdf")
    except NoRoom as full:
        width, height = layout.label_mm
        raise BadLayout(
            f"{layout.name} has labels of {width:g} x {height:g} mm and the words do not fit, not even in"
            " the smallest type: use larger labels or shorter names"
        ) from full


def _label(paper: Paper, layout: Layout, *, modules: int, outline: bool) -> dict[str, Any]:
    """What the template needs to know of a label; its code is still to come."""
    lines = (*paper.offer, *paper.captions, *paper.promises)
    check_letters("".join(line.text for line in lines) + paper.host + paper.run + paper.mark)
    return {
        "title": _title(paper),
        "language": language(paper.locale),
        "label": layout.label_mm,
        "margin": INNER_MARGIN_MM,
        "is_wide": layout.is_wide,
        "symbols": _symbol_widths(layout, modules + 2 * QUIET_ZONE),
        "band": MARK_BAND_MM if paper.mark else 0,
        **_wordings(paper),
        "host": paper.host,
        "run": paper.run,
        "mark": paper.mark,
        "outline": outline,
        "code": None,
        "letters": f"{ALPHABET}-",
    }


def _wordings(paper: Paper) -> dict[str, list[_Wording]]:
    """What may stand on a label, from the most to the least: words, and what the page will say.

    Where room is short, first what the page will say is left out; then name and price share a line; then
    all is small type; last, the offer is named in the leading language alone. What to do with the symbol is
    always said in every language.
    """
    captions = _in_type(paper.captions, "regular")
    words = [*_in_type(paper.offer, "bold"), *captions]
    offer = _in_type(_offer_on_one_line(paper), "bold")
    full: _Wording = (words, _in_type(paper.promises, "regular"))
    without_promise: _Wording = (words, [])
    short: _Wording = ([*offer, *captions], [])
    shortest: _Wording = ([*offer[:1], *captions], [])
    return {"wordings": [full, without_promise, short], "tight-wordings": [short, shortest]}


def _offer_on_one_line(paper: Paper) -> list[Line]:
    """Name and price side by side, each isolated (U+2068, U+2069), so that neither turns the other round."""
    said: dict[str, str] = {}
    for words in paper.words:
        parts = [f"\u2068{part}\u2069" for part in (words.headline, words.price) if part]
        said.setdefault(" · ".join(parts), words.locale)
    return [Line(text, locale) for text, locale in said.items() if text]


def _in_type(lines: list[Line], weight: str) -> list[_InType]:
    return [{"body": line.text, "weight": weight, "language": language(line.locale)} for line in lines]


def _symbol_widths(layout: Layout, full_size: int) -> list[float]:
    """Widths a symbol may have on a label with its quiet zone, in mm, from the largest down."""
    largest, needed = layout.symbol_mm, full_size * _SMALLEST_MODULE_MM
    if largest < needed:
        raise BadLayout(
            f"{layout.name} leaves {max(0.0, largest):.1f} mm and this symbol needs {needed:.1f} mm:"
            " use larger labels or a shorter host"
        )
    spare = max(0.0, largest - max(_SMALLEST_SYMBOL_MM, needed))
    return [largest - spare * step / _SYMBOL_STEPS for step in range(_SYMBOL_STEPS + 1)]
