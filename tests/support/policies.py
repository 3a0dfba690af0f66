"""The demo campaign with other policies in France, as a test needs them."""

from decimal import Decimal
from typing import Any

from omni.app import Installation
from omni.domain.policies import ReturnsPart
from tests.support.installations import author, demo_file


def decide(place: Installation, *, minimum: str | None = None, **returns: Any) -> None:
    """From now on codes are unlocked in France under these return policies and this minimum basket."""
    file = demo_file()
    changed: dict[str, Any] = {"returns": ReturnsPart(**returns)}
    if minimum is not None:
        changed["minimum_basket"] = Decimal(minimum)
    france = file.markets["fr"].model_copy(update=changed)
    with place.db.writing() as tx:
        author(tx, place.world.now(), file.model_copy(update={"markets": {"fr": france}}))
    place.catalogue.fresh()
