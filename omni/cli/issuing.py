"""Batches: issue codes for a place, take them back."""

from __future__ import annotations

import sys
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

_MANY = 1_000


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
@click.option("--yes", is_flag=True, help="Do not ask before many live codes get their address for ever.")
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
    yes: bool,
    as_json: bool,
) -> None:
    """Issue a batch of codes: ten or ten million."""
    catalogue = desk.place.catalogue.fresh()
    with desk.place.db.reading() as session:
        seal = desk.seal(catalogue.markets[naming.edition_named(session, edition).market_id])
    issuing.check_host(seal.host)
    is_asked = not (yes or is_test or shared) and count > _MANY and _somebody_is_there()
    if is_asked:
        _ask(seal.host, count)
    started, now = perf_counter(), desk.now()
    with desk.place.db.writing() as tx:
        outcome = issuing.issue(
            tx,
            now,
            edition=naming.edition_named(tx, edition),
            placement=naming.placement_named(tx, placement),
            bundle_slug=bundle,
            count=count,
            shared=shared,
            origin=Origin.TEST if is_test else Origin.LIVE,
            seal=seal,
            caller=Caller(client=CLIENT, key="", body_hash=""),
            by=desk.by,
        )
    batch = saying.unless_refused(outcome).batch
    if as_json:
        saying.document(_described(batch))
    else:
        click.echo(f"batch {batch.id}")
        if not is_asked:
            _say_host(batch.host, batch.size if batch.serves is None else 1)
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


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask(host: str, count: int) -> None:
    """Let somebody read the host once more before it cannot be changed. Raises Abort."""
    _say_host(host, count, err=True)
    click.confirm("Issue them?", abort=True, err=True)


def _say_host(host: str, codes: int, *, err: bool = False) -> None:
    """The host in large type, and that it stays."""
    name = urlsplit(host).netloc.upper()
    says = "This code will say" if codes == 1 else f"These {codes:,} codes will say"
    click.echo(err=err)
    click.secho("    " + " ".join(name), bold=True, err=err)
    click.echo(err=err)
    click.echo(f"{says} {name} for ever.", err=err)


def _say_issued(batch: Batch, *, seconds: float, is_sandbox: bool) -> None:
    if batch.serves is not None:
        many = f"1 code for {batch.serves:,} shoppers"
    else:
        many = "1 code" if batch.size == 1 else f"{batch.size:,} codes"
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
