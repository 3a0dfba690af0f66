"""The facts of an invented journey, as rows: exactly those the ledger's verbs would have written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlmodel import SQLModel

from omni.domain.batch import Batch, BatchKind, CodePhase, CodeState
from omni.domain.campaign import Edition
from omni.domain.claim import Claim, Entitlement
from omni.domain.counting import Scan, Seen
from omni.domain.grant import Grant, grants
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.price import Price, bundle_item, price_at
from omni.domain.published import Published, PublishedBundle
from omni.domain.receipt import Receipt
from omni.domain.record import Origin, bucket_of
from omni.domain.redemption import Redemption, RedemptionLine, Reversal, ReversalLine
from omni.domain.rulebook import expiry_of
from omni.domain.sample_history import Dice, Journey
from omni.domain.visit import VisitKind
from omni.services.folding import kind_of_scan

SAMPLE = "sample"
"""Who wrote a sample, wherever a fact says so; also the spool its scans never lay in."""


@dataclass(frozen=True)
class Scene:
    """One placement of an edition, and everything a fact there must name."""

    edition: Edition
    market: Market
    content: Published
    history: Sequence[Price]
    placement: Placement
    batch: Batch

    @cached_property
    def bundle(self) -> PublishedBundle:
        """What the codes here unlock."""
        return self.content.bundle(self.batch.bundle_id)

    @cached_property
    def cheapest_minor(self) -> int:
        """What the cheapest bundle here costs: a measure of what people spend, in any currency."""
        bundles = {bundle_item(self.content.campaign, bundle.slug) for bundle in self.content.bundles}
        return min(price.amount_minor for price in self.content.prices if price.item in bundles)

    def price_minor(self, at: datetime) -> int | None:
        """The price of the bundle at an instant."""
        return price_at(self.history, bundle_item(self.content.campaign, self.bundle.slug), at)

    def locale(self, dice: Dice) -> str:
        """A language of the terms, mostly the market's first."""
        locales = list(self.content.terms)
        return locales[0] if dice.chance(0.85) else locales[dice.between(0, len(locales) - 1)]

    def number(self, code: int) -> int:
        """The personal number so many places into the batch; a poster's own number comes before them."""
        return self.batch.first_number + code + (1 if self.batch.kind is BatchKind.SHARED else 0)


def facts_of(scene: Scene, dice: Dice, code: int, journey: Journey) -> Iterator[SQLModel]:
    """Every row a journey leaves behind."""
    number, locale = scene.number(code), scene.locale(dice)
    if scene.batch.kind is BatchKind.RECEIPTS:
        yield _receipt(scene, dice, number, journey.printed_at)
    yield from _scans(scene, number, locale, journey)
    price = scene.price_minor(journey.claimed_at) if journey.claimed_at else None
    if journey.claimed_at is None or price is None:
        return
    granted = grants(
        scene.bundle, price, history=scene.history, at=journey.claimed_at, uses=scene.content.uses_per_code
    )
    yield _state(scene, number, journey, granted)
    claim = _claim(scene, number, locale, journey.claimed_at, price)
    yield claim
    spent = (granted if journey.takes_all else granted[:1]) if journey.redeemed_at else []
    yield from _entitlements(number, granted, spent, is_back=journey.reversed_at is not None)
    if journey.redeemed_at is not None:
        yield from _redemption(scene, dice, claim, spent, journey.redeemed_at)
    if journey.reversed_at is not None:
        yield from _reversal(number, spent, journey.reversed_at)


def _receipt(scene: Scene, dice: Dice, number: int, at: datetime) -> Receipt:
    return Receipt(
        bucket=bucket_of(number),
        number=number,
        origin=Origin.SAMPLE,
        batch_id=scene.batch.id or 0,
        placement_id=scene.batch.placement_id,
        total_minor=scene.cheapest_minor * dice.between(13, 320) // 100,
        currency=scene.market.currency,
        why=f"every receipt: {scene.bundle.slug}",
        printed_at=at,
        recorded_at=at,
        client=SAMPLE,
    )


def _scans(scene: Scene, number: int, locale: str, journey: Journey) -> Iterator[SQLModel]:
    is_shared = scene.batch.kind is BatchKind.SHARED
    opened = scene.batch.first_number if is_shared else number
    for position, scan in enumerate(journey.scans):
        is_first = position == 0 and scan.kind is VisitKind.HUMAN
        if is_first and not is_shared:
            yield Seen(bucket=bucket_of(opened), number=opened, first_seen_at=scan.at)
        yield Scan(
            bucket=bucket_of(opened),
            number=opened,
            scanned_at=scan.at,
            spool_id=f"{SAMPLE}/{number}",
            position=position,
            batch_id=scene.batch.id or 0,
            edition_id=scene.batch.edition_id,
            placement_id=scene.batch.placement_id,
            revision=scene.batch.revision,
            touchpoint=scene.placement.touchpoint,
            variant="default",
            arm="treatment",
            locale=locale,
            kind=kind_of_scan(scan.kind, is_shared=is_shared, is_first=is_first),
            device=scan.device,
            is_shared=is_shared,
            origin=Origin.SAMPLE,
        )


def _state(scene: Scene, number: int, journey: Journey, granted: Sequence[Grant]) -> CodeState:
    is_spent = journey.takes_all or len(granted) == 1
    is_redeemed = journey.redeemed_at is not None and journey.reversed_at is None and is_spent
    return CodeState(
        bucket=bucket_of(number),
        number=number,
        batch_id=scene.batch.id or 0,
        phase=CodePhase.REDEEMED if is_redeemed else CodePhase.CLAIMED,
        changed_at=journey.reversed_at or journey.redeemed_at or journey.claimed_at or journey.printed_at,
        redemptions=0 if journey.redeemed_at is None else 1,
    )


def _claim(scene: Scene, number: int, locale: str, at: datetime, price_minor: int) -> Claim:
    return Claim(
        bucket=bucket_of(number),
        number=number,
        origin=Origin.SAMPLE,
        edition_id=scene.batch.edition_id,
        revision=scene.batch.revision,
        bundle_id=scene.batch.bundle_id,
        placement_id=scene.batch.placement_id,
        batch_id=scene.batch.id or 0,
        terms_id=scene.content.terms[locale].id,
        locale=locale,
        price_minor=price_minor,
        currency=scene.market.currency,
        client=SAMPLE,
        claimed_at=at,
        expires_at=expiry_of(scene.edition, scene.market.time_zone),
    )


def _entitlements(
    number: int, granted: Sequence[Grant], spent: Sequence[Grant], *, is_back: bool
) -> Iterator[Entitlement]:
    for grant in granted:
        used = grant.units if grant in spent else 0
        yield Entitlement(
            bucket=bucket_of(number),
            number=number,
            line=grant.line,
            sku=grant.sku,
            granted=grant.units,
            used=used,
            given_back=used if is_back else 0,
            price_minor=grant.price_minor,
            benefit_minor=grant.benefit_minor,
        )


def _redemption(
    scene: Scene, dice: Dice, claim: Claim, spent: Sequence[Grant], at: datetime
) -> Iterator[SQLModel]:
    paid = sum(grant.price_minor for grant in spent)
    extra = dice.between(0, 40) * claim.price_minor // 100
    key: dict[str, Any] = {"bucket": claim.bucket, "number": claim.number, "origin": Origin.SAMPLE, "seq": 1}
    yield Redemption(
        **key,
        edition_id=claim.edition_id,
        placement_id=claim.placement_id,
        order_ref=f"LF-{dice.between(100_000, 999_999)}",
        order_total_minor=max(paid + extra, scene.content.minimum_basket_minor or 0),
        currency=claim.currency,
        benefit_minor=sum(grant.benefit_minor for grant in spent),
        body_hash="0" * 64,
        client=SAMPLE,
        placed_at=at,
        redeemed_at=at,
    )
    for grant in spent:
        yield RedemptionLine(
            **key,
            line=grant.line,
            sku=grant.sku,
            quantity=grant.units,
            price_minor=grant.price_minor,
            benefit_minor=grant.benefit_minor,
        )


def _reversal(number: int, spent: Sequence[Grant], at: datetime) -> Iterator[SQLModel]:
    bucket = bucket_of(number)
    key: dict[str, Any] = {"bucket": bucket, "number": number, "origin": Origin.SAMPLE, "seq": 1, "rev": 1}
    yield Reversal(
        **key,
        benefit_minor=sum(grant.benefit_minor for grant in spent),
        refund_minor=sum(grant.price_minor for grant in spent),
        reason="returned",
        client=SAMPLE,
        reversed_at=at,
    )
    for grant in spent:
        yield ReversalLine(
            **key,
            line=grant.line,
            quantity=grant.units,
            benefit_minor=grant.benefit_minor,
            refund_minor=grant.price_minor,
        )
