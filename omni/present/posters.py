"""Posters and table cards as vector PDF: the campaign's picture, its offer, and a symbol to scan from afar.

How large the symbol is comes from how far away it is read. Words and picture share what is left: every
language of the market beside the others and equally large, the one its law puts first where reading begins.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from math import ceil, floor, sqrt
from typing import Any, Literal

from omni.domain.theme import Theme
from omni.present.images import svg
from omni.present.printed_pictures import printable
from omni.present.qr import QUIET_ZONE, symbol
from omni.present.slip import BadLayout, Line, Paper, PrintedCode, Words
from omni.present.styling import PLAIN, Style, styled_symbol
from omni.present.symbol_size import GS1_WINDOW_MM, SymbolSize
from omni.present.typesetting import NoRoom, check_letters, language, typeset

ACCENT = "#b3261e"
"""The colour of the price where a brand brings none of its own."""

_SAFE_MM = 5.0  # office printers leave so much of a sheet's edge white
_PREVIEW_PPI = 110
_FULL_TYPE_MM = sqrt(210 * 297)  # type has its full size on A4
_SEARCH_STEP_MM = 50


@dataclass(frozen=True, kw_only=True)
class Poster:
    """A paper that is hung up or stood on a table, in mm, and how far away it is usually read.

    A table card is one sheet, folded across its middle: the same face on either side.
    """

    name: str
    page_mm: tuple[float, float]
    margin_mm: float
    distance_mm: float
    is_tent: bool = False

    @property
    def face_mm(self) -> tuple[float, float]:
        """What is seen at once: the page, or half of a folded one."""
        width, height = self.page_mm
        return (width, height / 2) if self.is_tent else (width, height)


_A4 = (210.0, 297.0)
_LETTER = (215.9, 279.4)

_SHIPPED = (
    Poster(name="a4", page_mm=_A4, margin_mm=16, distance_mm=1_000),
    Poster(name="a5", page_mm=(148.0, 210.0), margin_mm=11, distance_mm=500),
    Poster(name="a6", page_mm=(105.0, 148.0), margin_mm=8, distance_mm=300),
    Poster(name="letter", page_mm=_LETTER, margin_mm=16, distance_mm=1_000),
    Poster(name="table-card-a4", page_mm=_A4, margin_mm=12, distance_mm=400, is_tent=True),
    Poster(name="table-card-letter", page_mm=_LETTER, margin_mm=12, distance_mm=400, is_tent=True),
)

POSTERS = {poster.name: poster for poster in _SHIPPED}
"""The posters and table cards we print, by name."""


def in_look(poster: Poster, theme: Theme | None) -> Poster:
    """A poster whose margin is at least as wide as its brand wants it."""
    if theme is None or theme.safe_area.print_mm <= poster.margin_mm:
        return poster
    return replace(poster, margin_mm=theme.safe_area.print_mm)


def accent_of(theme: Theme | None) -> str:
    """The colour of the price in a brand's look."""
    return theme.accent_on_white if theme else ACCENT


def poster_pdf(
    paper: Paper,
    code: PrintedCode,
    *,
    poster: Poster,
    picture: bytes | None = None,
    address: str = "",
    distance_mm: float | None = None,
    style: Style = PLAIN,
    accent: str = ACCENT,
) -> tuple[bytes, SymbolSize]:
    """One poster or table card of one page, and the size its symbol has. Print it at 100 %.

    The dark part of the symbol measures a tenth of the reading distance at least, and no module is finer
    than GS1 allows. `address` is the friendly way to a shared code, such as `/p/mona`; it is printed behind
    the host. The same words give the same bytes; they are set smaller until they fit, never cut.
    Raises BadLayout for what does not fit, naming the largest distance that does, for a picture that cannot
    be drawn and a style that cannot be read; PrintUnavailable without the extra `print`, or for letters that
    no font has.
    """
    wish = _Wish(paper, code, poster, address, style, accent)
    return _set(wish, picture, distance_mm, "pdf")


def poster_png(
    paper: Paper,
    code: PrintedCode,
    *,
    poster: Poster,
    picture: bytes | None = None,
    address: str = "",
    distance_mm: float | None = None,
    style: Style = PLAIN,
    accent: str = ACCENT,
) -> tuple[bytes, SymbolSize]:
    """The same page as a small PNG, to look at before it is printed."""
    wish = _Wish(paper, code, poster, address, style, accent)
    return _set(wish, picture, distance_mm, "png")


@dataclass(frozen=True)
class _Wish:
    """What is to be on a poster, all but its picture and the size of its symbol."""

    paper: Paper
    code: PrintedCode
    poster: Poster
    address: str
    style: Style
    accent: str


def _set(
    wish: _Wish, picture: bytes | None, distance_mm: float | None, as_format: Literal["pdf", "png"]
) -> tuple[bytes, SymbolSize]:
    data = _words(wish) | {"picture": printable(picture) if picture else None}
    size, drawn = _symbol(wish, distance_mm or wish.poster.distance_mm)
    data |= {"symbol": drawn | _placed(wish, size)}
    try:
        return typeset("poster.typ", data, as_format=as_format, ppi=_PREVIEW_PPI), size
    except NoRoom as full:
        raise BadLayout(_no_room(wish, data, size)) from full


def _words(wish: _Wish) -> dict[str, Any]:
    paper, poster, accent = wish.paper, wish.poster, wish.accent
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", accent):
        raise BadLayout(f"{accent!r} is not a colour: write it as #rrggbb, such as {ACCENT}")
    width, height = poster.face_mm
    address = paper.host + wish.address if wish.address.startswith("/") else wish.address or paper.host
    lines = [*paper.offer, *paper.captions, *paper.terms_lines, *paper.promises]
    check_letters("".join(line.text for line in lines) + address + paper.run + paper.mark)
    return {
        "title": f"{paper.host} {paper.run}".strip(),
        "language": language(paper.locale),
        "page": poster.page_mm,
        "face": poster.face_mm,
        "margin": poster.margin_mm,
        "unit": sqrt(width * height) / _FULL_TYPE_MM,
        "tent": poster.is_tent,
        "accent": accent,
        "logo": printable(paper.logo, name="logo") if paper.logo else None,
        **_offer(paper.words),
        "captions": _lines(paper.captions),
        "terms": _lines(paper.terms_lines),
        "promises": _lines(paper.promises),
        "address": address,
        "shown": wish.code.code,
        "run": paper.run,
        "mark": paper.mark,
    }


def _offer(words: tuple[Words, ...]) -> dict[str, Any]:
    """Name and price by language, a column each; what all of them write the same way stands once."""
    said: dict[str, Any] = {"offers": [{} for _ in words]}
    for part in ("headline", "price"):
        lines = [Line(getattr(each, part), each.locale) for each in words]
        is_shared = len({line.text for line in lines}) == 1
        said[part] = _line(lines[0]) if is_shared else None
        for column, line in zip(said["offers"], lines, strict=True):
            column[part] = None if is_shared else _line(line)
    return said


def _line(line: Line) -> dict[str, Any] | None:
    return {"body": line.text, "language": language(line.locale)} if line.text else None


def _lines(lines: list[Line]) -> list[dict[str, Any]]:
    return [said for line in lines if (said := _line(line))]


def _symbol(wish: _Wish, distance_mm: float) -> tuple[SymbolSize, dict[str, Any]]:
    """The symbol for a distance and its drawing: vector when it is plain, else dots at print resolution."""
    url, style = wish.code.url, wish.style
    drawing = symbol(url, level="H") if style.logo else symbol(url)
    module_mm = max(distance_mm / 10 / drawing.size, GS1_WINDOW_MM[0])
    size = SymbolSize.across(drawing, drawing.full_size * module_mm)
    if style.is_plain:
        return size, {"format": "svg", "body": svg(drawing, title=wish.code.code)}
    return size, {"format": "png", "body": list(styled_symbol(url, style, module_mm=module_mm).png)}


def _placed(wish: _Wish, size: SymbolSize) -> dict[str, float]:
    """Where a symbol stands: on white its quiet zone reaches into the margin, its dark part on the grid."""
    quiet = QUIET_ZONE * size.module_mm
    is_white = wish.style.light.lower() == PLAIN.light
    reach = min(quiet, wish.poster.margin_mm) if is_white else 0.0
    # Under the quiet zone stands the mark, which a printer has to reach.
    drop = min(reach, wish.poster.margin_mm - _SAFE_MM) if wish.paper.mark else reach
    return {"width": size.width_mm, "quiet": quiet, "reach": reach, "drop": drop}


def _no_room(wish: _Wish, data: dict[str, Any], size: SymbolSize) -> str:
    """Why a poster is refused, found by trying smaller symbols; the picture would give way to them anyhow."""

    def fits(distance_mm: int) -> bool:
        smaller = replace(size, module_mm=distance_mm / 10 / size.modules)
        shown = {"symbol": data["symbol"] | _placed(wish, smaller), "picture": None}
        try:
            typeset("poster.typ", data | shown, as_format="pdf")
        except NoRoom:
            return False
        return True

    name, wanted_m = wish.poster.name, size.reading_distance_mm / 1_000
    finest_mm = ceil(10 * size.modules * GS1_WINDOW_MM[0])
    smaller_mm = range(finest_mm, ceil(size.reading_distance_mm), _SEARCH_STEP_MM)
    if not smaller_mm or not fits(finest_mm):
        return f"{name} has no room for the words, not even in small type: use larger paper or shorter names"
    largest_mm = smaller_mm[bisect_left(smaller_mm, True, key=lambda distance: not fits(distance)) - 1]
    return (
        f"{name} has no room for a symbol that is read from {wanted_m:.1f} m:"
        f" {floor(largest_mm / 100) / 10:.1f} m is the most; use larger paper or a shorter distance"
    )
