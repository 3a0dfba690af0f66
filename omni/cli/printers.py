"""Printers by name, and the jobs that wait for them."""

from __future__ import annotations

import re

import click

from omni.cli import queue_driving, saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.code import Purpose
from omni.domain.printer import PrintJob
from omni.domain.printer_address import printer_address
from omni.domain.refusal import BadInput
from omni.present.printer_line import hand_over
from omni.present.printer_page import page_bytes
from omni.present.printer_profile import profile_named
from omni.present.slip import BadLayout
from omni.services import awaiting, opening, printing, queueing
from omni.services.queueing import PrinterAt

_NONE = "none"


@example(
    "omni printers add berlin-till-1 tcp://192.168.1.40:9100 --profile TM-T88V",
    "omni printers test berlin-till-1",
)
@click.group()
def printers() -> None:
    """Printers, and the slips that wait for them."""


@example(
    "omni printers add berlin-till-1 tcp://192.168.1.40 --profile TM-T88V",
    "omni printers add stock-room cups://zebra --profile zpl-203",
    "omni printers add till-2 file:///dev/usb/lp0 --profile 58mm",
)
@printers.command("add")
@click.argument("name")
@click.argument("address")
@click.option(
    "--profile",
    default=queueing.ANY_PROFILE,
    show_default=True,
    help="What it can do: 58mm, 80mm, zpl-203 and others, or a model such as TM-T88V.",
)
@pass_desk
def add(desk: Desk, name: str, address: str, profile: str) -> None:
    """Give a printer a name, by which places and commands may call it."""
    known, now = profile_named(profile), desk.now()
    with desk.place.db.writing() as tx:
        queueing.add_printer(tx, now, name=name, address=address, profile=known.name, by=desk.by)
    click.echo(f"{name} is a printer now; `omni printers test {name}` prints a page.")


@example("omni printers list")
@printers.command("list")
@pass_desk
def list_(desk: Desk) -> None:
    """Every printer: where it is, what it can do, what waits for it."""
    with desk.place.db.reading() as session:
        known, waiting = queueing.printers(session), awaiting.open_jobs(session)
    rows = []
    for printer in known:
        counts = waiting.get(printer.slug, {})
        jobs = ", ".join(f"{n} {state.value}" for state, n in sorted(counts.items())) or "no jobs"
        rows.append((printer.slug, printer.address, printer.profile, *_abilities(printer.profile), jobs))
    saying.table(("name", "address", "profile", "width", "symbols", "slips", "queue"), rows)


def _abilities(name: str) -> tuple[str, str, str]:
    """How wide it prints, who draws its symbols, whether it says what came out; `?` without its profile."""
    try:
        profile = profile_named(name)
    except BadLayout:
        return "?", "?", "?"
    return (
        f"{profile.width_mm:.0f} mm",
        "draws QR" if profile.has_native_qr else "is sent QR",
        "confirms" if profile.confirms else "does not confirm",
    )


@example("omni printers test berlin-till-1", "omni printers test tcp://192.168.1.40")
@printers.command("test")
@click.argument("name")
@click.option("--profile", help="Try another profile than the printer's own.")
@pass_desk
def test(desk: Desk, name: str, profile: str | None) -> None:
    """Print a test page: its profile, a ruler of its width, its letters, and a QR of this address."""
    at = _printer(desk, name)
    known = profile_named(profile or at.profile)
    page = page_bytes(known, url=desk.settings.base_url)
    handed = hand_over(printer_address(at.address), [page], confirms=known.confirms)
    if handed.trouble:
        raise saying.NothingDone(handed.trouble)
    came_out = "The test page came out" if known.confirms and handed.left else "The test page was sent"
    click.echo(f"{came_out} on {at.name}. If its ruler ends before the paper does, try another --profile.")


@example("omni printers jobs", "omni printers jobs --all")
@printers.command("jobs")
@click.option("--all", "is_all", is_flag=True, help="Those that are over too.")
@pass_desk
def jobs(desk: Desk, *, is_all: bool) -> None:
    """What waits, is being printed, or asks what came out last."""
    now = desk.now()
    with desk.place.db.reading() as session:
        known = awaiting.jobs(session, is_open=not is_all)
    saying.table(
        ("job", "printer", "run", "slips", "left us", "state", "since", "trouble"),
        [
            (
                job.id,
                job.printer,
                job.run_id,
                job.copies,
                job.sent,
                job.standing(now).value,
                f"{job.made_at:%Y-%m-%d %H:%M}",
                job.trouble or "",
            )
            for job in known
        ],
    )


@example(
    "omni printers resume 7 --last BDFGH-23456-JKLMN",
    "omni printers resume 7 --last 41",
    "omni printers resume 7 --last none",
)
@printers.command("resume")
@click.argument("job", type=int)
@click.option(
    "--last",
    required=True,
    metavar="CODE|N|none",
    help="The slip that came out last: its code, how many came out, or none.",
)
@pass_desk
def resume(desk: Desk, job: int, last: str) -> None:
    """Print the rest of a job that stopped."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        asked = queueing.job_numbered(tx, job)
        queueing.resume(tx, now, job_id=job, last=_last(desk, asked, last))
        found = queueing.take(tx, now, job_id=job, by=desk.by, is_asked_for=True)
        found = found or queueing.job_numbered(tx, job)
    _drive(desk, found)


@example("omni printers drop 7", "omni printers drop 7 --last 41")
@printers.command("drop")
@click.argument("job", type=int)
@click.option(
    "--last", metavar="CODE|N|none", help="The slip that came out last; else as many as have left us."
)
@pass_desk
def drop(desk: Desk, job: int, last: str | None) -> None:
    """Give a job up: what has not come out yet never will."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        asked = queueing.job_numbered(tx, job)
        came_out = None if last is None else _last(desk, asked, last)
        dropped = queueing.drop(tx, now, job_id=job, last=came_out, by=desk.by)
    click.echo(f"Job {job} is given up after {dropped.sent} of {dropped.copies} slips.")


@example("omni printers reprint 7", "omni printers reprint 7 --from 42")
@printers.command("reprint")
@click.argument("job", type=int)
@click.option(
    "--from", "first", type=int, default=1, show_default=True, help="The first slip, counted from 1."
)
@click.option("--printer", "name", metavar="NAME", help="Another printer than the first time.")
@pass_desk
def reprint(desk: Desk, job: int, first: int, name: str | None) -> None:
    """Print the same codes once more, as a run of its own at today's price."""
    now, catalogue = desk.now(), desk.place.catalogue.fresh()
    other = _printer(desk, name) if name else None
    with desk.place.db.reading() as session:
        before = queueing.job_numbered(session, job)
        _, batch = queueing.run_of(session, before)
        if not 1 <= first <= before.copies:
            raise BadInput("from", f"the job has slips 1 to {before.copies}")
        number = before.first_number + first - 1
        seen = opening.look(session, now, catalogue=catalogue, batch=batch, number=number)
    at = other or PrinterAt(before.printer, before.address, before.profile)
    with desk.place.db.writing() as tx:
        run = printing.record_run(
            tx,
            now,
            batch=batch,
            first_number=number,
            copies=before.copies - first + 1,
            form=profile_named(at.profile).language.value,
            layout=None,
            price_minor=seen.price_minor or 0,
            currency=seen.market.currency,
            by=desk.by,
        )
        made = queue_driving.begin(tx, now, run=run, printer=at, by=desk.by)
    click.echo(f"Run {run.id}, job {made.id}.")
    _drive(desk, made)


@example("omni printers remove berlin-till-1")
@printers.command("remove")
@click.argument("name")
@pass_desk
def remove(desk: Desk, name: str) -> None:
    """Forget a printer; what waits for it still goes to its address."""
    with desk.place.db.writing() as tx:
        queueing.remove_printer(tx, name=name)
    click.echo(f"{name} is forgotten.")


def _printer(desk: Desk, name: str) -> PrinterAt:
    with desk.place.db.reading() as session:
        return queueing.printer_at(session, name)


def _drive(desk: Desk, job: PrintJob) -> None:
    """Print a job to its end or to Ctrl-C, and say what became of it."""
    with queue_driving.until_interrupted() as is_stopped:
        after = queue_driving.drive(desk.place, job, is_stopped=is_stopped)
    queue_driving.say(after, desk.now())


def _last(desk: Desk, job: PrintJob, written: str) -> int:
    """How many slips of a job are on paper, by the last one's code, by their number, or none."""
    if written.strip().lower() == _NONE:
        return 0
    if re.fullmatch(r"\d{1,9}", written.strip()):
        return int(written)
    opened = desk.place.keyring.open(written)
    if opened is None or opened.purpose is not Purpose.CODE:
        raise BadInput("last", "write the code of the last slip, how many came out, or none")
    last = opened.number - job.first_number + 1
    if not 1 <= last <= job.copies:
        raise BadInput("last", f"this code is on no slip of job {job.id}")
    return last


COMMANDS = (printers,)
