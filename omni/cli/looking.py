"""What there is: markets, editions, places and translations."""

from __future__ import annotations

from collections.abc import Iterator
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
from omni.services import naming


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


COMMANDS = (markets, editions, placements, catalogues)
