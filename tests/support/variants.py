"""Variants for tests: the demo campaign with a bundle in two pictures, and what was counted with each."""

from __future__ import annotations

from typing import Any

from omni.app import Installation
from omni.domain.cube import Kind, cell
from omni.domain.localized import Localized
from omni.domain.placement import Touchpoint
from omni.domain.written_creative import VariantPart
from omni.services.varying import Trial, trials
from omni.store import cube, finders
from tests.support.installations import SOME, author, demo_file

POP_UP, TILL = "fr-paris-popup", "fr-paris-till-1"
POP_UPS, RECEIPTS = {"touchpoints": [Touchpoint.POP_UP]}, {"touchpoints": [Touchpoint.RECEIPT]}


def vary(place: Installation, **variants: dict[str, Any]) -> None:
    """Publish the campaign anew with these variants of its first bundle: By day, By night, and so on."""
    file = demo_file()
    slug, bundle = next(iter(file.bundles.items()))
    pictures = [other.picture for other in reversed(file.bundles.values()) if other.picture]
    parts = {
        name: VariantPart(picture=picture, alt=Localized.model_validate(f"By {name}"), **wish)
        for (name, wish), picture in zip(variants.items(), pictures, strict=False)
    }
    bundles = {**file.bundles, slug: bundle.model_copy(update={"variants": parts})}
    markets = {name: file.markets[name] for name in SOME}
    with place.db.writing() as tx:
        author(tx, place.world.now(), file.model_copy(update={"bundles": bundles, "markets": markets}))
    place.catalogue.fresh()


def happened(
    place: Installation, variant: str, *, scanned: int = 0, unlocked: int = 0, used: int = 0, at: str = POP_UP
) -> None:
    """So much was counted with a variant at a place in France."""
    counted = {Kind.SCAN_FIRST: scanned, Kind.CLAIM: unlocked, Kind.REDEEM_FIRST: used}
    with place.db.writing() as tx:
        where: dict[str, Any] = {
            "at": place.world.now(),
            "zone": "Europe/Paris",
            "edition_id": finders.edition_by_key(tx, "double-11/fr").id or 0,
            "placement": finders.placement_by_slug(tx, at),
        }
        cube.add(tx, [cell(kind, variant=variant, n=n, **where) for kind, n in counted.items() if n])


def found(place: Installation) -> list[Trial]:
    """Every trial of the campaign."""
    catalogue = place.catalogue.fresh()
    (campaign,) = catalogue.campaigns.values()
    with place.db.reading() as session:
        return trials(session, catalogue, campaign)
