"""Spending vouchers against orders, asking beforehand, and finding what was spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omni.domain.code import Purpose
from omni.domain.member_identity import member_hash
from omni.domain.receipt import Receipt
from omni.domain.redemption import Redemption, RedemptionLine
from omni.domain.redemption_id import redemption_id
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.present.paper import printed_code
from omni.services import retracing, validating
from omni.services.redeeming import Order, redeem
from omni.services.retracing import Retraced, Trail
from omni.web.api.known import (
    KnownCode,
    known_code,
    known_number,
    known_redemption,
    voucher_of,
)
from omni.web.api.operation import Asked, Reply
from omni.web.api.returns import receipt_at
from omni.web.api.reversals import reversals_of, wanted_lines
from omni.web.api.schemas import (
    LeftLine,
    PrintedOn,
    RedemptionFound,
    RedemptionIn,
    RedemptionOut,
    RedemptionsPage,
    RedemptionsQuery,
    SpentLine,
    ValidationIn,
    ValidationOut,
)


def redeem_voucher(asked: Asked, body: RedemptionIn) -> Reply | Refused:
    """Spend a voucher against an order; a code that was unlocked is taken for its voucher."""
    known = known_code(asked, body.voucher, Reason.UNKNOWN_CLAIM)
    shopper = _shopper(asked, body.shopper_ref)
    if shopper is None and known.catalogue.contents[known.batch.edition_id].policies.per_person is not None:
        raise BadInput("shopper_ref", "this offer is limited per person: send your reference to the shopper")
    # The number instead of the voucher's spelling, the hash instead of the person: the identity is stored.
    identity = {**body.model_dump(mode="json"), "voucher": known.number, "shopper_ref": shopper}
    order = Order(
        order_ref=body.order_ref,
        total_minor=body.order_total_minor,
        currency=body.currency,
        lines=wanted_lines(body.lines),
        shopper_hash=shopper,
        placed_at=body.placed_at,
    )
    with asked.place.db.writing() as tx:
        outcome = redeem(
            tx,
            asked.now,
            batch=known.batch,
            number=known.number,
            caller=asked.caller("redeem", identity),
            order=order,
        )
        if isinstance(outcome, Refused):
            return _with_the_way(asked, known, outcome)
    remaining = [LeftLine(**left) for left in outcome.remaining]
    answer = RedemptionOut(
        **_core(asked, known, outcome.redemption, outcome.lines, outcome.receipt, remaining)
    )
    return Reply(200 if outcome.is_replay else 201, answer, outcome.is_replay)


def validate_voucher(asked: Asked, voucher: str, body: ValidationIn) -> Reply | Refused:
    """What redeeming would answer, by the same rules; nothing is changed or counted."""
    known = known_code(asked, voucher, Reason.UNKNOWN_CLAIM)
    basket = validating.Basket(
        lines=wanted_lines(body.lines),
        total_minor=body.order_total_minor,
        currency=body.currency,
        shopper_hash=_shopper(asked, body.shopper_ref),
    )
    with asked.place.db.reading() as session:
        outcome = validating.validate(
            session,
            body.at or asked.now,
            batch=known.batch,
            number=known.number,
            caller=asked.caller("validate", {}),
            basket=basket,
        )
    if isinstance(outcome, Refused):
        return _with_the_way(asked, known, outcome)
    made = outcome.claim
    answer = ValidationOut(
        voucher=voucher_of(asked, known.batch, known.number),
        edition=known.catalogue.edition_key(made.edition_id),
        market=known.catalogue.editions[made.edition_id].market_id,
        benefit_minor=sum(line.benefit_minor for line in outcome.lines),
        lines=_spent(outcome.lines),
        currency=made.currency,
        remaining=[LeftLine(**left) for left in outcome.remaining],
        expires_at=outcome.ends_at,
    )
    return Reply(200, answer)


def show_redemption(asked: Asked, id: str) -> Reply:  # noqa: A002 - the name in the path
    """One redemption as it stands now."""
    known, seq = known_redemption(asked, id)
    with asked.place.db.reading() as session:
        found = retracing.redemption(session, number=known.number, seq=seq)
    return Reply(200, _found(asked, known, found))


def list_redemptions(asked: Asked, query: RedemptionsQuery) -> Reply:
    """Redemptions of an order, a voucher, a code, or since an instant; oldest first."""
    trail = Trail(asked.client.origin, _named(asked, query), query.order_ref, query.since)
    after = _cursor(asked, query.cursor)
    with asked.place.db.reading() as session:
        rows = retracing.redemptions(session, trail=trail, after=after, limit=query.limit + 1)
    page = [_found(asked, known_number(asked, row.redemption.number), row) for row in rows[: query.limit]]
    has_more = len(rows) > query.limit
    return Reply(200, RedemptionsPage(redemptions=page, next=page[-1].id if has_more else None))


def _with_the_way(asked: Asked, known: KnownCode, refused: Refused) -> Refused:
    """A refusal with the way on: a code can be unlocked, at this address; a voucher of no claim is not ours.

    Raises Unknown for the latter, which undoes what the transaction wrote.
    """
    if refused.reason is not Reason.NOT_UNLOCKED:
        return refused
    if known.purpose is Purpose.VOUCHER:
        raise Unknown(Reason.UNKNOWN_CLAIM)
    url = printed_code(asked.place.keyring, known.batch, known.number).url
    return Refused(Reason.NOT_UNLOCKED, {"unlock_url": url})


def _shopper(asked: Asked, reference: str | None) -> str | None:
    """What stands for the shopper whom the shop names."""
    return None if reference is None else member_hash(asked.place.keyring, reference)


def _named(asked: Asked, query: RedemptionsQuery) -> int | None:
    """The number of the voucher, code or receipt that is asked about, if one is."""
    if [query.voucher, query.code, query.receipt_no].count(None) < 2:
        raise BadInput("code", "name a voucher, a code or a receipt, one of them")
    if (query.receipt_no is None) != (query.placement is None):
        raise BadInput("placement", "a receipt is named by its number and the placement that printed it")
    if query.receipt_no is not None and query.placement is not None:
        with asked.place.db.reading() as session:
            return receipt_at(session, asked, query.placement, query.receipt_no).number
    named = query.voucher or query.code
    unknown = Reason.UNKNOWN_CLAIM if query.voucher else Reason.UNKNOWN_CODE
    return known_code(asked, named, unknown).number if named else None


def _cursor(asked: Asked, cursor: str | None) -> tuple[int, int] | None:
    if cursor is None:
        return None
    known, seq = known_redemption(asked, cursor)
    return known.number, seq


def _found(asked: Asked, known: KnownCode, found: Retraced) -> RedemptionFound:
    spent = found.redemption
    remaining = [LeftLine(sku=left.sku, qty=left.left) for left in found.balances]
    return RedemptionFound(
        **_core(asked, known, spent, found.lines, found.receipt, remaining),
        order_ref=spent.order_ref,
        order_total_minor=spent.order_total_minor,
        placed_at=spent.placed_at,
        reversals=reversals_of(asked, known, found),
    )


def _core(
    asked: Asked,
    known: KnownCode,
    spent: Redemption,
    lines: Sequence[RedemptionLine],
    receipt: Receipt | None,
    remaining: list[LeftLine],
) -> dict[str, Any]:
    catalogue = known.catalogue
    placement = catalogue.placements[spent.placement_id].slug
    return {
        "id": redemption_id(asked.place.keyring, spent.number, spent.seq, known.batch.key_id),
        "voucher": voucher_of(asked, known.batch, spent.number),
        "edition": catalogue.edition_key(spent.edition_id),
        "market": catalogue.editions[spent.edition_id].market_id,
        "placement": placement,
        "benefit_minor": spent.benefit_minor,
        "lines": _spent(lines),
        "currency": spent.currency,
        "remaining": remaining,
        "receipt": receipt
        and PrintedOn(
            placement=catalogue.placements[receipt.placement_id].slug, printed_at=receipt.printed_at
        ),
        "redeemed_at": spent.redeemed_at,
    }


def _spent(lines: Sequence[RedemptionLine]) -> list[SpentLine]:
    return [SpentLine(sku=line.sku, qty=line.quantity, benefit_minor=line.benefit_minor) for line in lines]
