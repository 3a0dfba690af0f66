"""Settling with shops: uses and returns as a spreadsheet, and what is promised and not used yet."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from typing import TextIO

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.code import Purpose
from omni.present.formatting import iso_instant, iso_money
from omni.present.spreadsheet import plain_cell
from omni.services import naming, settling
from omni.services.naming import NamedEdition
from omni.services.settling import Entry, Promise

MONEY = ("price", "benefit", "refund", "charged", "net")
COLUMNS = ("kind", "at", "order_ref", "voucher", "placement", *MONEY, "currency")
"""The columns of a settlement. Other people's programs read them."""

OWED = ("edition", "ends_on", "codes", "units", "price", "benefit", "currency")
"""The columns of what is promised."""

_DAY = click.DateTime(["%Y-%m-%d"])
_TAIL = 8
"""Letters of a voucher that a file may carry: enough to tell two apart, too few to use one."""


@example(
    "omni settlement double-11/fr -o november.csv",
    "omni settlement double-11/fr --from 2026-11-01 --to 2026-11-30 -o -",
)
@click.command()
@click.argument("edition", metavar="CAMPAIGN/MARKET")
@click.option("--from", "first", type=_DAY, help="First day, on the market's own clock.")
@click.option("--to", "last", type=_DAY, help="Last day, inclusive.")
@click.option(
    "-o",
    "--output",
    type=click.File("w", encoding="utf-8", lazy=True, atomic=True),
    required=True,
    help="The CSV file; - is standard output.",
)
@pass_desk
def settlement(
    desk: Desk, edition: str, first: datetime | None, last: datetime | None, output: TextIO
) -> None:
    """Every use and every return as money, one line each, and their sums.

    Amounts are in major units. Net is the price less the refund, and what was withheld of refunds.
    """
    if first and last and first > last:
        raise click.BadParameter("the first day comes after the last", param_hint="--from")
    with desk.place.db.reading() as session:
        key = naming.edition_named(session, edition)
        named = next(one for one in naming.editions(session) if one.edition.id == key.id)
        found = settling.entries(session, named, from_on=_day(first), to_on=_day(last))
        lines = _write(desk, named, found, output)
    click.echo(f"{lines:,} lines of {edition}", err=True)


def _write(desk: Desk, named: NamedEdition, entries: Iterator[Entry], output: TextIO) -> int:
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(COLUMNS)
    market, lines, totals = named.market, 0, dict.fromkeys(MONEY, 0)
    for entry in entries:
        amounts = {name: getattr(entry, f"{name}_minor") for name in MONEY}
        told = (
            entry.kind.value,
            iso_instant(entry.at, market.time_zone),
            plain_cell(entry.order_ref),
            f"…{desk.place.keyring.seal(entry.number, Purpose.VOUCHER, entry.key_id)[-_TAIL:]}",
            entry.placement,
        )
        writer.writerow((*told, *_major(amounts, market.digits), market.currency))
        totals = {name: totals[name] + amounts[name] for name in MONEY}
        lines += 1
    writer.writerow(("total", "", "", "", "", *_major(totals, market.digits), market.currency))
    return lines


def _major(amounts: dict[str, int], digits: int) -> list[str]:
    return [iso_money(amounts[name], digits=digits) for name in MONEY]


@example("omni liability double-11", "omni liability double-11 --as csv > owed.csv")
@click.command()
@click.argument("campaign")
@click.option("--as", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@pass_desk
def liability(desk: Desk, campaign: str, form: str) -> None:
    """What was promised and not used yet, by edition and by the day it ends."""
    now = desk.now()
    with desk.place.db.reading() as session:
        if not naming.editions(session, campaign):
            raise click.BadParameter(f"there is no campaign {campaign}", param_hint="CAMPAIGN")
        owed = settling.open_promises(session, now, campaign=campaign)
    if form == "json":
        saying.document(
            {"as_of": now.isoformat(), "editions": [_document(some) for some in _by_edition(owed)]}
        )
    elif form == "csv":
        csv.writer(sys.stdout, lineterminator="\n").writerows([OWED, *map(_row, owed)])
    else:
        saying.table(OWED, [row for some in _by_edition(owed) for row in (*map(_row, some), _all(some))])


def _by_edition(owed: list[Promise]) -> list[list[Promise]]:
    return [list(some) for _, some in groupby(owed, key=lambda promise: promise.named.key)]


def _row(promise: Promise) -> tuple[object, ...]:
    digits = promise.named.market.digits
    return (
        promise.named.key,
        promise.ends_on,
        promise.claims,
        promise.units,
        iso_money(promise.price_minor, digits=digits),
        iso_money(promise.benefit_minor, digits=digits),
        promise.named.market.currency,
    )


def _all(some: list[Promise]) -> tuple[object, ...]:
    """The line below the days of one edition."""
    return (some[0].named.key, "in all", *_row(_sum(some))[2:])


def _sum(some: list[Promise]) -> Promise:
    whole = Promise(some[0].named, some[-1].ends_on, claims=sum(promise.claims for promise in some))
    for promise in some:
        whole.add(promise.units, promise.price_minor, promise.benefit_minor)
    return whole


def _document(some: list[Promise]) -> dict[str, object]:
    whole = _sum(some)
    return {
        "edition": whole.named.key,
        "currency": whole.named.market.currency,
        **_amounts(whole),
        "ends": [{"ends_on": promise.ends_on.isoformat(), **_amounts(promise)} for promise in some],
    }


def _amounts(promise: Promise) -> dict[str, object]:
    return {
        "codes": promise.claims,
        "units": promise.units,
        "price_minor": promise.price_minor,
        "benefit_minor": promise.benefit_minor,
    }


def _day(at: datetime | None) -> date | None:
    return at.date() if at else None


COMMANDS = (settlement, liability)
