"""Exchanging: a code given up, once, for a code of the same campaign in another market."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from omni.domain.batch import Batch, CodePhase
from omni.domain.campaign import Edition
from omni.domain.claim import CodeExchange
from omni.domain.placement import EditionPlacement, Placement, Touchpoint
from omni.domain.published import Published, PublishedBundle
from omni.domain.record import Origin, bucket_of
from omni.domain.refusal import Reason, Refused
from omni.domain.rulebook import CodeInLife, may_exchange, takes_exchanged
from omni.services import issuing, taking
from omni.services.issuing import Seal
from omni.services.refusing import refuse
from omni.services.rolling import roll_of, take_turns
from omni.store import finders
from omni.store.outbox import announce
from omni.store.rows import insert_if_absent

ROLL = 100
"""Numbers taken at once for exchanges to one bundle of a market."""

CLIENT = "exchange"


@dataclass(frozen=True)
class Destination:
    """The market a code is to be exchanged to, how its codes are sealed, and its place's name by locale."""

    market_id: str
    seal: Seal
    place_names: Mapping[str, str]


@dataclass(frozen=True)
class Exchanged:
    """A code was given up, now or the first time this was asked, for one of `batch`."""

    exchange: CodeExchange
    batch: Batch
    is_replay: bool = False


def exchange(
    tx: Session, now: datetime, *, batch: Batch, number: int, to: Destination
) -> Exchanged | Refused:
    """Give up a personal code that was not unlocked yet for one of another market, at its price and terms.

    The lock comes first: of many who ask at once one exchanges, and whoever asks for the same market again
    gets the same code. It is for the bundle of the same name, else for what a receipt earns there. Stock and
    caps are touched when the new code is unlocked, not before.
    """
    if batch.is_shared_code(number):
        return Refused(Reason.NO_EXCHANGE)
    state = finders.lock_code(tx, number, batch_id=batch.id or 0, now=now)
    made = given_up(tx, number)
    if made is not None:
        return _again(tx, made, to.market_id)
    code = finders.in_life(tx, batch, number, state)
    content = finders.published(tx, code.edition)
    is_from_exchange = is_exchange_place(finders.placement_of(tx, batch.placement_id))
    refused = may_exchange(code, content.exchange, now, is_from_exchange=is_from_exchange)
    if refused is not None:
        return refuse(tx, now, code, number, refused)
    arrival = _arrival(tx, now, code, content.bundle(batch.bundle_id), to)
    if isinstance(arrival, Refused):
        return refuse(tx, now, code, number, arrival)
    state.phase, state.changed_at = CodePhase.EXCHANGED, now
    return _write(tx, now, code=code, number=number, arrival=arrival)


def given_up(session: Session, number: int) -> CodeExchange | None:
    """What a code was exchanged for, if it was."""
    return session.get(CodeExchange, (bucket_of(number), number))


def came_of(session: Session, number: int) -> CodeExchange | None:
    """The exchange a code was handed out in, if it was."""
    return session.exec(select(CodeExchange).where(CodeExchange.to_number == number)).first()


def is_exchange_place(placement: Placement) -> bool:
    """Whether a place is where a market hands out codes for those of other markets."""
    return placement.slug == _slug(placement.market_id)


@dataclass(frozen=True)
class _Arrival:
    """The new code before it is written down: its batch, number and place."""

    batch: Batch
    number: int
    placement: Placement


def _slug(market_id: str) -> str:
    return f"{market_id}-exchange"


def _again(tx: Session, made: CodeExchange, market_id: str) -> Exchanged | Refused:
    """The first answer, when it was this market that was asked for."""
    if finders.edition_of(tx, made.to_edition_id).market_id != market_id:
        return Refused(Reason.EXCHANGED)
    batch = finders.batch_of(tx, made.to_number)
    assert batch is not None, "an exchange names a number that was issued"
    return Exchanged(made, batch, is_replay=True)


def _arrival(
    tx: Session, now: datetime, code: CodeInLife, given: PublishedBundle, to: Destination
) -> _Arrival | Refused:
    """The next number at the other market's place; the reason where its edition has none to give."""
    origin = code.batch.origin
    edition = _edition_there(tx, code.edition, to.market_id)
    if edition is None or not takes_exchanged(
        edition, finders.market_of(tx, edition.market_id).time_zone, origin, now
    ):
        return Refused(Reason.NO_EXCHANGE, {"market": to.market_id})
    content = finders.published(tx, edition)
    bundle = _bundle_there(content, given)
    if origin is Origin.LIVE and taking.claims_left(tx, edition.id or 0, content, bundle.id) == 0:
        return Refused(Reason.OUT_OF_STOCK, {"market": to.market_id})
    placement = _place(tx, edition, content, to.place_names)
    roll = roll_of(tx, now, edition, placement, bundle, size=ROLL, origin=origin, seal=to.seal, client=CLIENT)
    if isinstance(roll, Refused):
        return Refused(Reason.NO_EXCHANGE, {"market": to.market_id, "why": roll.reason.value})
    number = roll.next_number
    roll.next_number += 1
    return _Arrival(tx.get_one(Batch, roll.batch_id), number, placement)


def _edition_there(tx: Session, edition: Edition, market_id: str) -> Edition | None:
    there = tx.exec(
        select(Edition).where(Edition.campaign_id == edition.campaign_id, Edition.market_id == market_id)
    ).first()
    return None if there is None or there.id == edition.id else there


def _bundle_there(content: Published, given: PublishedBundle) -> PublishedBundle:
    same = (bundle for bundle in content.offered if bundle.slug == given.slug)
    return next(same, None) or issuing.bundle_named(content, content.receipts_bundle)


def _place(tx: Session, edition: Edition, content: Published, names: Mapping[str, str]) -> Placement:
    """The market's place for exchanges, made for the first who comes; held until the transaction ends."""
    slug = _slug(edition.market_id)
    insert_if_absent(
        tx,
        Placement,
        slug=slug,
        market_id=edition.market_id,
        touchpoint=Touchpoint.SHARED_LINK,
        names=dict(names),
        store_slug=slug,
        store_names=dict.fromkeys(content.terms, content.seller.name),
        store_address="",
    )
    placement = finders.placement_by_slug(tx, slug)
    take_turns(tx, placement)
    insert_if_absent(tx, EditionPlacement, edition_id=edition.id, placement_id=placement.id)
    return placement


def _write(tx: Session, now: datetime, *, code: CodeInLife, number: int, arrival: _Arrival) -> Exchanged:
    made = CodeExchange(
        bucket=bucket_of(number),
        number=number,
        origin=code.batch.origin,
        to_number=arrival.number,
        from_edition_id=code.batch.edition_id,
        to_edition_id=arrival.batch.edition_id,
        exchanged_at=now,
    )
    tx.add(made)
    market = finders.market_of(tx, arrival.placement.market_id)
    issuing.announce_issued(tx, now, arrival.batch, market, arrival.placement, 1, number=arrival.number)
    announce(
        tx,
        "code.exchanged",
        str(number),
        at=now,
        number=number,
        origin=made.origin,
        cells=[],
        body={
            "edition_id": made.from_edition_id,
            "to_edition_id": made.to_edition_id,
            "exchanged_at": now.isoformat(),
        },
    )
    return Exchanged(made, arrival.batch)
