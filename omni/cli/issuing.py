"""Batches: issue codes for a place, take them back."""

from __future__ import annotations

from time import perf_counter
from urllib.parse import urlsplit

import click

from omni.cli import saying
from omni.cli.desk import CLIENT, Desk, pass_desk
from omni.cli.helping import example
from omni.domain.batch import Batch
from omni.domain.record import Origin
from omni.domain.rulebook import Caller
from omni.services import issuing, naming


@example(
    "omni issue --edition double-11/fr --placement fr-paris-popup --count 500",
    "omni issue --edition double-11/fr --placement fr-paris-popup --count 5000 --shared",
)
@click.command()
@click.option("--edition", required=True, metavar="CAMPAIGN/MARKET", help="Whose codes they are.")
@click.option("--placement", required=True, metavar="SLUG", help="The place they will stand at.")
@click.option(
    "--count", required=True, type=int, help="How many; with --shared, how many shoppers one may serve."
)
@click.option("--bundle", metavar="SLUG", help="What they unlock; else the first bundle.")
@click.option("--shared", is_flag=True, help="One code for a poster or screen, for many shoppers.")
@click.option("--test", "is_test", is_flag=True, help="Test codes: they say TEST and count nowhere.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_desk
def issue(
    desk: Desk,
    edition: str,
    placement: str,
    count: int,
    bundle: str | None,
    *,
    shared: bool,
    is_test: bool,
    as_json: bool,
) -> None:
    """Issue a batch of codes: ten or ten million."""
    started, now = perf_counter(), desk.now()
    catalogue = desk.place.catalogue.fresh()
    with desk.place.db.writing() as tx:
        found = naming.edition_named(tx, edition)
        outcome = issuing.issue(
            tx,
            now,
            edition=found,
            placement=naming.placement_named(tx, placement),
            bundle_slug=bundle,
            count=count,
            shared=shared,
            origin=Origin.TEST if is_test else Origin.LIVE,
            seal=desk.seal(catalogue.markets[found.market_id]),
            caller=Caller(client=CLIENT, key="", body_hash=""),
            by=desk.by,
        )
    batch = saying.unless_refused(outcome).batch
    if as_json:
        saying.document(_described(batch))
    else:
        _say_issued(batch, seconds=perf_counter() - started, is_sandbox=desk.settings.is_sandbox)


@example(
    "omni void 12 --reason 'wrong price on the poster'", "omni void 12 --from 101 --count 50 --reason stolen"
)
@click.command()
@click.argument("batch", type=int)
@click.option(
    "--from", "first", type=int, default=1, show_default=True, help="The first code, counted from 1."
)
@click.option("--count", type=int, help="How many; else to the end.")
@click.option("--reason", required=True, help="Why, for whoever asks later.")
@pass_desk
def void(desk: Desk, batch: int, first: int, count: int | None, reason: str) -> None:
    """Take printed codes back for good."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        row = issuing.recall(tx, now, batch_id=batch, first=first, count=count, reason=reason, by=desk.by)
    click.echo(f"{row.size:,} codes of batch {batch} are withdrawn.")


def _say_issued(batch: Batch, *, seconds: float, is_sandbox: bool) -> None:
    host = urlsplit(batch.host).netloc.upper()
    click.echo(f"batch {batch.id}")
    click.echo()
    click.secho("    " + " ".join(host), bold=True)
    click.echo()
    if batch.serves is None:
        many = "1 code" if batch.size == 1 else f"{batch.size:,} codes"
        says = "This code will say" if batch.size == 1 else f"These {many} will say"
    else:
        many, says = f"1 code for {batch.serves:,} shoppers", "This code will say"
    click.echo(f"{says} {host} for ever.")
    if is_sandbox and batch.origin is Origin.LIVE:
        click.echo("This is a sandbox without a public https address: everything printed carries TEST.")
    click.echo(
        f"{many}, numbers {batch.first_number} to {batch.first_number + batch.size - 1}, {seconds:.2f} s"
    )


def _described(batch: Batch) -> dict[str, object]:
    return {
        "batch": batch.id,
        "host": batch.host,
        "kind": batch.kind.value,
        "origin": batch.origin.value,
        "first_number": batch.first_number,
        "size": batch.size,
        "serves": batch.serves,
    }


COMMANDS = (issue, void)
