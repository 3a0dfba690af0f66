"""Recalls: which paper has to come down, what of it is done, and a sheet for each store."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.window import local_day
from omni.present.recall_sheet import RecallSheet, sheet_pdf
from omni.services import naming, showing, taking_down

_SECONDS_AN_HOUR = 3600


@example("omni recalls", "omni recalls double-11/fr")
@click.command()
@click.argument("edition", required=False, metavar="[CAMPAIGN/MARKET]")
@pass_desk
def recalls(desk: Desk, edition: str | None) -> None:
    """Paper that has to come down, where, why, and what of it is done."""
    now = desk.now()
    with desk.place.db.reading() as session:
        found = naming.edition_named(session, edition) if edition else None
        lines = taking_down.lines(session, found)
    columns = ("line", "place", "paper", "copies", "because", "hours", "done by")
    saying.table(
        columns,
        [
            (
                each.line.id,
                each.placement.slug,
                f"run {each.run.id}, {' '.join(filter(None, (each.run.form, each.run.layout)))}",
                each.copies,
                each.line.because,
                f"{each.waits(now).total_seconds() / _SECONDS_AN_HOUR:.1f}",
                each.done.done_by if each.done else "open",
            )
            for each in lines
        ],
    )
    if lines:
        click.echo(f"{sum(each.done is not None for each in lines)} of {len(lines)} are done.")


@example("omni recall-sheets double-11/fr", "omni recall-sheets double-11/fr -o sheets")
@click.command("recall-sheets")
@click.argument("edition", metavar="CAMPAIGN/MARKET")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder of the sheets; else this one.",
)
@pass_desk
def recall_sheets(desk: Desk, edition: str, output: Path) -> None:
    """A sheet for each store with what still has to come down there, as PDF."""
    sheets = _sheets(desk, edition)
    if not sheets:
        raise saying.NothingDone(f"nothing of {edition} has to come down")
    output.mkdir(parents=True, exist_ok=True)
    for store, sheet in sheets:
        path = output / f"take-down-{store}.pdf"
        path.write_bytes(sheet_pdf(sheet))
        click.echo(f"{path}: {len(sheet.lines)} to take down")


def _sheets(desk: Desk, key: str) -> list[tuple[str, RecallSheet]]:
    """What is open in each store of an edition, by the store's slug."""
    catalogue = desk.place.catalogue.fresh()
    with desk.place.db.reading() as session:
        edition = naming.edition_named(session, key)
        content = catalogue.contents[edition.id or 0]
        market = catalogue.markets[edition.market_id]
        waiting = [each for each in taking_down.lines(session, edition) if each.done is None]
        pictures = showing.printed_pictures(session, content)
    return [
        (
            store,
            RecallSheet(
                key=key,
                market=market,
                content=content,
                lines=list(lines),
                pictures=pictures,
                printed_on=local_day(desk.now(), market.time_zone),
            ),
        )
        for store, lines in groupby(waiting, key=lambda each: each.placement.store_slug)
    ]


COMMANDS = (recalls, recall_sheets)
