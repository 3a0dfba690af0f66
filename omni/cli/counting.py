"""What happened, counted and proved: the funnel of a campaign, strange scans, figures against facts."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.lag import LAG_KINDS
from omni.present.formatting import percent
from omni.present.time_taken import steps
from omni.services import counting, reconciling, recounting
from omni.services.counting import DIMENSIONS, Beside, Funnel, FunnelRow
from omni.services.strangers import Pile
from omni.services.strangers import strangers as piles_of

NUMBERS = ("issued", "scanned", "unlocked", "redeemed", "reversed", "origin_returned")
_DAY = click.DateTime(["%Y-%m-%d"])


@example(
    "omni stats double-11",
    "omni stats double-11 --by market,placement --from 2026-11-11 --to 2026-11-11",
    "omni stats double-11 --by variant",
    "omni stats double-11 --by day --as csv > funnel.csv",
)
@click.command()
@click.argument("campaign")
@click.option("--by", default="market", show_default=True, help=f"Split by any of {', '.join(DIMENSIONS)}.")
@click.option("--from", "first", type=_DAY, help="First day, on each market's own clock.")
@click.option("--to", "last", type=_DAY, help="Last day, inclusive.")
@click.option("--as", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@pass_desk
def stats(
    desk: Desk, campaign: str, by: str, first: datetime | None, last: datetime | None, form: str
) -> None:
    """The funnel: issued, scanned, unlocked, redeemed, reversed."""
    dimensions = [name.strip() for name in by.split(",") if name.strip()]
    now = desk.now()
    with desk.place.db.reading() as session:
        funnel = counting.funnel(
            session, campaign=campaign, by=dimensions, from_on=_day(first), to_on=_day(last), now=now
        )
        others = counting.beside(session, campaign=campaign, from_on=_day(first), to_on=_day(last))
        lags = counting.lags(session, campaign=campaign, from_on=_day(first), to_on=_day(last))
    columns, rows = (*dimensions, *NUMBERS), [_cells(row, dimensions) for row in funnel.rows]
    if form == "json":
        took = dict(zip(LAG_KINDS, lags, strict=True))
        saying.document(_document(funnel) | {"beside": asdict(others), "first_uses": took})
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([columns, *rows])
    else:
        saying.table(columns, rows)
        click.echo(_beside(sum(row.scanned for row in funnel.rows), others))
        if any(lags):
            click.echo(_took(lags))


@example("omni strangers", "omni strangers --hours 168", "omni strangers --json")
@click.command()
@click.option("--hours", type=click.IntRange(1, 744), default=24, show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_desk
def strangers(desk: Desk, hours: int, *, as_json: bool) -> None:
    """What people scanned that is not one of our codes, in piles of one likely cause."""
    now = desk.now()
    with desk.place.db.reading() as session:
        piles = piles_of(session, since=now - timedelta(hours=hours), now=now)
    if as_json:
        saying.document({"as_of": now.isoformat(), "piles": [_pile(each) for each in piles]})
        return
    saying.table(("likely", "scans", "texts", "first", "last", "devices"), [_line(each) for each in piles])


@example("omni reconcile")
@click.command()
@pass_desk
def reconcile(desk: Desk) -> None:
    """Prove that statistics and balances agree with the facts."""
    first_quarter = recounting.first_quarter_kept(desk.now())
    with desk.place.db.reading() as session:
        found = reconciling.reconcile(session, first_quarter=first_quarter)
        waits = reconciling.not_yet_folded(session, desk.settings.data_dir / "spool")
    for one in found:
        click.echo(f"{one.what} at {one.where}: expected {one.expected}, found {one.found}")
    if found:
        raise saying.NothingDone(f"{len(found)} numbers do not agree")
    if waits.messages or waits.spool_bytes:
        click.echo(f"{waits.messages:,} facts and {waits.spool_bytes:,} bytes of scans are not counted yet.")
    click.echo("Statistics and balances are as they should be.")


def _cells(row: FunnelRow, dimensions: list[str]) -> list[object]:
    return [*(row.keys[name] for name in dimensions), *(getattr(row, name) for name in NUMBERS)]


def _beside(scanned: int, others: Beside) -> str:
    """Every opening of a page, told apart by who it was, each with its share of them all."""
    openings = {
        "scanned": scanned,
        "opened again": others.repeats,
        "by machines": others.bots,
        "loaded ahead": others.prefetches,
    }
    whole = sum(openings.values()) or 1
    told = ", ".join(f"{name} {n:,} ({percent(n, whole, 'en')})" for name, n in openings.items())
    return f"Openings: {told}. Not our codes, in the whole installation: {others.orphans:,}."


def _took(lags: Sequence[int]) -> str:
    """How long first uses took, in the words of the studio."""
    told = ", ".join(
        f"{n:,} ({percent(n, sum(lags), 'en')}) {words}"
        for words, n in zip(steps("en"), lags, strict=True)
        if n
    )
    return f"From the unlock to the first use: {told}."


def _document(funnel: Funnel) -> dict[str, object]:
    rows = [{**row.keys, **{name: getattr(row, name) for name in NUMBERS}} for row in funnel.rows]
    return {"as_of": funnel.as_of.isoformat() if funnel.as_of else None, "rows": rows}


def _day(at: datetime | None) -> date | None:
    return at.date() if at else None


def _pile(pile: Pile) -> dict[str, object]:
    return asdict(pile) | {"first_at": pile.first_at.isoformat(), "last_at": pile.last_at.isoformat()}


def _line(pile: Pile) -> tuple[object, ...]:
    first, last = (f"{at:%Y-%m-%d %H:%M}Z" for at in (pile.first_at, pile.last_at))
    devices = ", ".join(f"{device} {n}" for device, n in pile.devices.items())
    return pile.likely.value, pile.scans, pile.texts, first, last, devices


COMMANDS = (stats, strangers, reconcile)
