"""Codes for tests to open: a batch of a placement, the code of one receipt, and how each is shown."""

from datetime import timedelta
from typing import Any

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.code import Purpose
from omni.domain.record import Origin
from omni.domain.refusal import Refused
from omni.domain.rulebook import Caller
from omni.services import issuing
from omni.services.issuing import Issued, Seal
from omni.services.receipting import Purchase, ReceiptCode, code_for
from omni.store import finders
from tests.support.installations import BASE_URL

SEAL = Seal(BASE_URL, 1)


def issue(
    place: Installation,
    *,
    edition: str = "double-11/fr",
    placement: str = "fr-paris-popup",
    bundle: str | None = None,
    count: int = 10,
    shared: bool = False,
    origin: Origin = Origin.LIVE,
    key: str = "",
    body: str = "body",
) -> Issued | Refused:
    """Issue codes for one placement; shared, one code that serves `count` shoppers."""
    with place.db.writing() as tx:
        return issuing.issue(
            tx,
            place.world.now(),
            edition=finders.edition_by_key(tx, edition),
            placement=finders.placement_by_slug(tx, placement),
            bundle_slug=bundle,
            count=count,
            shared=shared,
            origin=origin,
            seal=SEAL,
            caller=Caller("tests", key, body),
            by="tests",
        )


def a_batch(place: Installation, **asked: Any) -> Batch:
    """A batch that was issued as asked; every process knows it."""
    issued = issue(place, **asked)
    assert isinstance(issued, Issued), issued
    place.catalogue.fresh()
    return issued.batch


def a_receipt_code(
    place: Installation, *, placement: str = "fr-paris-till-1", minutes_ago: int = 2, number: str = "4711"
) -> str:
    """The code of a receipt that was printed some minutes ago, as it is shown."""
    now = place.world.now()
    purchase = Purchase((f"hash of {placement} {number}",), has_number=True, total_minor=4_990)
    with place.db.writing() as tx:
        till = finders.placement_by_slug(tx, placement)
        made = code_for(
            tx,
            now - timedelta(minutes=minutes_ago),
            placement=till,
            purchase=purchase,
            origin=Origin.LIVE,
            seals={till.market_id: SEAL},
            client="tests",
        )
    assert isinstance(made, ReceiptCode), made
    place.catalogue.fresh()
    return place.keyring.seal(made.number, Purpose.CODE, made.batch.key_id)


def code_of(place: Installation, batch: Batch, index: int = 0) -> str:
    """The code at a place of a batch, as it is shown."""
    return place.keyring.seal(batch.first_number + index, Purpose.CODE, batch.key_id)


def voucher_of(place: Installation, code: str) -> str:
    """The voucher that a code's number has, unlocked or not."""
    opened = place.keyring.open(code)
    assert opened is not None
    return place.keyring.seal(opened.number, Purpose.VOUCHER, opened.key_id)
