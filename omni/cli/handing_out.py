"""The code of one receipt, as a till without a till system of its own would ask for it."""

from __future__ import annotations

import sys
from typing import Any

import click

from omni.cli import queue_driving, saying
from omni.cli.desk import CLIENT, Desk, pass_desk
from omni.cli.helping import example
from omni.domain.placement import Placement
from omni.domain.receipt_identity import receipt_hashes, unbound_hashes
from omni.domain.record import Origin
from omni.domain.window import local_day
from omni.present.paper import paper_for, printed_code
from omni.present.printer_profile import PrinterProfile, profile_named
from omni.present.qr import symbol
from omni.present.run_slips import slips_of
from omni.present.slip import Paper, PrintedCode
from omni.present.terminal import half_blocks, on_screen
from omni.services import naming, opening, printing, queueing, receipting, showing
from omni.services.opening import OpenedCode
from omni.services.queueing import KEPT_AT_A_TILL, PrinterAt
from omni.services.receipting import Purchase, ReceiptCode


@example(
    "omni receipt --placement fr-paris-till-1 --receipt-no 4711 --total 8540",
    "omni receipt --placement fr-paris-till-1 --printer paris-till-1",
    "omni receipt --placement fr-paris-till-1 --printer tcp://till-1.example:9100",
)
@click.command()
@click.option("--placement", required=True, metavar="SLUG", help="The till.")
@click.option("--receipt-no", metavar="NO", help="Its number; the same receipt gives the same code.")
@click.option("--total", type=click.IntRange(min=0), metavar="MINOR", help="Its total in cents or the like.")
@click.option(
    "--as", "form", type=click.Choice(["escpos", "json"]), help="Printer bytes, JSON; else for people."
)
@click.option("--printer", metavar="NAME|ADDRESS", help="Print the slip, on a printer of `omni printers`.")
@click.option("--test", "is_test", is_flag=True, help="A test code: it counts nowhere.")
@pass_desk
def receipt(
    desk: Desk,
    placement: str,
    receipt_no: str | None,
    total: int | None,
    *,
    form: str | None,
    printer: str | None,
    is_test: bool,
) -> None:
    """Give out the code a receipt has earned."""
    with desk.place.db.reading() as session:
        at = queueing.printer_at(session, printer) if printer else None
        till = naming.placement_named(session, placement)
    origin = Origin.TEST if is_test else Origin.LIVE
    code = code_of_receipt(desk, till, receipt_no=receipt_no, total=total, origin=origin)
    seen = _looked_up(desk, code)
    if form == "json":
        saying.document(_described(code, _paper(desk, seen), _printed(desk, seen)))
    if at is not None:
        _print_on(at, desk, seen)
    elif form == "escpos":
        _print_to_standard_output(desk, seen)
    elif form is None:
        _show(_paper(desk, seen), _printed(desk, seen))


def _show(paper: Paper, printed: PrintedCode) -> None:
    drawing = symbol(printed.url)
    click.echo(on_screen(drawing) if sys.stdout.isatty() else half_blocks(drawing))
    click.echo(f"{printed.code}   {printed.url}" + (f"   {paper.mark}" if paper.mark else ""))


def code_of_receipt(
    desk: Desk, till: Placement, *, receipt_no: str | None, total: int | None, origin: Origin
) -> ReceiptCode:
    """The code of a receipt at a till; without a number it is a new receipt each time. Raises NothingDone."""
    now, keyring = desk.now(), desk.place.keyring
    if receipt_no:
        hashes = receipt_hashes(keyring, till.id or 0, receipt_no, origin)
    else:
        hashes = unbound_hashes(keyring, CLIENT, desk.nonce(), origin)
    seals = desk.seals(desk.place.catalogue.fresh().markets)
    purchase = Purchase(hashes=hashes, has_number=bool(receipt_no), total_minor=total, printed_at=now)
    with desk.place.db.writing() as tx:
        outcome = receipting.code_for(
            tx, now, placement=till, purchase=purchase, origin=origin, seals=seals, client=CLIENT
        )
    return saying.unless_refused(outcome)


def _looked_up(desk: Desk, code: ReceiptCode) -> OpenedCode:
    catalogue = desk.place.catalogue.fresh()
    with desk.place.db.reading() as session:
        return opening.look(session, desk.now(), catalogue=catalogue, batch=code.batch, number=code.number)


def _printed(desk: Desk, seen: OpenedCode) -> PrintedCode:
    return printed_code(desk.place.keyring, seen.batch, seen.number)


def _paper(desk: Desk, seen: OpenedCode, run_no: int | None = None) -> Paper:
    """The words around a code, as they are printed now."""
    with desk.place.db.reading() as session:
        logo = showing.picture_bytes(session, seen.content.logo)
    return paper_for(
        seen.content,
        seen.batch,
        seen.market,
        seen.placement,
        price_minor=seen.price_minor,
        printed_on=local_day(desk.now(), seen.market.time_zone),
        is_sandbox=desk.settings.is_sandbox,
        run_no=run_no,
        logo=logo,
    )


def _described(code: ReceiptCode, paper: Paper, printed: PrintedCode) -> dict[str, object]:
    return {
        "code": printed.code,
        "url": printed.url,
        "batch": code.batch.id,
        "bundle": code.bundle.slug,
        "why": code.receipt.why,
        "caption": {words.locale: words.caption for words in paper.words},
        "is_replay": code.is_replay,
    }


def _print_on(at: PrinterAt, desk: Desk, seen: OpenedCode) -> None:
    """Print the slip; one that its printer does not take waits as long as a shopper would."""
    profile, now = profile_named(at.profile), desk.now()
    # Drawn once for nobody: paper that cannot be made is never written down as printed.
    _slip(desk, seen, _paper(desk, seen), profile)
    with desk.place.db.writing() as tx:
        run = printing.record_run(tx, now, **_run(desk, seen, profile))
        job = queue_driving.begin(tx, now, run=run, printer=at, by=desk.by, keep_for=KEPT_AT_A_TILL)
    queue_driving.say(queue_driving.drive(desk.place, job), desk.now())


def _print_to_standard_output(desk: Desk, seen: OpenedCode) -> None:
    profile = profile_named(queueing.ANY_PROFILE)
    _slip(desk, seen, _paper(desk, seen), profile)
    with desk.place.db.writing() as tx:
        run = printing.record_run(tx, desk.now(), **_run(desk, seen, profile))
    sys.stdout.buffer.write(_slip(desk, seen, _paper(desk, seen, run.id), profile))
    sys.stdout.buffer.flush()


def _run(desk: Desk, seen: OpenedCode, profile: PrinterProfile) -> dict[str, Any]:
    return {
        "batch": seen.batch,
        "first_number": seen.number,
        "copies": 1,
        "form": profile.language.value,
        "layout": None,
        "price_minor": seen.price_minor or 0,
        "currency": seen.market.currency,
        "by": desk.by,
    }


def _slip(desk: Desk, seen: OpenedCode, paper: Paper, profile: PrinterProfile) -> bytes:
    return next(slips_of(paper, [_printed(desk, seen)], market=seen.market, profile=profile))


COMMANDS = (receipt,)
