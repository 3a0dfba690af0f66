"""One symbol as a picture, SVG or PNG, and a batch of them as a ZIP.

Anything but live paper carries its mark in bands above and below the symbol. The picture grows by them:
the quiet zone stays white and the modules keep their size.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Literal
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont

from omni.present.qr import QUIET_ZONE, Symbol, symbol
from omni.present.slip import Paper, PrintedCode, Progress

BAND = 5
"""Height, in modules, of the band that carries a mark."""

ImageKind = Literal["svg", "png"]


def svg(drawing: Symbol, *, title: str = "", mark: str = "") -> str:
    """Draw a symbol as SVG, one unit to a module, quiet zone included.

    `title` is what a screen reader says; without one it is the address.
    """
    band = BAND if mark else 0
    width, height = drawing.full_size, drawing.full_size + 2 * band
    path = "".join(f"M{run.x} {run.y}h{run.length}v1h-{run.length}z" for run in drawing.runs())
    bands = "".join(_svg_band(mark, width, top) for top in (0, height - band)) if mark else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' shape-rendering="crispEdges"><title>{escape(title or drawing.url)}</title>'
        f'<path fill="#fff" d="M0 0h{width}v{height}h-{width}z"/>'
        f'<path transform="translate({QUIET_ZONE} {QUIET_ZONE + band})" d="{path}"/>{bands}</svg>'
    )


def _svg_band(mark: str, width: int, top: int) -> str:
    return (
        f'<path d="M0 {top}h{width}v{BAND}h-{width}z"/>'
        f'<text x="{width / 2}" y="{top + BAND - 1.1}" fill="#fff" font-family="sans-serif"'
        f' font-weight="bold" font-size="4.2" text-anchor="middle">{escape(mark)}</text>'
    )


def png(drawing: Symbol, *, mark: str = "", module_px: int = 8) -> bytes:
    """Draw a symbol as a black and white PNG, each module `module_px` pixels square."""
    band = BAND * module_px if mark else 0
    side = drawing.full_size * module_px
    image = Image.new("1", (side, side + 2 * band), color=1)
    modules = Image.new("1", (drawing.size, drawing.size), color=1)
    for run in drawing.runs():
        modules.paste(0, (run.x, run.y, run.x + run.length, run.y + 1))
    scaled = modules.resize((drawing.size * module_px,) * 2, Image.Resampling.NEAREST)
    image.paste(scaled, (QUIET_ZONE * module_px, QUIET_ZONE * module_px + band))
    if mark:
        for top in (0, side + band):
            image.paste(_png_band(mark, side, band), (0, top))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _png_band(mark: str, width: int, height: int) -> Image.Image:
    band = Image.new("1", (width, height), color=0)
    font = ImageFont.load_default(size=height * 0.8)
    ImageDraw.Draw(band).text((width / 2, height / 2), mark, fill=1, font=font, anchor="mm")
    return band


def images_zip(
    paper: Paper,
    codes: Iterable[PrintedCode],
    kind: ImageKind,
    *,
    level: str = "Q",
    progress: Progress | None = None,
) -> Iterator[bytes]:
    """A batch as a ZIP of pictures, streamed; each file is named by its place in the batch and its code.

    The same batch gives the same bytes.
    """
    drain = _Drain()
    with zipfile.ZipFile(drain, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for drawn, code in enumerate(codes, start=1):
            drawing = symbol(code.url, level=level)
            if kind == "svg":
                picture: str | bytes = svg(drawing, title=code.code, mark=paper.mark)
            else:
                picture = png(drawing, mark=paper.mark)
            # A ZipInfo of its own carries no clock time, unlike a plain name.
            entry = zipfile.ZipInfo(f"{code.number_in_batch:06}-{code.code}.{kind}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, picture)
            if progress:
                progress(drawn)
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
