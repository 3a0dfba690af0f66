"""Printing straight to a printer: what was asked becomes a run and a job of the queue, and is driven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from omni.cli import queue_driving
from omni.cli.desk import Desk
from omni.cli.print_file import rehearse
from omni.cli.print_job import Job, write_down
from omni.cli.print_options import Wish, usage
from omni.cli.print_output import bar
from omni.present.printer_profile import profile_named
from omni.services import queueing
from omni.services.queueing import PrinterAt


def printer_at(desk: Desk, written: str, profile: str | None) -> PrinterAt:
    """The printer of a name or an address, known by a profile of its own or another one."""
    with desk.place.db.reading() as session:
        at = queueing.printer_at(session, written)
    return replace(at, profile=profile) if profile else at


def wish_for(at: PrinterAt, form: str | None, asked: Mapping[str, Any]) -> Wish:
    """What is asked of a printer, in the language it speaks. Raises BadLayout, UsageError."""
    language = str(profile_named(at.profile).language)
    if form not in (None, language):
        raise usage(f"the printer {at.name} takes --as {language}, not {form}")
    for name in ("layout", "level"):
        if asked.get(name) is not None:
            raise usage(f"--{name} is for a file: a printer's slips are made by its profile")
    return Wish(form=language, profile=at.profile, **asked)


def send(desk: Desk, job: Job, at: PrinterAt) -> None:
    """Print on a printer, slip by slip. Raises NothingDone with what to do when it stops."""
    rehearse(desk, job)
    with queue_driving.until_interrupted() as is_stopped, bar(len(job.numbers)) as tell:
        with desk.place.db.writing() as tx:
            run = write_down(tx, job, by=desk.by)
            queued = queue_driving.begin(tx, job.now, run=run, printer=at, by=desk.by)
        after = queue_driving.drive(desk.place, queued, progress=tell, is_stopped=is_stopped)
    click.echo(f"run {run.id}, job {after.id}")
    queue_driving.say(after, desk.now())
