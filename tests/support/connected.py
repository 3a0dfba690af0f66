"""Editions whose shop takes codes of its own, and what such a shop reports."""

from collections.abc import Iterable
from typing import Any

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.policies import Connection
from omni.domain.refusal import Refused
from omni.domain.rulebook import Caller
from omni.services import shop_codes
from omni.services.claiming import Claimed, Screen, claim
from omni.store import finders
from tests.support.installations import author, demo_file

EDITION = "double-11/fr"


def connect(place: Installation, how: Connection, **policies: Any) -> None:
    """Let the French edition's shop learn of vouchers this way from now on."""
    file = demo_file()
    parts = {"markets": {"fr": file.markets["fr"]}, "connect": how, **policies}
    with place.db.writing() as tx:
        author(tx, place.world.now(), file.model_copy(update=parts))
    place.catalogue.fresh()


def stocked(place: Installation, batch: Batch, codes: Iterable[str]) -> shop_codes.Stocked:
    """Give the bundle of a batch codes of the shop's own."""
    with place.db.writing() as tx:
        key = {"edition_id": batch.edition_id, "bundle_id": batch.bundle_id}
        return shop_codes.stock(tx, place.world.now(), **key, codes=codes)


def unlock(place: Installation, batch: Batch, index: int = 0) -> Claimed | Refused:
    """Unlock one code of a batch, as its page does."""
    number = batch.first_number + index
    with place.db.writing() as tx:
        return claim(
            tx,
            place.world.now(),
            batch=batch,
            number=number,
            caller=Caller("web", f"key {index}", "body"),
            screen=Screen("fr_FR"),
        )


def bundle_left(place: Installation, batch: Batch) -> int:
    """How many of the shop's codes are left for a batch's bundle."""
    with place.db.reading() as session:
        return shop_codes.left(session, batch.edition_id, batch.bundle_id)


def edition_id(place: Installation) -> int:
    """The French edition."""
    with place.db.reading() as session:
        return finders.edition_by_key(session, EDITION).id or 0
