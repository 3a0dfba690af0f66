"""Files a shop gives: its own codes for an edition's claims, and what happened to its orders."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from omni.cli import order_reporting, saying
from omni.cli.desk import CLIENT, Desk
from omni.cli.feeding import bars, told
from omni.domain.member_identity import member_hash
from omni.domain.policies import Connection
from omni.domain.published import Published, PublishedBundle
from omni.present import shop_file
from omni.services import connecting, naming, shop_codes
from omni.services.ordering import Reporting


def feed_codes(desk: Desk, path: Path, edition: str | None, bundle: str | None) -> None:
    """Stock the shop's own codes for an edition, all of a file or nothing. Raises FileProblems."""
    if edition is None:
        raise click.UsageError("say which edition the codes are for: --edition CAMPAIGN/MARKET")
    now, size = desk.now(), path.stat().st_size
    with bars(path) as shown, path.open(encoding="utf-8-sig", newline="") as file:
        lines = told(file, shown, f"Reading {path.name}", size, len)
        codes = shop_file.read_codes(lines, file=str(path))
        with desk.place.db.writing() as tx:
            named = naming.edition_named(tx, edition)
            content = connecting.content_of(tx, named)
            wanted = _bundle(content, bundle)
            stocked = shop_codes.stock(tx, now, edition_id=named.id or 0, bundle_id=wanted.id, codes=codes)
    click.echo(f"{path}: {stocked.added:,} codes for {wanted.slug}, {stocked.known:,} known already or twice")
    if content.policies.connection is not Connection.LIST:
        click.echo(f"They wait: {edition} gives none of them until its file says `connect: list`.")


def feed_orders(desk: Desk, path: Path) -> None:
    """Report every order event of a file; what cannot be recorded is listed, and the rest is recorded.

    Raises FileProblems before the first event, and NothingDone after the last when one was not taken.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        orders = shop_file.read_orders(
            file, file=str(path), member=lambda word: member_hash(desk.place.keyring, word)
        )
    counts: Counter[str] = Counter()
    with bars(path) as shown:
        for line, report in told(orders, shown, "Recording", len(orders), lambda _: 1):
            done = order_reporting.tell(desk.place, desk.now(), report, client=CLIENT)
            counts[done.reporting or "refused"] += 1
            if done.wrong:
                click.echo(f"{path}:{line}: {report.order_ref} {report.event}: {done.wrong}", err=True)
    recorded, known = counts[Reporting.RECORDED], counts[Reporting.REPLAYED]
    click.echo(f"{path}: {recorded:,} events recorded, {known:,} known already")
    if left_out := counts.total() - recorded - known:
        raise saying.NothingDone(f"{left_out:,} of {len(orders):,} events were not taken")


def _bundle(content: Published, slug: str | None) -> PublishedBundle:
    slugs = [bundle.slug for bundle in content.offered]
    if slug is None and len(slugs) > 1:
        raise click.UsageError(f"say which bundle the codes are for: --bundle, one of {', '.join(slugs)}")
    found = next((bundle for bundle in content.offered if slug in (None, bundle.slug)), None)
    if found is None:
        raise click.UsageError(f"there is no bundle {slug}; there are {', '.join(slugs)}")
    return found
