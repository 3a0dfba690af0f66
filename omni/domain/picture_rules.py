"""The pictures of a campaign file: what each is used for, and whether it may be shown so long and so far."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from omni.domain.campaign_file import BundlePart, CampaignFile
from omni.domain.creative import OF_A_BUNDLE, OF_AN_ITEM, Focus, Form
from omni.domain.written_creative import RightsPart

Where = tuple[str | int, ...]
"""A place in the file, as the fields that lead to it."""


@dataclass(frozen=True)
class PictureUse:
    """A picture where the file names it: the field, its path, its focus if one is written, and its forms."""

    field: str
    path: str
    focus: Focus | None
    forms: tuple[Form, ...]


def picture_uses(file: CampaignFile) -> Iterator[PictureUse]:
    """Every picture of a campaign file, where it is used; a logo is not cut."""
    if file.logo:
        yield PictureUse("logo", file.logo, None, ())
    for sku, item in file.items.items():
        if item.picture:
            yield PictureUse(f"items.{sku}.picture", item.picture, item.focus, OF_AN_ITEM)
    for slug, bundle in file.bundles.items():
        if bundle.picture:
            yield PictureUse(f"bundles.{slug}.picture", bundle.picture, bundle.focus, OF_A_BUNDLE)
        for variant, part in bundle.variants.items():
            field = f"bundles.{slug}.variants.{variant}.picture"
            yield PictureUse(field, part.picture, part.focus, OF_A_BUNDLE)


def picture_faults(file: CampaignFile, market: str, last_use_on: date) -> Iterator[tuple[Where, str]]:
    """Every picture that a market may not show until its last use: where that is written, and the remedy."""
    for where, rights in _rights(file, market):
        fault = rights.fault(market, last_use_on) if rights else None
        if fault is not None:
            field, message = fault
            yield (*where, "rights", field), message
    # Asked once: what is wrong with a variant's name or markets is wrong whichever market is looked at.
    if market == next(iter(file.markets)):
        for slug, bundle in file.bundles.items():
            yield from _stray_markets(file, slug, bundle)
        yield from _names_used_twice(file)


def _rights(file: CampaignFile, market: str) -> Iterator[tuple[Where, RightsPart | None]]:
    for sku, item in file.items.items():
        yield ("items", sku), item.rights
    for slug, bundle in file.bundles.items():
        yield ("bundles", slug), bundle.rights
        for variant, part in bundle.variants.items():
            if part.is_for(market):
                yield ("bundles", slug, "variants", variant), part.rights


def _stray_markets(file: CampaignFile, slug: str, bundle: BundlePart) -> Iterator[tuple[Where, str]]:
    for variant, part in bundle.variants.items():
        if strays := [each for each in part.markets or () if each not in file.markets]:
            where = ("bundles", slug, "variants", variant, "markets")
            yield where, f"{strays[0]} is not a market of this campaign; there is {', '.join(file.markets)}"


def _names_used_twice(file: CampaignFile) -> Iterator[tuple[Where, str]]:
    """Statistics know a variant by its name alone, so no two bundles have one of the same name."""
    named: dict[str, str] = {}
    for slug, bundle in file.bundles.items():
        for variant in bundle.variants:
            other = named.setdefault(variant, slug)
            if other != slug:
                message = f"is also what a variant of {other} is called; give one of them another name"
                yield ("bundles", slug, "variants", variant), message
