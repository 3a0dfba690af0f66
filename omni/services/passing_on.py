"""Passing an offer on: the offer, never the voucher, so that who was told gets a code of her own."""

from __future__ import annotations

from datetime import datetime

from omni.domain.placement import Touchpoint
from omni.domain.rulebook import may_unlock
from omni.services.exchanging import is_exchange_place
from omni.store.catalogue import Catalogue


def shared_link(catalogue: Catalogue, now: datetime, *, edition_id: int) -> str | None:
    """The slug of the place whose code an edition passes on, while that can be unlocked; else None.

    What is scanned and unlocked there is counted under the touchpoint `shared-link`, like any other place's.
    """
    hanging = ((slug, batch) for slug, batch in catalogue.posters.items() if batch.edition_id == edition_id)
    for slug, batch in hanging:
        placement = catalogue.placements[batch.placement_id]
        is_link = placement.touchpoint is Touchpoint.SHARED_LINK and not is_exchange_place(placement)
        if is_link and may_unlock(catalogue.code(batch, batch.first_number), now) is None:
            return slug
    return None
