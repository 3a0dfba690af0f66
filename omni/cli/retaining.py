"""Keeping scans no longer than the law lets us: months made ready, sealed and dropped."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.scan_month import ScanMonth
from omni.services import recounting, sealing
from omni.services.sealing import Early

if TYPE_CHECKING:
    from omni.app import Installation

READY_AHEAD = 2
"""How many months after this one scans have a place ready."""

EVERY = timedelta(hours=1)
"""How often a worker looks whether a month must go."""


class Retaining:
    """The duty of a worker; it remembers when it is to look again."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None

    def __call__(self, place: Installation, stop: threading.Event) -> int:
        """Make months ready, seal those that must go, forget old quarter hours; says how much that was.

        At most one stretch of a month a call, so that folding goes on between two.
        """
        now = place.world.now()
        if self._looked_at is not None and timedelta(0) <= now - self._looked_at < EVERY:
            return 0
        # Written down first: a database that is busy is left alone until the next time.
        self._looked_at = now
        with place.db.writing() as tx:
            made = sealing.make_ready(tx, now, ahead=READY_AHEAD)
            made += recounting.drop_old_quarters(tx, now)
        if _seal_some(place, now):
            self._looked_at = None
            made += 1
        return made


retain = Retaining()
"""This process's own."""


def _seal_some(place: Installation, now: datetime) -> bool:
    """Seal a stretch of the first month that must go and can; says whether there was one."""
    with place.db.reading() as session:
        months = sealing.due(session, now)
    return any(not isinstance(_seal(place, month), Early) for month in months)


def _seal(place: Installation, month: ScanMonth) -> sealing.Sealed | Early:
    with place.db.writing() as tx:
        folder = place.settings.data_dir / "spool"
        return sealing.seal(tx, place.world.now(), month=month, folder=folder)


class _Month(click.ParamType[ScanMonth]):
    name = "month"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> ScanMonth:
        try:
            return ScanMonth.of(datetime.strptime(f"{value}-01 +0000", "%Y-%m-%d %z"))
        except ValueError:
            self.fail(f"{value} is not a month such as 2026-11", param, ctx)


@example("omni scans months", "omni scans seal 2026-10 --yes")
@click.group()
def scans() -> None:
    """The scans that are kept, by month, and the months that were sealed."""


@example("omni scans months")
@scans.command()
@pass_desk
def months(desk: Desk) -> None:
    """Every month: scans kept, scans dropped when it was sealed, bytes on the disk where they are known."""
    with desk.place.db.reading() as session:
        found = sealing.standing(session)
    saying.table(
        ("month", "scans", "sealed", "bytes"),
        [
            (one.month, one.scans, "no" if one.sealed is None else one.sealed, one.size or "unknown")
            for one in found
        ],
    )


@example("omni scans seal 2026-10 --yes")
@scans.command()
@click.argument("month", type=_Month(), metavar="YYYY-MM")
@click.option("--yes", is_flag=True, help="Yes, only its totals shall be left.")
@pass_desk
def seal(desk: Desk, month: ScanMonth, *, yes: bool) -> None:
    """Keep the totals of a month and drop its scans, sooner than a law asks for it."""
    if not yes:
        raise saying.NothingDone(
            f"every scan of {month} would go and only totals would stay: say --yes when that is meant"
        )
    scans, orphans, is_whole = 0, 0, False
    while not is_whole:
        sealed = _seal(desk.place, month)
        if isinstance(sealed, Early):
            raise saying.NothingDone(f"{month} cannot be sealed yet: {sealed.value}")
        scans, orphans, is_whole = scans + sealed.scans, orphans + sealed.orphans, sealed.is_whole
    click.echo(f"{scans:,} scans and {orphans:,} orphans of {month} are totals now.")


COMMANDS = (scans,)
