"""What a shopper sees at any instant: a page of the past or of days to come, as one file."""

from __future__ import annotations

from pathlib import Path

import click

from omni.cli.authoring import edition_argument
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.present.formatting import iso_instant
from omni.services import naming, travelling
from omni.services.travelling import Shown


@example(
    "omni preview double-11/fr --at 2026-11-11T00:00 --locale fr -o page.html",
    "omni preview double-11/fr --at 2027-01-15T09:00+09:00 --locale ja --state unlocked -o page.html",
)
@click.command()
@edition_argument
@click.option("--at", metavar="INSTANT", help="On the market's own clock, or with an offset; else now.")
@click.option("--locale", metavar="L", help="The reader's language; else the market's first.")
@click.option("--bundle", metavar="SLUG", help="Which bundle; else the first.")
@click.option(
    "--state",
    type=click.Choice([shown.value for shown in Shown]),
    default=Shown.OFFER.value,
    show_default=True,
    help="How far the shopper has come.",
)
@click.option("-o", "--output", required=True, help="HTML file to write; - is standard output.")
@pass_desk
def preview(
    desk: Desk,
    edition: str,
    *,
    at: str | None,
    locale: str | None,
    bundle: str | None,
    state: str,
    output: str,
) -> None:
    """Show the page of a code at an instant, past or future. Changes nothing."""
    if output != "-" and Path(output).suffix != ".html":
        raise click.BadParameter("the page is HTML: name a .html file", param_hint="--output")
    now, place = desk.now(), desk.place
    with place.db.reading() as session:
        named = naming.edition_named(session, edition)
        zone = travelling.zone_of(session, named)
        instant = travelling.instant_of(at, zone) if at else now
        then = travelling.travel(session, now, instant, edition=named)
        seen = travelling.sight(session, then, bundle=bundle, shown=Shown(state))
    html = desk.composer.drawing(place)(seen, locale=locale or seen.view.market.required_locales[0])
    if output == "-":
        click.echo(html, nl=False)
        return
    Path(output).write_text(html, encoding="utf-8")
    told = f"revision {then.edition.revision}, {then.edition.state.value}, page {seen.view.state.value}"
    click.echo(f"{output}: {edition} at {iso_instant(instant, zone)}, {told}")


COMMANDS = (preview,)
