"""Label sheets: the stock that stationers sell by its name, and any other by its measures."""

from __future__ import annotations

import re
from dataclasses import dataclass

from omni.present.slip import BadLayout

INNER_MARGIN_MM = 2.0
"""Sheets are cut and fed to within two millimetres; nothing is printed nearer to a label's edge."""

MARK_BAND_MM = 3.0
"""Width of the bands beside a symbol that say TEST."""

# Beside the symbol there is a narrow column, above it a low room; the column holds more on a square.
_TALL = 1.25
_SYMBOL_SHARE_BESIDE = 0.5
_SYMBOL_SHARE_ABOVE = 0.6
_PAGES = {"a4": (210.0, 297.0), "a5": (148.0, 210.0), "letter": (215.9, 279.4)}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A kind of label sheet, in mm.

    The labels stand a gap apart, in the middle of the page where `left_mm` and `top_mm` do not say how far
    the first is from its edges.
    """

    name: str
    page_mm: tuple[float, float]
    columns: int
    rows: int
    label_mm: tuple[float, float]
    gap_mm: tuple[float, float] = (0.0, 0.0)
    left_mm: float | None = None
    top_mm: float | None = None

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
    def is_wide(self) -> bool:
        """Whether the symbol stands beside its words; on any other label it stands above them."""
        width, height = self.inner_mm
        return height < _TALL * width

    @property
    def symbol_mm(self) -> float:
        """Width of the largest symbol, with its quiet zone; it gives way to many words."""
        width, height = self.inner_mm
        if self.is_wide:
            return min(height, width * _SYMBOL_SHARE_BESIDE)
        return min(width - 2 * MARK_BAND_MM, height * _SYMBOL_SHARE_ABOVE)

    @property
    def field_mm(self) -> tuple[float, float]:
        """Width and height of all labels together, with the gaps between them."""
        (width, height), (across, down) = self.label_mm, self.gap_mm
        return (
            self.columns * width + (self.columns - 1) * across,
            self.rows * height + (self.rows - 1) * down,
        )

    @property
    def origin_mm(self) -> tuple[float, float]:
        """The upper left corner of the first label."""
        left, top = ((page - field) / 2 for page, field in zip(self.page_mm, self.field_mm, strict=True))
        return (
            left if self.left_mm is None else self.left_mm,
            top if self.top_mm is None else self.top_mm,
        )

    def corner_mm(self, slot: int) -> tuple[float, float]:
        """The upper left corner of the label in a slot; slots count from 1, row by row."""
        row, column = divmod(slot - 1, self.columns)
        (left, top), (width, height), (across, down) = self.origin_mm, self.label_mm, self.gap_mm
        return left + column * (width + across), top + row * (height + down)


_A4, _LETTER = _PAGES["a4"], _PAGES["letter"]

_STOCK = (
    Layout(name="L7160", page_mm=_A4, columns=3, rows=7, label_mm=(63.5, 38.1), gap_mm=(2.54, 0)),
    Layout(name="L7159", page_mm=_A4, columns=3, rows=8, label_mm=(63.5, 33.9), gap_mm=(2.54, 0)),
    Layout(name="L7161", page_mm=_A4, columns=3, rows=6, label_mm=(63.5, 46.6), gap_mm=(2.54, 0)),
    Layout(name="L7163", page_mm=_A4, columns=2, rows=7, label_mm=(99.1, 38.1), gap_mm=(2.5, 0)),
    Layout(name="L7173", page_mm=_A4, columns=2, rows=5, label_mm=(99.1, 57.0), gap_mm=(2.5, 0)),
    Layout(name="L5160", page_mm=_LETTER, columns=3, rows=10, label_mm=(66.675, 25.4), gap_mm=(3.175, 0)),
)

LAYOUTS = {layout.name: layout for layout in _STOCK}
"""The label sheets we print on, by the name on their box."""

_EXAMPLE = "63.5x38.1 3x7 a4 gap=2.54x0 left=7.2 top=15.1"
_ROUNDING_MM = 0.001
_NUMBER = r"\d{1,4}(?:[.,]\d{1,3})?"
_PAIR = re.compile(f"({_NUMBER})[x×]({_NUMBER})")


def layout_named(text: str) -> Layout:
    """A label sheet by the name on its box, or by its measures: `70x37 3x8 a4`.

    Measures are a label's width and height in mm, columns and rows, and the page (a4, a5 or letter); then,
    where they are not 0 and not centred, `gap=2.5x0` between labels and `left=7.2 top=15.1` of the first.
    Raises BadLayout, which says what is wrong and shows how it is written.
    """
    name = " ".join(text.split())
    if stock := LAYOUTS.get(name.upper()) or LAYOUTS.get(f"L{name}"):
        return stock
    try:
        layout = _measured(name, name.lower().split())
        _check_lies_on_page(layout)
    except _Misread as problem:
        raise BadLayout(
            f'layout "{name}": {problem}; use {", ".join(LAYOUTS)}, or measures in mm, columns x rows'
            f' and the page, such as "{_EXAMPLE}"'
        ) from None
    return layout


class _Misread(Exception):
    """What is wrong with the measures of a layout."""


def _measured(name: str, words: list[str]) -> Layout:
    options = dict(word.split("=", 1) for word in words if "=" in word)
    plain = [word for word in words if "=" not in word]
    if len(plain) != 3 or not _PAIR.fullmatch(plain[0]):
        raise _Misread("no such label sheet" if len(plain) < 2 else "it takes a label, a grid and a page")
    if unknown := options.keys() - {"gap", "left", "top"}:
        raise _Misread(f"{min(unknown)}= is none of gap=, left=, top=")
    size, grid, page = plain
    if page not in _PAGES:
        raise _Misread(f"{page} is none of the pages {', '.join(_PAGES)}")
    if not re.fullmatch(r"\d{1,3}[x×]\d{1,3}", grid):
        raise _Misread(f"{grid} are not columns x rows")
    columns, rows = _pair(grid)
    return Layout(
        name=name,
        page_mm=_PAGES[page],
        columns=int(columns),
        rows=int(rows),
        label_mm=_pair(size),
        gap_mm=_pair(options.get("gap", "0x0")),
        left_mm=_length(options["left"]) if "left" in options else None,
        top_mm=_length(options["top"]) if "top" in options else None,
    )


def _pair(text: str) -> tuple[float, float]:
    found = _PAIR.fullmatch(text)
    if not found:
        raise _Misread(f"{text} is not two lengths, such as 2.5x0")
    return _length(found[1]), _length(found[2])


def _length(text: str) -> float:
    if not re.fullmatch(_NUMBER, text):
        raise _Misread(f"{text} is not a length in mm")
    return float(text.replace(",", "."))


def _check_lies_on_page(layout: Layout) -> None:
    if not layout.slots or not min(layout.label_mm):
        raise _Misread("a sheet has at least one label, and a label is larger than nothing")
    sides = zip(("wide", "high"), layout.page_mm, layout.origin_mm, layout.field_mm, strict=True)
    for side, page, start, field in sides:
        if field > page + _ROUNDING_MM:
            raise _Misread(f"the labels are {field:g} mm {side} together, the page {page:g} mm")
        if start + field > page + _ROUNDING_MM:
            raise _Misread(
                f"the labels begin at {start:g} mm and are {field:g} mm {side}, the page {page:g} mm"
            )
