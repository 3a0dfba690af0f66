"""Codes on paper, or in a file for whoever prints them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click
from rich.console import Console
from rich.progress import Progress

from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.batch import Batch, BatchKind
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.print_run import PrintRun
from omni.domain.published import Published
from omni.domain.refusal import BadInput
from omni.domain.window import local_day
from omni.present import escpos, images, listings, sheets
from omni.present.paper import paper_for, printed_codes
from omni.present.qr import symbol
from omni.present.slip import Paper, PrintedCode
from omni.services import naming, printing

FORMS = ("pdf", "png", "svg", "escpos", "csv", "jsonl")
_WORTH_A_BAR = 500


@dataclass(frozen=True)
class Job:
    """What is to be printed: a part of a batch in one form, with everything its paper says."""

    batch: Batch
    content: Published
    market: Market
    placement: Placement
    price_minor: int
    numbers: range
    form: str
    layout: str | None
    now: datetime

    def paper(self, *, is_sandbox: bool, run_no: int | None = None) -> Paper:
        """The words around each code; `run_no` is known once the run is written down."""
        return paper_for(
            self.content,
            self.batch,
            self.market,
            self.placement,
            price_minor=self.price_minor,
            printed_on=local_day(self.now, self.market.time_zone),
            is_sandbox=is_sandbox,
            run_no=run_no,
        )


@example(
    "omni print 12 --as pdf --layout L7160 -o labels.pdf",
    "omni print 12 --as csv --from 1001 --count 1000 -o codes.csv",
    "omni print 12 --as escpos --count 1 -o - > /dev/usb/lp0",
)
@click.command("print")
@click.argument("batch", type=int)
@click.option(
    "--as", "form", type=click.Choice(FORMS), default="pdf", show_default=True, help="What to make."
)
@click.option("--layout", help=f"Label sheet of a PDF: {', '.join(sheets.LAYOUTS)}; else L7160.")
@click.option(
    "--from", "first", type=int, default=1, show_default=True, help="The first code, counted from 1."
)
@click.option("--count", type=int, help="How many; else to the end.")
@click.option("-o", "--output", required=True, help="File to write; - is standard output.")
@pass_desk
def print_(
    desk: Desk, batch: int, form: str, layout: str | None, first: int, count: int | None, output: str
) -> None:
    """Put the codes of a batch on paper, or into a file."""
    if layout and form != "pdf":
        raise click.UsageError("--layout is for --as pdf", ctx=click.get_current_context())
    job = _job(desk, batch, form, layout or ("L7160" if form == "pdf" else None), first, count)
    _rehearse(desk, job)
    run = _write_down(desk, job)
    paper = job.paper(is_sandbox=desk.settings.is_sandbox, run_no=run.id)
    codes = printed_codes(desk.place.keyring, job.batch, job.numbers)
    with _opened(output) as file, _bar(len(job.numbers)) as bar:
        for piece in _drawn(job, paper, _told(codes, bar)):
            file.write(piece)
    if output != "-":
        mark = f", marked {paper.mark}" if paper.mark else ""
        click.echo(f"{output}: {len(job.numbers):,} codes, run {run.id}{mark}")


def _job(desk: Desk, batch_id: int, form: str, layout: str | None, first: int, count: int | None) -> Job:
    now, catalogue = desk.now(), desk.place.catalogue.fresh()
    with desk.place.db.reading() as session:
        batch = naming.batch_numbered(session, batch_id)
    content = catalogue.contents[batch.edition_id]
    price = catalogue.price(batch.edition_id, content.bundle(batch.bundle_id).slug, now)
    market = catalogue.markets[content.market]
    numbers = _part(batch, first, count)
    if form == "pdf" and len(numbers) > sheets.LABELS_A_FILE:
        raise BadInput(
            "count", f"a PDF holds {sheets.LABELS_A_FILE:,} codes: print parts with --from and --count"
        )
    placement = catalogue.placements[batch.placement_id]
    return Job(batch, content, market, placement, price or 0, numbers, form, layout, now)


def _rehearse(desk: Desk, job: Job) -> None:
    """Draw one code for nobody, so that paper that cannot be made is never written down as printed."""
    paper = job.paper(is_sandbox=desk.settings.is_sandbox)
    for _ in _drawn(job, paper, printed_codes(desk.place.keyring, job.batch, job.numbers[:1])):
        pass


def _write_down(desk: Desk, job: Job) -> PrintRun:
    with desk.place.db.writing() as tx:
        return printing.record_run(
            tx,
            job.now,
            batch=job.batch,
            first_number=job.numbers.start,
            copies=len(job.numbers),
            form=job.form,
            layout=job.layout,
            price_minor=job.price_minor,
            currency=job.market.currency,
            by=desk.by,
        )


def _part(batch: Batch, first: int, count: int | None) -> range:
    """The numbers from the `first`, counted from 1. Of a shared batch only the poster's own is printed."""
    size = 1 if batch.kind is BatchKind.SHARED else batch.size
    last = size if count is None else first - 1 + count
    if first < 1 or last < first or last > size:
        raise BadInput("from", f"the batch has codes 1 to {size}")
    return range(batch.first_number + first - 1, batch.first_number + last)


def _drawn(job: Job, paper: Paper, codes: Iterator[PrintedCode]) -> Iterator[bytes]:
    match job.form:
        case "pdf":
            yield sheets.pdf(paper, codes, layout=job.layout or "")
        case "escpos":
            yield from (escpos.slip_bytes(paper, code) for code in codes)
        case "csv":
            yield from (line.encode() for line in listings.csv_lines(codes))
        case "jsonl":
            yield from (line.encode() for line in listings.json_lines(codes))
        case "svg" | "png" as kind if len(job.numbers) > 1:
            yield from images.images_zip(paper, codes, kind)
        case "svg":
            code = next(codes)
            yield images.svg(symbol(code.url), title=code.code, mark=paper.mark).encode()
        case "png":
            yield images.png(symbol(next(codes).url), mark=paper.mark)


@contextmanager
def _opened(output: str) -> Iterator[BinaryIO]:
    """The file to write: standard output, or a new file that takes its name only when it is whole."""
    if output == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    fresh = path.with_name(f".{path.name}.part")
    try:
        with fresh.open("wb") as file:
            yield file
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def _bar(count: int) -> Iterator[Progress | None]:
    if count < _WORTH_A_BAR:
        yield None
        return
    with Progress(console=Console(stderr=True)) as bar:
        bar.add_task("Printing", total=count)
        yield bar


def _told(codes: Iterator[PrintedCode], bar: Progress | None) -> Iterator[PrintedCode]:
    for code in codes:
        yield code
        if bar is not None:
            bar.advance(bar.task_ids[0])


COMMANDS = (print_,)
