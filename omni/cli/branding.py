"""Brands: how well their colours can be seen, a file to begin with, and the one a campaign file names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from omni.cli import saying
from omni.cli.helping import example
from omni.domain.brand import BrandFile
from omni.domain.brand_words import better_words, forbidden_words
from omni.domain.campaign_file import CampaignFile
from omni.domain.campaign_rules import Finding
from omni.domain.market_record import MarketRecord
from omni.domain.theme import Sighting
from omni.present import theme_file
from omni.present.file_problems import FileProblems, Problem
from omni.present.yaml_tree import Tree, dotted, read_tree

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@example("omni brand new larkfell", "omni brand check brand.toml")
@click.group()
def brand() -> None:
    """How a brand looks and speaks: begin a file, look at its colours."""


@example("omni brand check brand.toml")
@brand.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def brand_check(file: Path) -> None:
    """Show every pair of colours our pages draw, and its contrast. Exit code 1 when one is too faint."""
    seen = theme_file.looked_at(file.read_bytes(), file=str(file))
    saying.table(
        ("colour", "", "on", "", "contrast", "needed", "", "for"),
        [
            (
                each.pair.over,
                each.over,
                each.pair.under,
                each.under,
                each.shown_ratio,
                f"{each.pair.needed:g} : 1",
                _verdict(each),
                each.pair.use,
            )
            for each in seen
        ],
    )
    if faint := sum(not each.passes for each in seen):
        raise saying.NothingDone(f"{faint} of {len(seen)} pairs are too faint; such a brand is not imported")


def _verdict(seen: Sighting) -> str:
    if seen.passes:
        return "passes"
    return f"too faint, {seen.better} passes" if seen.better else "too faint"


@example("omni brand new larkfell", "omni brand new larkfell -o winter/brand.toml")
@brand.command("new")
@click.argument("name")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default="brand.toml", help="Where; else brand.toml."
)
def brand_new(name: str, output: Path) -> None:
    """Write a brand file with the look of the house, commented."""
    if not _NAME.fullmatch(name):
        raise click.BadParameter("write lower-case letters, digits and dashes", param_hint="NAME")
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(theme_file.smallest(name))
    except FileExistsError:
        raise saying.NothingDone(f"{output} is there already; choose another name with -o") from None
    click.echo(f"{output} is written. Write `brand: {output.name}` into the campaign file beside it.")


def brand_beside(
    file: CampaignFile,
    path: Path,
    markets: Mapping[str, MarketRecord],
    bytes_of: Callable[[str, int], bytes],
) -> BrandFile | None:
    """The brand that a campaign file names, once nothing in the campaign says what its brand forbids.

    `bytes_of` gives the first bytes of a file beside it. Raises FileProblems with everything that is wrong in
    the brand file, or said and forbidden, by line; says where the brand has a better word.
    """
    if file.brand is None:
        return None
    try:
        text = bytes_of(file.brand, theme_file.MAX_BYTES + 1)
        tree = read_tree(path.read_bytes(), file=str(path))
    except OSError as failure:
        told = f"{file.brand} cannot be read ({failure.strerror}); put it beside the file"
        raise FileProblems([Problem(str(path), None, "brand", told)]) from None
    found = theme_file.read(text, file=str(path.parent / file.brand))
    if said := [*forbidden_words(found, file, markets)]:
        raise FileProblems([_problem(each, tree, path) for each in said])
    for each in better_words(found, file, markets):
        click.echo(f"  brand: {_problem(each, tree, path)}")
    return found


def _problem(found: Finding, tree: Tree, path: Path) -> Problem:
    return Problem(str(path), tree.line(found.where), dotted(found.where), found.message)


COMMANDS = (brand,)
