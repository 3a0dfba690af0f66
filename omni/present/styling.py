"""Symbols in a brand's clothes, for posters: a colour, rounded modules, a logo. Only what scans is drawn.

A styled symbol says the same as the plain one, module by module; a logo hides some of them, and the highest
error level restores what it hides.
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from PIL import Image, ImageColor, ImageOps
from qrcode.image.styledpil import StyledPilImage
from qrcode.image.styles.moduledrawers import CircleModuleDrawer, RoundedModuleDrawer, SquareModuleDrawer
from qrcode.util import pattern_position

from omni.domain.colour import Colour, contrast, luminance
from omni.present import images
from omni.present.pictures import BadPicture, read_picture
from omni.present.printed_pictures import rasterised
from omni.present.qr import QUIET_ZONE, Symbol, encoded, symbol
from omni.present.scannability import SMALLEST_CONTRAST, has_quiet_zone, why_unread
from omni.present.slip import BadLayout

LOGO_SHARE = 0.06
"""The most of a symbol's area that a logo may take, its margin included.

A rule of the trade, not of the standard, which knows no logos: level H restores 30 % of the code words, and
what a logo leaves of that is for dirt, folds and glare.
"""

LARGEST_LOGO_PX = 20_000_000
"""Pixels of a logo's file. It is printed a few centimetres wide; a small file may unpack to far more."""

_VECTOR_LOGO_PX = 800
_PRINT_DPI = 600
_LEAST_PX, _MOST_PX = 8, 32
_STRONG_CONTRAST = 12.0


class Shape(StrEnum):
    """How the modules are drawn. The three finders stay whole in every shape."""

    SQUARE = "square"
    ROUNDED = "rounded"
    CIRCLE = "circle"


@dataclass(frozen=True)
class Style:
    """How a symbol is dressed: colours as `#rrggbb`, and a logo as the bytes of a picture file."""

    shape: Shape = Shape.SQUARE
    dark: str = "#000000"
    light: str = "#ffffff"
    logo: bytes | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is black squares on white and nothing else, which needs no trial."""
        return replace(self, light=self.light.lower()) == PLAIN


PLAIN = Style()


@dataclass(frozen=True, kw_only=True)
class StyledSymbol:
    """A symbol as a PNG with its quiet zone; `modules` counts one side without it."""

    png: bytes
    version: int
    level: str
    modules: int


class _Place(NamedTuple):
    """Where a logo stands, in modules from the symbol's own corner."""

    x: int
    y: int
    width: int
    height: int

    def covers(self, x: int, y: int) -> bool:
        return 0 <= x - self.x < self.width and 0 <= y - self.y < self.height


_DRAWERS = {
    Shape.SQUARE: (SquareModuleDrawer, SquareModuleDrawer),
    Shape.ROUNDED: (RoundedModuleDrawer, RoundedModuleDrawer),
    # Finders of loose dots are not found: a decoder looks for runs of 1, 1, 3, 1 and 1.
    Shape.CIRCLE: (CircleModuleDrawer, RoundedModuleDrawer),
}


def styled_symbol(url: str, style: Style, *, module_mm: float) -> StyledSymbol:
    """Draw an address in a style, for print with modules of a size in mm. The same wish is the same picture.

    With a logo the error level is H, and with it more modules may be needed than for the plain symbol.
    Raises BadLayout, ending with what to do, for colours that are too near to each other or light on dark,
    a logo that is no picture or would cover what a decoder finds the symbol by, and for a symbol that either
    of two decoders fails to read as `omni.present.scannability` tries it; PrintUnavailable where those are
    not installed. A plain style needs and tries nothing.
    """
    drawing = symbol(url, level="H") if style.logo else symbol(url)
    if style.is_plain:
        return _symbol(drawing, images.png(drawing, module_px=_module_px(module_mm)))
    dark, light = _colours(style)
    picture = _drawn(drawing, style.shape, dark, light, _module_px(module_mm))
    if style.logo:
        _add_logo(picture, drawing, _logo(style.logo), light)
    if not has_quiet_zone(picture, modules=drawing.size, light=light):
        raise BadLayout("the quiet zone is not empty: use another shape")
    if why := why_unread(picture, url, modules=drawing.size, module_mm=module_mm):
        raise BadLayout(f"{why}: use {_remedy(style, contrast(dark, light))}")
    return _symbol(drawing, _png(picture, module_mm / _module_px(module_mm)))


def _symbol(drawing: Symbol, png: bytes) -> StyledSymbol:
    return StyledSymbol(png=png, version=drawing.version, level=drawing.level, modules=drawing.size)


def _module_px(module_mm: float) -> int:
    """Pixels of a module, fine enough for print, and bounded: a wall needs no more than a poster.

    An even number, since the drawer of rounded modules halves it.
    """
    wanted = round(module_mm / 25.4 * _PRINT_DPI / 2) * 2
    return min(max(wanted, _LEAST_PX), _MOST_PX)


def _colours(style: Style) -> tuple[Colour, Colour]:
    """Modules and ground. Dark on light only: the standard's reversed symbols are news to many readers."""
    dark, light = (_colour(written) for written in (style.dark, style.light))
    if luminance(dark) >= luminance(light):
        raise BadLayout(f"{style.dark} on {style.light} is light on dark: swap the two")
    if (ratio := contrast(dark, light)) < SMALLEST_CONTRAST:
        raise BadLayout(
            f"{style.dark} on {style.light} has a contrast of {math.floor(ratio * 100) / 100} : 1 and"
            f" {SMALLEST_CONTRAST} : 1 is the least: use a darker colour or a lighter ground"
        )
    return dark, light


def _colour(written: str) -> Colour:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", written):
        raise BadLayout(f"{written!r} is not a colour: write it as #rrggbb, such as #1a3d6d")
    red, green, blue = ImageColor.getrgb(written)[:3]
    return red, green, blue


def _drawn(drawing: Symbol, shape: Shape, dark: Colour, light: Colour, module_px: int) -> Image.Image:
    """The modules by the drawers of `qrcode`, black on white, and only then in colour: that is 30 times as
    quick as its colour masks."""
    code = encoded(drawing.url, level=drawing.level, mask=_mask(drawing))
    code.border, code.box_size = QUIET_ZONE, module_px
    modules, eyes = (drawer() for drawer in _DRAWERS[shape])
    black = code.make_image(StyledPilImage, module_drawer=modules, eye_drawer=eyes).get_image()
    return ImageOps.colorize(black.convert("L"), dark, light)


def _mask(drawing: Symbol) -> int:
    """The mask a symbol was drawn with, which it says itself beside its upper left finder."""
    bits = [drawing.is_dark(x, 8) for x in (2, 3, 4)]
    return (bits[0] << 2 | bits[1] << 1 | bits[2]) ^ 0b101


def _logo(body: bytes) -> Image.Image:
    """A logo from its file, with its transparency."""
    try:
        is_vector = read_picture(body, most_pixels=LARGEST_LOGO_PX).media_type == "image/svg+xml"
    except BadPicture as bad:
        raise BadLayout(f"the logo {bad}") from None
    try:
        with Image.open(io.BytesIO(rasterised(body, _VECTOR_LOGO_PX) if is_vector else body)) as file:
            return ImageOps.exif_transpose(file).convert("RGBA")
    except (OSError, ValueError, SyntaxError):
        raise BadLayout("the logo is damaged: save it anew as PNG or SVG") from None


def _add_logo(picture: Image.Image, drawing: Symbol, logo: Image.Image, light: Colour) -> None:
    """Set a logo on a patch of ground that takes the place of whole modules."""
    place = _place(drawing, logo.width / logo.height)
    px = picture.width // drawing.full_size
    left, top = (place.x + QUIET_ZONE) * px, (place.y + QUIET_ZONE) * px
    picture.paste(light, (left, top, left + place.width * px, top + place.height * px))
    # Half a module of ground on every side keeps the logo from running into the modules.
    small = ImageOps.contain(logo, ((place.width - 1) * px, (place.height - 1) * px))
    left += (place.width * px - small.width) // 2
    top += (place.height * px - small.height) // 2
    picture.paste(small, (left, top), small)


def _place(drawing: Symbol, ratio: float) -> _Place:
    """Where a logo so many times as wide as high may stand: in the middle, or right above or below it where
    an alignment pattern holds the middle."""
    size, times = drawing.size, max(ratio, 1 / ratio)
    short = max(3, _odd(size * math.sqrt(LOGO_SHARE / times)))
    long = min(_odd(LOGO_SHARE * size * size / short), _odd(short * times + 1))
    width, height = (long, short) if ratio > 1 else (short, long)
    middle = (size - height) // 2
    fixed = _fixed_modules(drawing)
    for y in sorted(range(size - height + 1), key=lambda y: (abs(y - middle), y)):
        place = _Place((size - width) // 2, y, width, height)
        if not any(place.covers(*module) for module in fixed):
            return place
    longer, shorter = ("wide", "high") if ratio > 1 else ("high", "wide")
    raise BadLayout(
        f"a logo {times:.0f} times as {longer} as {shorter} covers the patterns by which the symbol is found:"
        " use a squarer one, such as a sign without its words"
    )


def _odd(length: float) -> int:
    """The largest odd number of modules in a length: a symbol has an odd side, and so a middle module."""
    return max(1, (math.floor(length) - 1) // 2 * 2 + 1)


def _fixed_modules(drawing: Symbol) -> set[tuple[int, int]]:
    """The modules that no error correction restores: finders, timing, format, version and alignment."""
    size, last = drawing.size, drawing.size - 1
    fixed = {(x, 6) for x in range(size)} | {(6, y) for y in range(size)}
    for left, top in ((0, 0), (last - 7, 0), (0, last - 7)):
        fixed |= {(left + x, top + y) for x in range(9) for y in range(9)}
    centres = pattern_position(drawing.version)
    for x in centres:
        for y in centres:
            fixed |= {(x + right, y + down) for right in range(-2, 3) for down in range(-2, 3)}
    if drawing.version >= 7:
        fixed |= {(last - 10 + x, y) for x in range(3) for y in range(6)}
        fixed |= {(x, last - 10 + y) for x in range(6) for y in range(3)}
    return fixed


def _remedy(style: Style, ratio: float) -> str:
    ways = ["more contrast"] if ratio < _STRONG_CONTRAST else []
    ways += ["square modules"] if style.shape is not Shape.SQUARE else []
    ways += ["another logo"] if style.logo else []
    return " or ".join(filter(None, (", ".join(ways), "larger modules")))


def _png(picture: Image.Image, pixel_mm: float) -> bytes:
    dpi = 25.4 / pixel_mm
    few = picture.quantize(256, dither=Image.Dither.NONE) if picture.getcolors(256) else picture
    out = io.BytesIO()
    few.save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()
