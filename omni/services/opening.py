"""Opening a code: everything its page, its till screen and its API answer say about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from omni.domain import scarcity
from omni.domain.batch import Batch, BatchKind, CodePhase
from omni.domain.campaign import Edition
from omni.domain.claim import Claim, Entitlement
from omni.domain.keyring import Opened
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.policies import Connection
from omni.domain.published import Published, PublishedBundle
from omni.domain.receipt import Receipt
from omni.domain.record import Origin, bucket_of
from omni.domain.redemption import Redemption, Reversal
from omni.domain.reference import NoReference, Reference
from omni.domain.rulebook import CodeInLife, PageState, end_of, page_state
from omni.domain.variant import bundle_shown, variant_shown
from omni.domain.window import local_day
from omni.services import shop_codes, taking
from omni.services.honouring import price_on_paper, with_its_terms
from omni.store import finders
from omni.store.catalogue import Catalogue


@dataclass(frozen=True)
class OpenedCode:
    """A code with what it belongs to and where its life stands.

    A claim keeps its price and what that was compared with, and honoured paper its price and conditions;
    prices of single items are today's.
    """

    number: int
    code: CodeInLife
    market: Market
    content: Published
    bundle: PublishedBundle
    placement: Placement
    price_minor: int | None
    item_prices_minor: tuple[int | None, ...]
    reference: Reference | NoReference | None
    state: PageState
    claim: Claim | None
    receipt: Receipt | None

    @property
    def batch(self) -> Batch:
        """The batch it was issued in."""
        return self.code.batch

    @property
    def edition(self) -> Edition:
        """The edition it belongs to."""
        return self.code.edition

    @property
    def variant(self) -> str | None:
        """The variant of the bundle that its page shows."""
        return variant_shown(self.bundle, self.batch, self.number, self.placement)

    @property
    def shown(self) -> PublishedBundle:
        """The bundle with the picture and the words of its page."""
        return bundle_shown(self.bundle, self.batch, self.number, self.placement)

    @property
    def is_on_offer(self) -> bool:
        """Whether it can be unlocked now, at a price that is known."""
        return self.state is PageState.OFFER and self.price_minor is not None

    @property
    def ends_at(self) -> datetime | None:
        """The instant its claim ends, where it was unlocked."""
        return end_of(self.code, self.claim) if self.claim else None


@dataclass(frozen=True)
class History:
    """What happened to a code, first to last."""

    receipt: Receipt | None
    claim: Claim | None
    entitlements: Sequence[Entitlement]
    redemptions: Sequence[Redemption]
    reversals: Sequence[Reversal]


def batch_for(catalogue: Catalogue, opened: Opened) -> Batch | None:
    """The batch of a sealed number; None when nobody issued it, or with another key than its batch's."""
    batch = catalogue.batch_of(opened.number)
    return batch if batch is not None and batch.key_id == opened.key_id else None


def look(session: Session, now: datetime, *, catalogue: Catalogue, batch: Batch, number: int) -> OpenedCode:
    """Read the state of one number and put it together with what the catalogue knows; changes nothing.

    Where a price rose above paper, the code's own printings are asked for too.
    """
    state = finders.state_of(session, number)
    claim = finders.claim_of(session, number) if state and state.phase is not CodePhase.OPEN else None
    code = catalogue.code(batch, number, state)
    content = catalogue.contents[batch.edition_id]
    bundle = content.bundle(batch.bundle_id)
    price = catalogue.price(batch.edition_id, bundle.slug, now)
    is_there = claim is not None or has_stock(session, now, code, content)
    receipt = session.get(Receipt, (bucket_of(number), number)) if batch.kind is BatchKind.RECEIPTS else None
    seen = OpenedCode(
        number=number,
        code=code,
        market=catalogue.markets[code.edition.market_id],
        content=content,
        bundle=bundle,
        placement=catalogue.placements[batch.placement_id],
        price_minor=price if claim is None else claim.price_minor,
        item_prices_minor=tuple(catalogue.price(batch.edition_id, line.sku, now) for line in bundle.lines),
        reference=catalogue.reference(batch.edition_id, bundle, claim.claimed_at if claim else now),
        state=page_state(code, claim, now, has_stock=is_there and price is not None),
        claim=claim,
        receipt=receipt,
    )
    return on_paper(session, catalogue, seen) if claim is None else seen


def on_paper(session: Session, catalogue: Catalogue, seen: OpenedCode) -> OpenedCode:
    """A code that is not unlocked: at the lower price of its paper and on the conditions that name it, where
    a rise is honoured; else as it was."""
    bundle_id, price = seen.bundle.id, seen.price_minor
    repricings = catalogue.repricings.get(bundle_id, ())
    kept = price_on_paper(
        session, batch=seen.batch, number=seen.number, price_minor=price, repricings=repricings
    )
    if kept is None or kept == price:
        return seen
    content = with_its_terms(seen.content, catalogue.promised[bundle_id].get(kept))
    return replace(seen, price_minor=kept, content=content)


def look_unread(now: datetime, *, catalogue: Catalogue, batch: Batch, number: int) -> OpenedCode:
    """What the catalogue alone says of a number while the database is away: as if nobody had touched it."""
    code = catalogue.code(batch, number)
    content = catalogue.contents[batch.edition_id]
    bundle = content.bundle(batch.bundle_id)
    return OpenedCode(
        number=number,
        code=code,
        market=catalogue.markets[code.edition.market_id],
        content=content,
        bundle=bundle,
        placement=catalogue.placements[batch.placement_id],
        price_minor=catalogue.price(batch.edition_id, bundle.slug, now),
        item_prices_minor=tuple(catalogue.price(batch.edition_id, line.sku, now) for line in bundle.lines),
        reference=catalogue.reference(batch.edition_id, bundle, now),
        state=page_state(code, None, now, has_stock=True),
        claim=None,
        receipt=None,
    )


def is_unlocked(session: Session, number: int) -> bool:
    """Whether a shopper has unlocked the code."""
    return finders.claim_of(session, number) is not None


def history(session: Session, number: int) -> History:
    """Every fact about a code."""
    return History(
        receipt=session.get(Receipt, (bucket_of(number), number)),
        claim=finders.claim_of(session, number),
        entitlements=finders.entitlements_of(session, number),
        redemptions=finders.redemptions_of(session, number),
        reversals=finders.reversals_of(session, number),
    )


def has_stock(session: Session, now: datetime, code: CodeInLife, content: Published) -> bool:
    """Whether an unlock would find everything scarce that it takes, or later holds; tests always do."""
    batch = code.batch
    if batch.origin is not Origin.LIVE:
        return True
    demand = scarcity.of_claim(content, batch, day=local_day(now, code.zone))
    wants = {**demand.wants, **scarcity.goods_of_claim(content, batch.bundle_id)}
    refused = taking.would_refuse(
        session, edition_id=batch.edition_id, origin=batch.origin, wants=wants, limits=demand.limits
    )
    if refused is not None or content.policies.connection is Connection.LIVE:
        return refused is None
    return shop_codes.left(session, batch.edition_id, batch.bundle_id, at_most=1) > 0
