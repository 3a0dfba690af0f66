"""Trying the receipt rules: on one receipt, on a file of them, on those of the last days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.receipt_rule import Reading, decide, read_rules
from omni.domain.receipt_trial import Trial, TrialGround, TriedReceipt, try_all
from omni.domain.refusal import BadInput
from omni.present.file_problems import FileProblems, Problem
from omni.present.receipt_file import COLUMNS, WrongCell, decoded, read_receipts, typed_receipt
from omni.services import earning, naming

MAX_BYTES = 10_000_000
_MARKS = {True: "yes", False: "no", None: "not known"}
NOTHING = "nothing"


@example("omni receipts try double-11/fr --total 42.00", "omni receipts again double-11/fr --days 7")
@click.group()
def receipts() -> None:
    """Try which receipt earns which bundle."""


@example(
    "omni receipts try double-11/fr --total 42.00 --item tea-pot:1:39.90 --at 2026-11-14T13:30",
    "omni receipts try double-11/fr --file receipts.csv",
)
@receipts.command("try")
@click.argument("edition", metavar="EDITION")
@click.option("--total", metavar="AMOUNT", default="", help="What was paid, such as 42.00.")
@click.option(
    "--item", "items", metavar="SKU:QTY:AMOUNT", multiple=True, help="A line of it; may be repeated."
)
@click.option("--placement", metavar="SLUG", default="", help="The till; else the first one.")
@click.option(
    "--at", metavar="INSTANT", default="", help="On the market's clock, or with an offset; else now."
)
@click.option("--member", is_flag=True, help="The till names a member, who earned nothing before.")
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"A CSV of receipts instead: {', '.join(COLUMNS)}.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_desk
def try_(
    desk: Desk,
    edition: str,
    *,
    total: str,
    items: tuple[str, ...],
    placement: str,
    at: str,
    member: bool,
    path: Path | None,
    as_json: bool,
) -> None:
    """Say what a receipt would earn, and why. Changes nothing."""
    ground = _ground(desk, edition)
    bought, named = " ".join(items), "member" if member else ""
    cells = {"place": placement, "at": at, "total": total, "items": bought, "member": named}
    if path is not None:
        if any(cells.values()):
            raise click.UsageError("a file says all of its receipts: leave the other options out")
        _say_trial(_try_file(desk, ground, path), as_json=as_json)
        return
    try:
        tried = typed_receipt(cells, ground, desk.now())
    except WrongCell as wrong:
        raise BadInput(wrong.field, str(wrong)) from None
    _say_one(ground, tried, as_json=as_json)


@example("omni receipts again double-11/fr --days 7")
@receipts.command()
@click.argument("edition", metavar="EDITION")
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_desk
def again(desk: Desk, edition: str, days: int, *, as_json: bool) -> None:
    """Say what the receipts of the last days would earn by today's rules. Changes nothing.

    Only receipts that earned a code are known, by place, time, total and member; what was bought is not kept.
    """
    ground = _ground(desk, edition)
    with desk.place.db.reading() as session:
        found = naming.edition_named(session, edition)
        kept = earning.last_receipts(session, found, since=desk.now() - timedelta(days=days))
        trial = try_all(ground.rules, kept)
    _say_trial(trial, as_json=as_json)
    if not as_json:
        click.echo("Receipts that earned nothing are not kept, nor what was bought.")


def _ground(desk: Desk, edition: str) -> TrialGround:
    with desk.place.db.reading() as session:
        return earning.trial_ground(session, naming.edition_named(session, edition))


def _try_file(desk: Desk, ground: TrialGround, path: Path) -> Trial:
    if path.stat().st_size > MAX_BYTES:
        raise FileProblems([Problem(str(path), None, "", f"is larger than {MAX_BYTES // 1_000_000} MB")])
    text = decoded(path.read_bytes(), file=str(path))
    return try_all(ground.rules, read_receipts(text, file=str(path), ground=ground, now=desk.now()))


def _say_one(ground: TrialGround, tried: TriedReceipt, *, as_json: bool) -> None:
    earned, readings = decide(ground.rules, tried.facts), list(read_rules(ground.rules, tried.facts))
    if as_json:
        rules = [
            {"rule": reading.why, "fits": reading.fits, "asks": dict(reading.verdicts)}
            for reading in readings
        ]
        saying.document({"bundle": earned.bundle, "why": earned.why, "rules": rules})
        return
    click.echo(f"earns {earned.bundle or NOTHING} ({earned.why})")
    saying.table(("rule", "outcome", "what it asks"), list(_lines(readings)))


def _lines(readings: Sequence[Reading]) -> Iterator[tuple[str, str, str]]:
    for place, reading in enumerate(readings, start=1):
        asked = (f"{condition.value}: {_MARKS[holds]}" for condition, holds in reading.verdicts.items())
        yield f"{place}. {reading.why}", "fits" if reading.fits else "-", ", ".join(asked)


def _say_trial(trial: Trial, *, as_json: bool) -> None:
    if as_json:
        outcomes = [{"bundle": bundle, "receipts": count} for bundle, count in trial.outcomes.items()]
        saying.document({"outcomes": outcomes, "unsure": trial.unsure})
        return
    given = [f"{bundle or NOTHING} to {count:,}" for bundle, count in trial.outcomes.items()]
    click.echo(f"would have given {', '.join(given)}" if given else "There is no receipt to try.")
    if trial.unsure:
        click.echo(f"{trial.unsure:,} of them might meet a rule further up, if more were known of them.")


COMMANDS = (receipts,)
