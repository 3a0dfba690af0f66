"""What happens to codes, one line each: scan, unlock, spend, take back, fold."""

from __future__ import annotations

from hashlib import sha256
from threading import Event
from typing import Any

from omni.app import Installation
from omni.cli.working import fold_all
from omni.domain.batch import Batch
from omni.domain.record import Origin
from omni.domain.refusal import Refused
from omni.domain.rulebook import Caller
from omni.domain.scan_record import ScanRecord
from omni.domain.visit import DeviceClass, OrphanClass, VisitKind
from omni.services.claiming import Claimed, Screen, claim, claim_shared
from omni.services.redeeming import Order, Redeemed, redeem
from omni.services.reversing import Reversed, Wish, reverse

SHOP = "shop"


def unlock(
    place: Installation, batch: Batch, number: int, *, key: str = "k", locale: str = "fr_FR", **screen: Any
) -> Claimed | Refused:
    """A shopper unlocks a personal code."""
    with place.db.writing() as tx:
        return claim(
            tx,
            place.world.now(),
            batch=batch,
            number=number,
            caller=Caller("web", key, "body"),
            screen=Screen(locale, **screen),
        )


def unlock_poster(
    place: Installation, batch: Batch, token: str, *, locale: str = "fr_FR"
) -> Claimed | Refused:
    """A shopper unlocks what a poster offers."""
    with place.db.writing() as tx:
        return claim_shared(
            tx,
            place.world.now(),
            batch=batch,
            token=token,
            caller=Caller("web", token, "body"),
            screen=Screen(locale),
        )


def spend(
    place: Installation,
    batch: Batch,
    number: int,
    *,
    key: str = "k",
    body: str = "b",
    origin: Origin | None = None,
    **order: Any,
) -> Redeemed | Refused:
    """A shop redeems, with a key of the batch's own origin unless told otherwise."""
    fields = {"order_ref": "O-1", "total_minor": 200_000, "currency": "EUR", **order}
    with place.db.writing() as tx:
        caller = Caller(SHOP, key, body, origin or batch.origin)
        return redeem(tx, place.world.now(), batch=batch, number=number, caller=caller, order=Order(**fields))


def take_back(
    place: Installation, batch: Batch, number: int, *, seq: int = 1, key: str = "r", **wish: Any
) -> Reversed | Refused:
    """A shop takes a redemption back."""
    with place.db.writing() as tx:
        caller = Caller(SHOP, key, sha256(repr(wish).encode()).hexdigest(), batch.origin)
        wanted = Wish(reason="returned", **wish)
        return reverse(tx, place.world.now(), batch=batch, number=number, seq=seq, caller=caller, wish=wanted)


def a_scan(place: Installation, batch: Batch, number: int, **changed: Any) -> ScanRecord:
    """A person opens a code on a phone."""
    fields: dict[str, Any] = {
        "at": place.world.now(),
        "kind": VisitKind.HUMAN,
        "device": DeviceClass.IOS,
        "number": number,
        "batch_id": batch.id,
        "edition_id": batch.edition_id,
        "placement_id": batch.placement_id,
        "revision": batch.revision,
        "locale": "fr_FR",
        "shared": batch.is_shared_code(number),
        "origin": batch.origin,
    }
    return ScanRecord(**fields | changed)


def an_orphan(place: Installation, **changed: Any) -> ScanRecord:
    """A person scans something that is not one of our codes."""
    fields: dict[str, Any] = {
        "at": place.world.now(),
        "kind": VisitKind.HUMAN,
        "device": DeviceClass.ANDROID,
        "looks_like": OrphanClass.NOT_A_CODE,
    }
    return ScanRecord(**fields | changed)


def scan(place: Installation, batch: Batch, number: int, **changed: Any) -> None:
    """Open a code's page, as far as counting hears of it."""
    assert place.spool.append(a_scan(place, batch, number, **changed))


def fold(place: Installation) -> int:
    """What a worker does in one turn."""
    return fold_all(place, Event())
