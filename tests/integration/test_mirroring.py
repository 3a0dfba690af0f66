"""Discounts made in shops ahead of time: one for each code, whatever answer is lost, and gone in time."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest
from sqlmodel import select

from omni.app import Installation
from omni.cli.mirroring import Mirrors
from omni.domain.batch import Batch
from omni.domain.discount import Discount
from omni.domain.policies import Connection
from omni.domain.redemption import Redemption, Reversal
from omni.domain.shop import ShopCode, ShopCodeState, ShopKind
from omni.outside.admin_api import Access, ShopAway, ShopRefuses
from omni.outside.shop_kinds import ADMIN_APIS
from omni.services import connecting, issuing, launching
from omni.services.claiming import Claimed
from omni.services.mirroring import REFILL, TARGET
from omni.store import finders
from tests.support.codes import a_batch
from tests.support.connected import EDITION, bundle_left, connect, unlock
from tests.support.fake_shops import (
    BROKEN,
    BUSY,
    LOST,
    TOKEN,
    FakeShop,
    PrestaShop,
    Shopify,
    WooCommerce,
    a_shop,
)
from tests.support.installations import FESTIVAL, Clock

KINDS = {
    ShopKind.WOOCOMMERCE: WooCommerce,
    ShopKind.SHOPIFY: Shopify,
    ShopKind.PRESTASHOP: PrestaShop,
}

A_DISCOUNT = Discount(
    code="OM23456789BC",
    title="Le double 11",
    amount_minor=1_000,
    minimum_minor=5_990,
    currency="EUR",
    digits=2,
    starts_at=FESTIVAL,
    ends_at=FESTIVAL + timedelta(days=30),
)


@pytest.fixture
def fake() -> Iterator[FakeShop]:
    """A shop on WooCommerce."""
    with a_shop(WooCommerce) as shop:
        yield shop


@pytest.fixture
def batch(installation: Installation, fake: FakeShop) -> Batch:
    """Codes of an edition that is mirrored in the shop."""
    now = installation.world.now()
    with installation.db.writing() as tx:
        connecting.add_shop(tx, now, slug="main", kind=ShopKind.WOOCOMMERCE, address=fake.address, by="tests")
    connecting.keep_token(installation.settings.data_dir / "keys", "main", TOKEN)
    connect(installation, Connection.MIRROR, connected_shop="main")
    return a_batch(installation, count=100)


def work(place: Installation, mirrors: Mirrors | None = None, turns: int = 1) -> int:
    """What a worker does in some turns, each a while after the other."""
    mirrors = mirrors or Mirrors()
    return sum(mirrors(place, Event()) for _ in range(turns))


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_answer_makes_no_second_discount(kind: ShopKind) -> None:
    with a_shop(KINDS[kind]) as shop:
        api, access = ADMIN_APIS[kind], Access(shop.address, TOKEN)
        shop.troubles.extend([LOST] * 4)
        native_id = None
        for _ in range(5):
            try:
                native_id = api.make(access, A_DISCOUNT)
                break
            except ShopAway:
                continue
        assert shop.made == 1
        assert api.make(access, A_DISCOUNT) == native_id
        assert len(shop.discounts) == 1
        shop.troubles.append(LOST)
        with pytest.raises(ShopAway):
            api.delete(access, A_DISCOUNT.code, native_id)
        api.delete(access, A_DISCOUNT.code, native_id)
        api.delete(access, A_DISCOUNT.code, None)
        assert shop.discounts == {}


WOO_ORDER = {
    "id": 5,
    "number": "5",
    "status": "refunded",
    "currency": "EUR",
    "date_created_gmt": "2026-11-11T10:01:00",
    "date_modified_gmt": "2026-11-12T10:00:00",
    "total": "550.00",
    "discount_total": "50.00",
    "discount_tax": "0.00",
    "coupon_lines": [{"code": A_DISCOUNT.code}],
    "line_items": [{"sku": "cap", "quantity": 2, "total": "500.00", "total_tax": "50.00"}],
    "refunds": [{"date_created_gmt": "2026-11-12T10:00:00", "amount": "550.00"}],
}
SHOPIFY_ORDER = {
    "name": "5",
    "createdAt": "2026-11-11T10:01:00Z",
    "cancelledAt": None,
    "discountCodes": [A_DISCOUNT.code],
    "totalPriceSet": {"shopMoney": {"amount": "550.0", "currencyCode": "EUR"}},
    "totalDiscountsSet": {"shopMoney": {"amount": "50.0"}},
    "lineItems": {
        "nodes": [{"sku": "cap", "quantity": 2, "discountedTotalSet": {"shopMoney": {"amount": "550.0"}}}]
    },
    "refunds": [
        {"createdAt": "2026-11-12T10:00:00Z", "totalRefundedSet": {"shopMoney": {"amount": "550.00"}}}
    ],
}
PRESTASHOP_ORDER = {
    "xml": "<order><id>9</id><reference>5</reference><current_state>7</current_state>"
    "<id_currency>1</id_currency><date_add>2026-11-11 10:01:00</date_add>"
    "<date_upd>2026-11-12 10:00:00</date_upd><total_paid_tax_incl>550.000000</total_paid_tax_incl>"
    "<total_discounts_tax_incl>50.000000</total_discounts_tax_incl><associations><order_rows><order_row>"
    "<product_reference>cap</product_reference><product_quantity>2</product_quantity>"
    "</order_row></order_rows></associations></order>"
}


@pytest.mark.parametrize(
    "kind, order",
    [
        (ShopKind.WOOCOMMERCE, WOO_ORDER),
        (ShopKind.SHOPIFY, SHOPIFY_ORDER),
        (ShopKind.PRESTASHOP, PRESTASHOP_ORDER),
    ],
)
def test_every_kind_of_shop_tells_of_an_order_alike(kind: ShopKind, order: dict[str, object]) -> None:
    with a_shop(KINDS[kind]) as shop:
        api, access = ADMIN_APIS[kind], Access(shop.address, TOKEN)
        api.make(access, A_DISCOUNT)
        shop.orders = [order]
        placed, refunded = api.orders_since(access, FESTIVAL, {"EUR": 2})
    assert (placed.order_ref, placed.event, placed.at) == ("5", "placed", FESTIVAL + timedelta(minutes=1))
    assert (placed.voucher, placed.total_minor, placed.currency) == (A_DISCOUNT.code, 60_000, "EUR")
    assert [(line.sku, line.quantity) for line in placed.lines] == [("cap", 2)]
    assert (refunded.event, refunded.at) == ("refunded", FESTIVAL + timedelta(days=1))
    assert refunded.amount_minor in (55_000, None), "PrestaShop only says that all was refunded"


@pytest.mark.parametrize("kind", KINDS)
def test_a_shop_that_is_busy_says_how_long_and_one_that_refuses_says_why(kind: ShopKind) -> None:
    with a_shop(KINDS[kind]) as shop:
        api = ADMIN_APIS[kind]
        shop.troubles.extend([BUSY, BROKEN])
        for wait in (7.0, None):
            with pytest.raises(ShopAway) as away:
                api.make(Access(shop.address, TOKEN), A_DISCOUNT)
            assert away.value.wait_seconds == wait
        with pytest.raises(ShopRefuses) as refused:
            api.make(Access(shop.address, "a wrong token"), A_DISCOUNT)
        assert "a wrong token" not in str(refused.value)
    with pytest.raises(ShopAway):
        api.make(Access(shop.address, TOKEN), A_DISCOUNT)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_warm_stock_is_kept_through_every_trouble(
    installation: Installation, fake: FakeShop, batch: Batch, clock: Clock
) -> None:
    mirrors = Mirrors()
    fake.troubles.extend([LOST, "", BUSY, "", "", BROKEN, LOST, LOST])
    for _ in range(20):
        work(installation, mirrors)
        clock.at += timedelta(minutes=11)
    assert bundle_left(installation, batch) == TARGET
    assert len(fake.codes) == len(set(fake.codes)) == fake.made
    (wanted,) = [one["wanted"] for one in fake.found(fake.codes[0])]
    assert float(wanted["amount"]) > 0
    for index in range(TARGET - REFILL + 1):
        made = unlock(installation, batch, index)
        assert isinstance(made, Claimed)
        assert fake.check_out(made.shop_code or "")
        assert not fake.check_out(made.shop_code or "")
    work(installation, mirrors)
    assert bundle_left(installation, batch) == TARGET


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_shop_that_asks_to_wait_is_left_alone_until_then(
    installation: Installation, fake: FakeShop, batch: Batch, clock: Clock
) -> None:
    mirrors = Mirrors()
    fake.troubles.append(BUSY)
    for seconds, asked in ((0, 1), (6, 1), (1, 2)):
        clock.at += timedelta(seconds=seconds)
        mirrors(installation, Event())
        assert min(fake.asked, 2) == asked


def test_what_ran_out_was_withdrawn_or_ended_is_deleted_in_the_shop(
    installation: Installation, fake: FakeShop, batch: Batch, clock: Clock
) -> None:
    work(installation, turns=2)
    hers, taken_back = unlock(installation, batch, 0), unlock(installation, batch, 1)
    assert isinstance(hers, Claimed)
    assert isinstance(taken_back, Claimed)
    with installation.db.writing() as tx:
        recalled = {"batch_id": batch.id or 0, "first": 2, "count": 1, "reason": "torn"}
        issuing.recall(tx, clock.at, **recalled, by="tests")
        edition = finders.edition_by_key(tx, EDITION)
        assert launching.pause(tx, clock.at, edition=edition, reason="technical", words=None, by="tests")
    work(installation)
    assert not fake.found(taken_back.shop_code or "")
    assert fake.found(hers.shop_code or ""), "a pause takes nothing away from a shopper"
    with installation.db.writing() as tx:
        assert launching.end(tx, clock.at, edition=finders.edition_by_key(tx, EDITION), by="tests")
    work(installation, turns=2)
    assert fake.codes == [(hers.shop_code or "").lower()]
    clock.at = hers.claim.expires_at
    work(installation)
    assert fake.codes == []
    with installation.db.reading() as session:
        assert {code.state for code in session.exec(select(ShopCode))} == {ShopCodeState.ENDED}
    with installation.db.writing() as tx:
        connecting.remove_shop(tx, slug="main")


def test_the_shops_orders_are_read_and_settle_the_ledger_once(
    installation: Installation, fake: FakeShop, batch: Batch, clock: Clock
) -> None:
    mirrors = Mirrors()
    work(installation, mirrors)
    made = unlock(installation, batch)
    assert isinstance(made, Claimed)
    order = {**WOO_ORDER, "coupon_lines": [{"code": (made.shop_code or "").lower()}], "refunds": []}
    fake.orders = [order, {**order, "id": 6, "number": "6", "coupon_lines": [{"code": "summer"}]}]
    for status in ("processing", "processing", "cancelled"):
        order["status"] = status
        clock.at += timedelta(minutes=2)
        work(installation, mirrors, turns=2)
    with installation.db.reading() as session:
        (spent,) = session.exec(select(Redemption)).all()
        (back,) = session.exec(select(Reversal)).all()
        assert (spent.order_ref, spent.order_total_minor, spent.client) == ("5", 60_000, "shop:main")
        assert back.refund_minor == made.claim.price_minor
