"""What there is and what happened: the funnel, one code's life, lists."""

from __future__ import annotations

import csv
import sys
from datetime import date, datetime

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.present import market_file
from omni.present.catalogues import catalogue_findings
from omni.present.formatting import market_name
from omni.services import counting, naming, reconciling
from omni.services.counting import DIMENSIONS, Funnel, FunnelRow

NUMBERS = ("issued", "scanned", "unlocked", "redeemed", "reversed")
_DAY = click.DateTime(["%Y-%m-%d"])


@example(
    "omni stats double-11",
    "omni stats double-11 --by market,placement --from 2026-11-11 --to 2026-11-11",
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
    columns, rows = (*dimensions, *NUMBERS), [_cells(row, dimensions) for row in funnel.rows]
    if form == "json":
        saying.document(_document(funnel))
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([columns, *rows])
    else:
        saying.table(columns, rows)


@example("omni reconcile")
@click.command()
@pass_desk
def reconcile(desk: Desk) -> None:
    """Prove that statistics and balances agree with the facts."""
    with desk.place.db.reading() as session:
        found = reconciling.reconcile(session)
        waits = reconciling.not_yet_folded(session, desk.settings.data_dir / "spool")
    for one in found:
        click.echo(f"{one.what} at {one.where}: expected {one.expected}, found {one.found}")
    if found:
        raise saying.NothingDone(f"{len(found)} numbers do not agree")
    if waits.messages or waits.spool_bytes:
        click.echo(f"{waits.messages:,} facts and {waits.spool_bytes:,} bytes of scans are not counted yet.")
    click.echo("Statistics and balances are as they should be.")


@example("omni markets")
@click.command()
def markets() -> None:
    """The markets a campaign can run in."""
    saying.table(
        ("market", "name", "currency", "languages", "time zone", "host"),
        [
            (
                market.id,
                market_name(market.id, "en"),
                market.currency,
                ", ".join(locale.id for locale in market.locales),
                market.time_zone,
                market.host or "the installation's",
            )
            for market in market_file.shipped().values()
        ],
    )


@example("omni editions")
@click.command()
@pass_desk
def editions(desk: Desk) -> None:
    """Campaigns in their markets, with state and days."""
    with desk.place.db.reading() as session:
        found = naming.editions(session)
    saying.table(
        ("edition", "state", "revision", "opens", "last unlock", "last use"),
        [
            (
                one.key,
                one.edition.state.value,
                one.edition.revision,
                one.edition.opens_on,
                one.edition.last_unlock_on,
                one.edition.last_use_on,
            )
            for one in found
        ],
    )


@example("omni placements", "omni placements double-11/fr")
@click.command()
@click.argument("edition", required=False, metavar="[CAMPAIGN/MARKET]")
@pass_desk
def placements(desk: Desk, edition: str | None) -> None:
    """The places codes are met, of one edition or all."""
    with desk.place.db.reading() as session:
        listed = naming.placements(session, naming.edition_named(session, edition) if edition else None)
    saying.table(
        ("placement", "kind", "market", "store", "batches"),
        [
            (place.slug, place.touchpoint.value, place.market_id, place.store_slug, many)
            for place, many in listed
        ],
    )


@example("omni catalogues")
@click.command()
def catalogues() -> None:
    """Check the translations. Exit code 1 when something is to mend."""
    findings = catalogue_findings()
    for finding in findings:
        click.echo(str(finding))
    if findings:
        raise saying.NothingDone(f"{len(findings)} things to mend in the translations")
    click.echo("The translations are complete.")


def _cells(row: FunnelRow, dimensions: list[str]) -> list[object]:
    return [*(row.keys[name] for name in dimensions), *(getattr(row, name) for name in NUMBERS)]


def _document(funnel: Funnel) -> dict[str, object]:
    rows = [{**row.keys, **{name: getattr(row, name) for name in NUMBERS}} for row in funnel.rows]
    return {"as_of": funnel.as_of.isoformat() if funnel.as_of else None, "rows": rows}


def _day(at: datetime | None) -> date | None:
    return at.date() if at else None


COMMANDS = (stats, reconcile, markets, editions, placements, catalogues)
