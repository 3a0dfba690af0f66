"""Sheets of labels as vector PDF, for the label stock that stationers sell.

The symbol stands beside its words: on a label twice as wide as high that gives it the whole height.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from omni.present.images import svg
from omni.present.qr import Symbol, symbol
from omni.present.slip import BadLayout, Paper, PrintedCode, Progress
from omni.present.typesetting import NoRoom, check_letters, language, typeset

INNER_MARGIN_MM = 2.0
"""Sheets are cut and fed to within two millimetres; nothing is printed nearer to a label's edge."""

SMALLEST_MODULE_MM = 0.396
"""The finest module GS1 allows at a point of sale."""

LABELS_A_FILE = 5_000
"""Typesetting holds a whole file in memory, some 125 MB for a thousand labels."""

_MARK_BAND_MM = 3.0
_SYMBOL_SHARE_OF_WIDTH = 0.5
_SMALLEST_SYMBOL_MM = 20.0  # with its quiet zone; read from a hand's length
_SYMBOL_STEPS = 5


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A kind of label sheet, in mm; the labels stand in the middle of the page, columns a gap apart."""

    name: str
    page_mm: tuple[float, float]
    columns: int
    rows: int
    label_mm: tuple[float, float]
    gap_mm: float

    @property
    def slots(self) -> int:
        """Labels on one sheet."""
        return self.columns * self.rows

    @property
    def inner_mm(self) -> tuple[float, float]:
        """The part of a label that is printed on."""
        width, height = self.label_mm
        return width - 2 * INNER_MARGIN_MM, height - 2 * INNER_MARGIN_MM

    @property
    def symbol_mm(self) -> float:
        """Width of the largest symbol, with its quiet zone; it gives way to many words."""
        width, height = self.inner_mm
        return min(height, width * _SYMBOL_SHARE_OF_WIDTH)

    def corner_mm(self, slot: int) -> tuple[float, float]:
        """The upper left corner of what is printed in a slot; slots count from 1, row by row."""
        row, column = divmod(slot - 1, self.columns)
        (page_width, page_height), (width, height) = self.page_mm, self.label_mm
        left = (page_width - self.columns * width - (self.columns - 1) * self.gap_mm) / 2
        top = (page_height - self.rows * height) / 2
        x = left + column * (width + self.gap_mm) + INNER_MARGIN_MM
        return x, top + row * height + INNER_MARGIN_MM


_A4 = (210.0, 297.0)
_LETTER = (215.9, 279.4)

_STOCK = (
    Layout(name="L7160", page_mm=_A4, columns=3, rows=7, label_mm=(63.5, 38.1), gap_mm=2.54),
    Layout(name="L7159", page_mm=_A4, columns=3, rows=8, label_mm=(63.5, 33.9), gap_mm=2.54),
    Layout(name="L7161", page_mm=_A4, columns=3, rows=6, label_mm=(63.5, 46.6), gap_mm=2.54),
    Layout(name="L7163", page_mm=_A4, columns=2, rows=7, label_mm=(99.1, 38.1), gap_mm=2.5),
    Layout(name="L7173", page_mm=_A4, columns=2, rows=5, label_mm=(99.1, 57.0), gap_mm=2.5),
    Layout(name="L5160", page_mm=_LETTER, columns=3, rows=10, label_mm=(66.675, 25.4), gap_mm=3.175),
)

LAYOUTS = {layout.name: layout for layout in _STOCK}
"""The label sheets we print on, by the name on their box."""


def pdf(
    paper: Paper,
    codes: Iterable[PrintedCode],
    *,
    layout: str | Layout = "L7160",
    start_slot: int = 1,
    level: str = "Q",
    progress: Progress | None = None,
) -> bytes:
    """Print codes on label sheets, from `start_slot` on, so that a sheet begun yesterday is used up today.

    Print it at 100 %. The same codes give the same bytes. Words are set smaller until they fit, never cut.
    Raises BadLayout for an unknown layout, a slot the sheet does not have, more than LABELS_A_FILE codes,
    none, or labels too small for the symbol or the words; PrintUnavailable without the extra `print`, or for
    letters that no font has.
    """
    stock = _stock(layout)
    if not 1 <= start_slot <= stock.slots:
        raise BadLayout(f"start slot {start_slot}: {stock.name} has slots 1 to {stock.slots}")
    some = list(islice(codes, LABELS_A_FILE + 1))
    if not some:
        raise BadLayout("no codes to print: choose another part of the batch")
    if len(some) > LABELS_A_FILE:
        raise BadLayout(f"more than {LABELS_A_FILE} labels: print the batch in parts")
    words = [*((line, "bold") for line in paper.offer), *((line, "regular") for line in paper.captions)]
    check_letters("".join([line.text for line, _ in words]) + paper.host + paper.run + paper.mark)
    labels = _labels(stock, some, start_slot=start_slot, level=level, progress=progress)
    data = {
        "title": f"{paper.host} {paper.run}".strip(),
        "language": language(paper.locale),
        "page": stock.page_mm,
        "inner": stock.inner_mm,
        "symbols": _symbol_widths(stock, symbol(some[0].url, level=level)),
        "band": _MARK_BAND_MM if paper.mark else 0,
        "words": [
            {"body": line.text, "weight": weight, "language": language(line.locale)} for line, weight in words
        ],
        "host": paper.host,
        "run": paper.run,
        "mark": paper.mark,
        "sheets": _sheets(labels, stock.slots, start_slot),
    }
    try:
        return typeset("labels.typ", data, as_format="pdf")
    except NoRoom as full:
        width, height = stock.label_mm
        raise BadLayout(
            f"{stock.name} has labels of {width} x {height} mm and the words do not fit, not even in the"
            " smallest type: use larger labels or shorter names"
        ) from full


def _stock(layout: str | Layout) -> Layout:
    if isinstance(layout, Layout):
        return layout
    if layout not in LAYOUTS:
        raise BadLayout(f"unknown layout {layout!r}: use one of {', '.join(LAYOUTS)}")
    return LAYOUTS[layout]


def _labels(
    stock: Layout, codes: list[PrintedCode], *, start_slot: int, level: str, progress: Progress | None
) -> Iterator[dict[str, Any]]:
    for drawn, code in enumerate(codes, start=1):
        drawing = symbol(code.url, level=level)
        _check_fits(stock, drawing)
        x, y = stock.corner_mm((start_slot + drawn - 2) % stock.slots + 1)
        yield {"shown": code.code, "svg": svg(drawing, title=code.code), "x": x, "y": y}
        if progress:
            progress(drawn)


def _symbol_widths(stock: Layout, drawing: Symbol) -> list[float]:
    """Widths a symbol may have on a label, in mm, from the largest down."""
    smallest = max(_SMALLEST_SYMBOL_MM, drawing.full_size * SMALLEST_MODULE_MM)
    spare = max(0.0, stock.symbol_mm - smallest)
    return [stock.symbol_mm - spare * step / _SYMBOL_STEPS for step in range(_SYMBOL_STEPS + 1)]


def _check_fits(stock: Layout, drawing: Symbol) -> None:
    if drawing.module_mm(stock.symbol_mm) < SMALLEST_MODULE_MM:
        needed = drawing.full_size * SMALLEST_MODULE_MM
        raise BadLayout(
            f"{stock.name} leaves {stock.symbol_mm:.1f} mm and this symbol needs {needed:.1f} mm:"
            " use larger labels or a shorter host"
        )


def _sheets(labels: Iterator[dict[str, Any]], slots: int, start_slot: int) -> list[list[dict[str, Any]]]:
    """Cut the labels into sheets; the first has only the slots from the start slot on."""
    sheets = [list(islice(labels, slots - start_slot + 1))]
    while sheet := list(islice(labels, slots)):
        sheets.append(sheet)
    return sheets
