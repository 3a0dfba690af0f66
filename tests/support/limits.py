"""Editions that limit something, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.refusal import Reason, Refused
from omni.domain.rulebook import PageState
from omni.services import opening
from omni.services.claiming import Claimed
from omni.services.reconciling import reconcile
from omni.services.redeeming import Redeemed
from omni.store import counters, finders
from tests.support.codes import a_batch
from tests.support.installations import author, demo_file
from tests.support.journeys import spend, unlock

BUNDLE = next(iter(demo_file().bundles))
SKU, *_ = demo_file().bundles[BUNDLE].items


def in_france(place: Installation, **changed: Any) -> None:
    """Apply the demo campaign in France alone, changed like this."""
    file = demo_file()
    france = file.markets["fr"].model_copy(update=changed)
    with place.db.writing() as tx:
        author(tx, place.world.now(), file.model_copy(update={"markets": {"fr": france}}))
    place.catalogue.fresh()


def some_unlocked(place: Installation, count: int) -> Batch:
    """A batch whose codes are all unlocked."""
    batch = a_batch(place, count=count)
    for index in range(count):
        outcome = unlock(place, batch, batch.first_number + index)
        assert isinstance(outcome, Claimed), outcome
    return batch


def spend_all(place: Installation, batch: Batch, index: int, **order: Any) -> Redeemed | Refused:
    """A shop spends all that is left of one code of a batch."""
    ref = f"O-{index}"
    return spend(place, batch, batch.first_number + index, **{"order_ref": ref, **order})


def left(place: Installation) -> Mapping[str, int]:
    """What is left of everything that is counted in France."""
    with place.db.reading() as session:
        edition_id = finders.edition_by_key(session, "double-11/fr").id or 0
        there = counters.levels(session, edition_id, counters.counted(session, edition_id))
    return {what: level.remaining for what, level in there.items()}


def page_of(place: Installation, batch: Batch, index: int) -> PageState:
    """What the page of one code of a batch says."""
    with place.db.reading() as session:
        number = batch.first_number + index
        catalogue = place.catalogue.fresh()
        return opening.look(session, place.world.now(), catalogue=catalogue, batch=batch, number=number).state


def is_refused(outcome: object, reason: Reason, **details: object) -> bool:
    """Whether this was refused, with exactly this to say."""
    return outcome == Refused(reason, details)


def books_agree(place: Installation) -> bool:
    """Whether every balance and counter says what the facts say; nothing is folded here."""
    with place.db.reading() as session:
        return [one for one in reconcile(session) if not one.what.startswith("cube")] == []


def euros(minor: int) -> str:
    """Minor units as a campaign file writes them."""
    return f"{minor // 100}.{minor % 100:02}"


def race(racers: int, run: Callable[[int], object]) -> list[object]:
    """What each of some threads was answered at the same moment."""
    with ThreadPoolExecutor(racers) as threads:
        return list(threads.map(run, range(racers)))
