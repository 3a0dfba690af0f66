"""A code in the forms a till can use: pictures, printer bytes, lines of text, a page to hold up or print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from flask import Response
from markupsafe import Markup
from pydantic import AfterValidator, Field

from omni.domain.batch import Batch
from omni.domain.market import Market
from omni.domain.refusal import BadInput
from omni.domain.window import local_day
from omni.present import escpos, images, qr
from omni.present.locales import bcp47, direction
from omni.present.paper import captions, paper_for, printed_code
from omni.present.slip import BadLayout, Paper, PrintedCode
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
    """The whole slip as bytes for a thermal printer."""
    printed, paper = _printed(asked, code)
    try:
        return Response(escpos.slip_bytes(paper, printed, width_mm=query.width), content_type=ESCPOS)
    except BadLayout as unfit:
        raise BadInput("width", str(unfit)) from unfit


def code_slip(asked: Asked, code: str) -> Response:
    """The slip as a page, to hold up on a screen or to print 80 mm wide."""
    known = known_code(asked, code)
    printed = printed_code(asked.place.keyring, known.batch, known.number)
    locale, paper = next(iter(papers(asked, known.catalogue, known.batch).items()))
    market = known.catalogue.markets[known.catalogue.contents[known.batch.edition_id].market]
    return page(
        "api/slip.html",
        lang=bcp47(locale),
        dir=direction(locale),
        paper=paper,
        captions=[(bcp47(each), direction(each), words) for each, words in captions(market).items()],
        code=printed,
        symbol=Markup(images.svg(qr.symbol(printed.url), title=printed.code, mark=paper.mark)),
    )


def papers(asked: Asked, catalogue: Catalogue, batch: Batch) -> dict[str, Paper]:
    """The words around a code in each language of its market, in the order the market has them."""
    content = catalogue.contents[batch.edition_id]
    market = catalogue.markets[content.market]
    price = catalogue.price(batch.edition_id, content.bundle(batch.bundle_id).slug, asked.now)
    return {
        locale["id"]: paper_for(
            content,
            batch,
            market,
            price_minor=price,
            printed_on=local_day(asked.now, market.time_zone),
            is_sandbox=asked.place.settings.is_sandbox,
            locale=locale["id"],
        )
        for locale in market.locales
        if locale["id"] in content.terms
    }


def text_lines(paper: Paper, market: Market, printed: PrintedCode) -> list[str]:
    """What a till prints around the symbol, line by line; captions in every language the market requires."""
    above = (paper.mark, paper.headline, paper.price, *captions(market).values())
    below = (printed.code, paper.host, paper.terms_line, paper.run)
    return [line for line in (*above, *below) if line]


def _printed(asked: Asked, code: str) -> tuple[PrintedCode, Paper]:
    known: KnownCode = known_code(asked, code)
    printed = printed_code(asked.place.keyring, known.batch, known.number)
    return printed, next(iter(papers(asked, known.catalogue, known.batch).values()))
