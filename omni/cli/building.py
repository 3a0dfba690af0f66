"""The public site of a campaign as a folder of plain files, for whoever serves it without Omni."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import click
from rich.console import Console
from rich.progress import Progress

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.campaign import EditionState
from omni.domain.refusal import BadInput
from omni.present.site import files as site_files
from omni.present.site.files import MANIFEST, ListedFile, SiteFile
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
    _check_folder(output, campaign)
    with desk.place.db.reading() as session:
        named = naming.editions(session, campaign)
    if not named:
        raise BadInput("campaign", f"there is none called {campaign}")
    editions = _launched(desk, named, at)
    if not editions:
        raise saying.NothingDone(f"no edition of {campaign} was launched" + (" by then" if at else ""))
    with Fresh(output) as fresh:
        files = [fresh.add(file) for file in _drawn(desk, editions)]
        files += [fresh.add(file) for file in header_files(files)]
        fresh.add(site_files.manifest(campaign, files))
        written = fresh.publish()
    pages = sum(file.revision is not None for file in files)
    pictures, cards = (sum(file.path.startswith(top) for file in files) for top in ("pictures/", "cards/"))
    click.echo(f"{output}: {pages} pages, {pictures} pictures, {cards} cards; {written} files written")
    for gone in _left_over(output, campaign, files):
        click.echo(f"no longer part of it: {gone}")


def _check_folder(folder: Path, campaign: str) -> None:
    """Two campaigns in one folder would each call the other's files left over. Raises BadInput."""
    listed = folder / MANIFEST
    if listed.exists() and site_files.campaign_in(listed.read_text(encoding="utf-8")) != campaign:
        raise BadInput("output", f"{listed} is not of {campaign}: choose a folder of its own")


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


class Fresh:
    """The files of a site that are others than those in its folder; to be closed.

    They are written beside their names until all are there: a page that cannot be drawn, or a disk that is
    full, leaves the old site whole. Raises BadInput for a folder that cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._beside: dict[Path, Path] = {}

    def add(self, file: SiteFile) -> ListedFile:
        """Write a file, if it is another."""
        path = self._folder / file.path
        with self._written():
            if not (path.is_file() and path.read_bytes() == file.body):
                path.parent.mkdir(parents=True, exist_ok=True)
                self._beside[path] = path.with_name(f".{path.name}.part")
                self._beside[path].write_bytes(file.body)
        return file.listed

    def publish(self) -> int:
        """Give every file its name; how many there were."""
        with self._written():
            for path, beside in self._beside.items():
                beside.replace(path)
        return len(self._beside)

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OSError as failure:
            raise BadInput("output", f"{self._folder} cannot be written: {failure.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for beside in self._beside.values():
            beside.unlink(missing_ok=True)


def _left_over(folder: Path, campaign: str, files: Iterable[ListedFile]) -> list[str]:
    """What earlier builds wrote and this one has no more; it may be linked, so it stays.

    Cards are not named: each change of a price leaves some behind, which links that were shared still show.
    """
    patterns = (f"*/*/{campaign}/**/index.html", "pictures/*", "feeds/*/*")
    found = (path for pattern in patterns for path in folder.glob(pattern))
    return sorted({path.relative_to(folder).as_posix() for path in found} - {file.path for file in files})


COMMANDS = (build,)
