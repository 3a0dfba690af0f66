"""Codes on paper, or in a file for whoever prints them."""

from __future__ import annotations

from typing import Any

import click

from omni.cli import print_file, print_output, print_queue
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.cli.print_job import Job, check_not_withdrawn, part_of
from omni.cli.print_options import InSections, Target, Wish, usage, wishes
from omni.domain.variant import bundle_shown
from omni.present import sheets
from omni.services import honouring, naming, showing


@example(
    "omni print 12 -o labels.pdf",
    "omni print 12 --layout '70x37 3x8 a4' --start-slot 5 --offset 0.5,-1 -o labels.pdf",
    "omni print 7 --layout a4 --distance 2m -o poster.pdf",
    "omni print 12 --as csv --from 1001 --count 1000 -o codes.csv",
    "omni print 12 --count 20 --printer counter",
    "omni print --calibrate --layout L7160 -o calibration.pdf",
)
@click.command("print", cls=InSections)
@click.argument("batch", type=int, required=False)
@wishes
@click.option("--from", "first", type=int, metavar="N", help="The first code, counted from 1; else 1.")
@click.option("--count", type=int, metavar="N", help="How many; else to the end.")
@click.option("--calibrate", is_flag=True, help="Only the page that shows how far a printer is off.")
@click.option("-o", "--output", metavar="FILE", help="File or device to write; - is standard output.")
@click.option("--printer", metavar="PRINTER", help="Instead: a printer's name, or tcp://HOST:9100.")
@click.option("--manifest", metavar="FILE", help="What is in the file, as JSON; else FILE.manifest.json.")
@pass_desk
def print_(
    desk: Desk,
    /,
    batch: int | None,
    first: int | None,
    count: int | None,
    *,
    output: str | None,
    printer: str | None,
    manifest: str | None,
    calibrate: bool,
    form: str | None,
    **asked: Any,
) -> None:
    """Put the codes of a batch on paper, or into a file.

    Codes count from 1 in their batch. Ctrl-C finishes the file with the codes it has, and says how to go on.
    """
    if (output is None) == (printer is None):
        raise usage("say where to: -o FILE, or --printer PRINTER")
    if calibrate:
        _calibrate(Wish(form=form or "pdf", **asked), output)
        return
    if batch is None:
        raise usage("say which batch: omni print BATCH")
    if printer is None:
        job = _job(desk, batch, Wish(form=form or "pdf", **asked), first, count)
        print_file.make(desk, job, output or "", manifest=manifest)
        return
    if manifest is not None:
        raise usage("--manifest is for a file, not for --printer")
    at = print_queue.printer_at(desk, printer, asked.pop("profile"))
    wish = print_queue.wish_for(at, form, asked)
    print_queue.send(desk, _job(desk, batch, wish, first, count), at)


def _calibrate(wish: Wish, output: str | None) -> None:
    wish.check()
    if wish.target is not Target.LABELS:
        raise usage("--calibrate is for label sheets")
    page = sheets.calibration_page(wish.stock, offset_mm=wish.offset_mm)
    if output is None:
        raise usage("--calibrate makes a file: -o FILE")
    print_output.write(output, page)
    if output != "-":
        click.echo(f"{output}: print it at 100 %, and give what it shows as --offset")


def _job(desk: Desk, batch_id: int, wish: Wish, first: int | None, count: int | None) -> Job:
    wish.check()
    now, catalogue = desk.now(), desk.place.catalogue.fresh()
    if wish.target is Target.POSTER:
        if count not in (None, 1):
            raise usage("a poster or table card is made of one code: leave out --count")
        count = 1
    with desk.place.db.reading() as session:
        batch = naming.batch_numbered(session, batch_id)
        content = catalogue.contents[batch.edition_id]
        bundle = content.bundle(batch.bundle_id)
        placement = catalogue.placements[batch.placement_id]
        numbers = part_of(batch, 1 if first is None else first, count)
        shown = bundle_shown(bundle, batch, numbers[0], placement)
        picture = showing.picture_bytes(session, shown.picture)
        logo = showing.picture_bytes(session, content.logo)
        if wish.target not in (Target.CSV, Target.JSONL):
            check_not_withdrawn(batch, numbers, catalogue.recalls.get(batch_id, ()))
        price = honouring.price_of_codes(
            session,
            batch=batch,
            codes=numbers,
            price_minor=catalogue.price_in_print(batch.edition_id, bundle.slug, now),
            repricings=catalogue.repricings.get(bundle.id, ()),
        )
    return Job(
        batch=batch,
        edition=catalogue.edition_key(batch.edition_id),
        content=content,
        market=catalogue.markets[content.market],
        placement=placement,
        price_minor=price,
        numbers=numbers,
        wish=wish,
        now=now,
        picture=wish.picture.read_bytes() if wish.picture else picture,
        logo=logo,
    )


COMMANDS = (print_,)
