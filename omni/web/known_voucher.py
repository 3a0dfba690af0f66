"""From the text of a voucher to everything its page shows, or the answer to what is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response

from omni.domain.batch import CodePhase
from omni.domain.claim import Claim
from omni.domain.code import Purpose, normalise
from omni.domain.policies import Connection, HoldWhen
from omni.domain.refusal import Reason
from omni.domain.rulebook import end_of, may_redeem
from omni.domain.terms import TermsVersion
from omni.domain.visit import OrphanClass
from omni.services import opening, running_out, shop_codes, showing
from omni.services.opening import History, OpenedCode
from omni.services.running_out import Reservation
from omni.web import here
from omni.web.known_batch import known_batch
from omni.web.shopper_offer import find_batch
from omni.web.shopper_pages import see_other
from omni.web.shopper_typed import not_ours


@dataclass(frozen=True)
class KnownVoucher:
    """A claim with everything its page shows; `shop_code` is the shop's own, where it takes no other."""

    view: OpenedCode
    claim: Claim
    terms: TermsVersion
    history: History
    voucher: str
    shop_code: str | None
    reservation: Reservation | None

    def refusal(self, now: datetime) -> Reason | None:
        """Why the voucher cannot be used now, if so: what is used up comes before what the shop would say."""
        refused = may_redeem(self.view.code, self.claim, now)
        reason = None if refused is None else refused.reason
        if reason is not Reason.VOIDED and self.view.code.phase is CodePhase.REDEEMED:
            return Reason.EXHAUSTED
        # "Your discount code stays valid" would be untrue past its last day.
        is_past = reason is Reason.PAUSED and now >= end_of(self.view.code, self.claim)
        return Reason.EXPIRED if is_past else reason

    def is_good(self, now: datetime) -> bool:
        """Whether it can be used now, or again once a pause is over."""
        return self.refusal(now) in (None, Reason.PAUSED)

    @property
    def is_held_here(self) -> bool:
        """Whether it is this page that reserves stock; else the shop asks for it, or it is hers for good."""
        policy = self.view.content.policies.hold
        return policy is not None and policy.when is not HoldWhen.ORDER


def known_voucher(text: str, now: datetime) -> KnownVoucher | Response:
    """A voucher that was unlocked. A code that stands in its place leads on to it, or to what unlocks it."""
    place = here()
    opened = place.keyring.open(text)
    if opened is None or opened.purpose is Purpose.REDEMPTION:
        return not_ours(text, OrphanClass.WRONG_CHECK if normalise(text) else OrphanClass.NOT_A_CODE)
    if opened.purpose is Purpose.CODE:
        return _of_code(text, now)
    batch = known_batch(opened, now)
    if batch is None:
        return not_ours(text, OrphanClass.NOT_ISSUED)
    catalogue = place.catalogue.current(now)
    with place.db.reading() as session:
        view = opening.look(session, now, catalogue=catalogue, batch=batch, number=opened.number)
        if view.claim is None:
            return not_ours(text, OrphanClass.NOT_ISSUED)
        terms = showing.terms_version(session, view.claim.terms_id)
        history = opening.history(session, opened.number)
        policies = view.content.policies
        theirs = None if policies.connection is Connection.LIVE else shop_codes.code_of(session, view.number)
        reservation = running_out.reservation(session, now, view.number) if policies.hold else None
    return KnownVoucher(
        view=view,
        claim=view.claim,
        terms=terms,
        history=history,
        voucher=place.keyring.seal(view.number, Purpose.VOUCHER, batch.key_id),
        shop_code=theirs.code if theirs else None,
        reservation=reservation,
    )


def _of_code(text: str, now: datetime) -> Response:
    """Where a code leads that stands in a voucher's place: to its voucher, or to the page that unlocks it."""
    place = here()
    found = find_batch(text)
    if isinstance(found, Response):
        return found
    batch, number = found
    catalogue = place.catalogue.current(now)
    with place.db.reading() as session:
        view = opening.look(session, now, catalogue=catalogue, batch=batch, number=number)
    if view.claim is None:
        return see_other(f"/c/{place.keyring.seal(number, Purpose.CODE, batch.key_id)}")
    return see_other(f"/v/{place.keyring.seal(number, Purpose.VOUCHER, batch.key_id)}")
