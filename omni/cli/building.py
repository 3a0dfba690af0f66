"""The public site of a campaign as a folder of plain files, for whoever serves it without Omni."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.cli.site_folder import SiteFolder
from omni.domain.campaign import EditionState
from omni.domain.refusal import BadInput
from omni.present.site.files import SiteFile, manifest
from omni.present.site.hosting import header_files
from omni.services import naming, travelling
from omni.services.naming import NamedEdition
from omni.services.travelling import Archive, Then


@example(
    "omni build double-11 -o site",
    "omni build double-11 --at 2026-11-11T00:00 -o site",
)
@click.command()
@click.argument("campaign")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder of this campaign's own; only files whose bytes change are written.",
)
@click.option(
    "--at",
    metavar="INSTANT",
    help="On each market's own clock, or with an offset, so that two builds agree byte for byte; else now.",
)
@pass_desk
def build(desk: Desk, campaign: str, *, output: Path, at: str | None) -> None:
    """Write the public site of all launched editions in all their languages, with feeds and headers.

    Its addresses begin at the root of the host, as those Omni serves: what is not in the folder, such as the
    page that asks for a code, is Omni's to answer. A page that fails leaves the folder as it was.
    """
    folder = SiteFolder(output, campaign)
    with desk.place.db.reading() as session:
        named = naming.editions(session, campaign)
    if not named:
        raise BadInput("campaign", f"there is none called {campaign}")
    editions = _launched(desk, named, at)
    if not editions:
        raise saying.NothingDone(f"no edition of {campaign} was launched" + (" by then" if at else ""))
    with folder:
        files = [folder.add(file) for file in _drawn(desk, editions)]
        files += [folder.add(file) for file in header_files(files)]
        folder.add(manifest(campaign, files))
        written = folder.publish()
    pages = sum(file.revision is not None for file in files)
    pictures, cards = (sum(file.path.startswith(top) for file in files) for top in ("pictures/", "cards/"))
    click.echo(f"{output}: {pages} pages, {pictures} pictures, {cards} cards; {written} files written")
    for gone in folder.left_over(files):
        click.echo(f"no longer part of it: {gone}")


def _launched(desk: Desk, editions: Sequence[NamedEdition], at: str | None) -> list[Then]:
    """The editions that were launched at the instant, each as it is then in its own market."""
    found = _now(desk, editions) if at is None else _then(desk, editions, at)
    return [then for then in found if then.edition.state is not EditionState.DRAFT]


def _now(desk: Desk, editions: Sequence[NamedEdition]) -> list[Then]:
    now = desk.now()
    catalogue = desk.place.catalogue.current(now)
    return [Then(now, catalogue, named.edition) for named in editions]


def _then(desk: Desk, editions: Sequence[NamedEdition], at: str) -> list[Then]:
    """The editions at an instant on each market's own clock; without those that were not published yet."""
    found, now = [], desk.now()
    with desk.place.db.reading() as session:
        archive = Archive(session)
        for named in editions:
            instant = travelling.instant_of(at, named.market.time_zone)
            with suppress(BadInput):
                found.append(archive.travel(now, instant, edition=named.edition))
    return found


def _drawn(desk: Desk, editions: Sequence[Then]) -> Iterator[SiteFile]:
    count, drawn = desk.composer.public_site(desk.place, editions)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        yield from bar.track(drawn, total=count, description="Building")


COMMANDS = (build,)
