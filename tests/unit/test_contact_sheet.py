"""One code in every form that comes out on paper, as a person sees them side by side; every one is read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from omni.present import escpos, images, posters, sheets, zpl
from omni.present.printed_pictures import rasterised
from omni.present.printer_profile import profile_named
from omni.present.slip import Paper, PrintedCode
from omni.present.styling import Shape, Style
from tests.support.paper import market_paper, pages, read_by_zbar, read_by_zxing, some_codes
from tests.support.thermal import SlipPrinter, print_label

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
_SHEET_PX, _GAP_PX = 2400, 24
_DPI = 203


def forms(paper: Paper, code: PrintedCode) -> Iterator[tuple[str, Image.Image]]:
    """Each form as its printer puts it out, 203 dots to the inch; of a sheet of labels the first label."""
    labels = io.BytesIO()
    sheets.write_labels(labels, paper, [code], layout=sheets.layout_named("70x37 3x8 a4 left=0 top=0"))
    one_label = tuple(round(mm * _DPI / 25.4) for mm in (0, 0, 70, 37))
    yield "label", pages(labels.getvalue(), dpi=_DPI)[0].crop(one_label)
    for name, style in (("a6", posters.PLAIN), ("a5", Style(shape=Shape.ROUNDED, dark="#12324a"))):
        poster, _ = posters.poster_pdf(paper, code, poster=posters.POSTERS[name], style=style)
        yield f"poster {name}", pages(poster, dpi=_DPI)[0]
    for kind in ("svg", "png"):
        look = images.Look(kind=kind, host=paper.host)
        drawn = images.picture(paper, code, look)
        yield kind, Image.open(io.BytesIO(rasterised(drawn, 300) if kind == "svg" else drawn))
    for name in ("80mm", "58mm-raster"):
        profile = profile_named(name)
        slip = escpos.slip_bytes(paper, code, profile=profile)
        yield f"slip {name}", SlipPrinter(profile.dots).print(slip).page
    label = zpl.label_bytes(paper, code, profile=profile_named("zpl-203"), label_mm=(70, 38))
    yield "zpl", print_label(label).page


def on_white(picture: Image.Image) -> Image.Image:
    """A picture as it stands on paper."""
    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")


def laid_out(pictures: list[Image.Image]) -> Image.Image:
    """Pictures side by side, row under row, on a grey table."""
    rows: list[list[Image.Image]] = [[]]
    for picture in pictures:
        if sum(each.width + _GAP_PX for each in rows[-1]) + picture.width > _SHEET_PX:
            rows.append([])
        rows[-1].append(picture)
    height = sum(max(each.height for each in row) + _GAP_PX for row in rows)
    sheet, top = Image.new("RGB", (_SHEET_PX, height + _GAP_PX), "#9aa5ad"), _GAP_PX
    for row in rows:
        left = _GAP_PX
        for each in row:
            sheet.paste(each, (left, top))
            left += each.width + _GAP_PX
        top += max(each.height for each in row) + _GAP_PX
    return sheet


@pytest.mark.parametrize("market", ["fr", "sa", "jp", "hk", "th"])
def test_every_form_of_a_code_is_read_alone_and_among_the_others(market: str) -> None:
    paper, (code,) = market_paper(market), some_codes(1)
    drawn = {name: on_white(picture) for name, picture in forms(paper, code)}
    for name, picture in drawn.items():
        for read in (read_by_zxing, read_by_zbar):
            assert set(read(picture)) == {code.url}, name
    sheet = laid_out(list(drawn.values()))
    SCREENSHOTS.mkdir(exist_ok=True)
    sheet.save(SCREENSHOTS / f"paper-{market}.png")
    assert read_by_zxing(sheet) == {code.url: len(drawn)}
