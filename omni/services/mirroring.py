"""Keeping a warm stock of discounts in connected shops, so that unlocking waits for nobody.

The text of a code is written down before the shop hears of it: a free row without a native name is about to
be made. So an answer that was lost, or a worker that died, leaves a code that is asked for again and adopted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, and_, col, delete, func, or_, select, update

from omni.domain.batch import CodeState, Recall
from omni.domain.campaign import Edition, EditionState
from omni.domain.claim import Claim
from omni.domain.discount import RANDOM_BYTES, Discount, code_from
from omni.domain.grant import grants
from omni.domain.policies import Connection
from omni.domain.price import Price, bundle_item, price_at
from omni.domain.published import Published, PublishedBundle, in_locale
from omni.domain.shop import OrderFact, Shop, ShopCode, ShopCodeState
from omni.domain.window import day_after, is_past, midnight
from omni.store import finders
from omni.store.rows import rows_changed

TARGET = 50
"""How many free discounts of a bundle a shop is stocked with."""

REFILL = 25
"""Below how many it is stocked again."""

_OVERLAP = timedelta(hours=1)
_AT_ONCE = 100


@dataclass(frozen=True)
class Wanted:
    """A bundle whose discounts a shop is to have: what they are like, and since when they have been so.

    Without a discount there is nothing to make: its price is not below that of its items, or not known.
    """

    edition_id: int
    bundle_id: int
    since: datetime
    discount: Discount | None


def wanted(session: Session, now: datetime, *, shop: Shop) -> list[Wanted]:
    """Every bundle a shop is stocked for: of editions that may still be unlocked, from the draft on."""
    editions = session.exec(select(Edition).where(Edition.state != EditionState.ENDED)).all()
    return [each for edition in editions for each in _wanted_of(session, now, edition, shop)]


def plan(tx: Session, now: datetime, mint: Callable[[int], bytes], *, shop: Shop, each: Wanted) -> int:
    """Write down the codes of the discounts that are to be made next; says how many there are.

    Two workers at once plan one after the other, so the stock is never twice as warm.
    """
    tx.exec(select(Shop).where(Shop.id == shop.id).with_for_update()).one()
    of_bundle = (ShopCode.edition_id == each.edition_id, ShopCode.bundle_id == each.bundle_id)
    is_good = (ShopCode.state == ShopCodeState.FREE, col(ShopCode.added_at) >= each.since)
    there = tx.exec(select(func.count()).select_from(ShopCode).where(*of_bundle, *is_good)).one()
    if there >= REFILL:
        return 0
    for _ in range(TARGET - there):
        tx.add(
            ShopCode(
                edition_id=each.edition_id,
                bundle_id=each.bundle_id,
                shop_id=shop.id,
                code=code_from(mint(RANDOM_BYTES)),
                added_at=now,
            )
        )
    tx.flush()
    return TARGET - there


def planned(session: Session, *, shop: Shop, each: Wanted) -> Sequence[ShopCode]:
    """The codes of a bundle whose discounts are still to be made, or were made and nobody heard."""
    rows = select(ShopCode).where(
        ShopCode.shop_id == shop.id,
        ShopCode.edition_id == each.edition_id,
        ShopCode.bundle_id == each.bundle_id,
        ShopCode.state == ShopCodeState.FREE,
        col(ShopCode.native_id).is_(None),
        col(ShopCode.added_at) >= each.since,
    )
    return session.exec(rows.order_by(col(ShopCode.id))).all()


def made(tx: Session, *, code_id: int, native_id: str) -> None:
    """A discount is there: from here on a claim may be given its code."""
    nameless = (col(ShopCode.id) == code_id, col(ShopCode.native_id).is_(None))
    rows_changed(tx, update(ShopCode).where(*nameless).values(native_id=native_id))


def withdraw(tx: Session, now: datetime, *, shop: Shop, kept: Sequence[Wanted]) -> list[ShopCode]:
    """The codes whose discounts have to go, some at a time; none of them can be given any more.

    Free ones that nobody wants, or that were made for an earlier price; and those of claims that ran out or
    were taken back. A pause takes nothing away: what shoppers hold stays good.
    """
    free = _unwanted(tx, shop, kept)
    for code in free:
        code.native_id = None
    tx.flush()
    return [*free, *tx.exec(_over(now, shop)).all()]


def gone(tx: Session, now: datetime, *, code_id: int) -> None:
    """A discount is no longer in its shop."""
    own, state = col(ShopCode.id) == code_id, col(ShopCode.state)
    rows_changed(tx, delete(ShopCode).where(own, state == ShopCodeState.FREE))
    given = update(ShopCode).where(own, state == ShopCodeState.GIVEN)
    rows_changed(tx, given.values(state=ShopCodeState.ENDED, ended_at=now))


def report_since(session: Session, *, shop: Shop, client: str) -> datetime:
    """From when on a shop's orders are read again: a while before the last that was reported."""
    last = session.exec(select(func.max(OrderFact.recorded_at)).where(OrderFact.client == client)).one()
    return (last or shop.added_at) - _OVERLAP


def is_ours(session: Session, *, shop: Shop, code: str) -> bool:
    """Whether a code entered at a shop is one we made there; some shops write all in small letters."""
    spellings = {code, code.upper()}
    found = select(ShopCode.id).where(ShopCode.shop_id == shop.id, col(ShopCode.code).in_(spellings))
    return session.exec(found).first() is not None


def discount_of(session: Session, now: datetime, *, edition: Edition, bundle_slug: str) -> Discount | None:
    """What a bundle's discount is like now, under a code that is not written down; None without any."""
    content = finders.published(session, edition)
    bundle = next((each for each in content.offered if each.slug == bundle_slug), None)
    return _discount(session, now, edition, content, bundle, _prices(session, content)) if bundle else None


def _wanted_of(session: Session, now: datetime, edition: Edition, shop: Shop) -> Iterator[Wanted]:
    if not edition.revision:
        return
    content = finders.published(session, edition)
    policies, zone = content.policies, finders.market_of(session, edition.market_id).time_zone
    is_here = policies.connection is Connection.MIRROR and policies.connected_shop == shop.slug
    if not is_here or is_past(edition.last_unlock_on, zone, now):
        return
    prices = _prices(session, content)
    opens_at = midnight(edition.opens_on, zone)
    for bundle in content.offered:
        items = {bundle_item(content.campaign, bundle.slug), *(line.sku for line in bundle.lines)}
        changed = [_changed_at(price, opens_at, now) for price in prices if price.item in items]
        discount = _discount(session, now, edition, content, bundle, prices)
        yield Wanted(edition.id or 0, bundle.id, max(filter(None, changed), default=shop.added_at), discount)


def _changed_at(price: Price, opens_at: datetime, now: datetime) -> datetime | None:
    """When a price last made a discount another one; None while it is still to come.

    What holds on the first day is known before, and a stock made for it is good when the doors open.
    """
    begun_at = max(price.recorded_at, price.valid_from) if price.valid_from > opens_at else price.recorded_at
    instants = [at for at in (begun_at, price.valid_until) if at is not None and at <= now]
    return max(instants, default=None)


def _prices(session: Session, content: Published) -> Sequence[Price]:
    return finders.prices_of(session, content)


def _discount(
    session: Session,
    now: datetime,
    edition: Edition,
    content: Published,
    bundle: PublishedBundle,
    prices: Sequence[Price],
) -> Discount | None:
    market = finders.market_of(session, edition.market_id)
    at = max(now, midnight(edition.opens_on, market.time_zone))
    price = price_at(prices, bundle_item(content.campaign, bundle.slug), at)
    if price is None:
        return None
    benefit = sum(grant.benefit_minor for grant in grants(bundle, price, history=prices, at=at, uses=1))
    if not benefit:
        return None
    return Discount(
        code="",
        title=in_locale(content.names, market.locales[0]["id"]),
        amount_minor=benefit,
        minimum_minor=max(content.minimum_basket_minor or 0, price + benefit),
        currency=market.currency,
        digits=market.digits,
        starts_at=midnight(edition.opens_on, market.time_zone),
        ends_at=day_after(edition.last_use_on, market.time_zone),
    )


def _unwanted(tx: Session, shop: Shop, kept: Sequence[Wanted]) -> Sequence[ShopCode]:
    is_kept = [
        and_(
            col(ShopCode.edition_id) == each.edition_id,
            col(ShopCode.bundle_id) == each.bundle_id,
            col(ShopCode.added_at) >= each.since,
        )
        for each in kept
    ]
    rows = select(ShopCode).where(ShopCode.shop_id == shop.id, ShopCode.state == ShopCodeState.FREE)
    if is_kept:
        rows = rows.where(~or_(*is_kept))
    locked = rows.order_by(col(ShopCode.id)).limit(_AT_ONCE).with_for_update(skip_locked=True)
    return tx.exec(locked).all()


def _over(now: datetime, shop: Shop) -> Any:
    """Given codes whose claim ran out, longer life included, or was taken back."""
    same = (col(Claim.bucket) == col(ShopCode.bucket), col(Claim.number) == col(ShopCode.number))
    state = (col(CodeState.bucket) == col(Claim.bucket), col(CodeState.number) == col(Claim.number))
    lives_on = and_(col(CodeState.extended_until).is_not(None), col(CodeState.extended_until) > now)
    recalled = (
        select(Recall.id)
        .where(
            Recall.batch_id == Claim.batch_id,
            Recall.first_number <= Claim.number,
            Claim.number < Recall.first_number + Recall.size,
        )
        .exists()
    )
    return (
        select(ShopCode)
        .join(Claim, and_(*same))
        .join(CodeState, and_(*state))
        .where(ShopCode.shop_id == shop.id, ShopCode.state == ShopCodeState.GIVEN)
        .where(or_(recalled, and_(col(Claim.expires_at) <= now, ~lives_on)))
        .limit(_AT_ONCE)
    )
