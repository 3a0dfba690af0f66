"""The slips of a run as its printer takes them: the same price, day and run number however often drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from omni.domain.batch import Batch
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.print_run import PrintRun
from omni.domain.published import Published
from omni.domain.repricing import NO_PRICE
from omni.domain.window import local_day
from omni.present import escpos, zpl
from omni.present.paper import paper_for
from omni.present.printer_profile import Language, PrinterProfile
from omni.present.slip import Paper, PrintedCode


def paper_of(
    run: PrintRun,
    batch: Batch,
    content: Published,
    market: Market,
    placement: Placement,
    *,
    is_sandbox: bool,
    logo: bytes | None = None,
) -> Paper:
    """The words of a run: at its own price, of its own day, with its number."""
    return paper_for(
        content,
        batch,
        market,
        placement,
        price_minor=None if run.price_minor == NO_PRICE else run.price_minor,
        printed_on=local_day(run.printed_at, market.time_zone),
        is_sandbox=is_sandbox,
        run_no=run.id,
        logo=logo,
    )


def slips_of(
    paper: Paper, codes: Iterable[PrintedCode], *, market: Market, profile: PrinterProfile
) -> Iterator[bytes]:
    """One slip for each code, in the language of the printer, drawn as they are asked for.

    Raises BadLayout and PrintUnavailable when a slip cannot be drawn, at that slip.
    """
    has_fiscal_qr = bool(market.record.get("fiscal_qr"))
    for code in codes:
        if profile.language is Language.ZPL:
            yield zpl.label_bytes(paper, code, profile=profile)
        else:
            yield escpos.slip_bytes(paper, code, profile=profile, has_fiscal_qr=has_fiscal_qr)
