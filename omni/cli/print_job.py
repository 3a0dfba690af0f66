"""What is to be printed, and one small function for each thing it can become."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from omni.cli.print_options import Target, Wish
from omni.cli.print_output import Codes, Output
from omni.domain.batch import Batch, BatchKind, Recall
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.print_run import PrintRun
from omni.domain.published import Published
from omni.domain.refusal import BadInput
from omni.domain.repricing import NO_PRICE
from omni.domain.window import local_day
from omni.present import escpos, images, listings, posters, sheets, zpl
from omni.present.paper import paper_for
from omni.present.slip import Paper
from omni.present.styling import styled_symbol
from omni.present.symbol_size import SymbolSize
from omni.services import printing

if TYPE_CHECKING:
    from sqlmodel import Session


@dataclass(frozen=True, kw_only=True)
class Job:
    """A part of a batch in one form, with everything its paper says."""

    batch: Batch
    edition: str
    content: Published
    market: Market
    placement: Placement
    price_minor: int | None
    numbers: range
    wish: Wish
    now: datetime
    picture: bytes | None = None
    logo: bytes | None = None

    @property
    def first(self) -> int:
        """The first code's number in its batch, counted from 1."""
        return self.numbers.start - self.batch.first_number + 1

    @property
    def layout(self) -> str | None:
        """The layout as a run remembers it."""
        if self.wish.target is Target.LABELS:
            return self.wish.stock.name[:64]
        return self.wish.layout

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
            logo=self.logo,
        )


def write_down(tx: Session, job: Job, *, by: str) -> PrintRun:
    """Write down that this was printed, before it is: whatever happens meanwhile, paper has its fact."""
    return printing.record_run(
        tx,
        job.now,
        batch=job.batch,
        first_number=job.numbers.start,
        copies=len(job.numbers),
        form=job.wish.form,
        layout=job.layout,
        price_minor=job.price_minor or NO_PRICE,
        currency=job.market.currency,
        by=by,
    )


def part_of(batch: Batch, first: int, count: int | None) -> range:
    """The numbers from the `first`, counted from 1. Of a shared batch only its own code is printed.

    Raises BadInput for numbers the batch does not have, or whose codes are not there to be printed.
    """
    if batch.kind is BatchKind.RECEIPTS:
        raise BadInput("batch", "its codes are given to receipts, one by one: `omni receipt` prints them")
    size = 1 if batch.kind is BatchKind.SHARED else batch.size
    last = size if count is None else first - 1 + count
    if first < 1 or last < first or last > size:
        raise BadInput("from", f"the batch has codes 1 to {size}")
    return range(batch.first_number + first - 1, batch.first_number + last)


def check_not_withdrawn(batch: Batch, numbers: range, recalls: Iterable[Recall]) -> None:
    """Keep codes that open nothing off new paper; lists may name them. Raises BadInput."""
    for recall in recalls:
        start = max(numbers.start, recall.first_number)
        stop = min(numbers.stop, recall.first_number + recall.size)
        if start < stop:
            first, last = start - batch.first_number + 1, stop - batch.first_number
            raise BadInput(
                "from", f"codes {first} to {last} were withdrawn: leave them out with --from and --count"
            )


def draw(job: Job, paper: Paper, codes: Codes, out: Output) -> SymbolSize | None:
    """Write the codes in their form; how large their symbol is, where they have one."""
    return _DRAWN[job.wish.target](job, paper, codes, out)


def _labels(job: Job, paper: Paper, codes: Codes, out: Output) -> SymbolSize:
    wish, file = job.wish, io.BufferedWriter(out, _BLOCK)
    size = sheets.write_labels(
        file,
        paper,
        codes,
        layout=wish.stock,
        start_slot=wish.start_slot or 1,
        offset_mm=wish.offset_mm,
        outline=wish.outline,
        level=wish.level or "Q",
    )
    file.flush()
    file.detach()
    return size


def _poster(job: Job, paper: Paper, codes: Codes, out: Output) -> SymbolSize:
    wish = job.wish
    pdf, size = posters.poster_pdf(
        paper,
        next(iter(codes)),
        poster=posters.in_look(wish.poster, job.content.theme),
        picture=job.picture,
        address=f"/p/{job.placement.slug}" if job.batch.kind is BatchKind.SHARED else "",
        distance_mm=wish.distance_mm,
        style=wish.style,
        accent=posters.accent_of(job.content.theme),
    )
    out.write(pdf)
    return size


def _picture(job: Job, paper: Paper, codes: Codes, out: Output) -> SymbolSize:
    look, each = job.wish.look(paper.host), iter(codes)
    first = next(each)
    if len(job.numbers) == 1:
        out.write(images.picture(paper, first, look))
    else:
        for piece in images.images_zip(paper, chain([first], each), look):
            out.write(piece)
    return images.size_of(first, look)


def _png(job: Job, paper: Paper, codes: Codes, out: Output) -> SymbolSize:
    if job.wish.style.is_plain:
        return _picture(job, paper, codes, out)
    if len(job.numbers) > 1:
        raise BadInput("count", "styled symbols are made one at a time: add --count 1")
    look = job.wish.look(paper.host)
    drawn = styled_symbol(next(iter(codes)).url, job.wish.style, module_mm=look.module_mm)
    size = SymbolSize(
        version=drawn.version, level=drawn.level, modules=drawn.modules, module_mm=look.module_mm
    )
    out.write(images.labelled(drawn.png, size, mark=paper.mark, host=look.host))
    return size


def _escpos(job: Job, paper: Paper, codes: Codes, out: Output) -> SymbolSize:
    profile, level = job.wish.printer_profile, job.wish.level or "Q"
    is_fiscal, each = bool(job.market.record["fiscal_qr"]), iter(codes)
    first = next(each)
    size = escpos.symbol_size(first, profile=profile, level=level)
    _pour(
        out,
        (
            escpos.slip_bytes(paper, code, profile=profile, has_fiscal_qr=is_fiscal, level=level)
            for code in chain([first], each)
        ),
        codes,
    )
    return size


def _zpl(job: Job, paper: Paper, codes: Codes, out: Output) -> SymbolSize:
    profile, level = job.wish.printer_profile, job.wish.level or "Q"
    label_mm, each = job.wish.label_mm, iter(codes)
    first = next(each)
    size = zpl.symbol_size(paper, first, profile=profile, label_mm=label_mm, level=level)
    _pour(
        out,
        (
            zpl.label_bytes(paper, code, profile=profile, label_mm=label_mm, level=level)
            for code in chain([first], each)
        ),
        codes,
    )
    return size


def _csv(_job: Job, _paper: Paper, codes: Codes, out: Output) -> None:
    _pour(out, (piece.encode() for piece in listings.csv_lines(codes)), codes)


def _jsonl(_job: Job, _paper: Paper, codes: Codes, out: Output) -> None:
    _pour(out, (piece.encode() for piece in listings.json_lines(codes)), codes)


def _pour(out: Output, pieces: Iterable[bytes], codes: Codes) -> None:
    """Write piece after piece of what can be used as far as it came."""
    for piece in pieces:
        before, earlier = out.size, out.codes
        if out.is_stream:
            # Of a piece that breaks off any code may have come out, so all of them count.
            out.codes = codes.drawn
        try:
            out.write(piece)
        except OSError:
            out.codes = out.codes if out.size > before else earlier
            raise


_BLOCK = 1 << 20
_DRAWN: Mapping[Target, Callable[[Job, Paper, Codes, Output], SymbolSize | None]] = {
    Target.LABELS: _labels,
    Target.POSTER: _poster,
    Target.PNG: _png,
    Target.SVG: _picture,
    Target.ESCPOS: _escpos,
    Target.ZPL: _zpl,
    Target.CSV: _csv,
    Target.JSONL: _jsonl,
}
