"""What a till or shop may do with one code: look at it, unlock it for the shopper, take it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from omni.domain.batch import Batch
from omni.domain.claim import Entitlement
from omni.domain.receipt import Receipt
from omni.domain.record import Origin
from omni.domain.redemption_id import redemption_id
from omni.domain.refusal import BadInput, Reason, Refused
from omni.present import locales
from omni.present.paper import printed_code
from omni.present.shop_link import way_to_shop
from omni.services import issuing, opening
from omni.services.claiming import Claimed, Screen, claim, claim_shared
from omni.services.opening import History
from omni.web.api.known import KnownCode, known_code, voucher_of
from omni.web.api.operation import Asked, Reply, client_name
from omni.web.api.schemas import ClaimIn, ClaimOut, CodeOut, EntitlementOut, Event, PrintedOn, VoidIn
from omni.web.limiting import POSTER


def show_code(asked: Asked, code: str) -> Reply:
    """A code, or the code behind a voucher: its state and history."""
    return Reply(200, _code_out(asked, known_code(asked, code)))


def claim_code(asked: Asked, code: str, body: ClaimIn) -> Reply | Refused:
    """Unlock a code for the shopper who stands at the till, or has it typed into the shop."""
    known = known_code(asked, code)
    content = known.catalogue.contents[known.batch.edition_id]
    locale = locales.matching(body.locale, list(content.terms))
    if locale is None:
        spoken = ", ".join(map(locales.bcp47, content.terms))
        raise BadInput("locale", f"this offer has terms in {spoken}")
    outcome = _claimed(asked, known, Screen(locale, body.terms_hash))
    if isinstance(outcome, Refused):
        return outcome
    return Reply(200 if outcome.is_replay else 201, _claim_out(asked, known, outcome), outcome.is_replay)


def void_code(asked: Asked, code: str, body: VoidIn) -> Reply:
    """Take one printed code back; taking it back again changes nothing."""
    known = known_code(asked, code)
    place = asked.place
    if not known.catalogue.code(known.batch, known.number).is_recalled:
        with place.db.writing() as tx:
            issuing.recall(
                tx,
                asked.now,
                batch_id=known.batch.id or 0,
                first=known.number - known.batch.first_number + 1,
                count=1,
                reason=body.reason,
                by=client_name(asked.client),
            )
        known = KnownCode(known.batch, known.number, known.purpose, place.catalogue.fresh())
    return Reply(200, _code_out(asked, known))


def _claimed(asked: Asked, known: KnownCode, screen: Screen) -> Claimed | Refused:
    place, batch, number = asked.place, known.batch, known.number
    identity = {"number": number, "locale": screen.locale, "terms_hash": screen.terms_sha256}
    caller = asked.caller("claim", identity)
    if not batch.is_shared_code(number):
        with place.db.writing() as tx:
            return claim(tx, asked.now, batch=batch, number=number, caller=caller, screen=screen)
    if place.limiter.try_once(POSTER, str(batch.id)) is not None:
        return Refused(Reason.TOO_MANY_ATTEMPTS)
    # A shop has no page of ours with a token on it; its request key stands for one shopper as well.
    token = f"{caller.client}\0{caller.key}"
    with place.db.writing() as tx:
        return claim_shared(tx, asked.now, batch=batch, token=token, caller=caller, screen=screen)


def _claim_out(asked: Asked, known: KnownCode, outcome: Claimed) -> ClaimOut:
    made, content = outcome.claim, outcome.content
    voucher = voucher_of(asked, known.batch, made.number)
    return ClaimOut(
        voucher=voucher,
        shop_code=outcome.shop_code,
        edition=known.catalogue.edition_key(made.edition_id),
        expires_at=made.expires_at,
        shop_url=way_to_shop(
            content,
            content.bundle(made.bundle_id),
            left={balance.line: balance.granted for balance in outcome.entitlements},
            voucher=outcome.shop_code or voucher,
            locale=made.locale,
            placement=known.catalogue.placements[made.placement_id].slug,
        ),
        entitlements=_as_granted(outcome.entitlements),
    )


def _as_granted(balances: Sequence[Entitlement]) -> list[EntitlementOut]:
    """What the claim was told it may spend; asked again it is told the same, whatever was spent since."""
    return [line.model_copy(update={"left": line.granted}) for line in _entitlements(balances)]


def _code_out(asked: Asked, known: KnownCode) -> CodeOut:
    place, batch, number = asked.place, known.batch, known.number
    with place.db.reading() as session:
        view = opening.look(session, asked.now, catalogue=known.catalogue, batch=batch, number=number)
        past = opening.history(session, number)
    return CodeOut(
        code=printed_code(place.keyring, batch, number).code,
        voucher=voucher_of(asked, batch, number) if past.claim else None,
        state=view.state.value,
        is_test=batch.origin is Origin.TEST,
        edition=known.catalogue.edition_key(batch.edition_id),
        market=view.market.id,
        placement=view.placement.slug,
        batch=batch.id or 0,
        bundle=view.bundle.slug,
        price_minor=view.price_minor,
        currency=view.market.currency,
        expires_at=view.ends_at,
        receipt=_printed_on(known, past.receipt),
        entitlements=_entitlements(past.entitlements),
        history=sorted(_events(asked, batch, past), key=lambda event: event.at),
    )


def _printed_on(known: KnownCode, receipt: Receipt | None) -> PrintedOn | None:
    """Where and when the receipt was printed, for a code that has one."""
    if receipt is None:
        return None
    placement = known.catalogue.placements[receipt.placement_id].slug
    return PrintedOn(placement=placement, printed_at=receipt.printed_at)


def _entitlements(balances: Sequence[Entitlement]) -> list[EntitlementOut]:
    return [
        EntitlementOut(
            sku=balance.sku,
            granted=balance.granted,
            left=balance.left,
            price_minor=balance.price_minor,
            benefit_minor=balance.benefit_minor,
        )
        for balance in balances
    ]


def _events(asked: Asked, batch: Batch, past: History) -> Iterator[Event]:
    def named(number: int, seq: int) -> str:
        return redemption_id(asked.place.keyring, number, seq, batch.key_id)

    if past.receipt:
        yield Event(at=past.receipt.recorded_at, what="printed", amount_minor=past.receipt.total_minor)
    if past.claim:
        yield Event(at=past.claim.claimed_at, what="claimed", amount_minor=past.claim.price_minor)
    for spent in past.redemptions:
        yield Event(
            at=spent.redeemed_at,
            what="redeemed",
            redemption=named(spent.number, spent.seq),
            order_ref=spent.order_ref,
            amount_minor=spent.benefit_minor,
        )
    for back in past.reversals:
        yield Event(
            at=back.reversed_at,
            what="reversed",
            redemption=named(back.number, back.seq),
            amount_minor=back.benefit_minor,
        )
