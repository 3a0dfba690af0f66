"""The code of one receipt, as a till without a till system of its own would ask for it."""

from __future__ import annotations

import socket
import sys
from urllib.parse import urlsplit

import click

from omni.cli import saying
from omni.cli.desk import CLIENT, Desk, pass_desk
from omni.cli.helping import example
from omni.domain.placement import Placement
from omni.domain.receipt_identity import receipt_hashes, unbound_hashes
from omni.domain.record import Origin
from omni.domain.window import local_day
from omni.present import escpos
from omni.present.paper import paper_for, printed_code
from omni.present.qr import symbol
from omni.present.slip import Paper, PrintedCode
from omni.present.terminal import half_blocks, on_screen
from omni.services import naming, printing, receipting
from omni.services.receipting import Purchase, ReceiptCode

_PRINTER_SECONDS = 3.0


@example(
    "omni receipt --placement fr-paris-till-1 --receipt-no 4711 --total 8540",
    "omni receipt --placement fr-paris-till-1 --as escpos --printer tcp://till-1.example:9100",
)
@click.command()
@click.option("--placement", required=True, metavar="SLUG", help="The till.")
@click.option("--receipt-no", metavar="NO", help="Its number; the same receipt gives the same code.")
@click.option("--total", type=click.IntRange(min=0), metavar="MINOR", help="Its total in cents or the like.")
@click.option(
    "--as", "form", type=click.Choice(["escpos", "json"]), help="Printer bytes, JSON; else for people."
)
@click.option("--printer", metavar="tcp://HOST:PORT", help="Send the slip to this printer.")
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
    address = _printer(printer) if printer else None
    with desk.place.db.reading() as session:
        till = naming.placement_named(session, placement)
    origin = Origin.TEST if is_test else Origin.LIVE
    code = code_of_receipt(desk, till, receipt_no=receipt_no, total=total, origin=origin)
    if address is not None:
        _print_on(address, desk, code)
    paper, printed = _slip(desk, code, is_printed=form == "escpos")
    if form == "escpos":
        sys.stdout.buffer.write(escpos.slip_bytes(paper, printed))
        sys.stdout.buffer.flush()
    elif form == "json":
        saying.document(_described(code, paper, printed))
    elif address is None:
        _show(paper, printed)


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


def _slip(desk: Desk, code: ReceiptCode, *, is_printed: bool) -> tuple[Paper, PrintedCode]:
    """The slip of a code; one that goes to a printer is written down as printed."""
    now, catalogue = desk.now(), desk.place.catalogue.fresh()
    market = catalogue.markets[code.content.market]
    price = catalogue.price(code.batch.edition_id, code.bundle.slug, now)
    run = None
    if is_printed:
        with desk.place.db.writing() as tx:
            run = printing.record_run(
                tx,
                now,
                batch=code.batch,
                first_number=code.number,
                copies=1,
                form="escpos",
                layout=None,
                price_minor=price or 0,
                currency=market.currency,
                by=desk.by,
            )
    paper = paper_for(
        code.content,
        code.batch,
        market,
        catalogue.placements[code.batch.placement_id],
        price_minor=price,
        printed_on=local_day(now, market.time_zone),
        is_sandbox=desk.settings.is_sandbox,
        run_no=run.id if run else None,
    )
    return paper, printed_code(desk.place.keyring, code.batch, code.number)


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


def _printer(address: str) -> tuple[str, int]:
    parts = urlsplit(address)
    try:
        port = parts.port or 9100
    except ValueError:
        port = 0
    if parts.scheme != "tcp" or not parts.hostname or not port:
        raise click.BadParameter("write tcp://host:9100", param_hint="--printer")
    return parts.hostname, port


def _print_on(address: tuple[str, int], desk: Desk, code: ReceiptCode) -> None:
    """Send the slip to a printer; one that does not answer has printed nothing, and nothing is counted."""
    try:
        with socket.create_connection(address, timeout=_PRINTER_SECONDS) as line:
            line.sendall(escpos.slip_bytes(*_slip(desk, code, is_printed=True)))
    except OSError as failure:
        reason = failure.strerror or str(failure)
        named = f"{address[0]}:{address[1]}"
        raise saying.NothingDone(f"the printer {named} does not answer ({reason}): is it on?") from None
    click.echo(f"Printed on {address[0]}.")


COMMANDS = (receipt,)
