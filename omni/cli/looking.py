"""What there is and what happened: the funnel, one code's life, lists."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click

from omni import asset
from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.campaign_rules import nearest
from omni.domain.market_record import MarketRecord
from omni.present import market_file
from omni.present.catalogues import catalogue_reports
from omni.present.formatting import market_name
from omni.present.yaml_tree import Path, dotted
from omni.services import counting, naming, reconciling, recounting
from omni.services.counting import DIMENSIONS, Beside, Funnel, FunnelRow

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
    columns, rows = (*dimensions, *NUMBERS), [_cells(row, dimensions) for row in funnel.rows]
    if form == "json":
        saying.document(_document(funnel) | {"beside": asdict(others)})
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([columns, *rows])
    else:
        saying.table(columns, rows)
        click.echo(_beside(sum(row.scanned for row in funnel.rows), others))


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


@example("omni markets", "omni markets fr", "omni markets --json")
@click.command()
@click.argument("market", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_desk
def markets(desk: Desk, market: str | None, as_json: bool) -> None:
    """The markets a campaign can run in, or every value of one."""
    known = market_file.known(desk.settings.markets_dir)
    if market and market not in known:
        raise click.BadParameter(
            f"{market} is not a market here{nearest(market, known)}", param_hint="MARKET"
        )
    if market and as_json:
        saying.document(_values(known[market]))
    elif market:
        _say_values(known[market])
    elif as_json:
        saying.document([_summary(record) for _, record in sorted(known.items())])
    else:
        saying.table(
            ("market", "name", "currency", "time zone", "languages", "reviewed"),
            [
                (
                    record.id,
                    market_name(record.id, "en"),
                    record.currency,
                    record.time_zone,
                    ", ".join(locale.id for locale in record.locales),
                    _reviewed(record),
                )
                for _, record in sorted(known.items())
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
    reports = catalogue_reports(asset("locales"))
    saying.table(
        ("catalogue", "messages", "review state"),
        [(report.file, f"{report.said}/{report.wanted}", report.review) for report in reports],
    )
    for doubt in (doubt for report in reports for doubt in report.doubts):
        click.echo(f"look at {doubt}")
    problems = [problem for report in reports for problem in report.problems]
    for problem in problems:
        click.echo(str(problem))
    if problems:
        raise saying.NothingDone(f"{len(problems)} things to mend in the translations")
    click.echo("The translations are complete.")


def _reviewed(record: MarketRecord) -> str:
    return f"{len(record.reviewed)} of {len(record.sources)} values"


def _summary(record: MarketRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "name": market_name(record.id, "en"),
        "currency": record.currency,
        "time_zone": record.time_zone,
        "locales": [locale.id for locale in record.locales],
        "values": len(record.sources),
        "reviewed": len(record.reviewed),
    }


def _values(record: MarketRecord) -> dict[str, dict[str, Any]]:
    """Every value of a market with its source, confidence and review, in the order of its sources."""
    told = record.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {
        field: {"value": told[field], **source.model_dump(mode="json")}
        for field, source in record.sources.items()
    }


def _say_values(record: MarketRecord) -> None:
    click.echo(f"{market_name(record.id, 'en')}: {_reviewed(record)} reviewed")
    for field, told in _values(record).items():
        for place, value in _leaves((field,), told["value"]):
            click.echo(f"{dotted(place)}: {value}")
        review = f"reviewed by {told['reviewed_by']} on {told['reviewed_on']}"
        state = review if told["reviewed_by"] else "not reviewed yet"
        click.echo(f"    {told['source']} [{told['confidence']} confidence, {state}]")


def _leaves(place: Path, value: object) -> Iterator[tuple[Path, str]]:
    """A value of a market file, taken apart until each part is a line."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves((*place, key), part)
    elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
        for number, part in enumerate(value):
            yield from _leaves((*place, number), part)
    elif isinstance(value, list):
        yield place, ", ".join(value)
    else:
        yield place, str(value).lower() if isinstance(value, bool) else str(value)


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
    told = ", ".join(f"{name} {n:,} ({n / whole:.0%})" for name, n in openings.items())
    return f"Openings: {told}. Not our codes, in the whole installation: {others.orphans:,}."


def _document(funnel: Funnel) -> dict[str, object]:
    rows = [{**row.keys, **{name: getattr(row, name) for name in NUMBERS}} for row in funnel.rows]
    return {"as_of": funnel.as_of.isoformat() if funnel.as_of else None, "rows": rows}


def _day(at: datetime | None) -> date | None:
    return at.date() if at else None


COMMANDS = (stats, reconcile, markets, editions, placements, catalogues)
