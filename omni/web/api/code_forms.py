"""A code in the forms a till can use: pictures, printer bytes, lines of text, a page to hold up or print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from flask import Response, abort
from markupsafe import Markup
from pydantic import AfterValidator, Field

from omni.domain.batch import Batch
from omni.domain.refusal import BadInput, Reason
from omni.domain.window import local_day
from omni.present import escpos, images, qr
from omni.present.paper import paper_for, printed_code
from omni.present.slip import BadLayout, Paper, PrintedCode, PrintUnavailable
from omni.web.api import problems
from omni.web.api.fields import Query
from omni.web.api.known import KnownCode, known_code
from omni.web.api.operation import Asked
from omni.web.api.plain_pages import page

if TYPE_CHECKING:
    from omni.store.catalogue import Catalogue

SVG, PNG, ESCPOS, HTML = "image/svg+xml", "image/png", "application/octet-stream", "text/html"


def _a_roll(width_mm: int) -> int:
    if width_mm not in (58, 80):
        raise ValueError("is 58 or 80")
    return width_mm


class RollQuery(Query):
    """The printer's roll: 58 or 80 mm wide."""

    width: Annotated[int, Field(ge=58, le=80), AfterValidator(_a_roll)] = 80


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
    printed, paper = _printed(asked, code)
    try:
        return Response(escpos.slip_bytes(paper, printed, width_mm=query.width), content_type=ESCPOS)
    except BadLayout as unfit:
        raise BadInput("width", str(unfit)) from unfit
    except PrintUnavailable as lacking:
        abort(problems.problem(500, Reason.INTERNAL, str(lacking)))


def code_slip(asked: Asked, code: str) -> Response:
    """The slip as a page, to hold up on a screen or to print 80 mm wide."""
    printed, paper = _printed(asked, code)
    return page(
        "api/slip.html",
        paper=paper,
        code=printed,
        symbol=Markup(images.svg(qr.symbol(printed.url), title=printed.code, mark=paper.mark)),
    )


def paper_of(asked: Asked, catalogue: Catalogue, batch: Batch) -> Paper:
    """The words around a code of a batch, in each language its market requires."""
    content = catalogue.contents[batch.edition_id]
    market = catalogue.markets[content.market]
    return paper_for(
        content,
        batch,
        market,
        catalogue.placements[batch.placement_id],
        price_minor=catalogue.price(batch.edition_id, content.bundle(batch.bundle_id).slug, asked.now),
        printed_on=local_day(asked.now, market.time_zone),
        is_sandbox=asked.place.settings.is_sandbox,
    )


def text_lines(paper: Paper, printed: PrintedCode) -> list[str]:
    """What a till prints around the symbol, line by line, in every language the market requires."""
    above = (paper.mark, *(line.text for line in (*paper.offer, *paper.captions)))
    below = (printed.code, paper.host, *(line.text for line in paper.terms_lines), paper.run)
    return [line for line in (*above, *below) if line]


def _printed(asked: Asked, code: str) -> tuple[PrintedCode, Paper]:
    known: KnownCode = known_code(asked, code)
    printed = printed_code(asked.place.keyring, known.batch, known.number)
    return printed, paper_of(asked, known.catalogue, known.batch)
