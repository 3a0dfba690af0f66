"""The states of a voucher's page: fresh, reserved, used, brought back, gone."""

from datetime import timedelta

from omni.domain.policies import Connection
from omni.domain.refusal import Reason
from omni.domain.shop import ShopCode
from omni.services import launching
from tests.support.repricing import withdraw
from tests.support.scene import ALL_OVER_HERE, ONE_ITEM, RETURNING, SCARCE, Scene
from tests.support.way import GET, Way, state


@state()
def voucher(scene: Scene) -> Way:
    """Just unlocked, on this phone."""
    return Way(scene.receipt(), press=GET)


@state()
def voucher_reserved(scene: Scene) -> Way:
    """The last one is hers for some minutes."""
    scene.one_is_left()
    return Way(scene.voucher(scene.reserve(scene.unlocked(SCARCE))))


@state()
def voucher_reserved_no_longer(scene: Scene) -> Way:
    """The minutes are over."""
    scene.one_is_left()
    address = scene.voucher(scene.reserve(scene.unlocked(SCARCE)))
    scene.go_to(scene.clock.at + timedelta(minutes=16))
    return Way(address)


@state(refusal=Reason.OUT_OF_STOCK, status=409)
def voucher_sold_out(scene: Scene) -> Way:
    """Somebody else was sooner at the shop."""
    scene.one_is_left()
    late = scene.unlocked(SCARCE)
    scene.reserve(scene.unlocked(SCARCE))
    return Way(scene.voucher(late), press=GET)


@state()
def voucher_of_the_shops_own(scene: Scene) -> Way:
    """The shop takes only codes from its own list."""
    scene.write(connect=Connection.LIST)
    batch = scene.batch()
    with scene.place.db.writing() as tx:
        code = "LARKFELL-DOUBLE-ELEVEN-TEA-7Q4Z81XW-2026"
        whose = {"edition_id": batch.edition_id, "bundle_id": batch.bundle_id}
        tx.add(ShopCode.model_validate({**whose, "code": code, "added_at": scene.clock.at}))
    return Way(scene.code(batch), press=GET)


@state(refusal=Reason.PAUSED)
def voucher_paused(scene: Scene) -> Way:
    """The offer rests, and the voucher with it."""
    address = scene.voucher(scene.unlocked())
    scene.step(launching.pause, reason="technical")
    return Way(address)


@state(refusal=Reason.EXHAUSTED)
def voucher_used(scene: Scene) -> Way:
    """Nothing is left of it."""
    return Way(scene.voucher(scene.used()))


@state()
def voucher_partly_used(scene: Scene) -> Way:
    """Something is left of it."""
    return Way(scene.voucher(scene.used(ONE_ITEM)))


@state()
def voucher_returned(scene: Scene) -> Way:
    """Everything came back, and may be bought again."""
    return Way(scene.voucher(scene.bring_back(scene.used())))


@state(refusal=Reason.EXPIRED, status=410)
def voucher_expired(scene: Scene) -> Way:
    """Past its last day."""
    address = scene.voucher(scene.unlocked())
    scene.go_to(RETURNING)
    return Way(address)


@state(refusal=Reason.EXPIRED, status=410)
def voucher_expired_with_an_offer_that_runs(scene: Scene) -> Way:
    """Past its last day, and something runs elsewhere."""
    scene.end_soon()
    address = scene.voucher(scene.unlocked())
    scene.go_to(ALL_OVER_HERE)
    return Way(address)


@state(refusal=Reason.VOIDED, status=410)
def voucher_withdrawn(scene: Scene) -> Way:
    """Recalled after it was unlocked."""
    batch = scene.unlocked()
    withdraw(scene.place, batch)
    return Way(scene.voucher(batch))
