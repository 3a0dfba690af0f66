"""What a print head burns: words, symbols and logos as rows of bits, one bit a dot, 1 is black."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import NamedTuple, Self

from PIL import Image, ImageOps, UnidentifiedImageError

from omni.present.pictures import BadPicture
from omni.present.printed_pictures import rasterised
from omni.present.qr import QUIET_ZONE
from omni.present.slip import BadLayout, Line
from omni.present.typesetting import NoRoom, check_letters, language, typeset

TYPE_SIZES_PT = (9.0, 8.0, 7.0, 6.0)
"""The sizes a line on a slip is set in: the largest whose every word fits."""

_POINTS_AN_INCH = 72
_INK = 110  # of 255: what typst draws in grey at the rim of a letter
_FEW_SHADES, _NEARLY_ALL = 4, 0.7  # the rest are the rims of what is drawn
_NO_LOGO = "the logo is no picture that can be read: use PNG, JPEG, WebP or SVG"


class Dots(NamedTuple):
    """A picture for a print head. `width` is a multiple of 8; of a byte the highest bit is leftmost."""

    width: int
    rows: bytes

    @property
    def row_bytes(self) -> int:
        """Bytes in one row."""
        return self.width // 8

    @property
    def height(self) -> int:
        """Rows of dots."""
        return len(self.rows) // self.row_bytes

    def bands(self, rows: int) -> list[Self]:
        """The picture in parts of at most so many rows, from the top."""
        step = rows * self.row_bytes
        return [self._replace(rows=self.rows[at : at + step]) for at in range(0, len(self.rows), step)]

    @classmethod
    def of(cls, ink: Image.Image) -> Self:
        """The dots of a picture of mode 1 in which white is ink."""
        return cls(ink.width, ink.tobytes())


@lru_cache(maxsize=1024)
def words(
    line: Line,
    *,
    width: int,
    dots_an_inch: int,
    is_bold: bool = False,
    sizes_pt: tuple[float, ...] = TYPE_SIZES_PT,
    at_start: bool = False,
) -> Dots:
    """A line of words set in type, as many rows high as it needs.

    In the middle, or `at_start` where its own writing begins; a line that runs from right to left always is.
    Raises BadLayout when a word is too wide in the smallest size, PrintUnavailable when a letter or its font
    is not here.
    """
    data = {
        "text": line.text,
        "bold": is_bold,
        "language": language(line.locale),
        "width-pt": width * _POINTS_AN_INCH / dots_an_inch,
        "sizes-pt": sizes_pt,
        "at-start": at_start,
    }
    check_letters(line.text)
    try:
        set_in_type = typeset("line.typ", data, as_format="png", ppi=dots_an_inch)
    except NoRoom as full:
        raise BadLayout(f"a word is too wide in {line.text!r}: use wider paper or shorter words") from full
    grey = Image.open(io.BytesIO(set_in_type)).convert("L")
    ink = ImageOps.invert(grey).point(lambda darkness: 255 if darkness > _INK else 0).convert("1")
    # typst rounds the width up to a whole dot.
    return Dots.of(ink.crop((0, 0, width, ink.height)))


def symbol(rows: bytes, size: int, *, module: int, width: int) -> Dots:
    """A symbol of packed rows in the middle of a width, its quiet zone white on all four sides.

    Raises BadLayout when the width is too small for it.
    """
    full = (size + 2 * QUIET_ZONE) * module
    if full > width:
        raise BadLayout("the symbol is wider than the paper: use wider paper or a shorter host")
    modules = Image.frombytes("1", (size, size), rows)
    ink = Image.new("1", (width, full))
    scaled = modules.resize((size * module, size * module), Image.Resampling.NEAREST)
    ink.paste(scaled, ((width - size * module) // 2, QUIET_ZONE * module))
    return Dots.of(ink)


@lru_cache(maxsize=64)
def logo(picture: bytes, *, width: int) -> Dots:
    """A logo in the middle of a width, at most half as wide and a quarter as high.

    A drawing of few colours comes out black and white, a photograph as a pattern of dots. Raises BadLayout
    for what is no picture, or leaves no ink.
    """
    room = width // 2, width // 4
    grey = _on_white(_drawn(picture, width // 2))
    grey.thumbnail(room, Image.Resampling.LANCZOS)
    dithering = Image.Dither.NONE if _is_drawing(grey) else Image.Dither.FLOYDSTEINBERG
    ink = ImageOps.invert(grey.convert("1", dither=dithering).convert("L")).convert("1")
    box = ink.getbbox()
    if box is None:
        raise BadLayout("the logo leaves no ink on white paper: use a darker one")
    cut_out = ink.crop(box)
    centred = Image.new("1", (width, cut_out.height))
    centred.paste(cut_out, ((width - cut_out.width) // 2, 0))
    return Dots.of(centred)


def _drawn(picture: bytes, width: int) -> Image.Image:
    """A picture file opened; an SVG is drawn as wide as there is room."""
    if picture.lstrip()[:1] == b"<":
        try:
            picture = rasterised(picture, width)
        except BadPicture as broken:
            raise BadLayout(_NO_LOGO) from broken
    try:
        opened = Image.open(io.BytesIO(picture))
        opened.load()
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as broken:
        raise BadLayout(_NO_LOGO) from broken
    return ImageOps.exif_transpose(opened)


def _is_drawing(grey: Image.Image) -> bool:
    """Whether a few shades are nearly all of it."""
    shades = grey.histogram()
    areas = sorted((sum(shades[at : at + 8]) for at in range(0, 256, 8)), reverse=True)
    return sum(areas[:_FEW_SHADES]) > _NEARLY_ALL * sum(areas)


def _on_white(picture: Image.Image) -> Image.Image:
    """Shades of grey from white to black; what was see-through is white paper."""
    coloured = picture.convert("RGBA")
    paper = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(paper, coloured).convert("L")
