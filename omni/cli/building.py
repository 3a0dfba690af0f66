"""The public pages of a campaign as a folder of plain files, for whoever serves them without Omni."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.refusal import BadInput
from omni.present import microsite
from omni.present.microsite import MANIFEST, SiteFile
from omni.services import naming, showing, travelling
from omni.services.naming import NamedEdition
from omni.services.travelling import Then


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
    """Write the public pages of all launched editions in all their languages.

    Their addresses begin at the root of the host, as those Omni serves: what is not in the folder, such as
    the page that asks for a code, is Omni's to answer.
    """
    _check_folder(output, campaign)
    with desk.place.db.reading() as session:
        named = naming.editions(session, campaign)
    if not named:
        raise BadInput("campaign", f"there is none called {campaign}")
    files = _files(desk, named, at)
    if not files:
        raise saying.NothingDone(f"no edition of {campaign} was launched" + (" by then" if at else ""))
    files.append(microsite.manifest(campaign, files))
    written = [file for file in files if _write(output, file)]
    pages = sum(file.revision is not None for file in files)
    click.echo(f"{output}: {pages} pages, {len(files) - pages - 1} pictures; {len(written)} files written")
    for gone in _left_over(output, campaign, files):
        click.echo(f"no longer part of it: {gone}")


def _check_folder(folder: Path, campaign: str) -> None:
    """Two campaigns in one folder would each call the other's files left over. Raises BadInput."""
    listed = folder / MANIFEST
    if listed.exists() and microsite.campaign_in(listed.read_text(encoding="utf-8")) != campaign:
        raise BadInput("output", f"{listed} is not of {campaign}: choose a folder of its own")


def _files(desk: Desk, editions: Sequence[NamedEdition], at: str | None) -> list[SiteFile]:
    """All pages and pictures, drawn before any is written: a page that fails leaves the old site whole."""
    files: list[SiteFile] = []
    digests: set[str] = set()
    draw = desk.composer.public_drawing(desk.place)
    for named in _with_bar(editions):
        then = _then(desk, named, at)
        shown = showing.in_public(then.catalogue, then.at, named.key) if then else None
        if then is None or shown is None:
            continue
        digests |= shown.content.pictures
        for locale in shown.locales:
            html = draw(shown, locale, then.at, catalogue=then.catalogue)
            files.append(microsite.page_file(shown.content, locale, html, shown.edition.revision))
    with desk.place.db.reading() as session:
        pictures = showing.pictures(session, digests)
    return files + [microsite.picture_of(picture) for picture in pictures]


def _then(desk: Desk, named: NamedEdition, at: str | None) -> Then | None:
    """The edition at the instant, in its own market; None before it was published."""
    now, place = desk.now(), desk.place
    if at is None:
        return Then(now, place.catalogue.current(now), named.edition)
    with place.db.reading() as session:
        instant = travelling.instant_of(at, named.market.time_zone)
        try:
            return travelling.travel(session, now, instant, edition=named.edition)
        except BadInput:
            return None


def _with_bar(editions: Sequence[NamedEdition]) -> Iterator[NamedEdition]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        yield from bar.track(editions, description="Building")


def _write(folder: Path, file: SiteFile) -> bool:
    """Whether the file was another one, or none; it takes its name only when it is whole."""
    path = folder / file.path
    if path.is_file() and path.read_bytes() == file.body:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.part")
    try:
        fresh.write_bytes(file.body)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return True


def _left_over(folder: Path, campaign: str, files: Iterable[SiteFile]) -> list[str]:
    """Pages and pictures of earlier builds that this one has no more; they may be linked, so they stay."""
    found = (*folder.glob(f"*/*/{campaign}/index.html"), *folder.glob("pictures/*"))
    return sorted({path.relative_to(folder).as_posix() for path in found} - {file.path for file in files})


COMMANDS = (build,)
