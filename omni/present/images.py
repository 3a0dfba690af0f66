"""One symbol as a picture, SVG or PNG, and a batch of them as a ZIP.

Anything but live paper carries its mark in bands above and below the symbol, and what is printed names its
host in plain letters beneath. The picture grows by them: the quiet zone stays white and the modules keep
their size.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont

from omni.domain.code import LETTER_COUNT
from omni.present.press import press_for
from omni.present.qr import QUIET_ZONE, Symbol
from omni.present.slip import Paper, PrintedCode, Progress
from omni.present.symbol_size import SymbolSize

BAND = 5
"""Height, in modules, of the band that carries a mark."""

HOST_LINE = 4
"""Height, in modules, of the line that names the host; the quiet zone above it is its white space."""

MODULE_PX = 8
"""Pixels to a module where nobody asks for another number: 0.68 mm at DOTS_AN_INCH."""

DOTS_AN_INCH = 300
"""How fine a picture is printed that does not say so itself."""

ImageKind = Literal["svg", "png"]

_TYPE_SIZE = 0.8  # of the strip it stands in
_LETTER_WIDTH = 0.75  # of the type size, on average over a host in capitals


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a code becomes a picture: pixels to a module, error level, host in plain letters or none."""

    kind: ImageKind
    module_px: int = MODULE_PX
    level: str = "Q"
    host: str = ""

    @property
    def module_mm(self) -> float:
        """Side of a module at DOTS_AN_INCH."""
        return self.module_px * 25.4 / DOTS_AN_INCH


def picture(paper: Paper, code: PrintedCode, look: Look) -> bytes:
    """One code as a picture file that knows its size in print."""
    drawing = _pressed(code, look.level)
    if look.kind == "png":
        symbol = drawn(drawing, module_px=look.module_px)
        return _sized(framed(symbol, drawing.full_size, mark=paper.mark, host=look.host))
    vector = svg(drawing, title=code.code, mark=paper.mark, host=look.host, module_mm=look.module_mm)
    return vector.encode()


def size_of(code: PrintedCode, look: Look) -> SymbolSize:
    """How large the symbol of such a picture is, printed at its own size."""
    drawing = _pressed(code, look.level)
    return SymbolSize.across(drawing, drawing.full_size * look.module_mm)


def _pressed(code: PrintedCode, level: str) -> Symbol:
    return press_for(code.url[:-LETTER_COUNT], level=level).symbol(code.url[-LETTER_COUNT:])


def svg(
    drawing: Symbol, *, title: str = "", mark: str = "", host: str = "", module_mm: float | None = None
) -> str:
    """Draw a symbol as SVG, one unit to a module, quiet zone included.

    `title` is what a screen reader says; without one it is the address. With `module_mm` the picture has a
    size of its own, else it fills whatever room it is given.
    """
    band = BAND if mark else 0
    width, below = drawing.full_size, band + drawing.full_size
    height = below + (HOST_LINE if host else 0) + band
    path = "".join(f"M{run.x} {run.y}h{run.length}v1h-{run.length}z" for run in drawing.runs())
    bands = "".join(_svg_band(mark, width, top) for top in (0, height - band)) if mark else ""
    sized = f' width="{width * module_mm:.4g}mm" height="{height * module_mm:.4g}mm"' if module_mm else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"{sized} role="img"'
        f' shape-rendering="crispEdges"><title>{escape(title or drawing.url)}</title>'
        f'<path fill="#fff" d="M0 0h{width}v{height}h-{width}z"/>'
        f'<path transform="translate({QUIET_ZONE} {QUIET_ZONE + band})" d="{path}"/>'
        f"{_svg_host(host, width, below)}{bands}</svg>"
    )


def _svg_band(mark: str, width: int, top: int) -> str:
    return (
        f'<path d="M0 {top}h{width}v{BAND}h-{width}z"/>'
        f'<text x="{width / 2}" y="{top + BAND - 1.1}" fill="#fff" font-family="sans-serif"'
        f' font-weight="bold" font-size="4.2" text-anchor="middle">{escape(mark)}</text>'
    )


def _svg_host(host: str, width: int, top: int) -> str:
    if not host:
        return ""
    size = min(_TYPE_SIZE * HOST_LINE, (width - 2) / (_LETTER_WIDTH * len(host)))
    return (
        f'<text x="{width / 2}" y="{top + 3.1}" font-family="sans-serif" font-size="{size:.3g}"'
        f' text-anchor="middle">{escape(host)}</text>'
    )


def png(drawing: Symbol, *, mark: str = "", module_px: int = MODULE_PX) -> bytes:
    """Draw a symbol as a black and white PNG, each module `module_px` pixels square."""
    return _saved(framed(drawn(drawing, module_px=module_px), drawing.full_size, mark=mark))


def drawn(drawing: Symbol, *, module_px: int = MODULE_PX) -> Image.Image:
    """A symbol with its quiet zone, in black and white, each module `module_px` pixels square."""
    row_bytes = -(-drawing.size // 8)
    padding = 8 * row_bytes - drawing.size
    packed = b"".join((row << padding).to_bytes(row_bytes, "big") for row in drawing.modules)
    modules = Image.frombytes("1", (drawing.size, drawing.size), packed, "raw", "1;I")
    image = Image.new("1", (drawing.full_size, drawing.full_size), color=1)
    image.paste(modules, (QUIET_ZONE, QUIET_ZONE))
    return image.resize((drawing.full_size * module_px,) * 2, Image.Resampling.NEAREST)


def framed(symbol: Image.Image, full_size: int, *, mark: str = "", host: str = "") -> Image.Image:
    """A drawn symbol, `full_size` modules wide, with the bands of its mark and the line of its host."""
    module_px, width = symbol.width // full_size, symbol.width
    band, line = (BAND * module_px if mark else 0), (HOST_LINE * module_px if host else 0)
    image = Image.new(symbol.mode, (width, symbol.height + line + 2 * band), color="white")
    image.paste(symbol, (0, band))
    if host:
        image.paste(_lettering(host, width, line, is_inverted=False), (0, band + symbol.height))
    if mark:
        for top in (0, image.height - band):
            image.paste(_lettering(mark, width, band, is_inverted=True), (0, top))
    return image


@lru_cache(maxsize=16)
def _lettering(words: str, width: int, height: int, *, is_inverted: bool) -> Image.Image:
    """A strip of words in the middle, black on white or the other way round; smaller until they fit."""
    strip = Image.new("1", (width, height), color=not is_inverted)
    pencil = ImageDraw.Draw(strip)
    size = height * _TYPE_SIZE
    while size > 1 and pencil.textlength(words, ImageFont.load_default(size)) > 0.94 * width:
        size *= 0.95
    pencil.text(
        (width / 2, height / 2), words, fill=is_inverted, font=ImageFont.load_default(size), anchor="mm"
    )
    return strip


def labelled(styled: bytes, size: SymbolSize, *, mark: str, host: str) -> bytes:
    """A styled symbol, a PNG with its quiet zone, with mark and host around it; in print it has that size."""
    full_size = size.modules + 2 * QUIET_ZONE
    with Image.open(io.BytesIO(styled)) as symbol:
        image = framed(symbol.convert("RGB"), full_size, mark=mark, host=host)
    return _sized(image, dots_an_inch=image.width * 25.4 / size.width_mm)


def _sized(image: Image.Image, *, dots_an_inch: float = DOTS_AN_INCH) -> bytes:
    return _saved(image, dpi=(dots_an_inch, dots_an_inch))


def _saved(image: Image.Image, **known: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **known)
    return out.getvalue()


def images_zip(
    paper: Paper, codes: Iterable[PrintedCode], look: Look, *, progress: Progress | None = None
) -> Iterator[bytes]:
    """A batch as a ZIP of pictures, streamed; each file is named by its place in the batch and its code.

    The same batch gives the same bytes.
    """
    drain = _Drain()
    with zipfile.ZipFile(drain, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for count, code in enumerate(codes, start=1):
            # A ZipInfo of its own carries no clock time, unlike a plain name.
            entry = zipfile.ZipInfo(f"{code.number_in_batch:06}-{code.code}.{look.kind}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, picture(paper, code, look))
            if progress:
                progress(count)
            yield drain.take()
    yield drain.take()


class _Drain(io.RawIOBase):
    """Where the archive writes and we take away: it cannot seek, so zipfile writes straight through."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]
        self._written += piece
        return len(piece)

    def take(self) -> bytes:
        """Everything written since the last time."""
        taken = bytes(self._written)
        self._written.clear()
        return taken
