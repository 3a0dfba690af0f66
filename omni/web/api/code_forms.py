"""A code in the forms a till can use: pictures, printer bytes, lines of text, a page to hold up or print."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from flask import Response, abort
from markupsafe import Markup
from pydantic import AfterValidator, Field

from omni.domain.batch import Batch
from omni.domain.refusal import BadInput, Reason
from omni.domain.window import local_day
from omni.present import escpos, images, qr, zpl
from omni.present.paper import paper_for, printed_code
from omni.present.printer_profile import profile_named
from omni.present.slip import BadLayout, Paper, PrintedCode, PrintUnavailable
from omni.services import opening, showing
from omni.web.api import problems
from omni.web.api.fields import Query
from omni.web.api.known import KnownCode, known_code
from omni.web.api.operation import Asked
from omni.web.api.plain_pages import page

if TYPE_CHECKING:
    from omni.store.catalogue import Catalogue

SVG, PNG, PRINTER_BYTES, HTML = "image/svg+xml", "image/png", "application/octet-stream", "text/html"


def _a_roll(width_mm: int) -> int:
    if width_mm not in (58, 80):
        raise ValueError("is 58 or 80")
    return width_mm


def _a_density(dots_an_inch: int) -> int:
    if dots_an_inch not in (203, 300):
        raise ValueError("is 203 or 300")
    return dots_an_inch


class RollQuery(Query):
    """The printer: by its roll, 58 or 80 mm wide, or by its profile; `58mm-raster` draws no QR itself."""

    width: Annotated[
        int, Field(ge=58, le=80), AfterValidator(_a_roll), Field(json_schema_extra={"enum": [58, 80]})
    ] = 80
    profile: Annotated[str, Field(max_length=64, examples=["58mm-raster"])] | None = None


class LabelQuery(Query):
    """The label, in mm, and the printer's dots an inch: 203 or 300."""

    width: Annotated[float, Field(ge=20, le=110)] = 57
    height: Annotated[float, Field(ge=20, le=300)] = 32
    dpi: Annotated[
        int, Field(ge=203, le=300), AfterValidator(_a_density), Field(json_schema_extra={"enum": [203, 300]})
    ] = 203


def code_svg(asked: Asked, code: str) -> Response:
    """The symbol as SVG."""
    printed, paper = _printed(asked, code)
    return Response(images.svg(qr.symbol(printed.url), title=printed.code, mark=paper.mark), content_type=SVG)


def code_png(asked: Asked, code: str) -> Response:
    """The symbol as PNG."""
    printed, paper = _printed(asked, code)
    return Response(images.png(qr.symbol(printed.url), mark=paper.mark), content_type=PNG)


def code_escpos(asked: Asked, code: str, query: RollQuery) -> Response:
    """The whole slip as bytes for a thermal printer; where law wants the shopper asked, the till asks."""
    known = known_code(asked, code)
    printed, paper = _on_paper(asked, known)
    market = known.catalogue.markets[known.catalogue.contents[known.batch.edition_id].market]
    with _for_a_printer("profile" if query.profile else "width"):
        slip = escpos.slip_bytes(
            paper,
            printed,
            profile=profile_named(query.profile or f"{query.width}mm"),
            has_fiscal_qr=market.record["fiscal_qr"],
        )
    return Response(slip, content_type=PRINTER_BYTES)


def code_zpl(asked: Asked, code: str, query: LabelQuery) -> Response:
    """One label as bytes for a label printer that speaks ZPL."""
    printed, paper = _printed(asked, code)
    with _for_a_printer("width"):
        label = zpl.label_bytes(
            paper,
            printed,
            profile=profile_named(f"zpl-{query.dpi}"),
            label_mm=(query.width, query.height),
        )
    return Response(label, content_type=PRINTER_BYTES)


def code_slip(asked: Asked, code: str) -> Response:
    """The slip as a page, to hold up on a screen or to print 80 mm wide."""
    printed, paper = _printed(asked, code)
    return page(
        "api/slip.html",
        paper=paper,
        code=printed,
        symbol=Markup(images.svg(qr.symbol(printed.url), title=printed.code, mark=paper.mark)),
    )


def paper_of(asked: Asked, catalogue: Catalogue, batch: Batch, number: int) -> Paper:
    """The words around a code, in each language its market requires, at the price it has for its holder."""
    with asked.place.db.reading() as session:
        view = opening.look(session, asked.now, catalogue=catalogue, batch=batch, number=number)
        logo = showing.picture_bytes(session, view.content.logo)
    return paper_for(
        view.content,
        batch,
        view.market,
        view.placement,
        price_minor=view.price_minor,
        printed_on=local_day(asked.now, view.market.time_zone),
        is_sandbox=asked.place.settings.is_sandbox,
        logo=logo,
    )


def text_lines(paper: Paper, printed: PrintedCode) -> list[str]:
    """What a till prints around the symbol, line by line, in every language the market requires."""
    above = (paper.mark, *(line.text for line in (*paper.offer, *paper.captions)))
    said = (line.text for line in (*paper.promises, *paper.terms_lines))
    below = (printed.code, paper.host, *said, paper.run)
    return [line for line in (*above, *below) if line]


@contextmanager
def _for_a_printer(field: str) -> Iterator[None]:
    """What a printer cannot print is told of the field that would mend it."""
    try:
        yield
    except BadLayout as unfit:
        raise BadInput(field, str(unfit)) from unfit
    except PrintUnavailable as lacking:
        abort(problems.problem(500, Reason.INTERNAL, str(lacking)))


def _printed(asked: Asked, code: str) -> tuple[PrintedCode, Paper]:
    return _on_paper(asked, known_code(asked, code))


def _on_paper(asked: Asked, known: KnownCode) -> tuple[PrintedCode, Paper]:
    printed = printed_code(asked.place.keyring, known.batch, known.number)
    return printed, paper_of(asked, known.catalogue, known.batch, known.number)
