"""What shops report of their orders: each event once, in any order, and matched with the code behind it.

Where the shop asks us at the checkout, its reports are facts and nothing more. Where it takes codes of its
own, an order that names one is matched back, and the ledger is settled by it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, select

from omni.domain.code import Purpose
from omni.domain.keyring import Opened
from omni.domain.order_report import UNDOING, OrderReport
from omni.domain.published import digest
from omni.domain.record import Origin, bucket_of
from omni.domain.redemption import Redemption
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.domain.rulebook import Caller, meets
from omni.domain.shop import OrderEvent, OrderFact, ShopCode, ShopCodeState
from omni.services import shop_codes
from omni.services.bridging import facts_of, policies_of
from omni.store import finders
from omni.store.rows import insert_if_absent


class Reporting(StrEnum):
    """What became of a report: new, known already as it is, or known with another body."""

    RECORDED = "recorded"
    REPLAYED = "replayed"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Reported:
    """The fact as it was recorded first; `is_to_settle` when the ledger has something to do about it."""

    reporting: Reporting
    fact: OrderFact
    is_to_settle: bool = False


@dataclass(frozen=True)
class _Match:
    """Which code a report is about: its number, the shop's own code, or both."""

    number: int | None = None
    shop_code: ShopCode | None = None


def record(
    tx: Session, now: datetime, *, report: OrderReport, opened: Opened | None, client: str, origin: Origin
) -> Reported | Refused:
    """Write down one event of an order, once for (client, order, event, instant).

    `opened` is what the voucher says when it is sealed by us. The same again is a replay, another body under
    the same key a conflict that changes nothing. Raises BadInput.
    """
    match = _match(tx, report, opened, client)
    batch = finders.batch_of(tx, match.number) if match.number is not None else None
    code_origin = batch.origin if batch else Origin.LIVE if match.shop_code else origin
    stranger = meets(Caller(client, "", "", origin), code_origin)
    if stranger is not None:
        return stranger
    entered = opened.number if opened is not None else None
    fact = _fact(tx, now, report, match, client=client, origin=origin, entered=entered)
    is_bridged = match.number is not None and policies_of(tx, match.number) is not None
    if is_bridged and report.event is OrderEvent.PLACED and None in (report.total_minor, report.currency):
        raise BadInput("total_minor", "an order that spends a voucher has a total and a currency")
    key = {"client": client, "order_ref": report.order_ref, "event": report.event, "at": report.at}
    is_new = insert_if_absent(tx, OrderFact, **fact.model_dump(exclude={"id"}))
    first = tx.exec(select(OrderFact).filter_by(**key)).one()
    if not is_new and first.body_hash != fact.body_hash:
        return Reported(Reporting.CONFLICT, first)
    if first.number is None and match.number is not None:
        first.bucket, first.number = bucket_of(match.number), match.number
    if report.event is OrderEvent.PLACED and match.shop_code and match.shop_code.state is ShopCodeState.FREE:
        shop_codes.spent(tx, match.shop_code)
    # What undoes may have come before the order it undoes, or at the same moment.
    is_open = report.event in UNDOING and match.number is None
    is_to_settle = is_open or (is_bridged and report.event in (OrderEvent.PLACED, *UNDOING))
    return Reported(Reporting.RECORDED if is_new else Reporting.REPLAYED, first, is_to_settle)


def _match(tx: Session, report: OrderReport, opened: Opened | None, client: str) -> _Match:
    if opened is not None and opened.purpose in (Purpose.CODE, Purpose.VOUCHER):
        batch = finders.batch_of(tx, opened.number)
        if batch is not None and batch.key_id == opened.key_id:
            return _Match(opened.number)
    if report.voucher is not None:
        code = shop_codes.code_named(tx, report.voucher)
        return _Match(code.number, code) if code else _Match()
    known = {fact.number for fact in facts_of(tx, client, report.order_ref)} - {None}
    if not known:
        spent = select(Redemption).where(
            Redemption.order_ref == report.order_ref, Redemption.client == client
        )
        known = {redemption.number for redemption in tx.exec(spent)}
    return _Match(known.pop()) if len(known) == 1 else _Match()


def _fact(
    tx: Session,
    now: datetime,
    report: OrderReport,
    match: _Match,
    *,
    client: str,
    origin: Origin,
    entered: int | None,
) -> OrderFact:
    if (report.money_minor is not None) and report.currency is None:
        raise BadInput("currency", "an amount has a currency")
    kept = report.kept()
    identity = {
        **kept,
        "currency": report.currency,
        "member": report.member_hash,
        "postal_area": report.postal_area,
        "voucher": report.voucher if entered is None else entered,
    }
    placement = _placement_id(tx, report.placement)
    return OrderFact(
        client=client,
        order_ref=report.order_ref,
        event=report.event,
        at=report.at,
        origin=origin,
        amount_minor=report.money_minor,
        currency=report.currency,
        placement_id=placement,
        member_hash=report.member_hash,
        postal_area=report.postal_area,
        details=kept,
        bucket=None if match.number is None else bucket_of(match.number),
        number=match.number,
        body_hash=digest(identity),
        recorded_at=now,
    )


def _placement_id(session: Session, slug: str | None) -> int | None:
    if slug is None:
        return None
    try:
        return finders.placement_by_slug(session, slug).id
    except Unknown:
        raise BadInput("placement", f"{slug} is no place of ours", Reason.UNKNOWN_PLACEMENT) from None
