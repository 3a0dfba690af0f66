"""Cutting the pictures of a campaign file, before anything of the file is published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from omni.cli.desk import Desk
from omni.domain.campaign_file import CampaignFile
from omni.domain.creative import MIDDLE, Cut, Focus, Form
from omni.domain.offer import Picture
from omni.domain.picture_rules import PictureUse, picture_uses
from omni.present import renditions
from omni.present.file_problems import FileProblems, Problem
from omni.present.pictures import BadPicture
from omni.services import picturing


def focuses(file: CampaignFile, pictures: Mapping[str, Picture], path: Path) -> dict[str, Focus]:
    """The focus of each picture that has one, by digest. Raises FileProblems where it has two."""
    found: dict[str, tuple[Focus, PictureUse]] = {}
    problems = []
    for use in picture_uses(file):
        if use.focus is None:
            continue
        focus, first = found.setdefault(pictures[use.path].digest, (use.focus, use))
        if focus != use.focus:
            message = f"has another focus at {first.field}; one picture has one focus"
            problems.append(Problem(str(path), None, use.field, message))
    if problems:
        raise FileProblems(problems)
    return {digest: focus for digest, (focus, _) in found.items()}


def cut(
    desk: Desk,
    file: CampaignFile,
    pictures: Mapping[str, Picture],
    focuses: Mapping[str, Focus],
    path: Path,
) -> None:
    """Make and keep every cut that is not there yet, picture by picture, with a progress bar.

    What was made stays when it is interrupted. Raises FileProblems for a picture that is damaged.
    """
    waiting = list(_waiting(desk, file, pictures, focuses))
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        for use, focus, lacking in bar.track(waiting, description="Cutting pictures"):
            picture = pictures[use.path]
            try:
                made = list(renditions.made(picture, focus, lacking))
            except BadPicture as bad:
                raise FileProblems([Problem(str(path), None, use.field, f"{use.path} {bad}")]) from None
            with desk.place.db.writing() as tx:
                picturing.keep(tx, picture, made)


def _waiting(
    desk: Desk, file: CampaignFile, pictures: Mapping[str, Picture], focuses: Mapping[str, Focus]
) -> Iterator[tuple[PictureUse, Focus, list[Cut]]]:
    """Each picture once, with those of its cuts that nobody made yet, whatever it is used for."""
    forms: dict[str, set[Form]] = defaultdict(set)
    first: dict[str, PictureUse] = {}
    for use in picture_uses(file):
        digest = pictures[use.path].digest
        first.setdefault(digest, use)
        forms[digest].update(use.forms)
    with desk.place.db.reading() as session:
        for digest, use in first.items():
            focus = focuses.get(digest, MIDDLE)
            there = {
                (cut.form, cut.width, cut.media_type) for cut in picturing.known_cuts(session, digest, focus)
            }
            wanted = renditions.wanted(pictures[use.path], focus, sorted(forms[digest]))
            lacking = [cut for cut in wanted if (cut.form, cut.size.width, cut.media_type) not in there]
            if lacking:
                yield use, focus, lacking
