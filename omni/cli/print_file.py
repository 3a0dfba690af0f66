"""Making a printed file: the run is written down, the file drawn, and what came of it said and recorded."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

import click

from omni.cli import print_output, saying
from omni.cli.desk import Desk
from omni.cli.print_job import Job, draw, write_down
from omni.cli.print_options import Target
from omni.cli.print_output import Codes, Output, bar, undisturbed
from omni.cli.queue_driving import until_interrupted
from omni.domain.print_run import PrintRun
from omni.present.manifest import Manifest
from omni.present.paper import printed_codes
from omni.present.symbol_size import GS1_WINDOW_MM, SymbolSize
from omni.services import printing

_BY_HAND = "stopped by whoever printed it"


@dataclass(frozen=True, kw_only=True)
class _Made:
    """What was made: of which run, how many codes, how large their symbol, and the file in figures."""

    run: PrintRun
    codes: int
    size: SymbolSize | None
    sha256: str
    size_bytes: int


def make(desk: Desk, job: Job, output: str, *, manifest: str | None) -> None:
    """Print into a file, a device or standard output.

    Raises NothingDone when it was stopped early, or when it could not be written: of a file that is not
    whole nothing is kept, and its run counts no code.
    """
    rehearse(desk, job)
    made = _made(desk, job, output)
    is_complete = made.codes == len(job.numbers)
    rest = None if is_complete else shlex.join(_rest(desk, job, made.codes, output, manifest))
    beside = manifest or (None if output == "-" else f"{output}.manifest.json")
    if beside is not None and (manifest or Path(output).is_file()):
        print_output.write(beside, _manifest(job, made, rest).text().encode())
    _say(desk, job, made, output)
    if rest is not None:
        raise saying.NothingDone(
            f"stopped: {output} holds {_codes(job, made.codes)} of batch {job.batch.id}; the rest: {rest}"
        )


def rehearse(desk: Desk, job: Job) -> None:
    """Draw one code for nobody, so that paper that cannot be made is never written down as printed."""
    paper = job.paper(is_sandbox=desk.settings.is_sandbox)
    one = printed_codes(desk.place.keyring, job.batch, job.numbers[:1])
    with Output("/dev/null") as nowhere:
        draw(job, paper, Codes(one), nowhere)


def _made(desk: Desk, job: Job, output: str) -> _Made:
    with until_interrupted() as is_stopped, Output(output) as out:
        with desk.place.db.writing() as tx:
            run = write_down(tx, job, by=desk.by)
        paper = job.paper(is_sandbox=desk.settings.is_sandbox, run_no=run.id)
        numbered = printed_codes(desk.place.keyring, job.batch, job.numbers)
        try:
            with bar(len(job.numbers)) as tell:
                codes = Codes(numbered, is_stopped=is_stopped, tell=tell)
                size = draw(job, paper, codes, out)
            with undisturbed():
                out.keep()
                out.codes = codes.drawn
                if codes.drawn < len(job.numbers):
                    _stop(desk, run, codes.drawn, _BY_HAND)
        except BaseException as failure:
            with undisturbed():
                _stop(desk, run, out.codes, f"it broke off: {type(failure).__name__}")
            if isinstance(failure, OSError) and not isinstance(failure, BrokenPipeError):
                raise saying.NothingDone(_broken(failure, output, run, out)) from failure
            raise
        return _Made(run=run, codes=codes.drawn, size=size, sha256=out.sha256, size_bytes=out.size)


def _stop(desk: Desk, run: PrintRun, copies_made: int, reason: str) -> None:
    with desk.place.db.writing() as tx:
        printing.record_stop(tx, desk.now(), run=run, copies_made=copies_made, reason=reason, by=desk.by)


def _broken(failure: OSError, output: str, run: PrintRun, out: Output) -> str:
    name = "standard output" if output == "-" else output
    kept = f"up to {out.codes:,} codes came out" if out.codes else "nothing was kept"
    return f"{name}: {failure.strerror or failure}; {kept}, and run {run.id} counts {out.codes:,} codes"


def _rest(desk: Desk, job: Job, made: int, output: str, manifest: str | None) -> list[str]:
    """The command that prints what is missing, into a file of its own."""
    first = job.first + made
    changed: dict[str, object] = {"from": first, "count": len(job.numbers) - made}
    if job.wish.target is Target.LABELS:
        slot = ((job.wish.start_slot or 1) - 1 + made) % job.wish.stock.slots + 1
        changed["start_slot"] = slot
    if manifest is not None:
        changed["manifest"] = _another(manifest, first)
    home = [] if desk.data_dir is None else ["--data-dir", str(desk.data_dir)]
    asked = job.wish.arguments(**changed)
    return ["omni", *home, "print", str(job.batch.id), *asked, "-o", _another(output, first)]


def _another(output: str, first: int) -> str:
    path = Path(output)
    return output if output == "-" else str(path.with_stem(f"{path.stem}-from-{first}"))


def _manifest(job: Job, made: _Made, rest: str | None) -> Manifest:
    return Manifest(
        batch=job.batch.id or 0,
        edition=job.edition,
        placement=job.placement.slug,
        host=job.batch.host,
        is_test=made.run.origin.value == "test",
        form=made.run.form,
        layout=made.run.layout,
        first=job.first,
        last=job.first + made.codes - 1,
        count=made.codes,
        run=made.run.id or 0,
        revision=made.run.revision,
        price_minor=made.run.price_minor,
        currency=made.run.currency,
        sha256=made.sha256,
        size_bytes=made.size_bytes,
        is_complete=rest is None,
        goes_on=rest,
    )


def _say(desk: Desk, job: Job, made: _Made, output: str) -> None:
    """What came out, and how large; where the file is standard output, only what is amiss."""
    paper = job.paper(is_sandbox=desk.settings.is_sandbox)
    if output != "-":
        mark = f", marked {paper.mark}" if paper.mark else ""
        click.echo(f"{output}: {_codes(job, made.codes)}, run {made.run.id}{mark}")
        if made.size is not None:
            click.echo(f"{_measures(made.size)}; says {paper.host}")
    if made.size is not None:
        warn_of_window(made.size)


def _codes(job: Job, count: int) -> str:
    """How many codes and which of the batch."""
    if count == 1:
        return f"1 code (number {job.first:,})"
    return f"{count:,} codes (numbers {job.first:,} to {job.first + count - 1:,})"


def _measures(size: SymbolSize) -> str:
    far = size.reading_distance_mm
    distance = f"{far / 1_000:.1f} m" if far >= 1_000 else f"{far / 10:.0f} cm"
    return (
        f"version {size.version}-{size.level}, module {size.module_mm:.2f} mm,"
        f" symbol {size.symbol_mm:.0f} mm wide, read from up to {distance}"
    )


def warn_of_window(size: SymbolSize) -> None:
    """Say on standard error when a till's own scanner need not read a symbol of this size."""
    if not size.is_in_gs1_window:
        finest, coarsest = GS1_WINDOW_MM
        click.echo(
            f"warning: a module of {size.module_mm:.2f} mm is outside GS1's window of {finest} to"
            f" {coarsest:.3f} mm: phones read it, a till's own scanner may not",
            err=True,
        )
