"""Everything that may be refused, decided on values alone.

The order of the rules is policy: what cannot change comes before what will (a voided code before a paused
edition), and what explains most comes before what explains least. Each function answers None when it allows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from omni.domain.batch import Batch, CodePhase
from omni.domain.campaign import Edition, EditionState
from omni.domain.campaign_file import Exchange
from omni.domain.claim import Claim
from omni.domain.record import Origin
from omni.domain.refusal import Reason, Refused
from omni.domain.window import day_after, has_opened, is_past, midnight


@dataclass(frozen=True)
class CodeInLife:
    """A code as the rules see it: its batch, its edition, the market's clock, and where its life stands.

    `extended_until` is the end its claim was given beyond the printed date, where somebody gave one.
    """

    batch: Batch
    edition: Edition
    zone: str
    is_recalled: bool
    phase: CodePhase = CodePhase.OPEN
    extended_until: datetime | None = None

    @property
    def is_test(self) -> bool:
        """Whether it counts nowhere."""
        return self.batch.origin is Origin.TEST


@dataclass(frozen=True)
class Caller:
    """Who asks, with which key and body; a shopper on the web is neither a live nor a test client."""

    client: str
    key: str
    body_hash: str
    origin: Origin | None = None


def first_refusal(*answers: Refused | None) -> Refused | None:
    """The first rule that said no, in the order given. (`or` would not do: a Refused is false.)"""
    return next((answer for answer in answers if answer is not None), None)


def meets(caller: Caller, origin: Origin) -> Refused | None:
    """A test client never meets a live code, nor the other way round."""
    if caller.origin is not None and caller.origin is not origin:
        return Refused(Reason.TEST_LIVE_MISMATCH)
    return None


def is_running(code: CodeInLife, now: datetime) -> Refused | None:
    """Whether the edition is there: launched, begun, not paused, not ended; tests may run before launch."""
    edition, zone = code.edition, code.zone
    if code.is_recalled:
        return Refused(Reason.VOIDED)
    if edition.state is EditionState.ENDED:
        return Refused(Reason.ENDED, {"ended_on": edition.last_unlock_on.isoformat()})
    if edition.state is EditionState.DRAFT and not code.is_test:
        return Refused(Reason.NOT_LAUNCHED)
    if edition.state is EditionState.PAUSED:
        return Refused(Reason.PAUSED, {"why": edition.pause_reason})
    if not has_opened(edition, zone, now):
        return Refused(Reason.NOT_STARTED, {"opens_at": midnight(edition.opens_on, zone).isoformat()})
    return None


def may_issue(edition: Edition, zone: str, origin: Origin, now: datetime) -> Refused | None:
    """Live codes are issued in a launched edition until its last issue day; test codes always.

    Before the first day printing is allowed: posters hang when the doors open.
    """
    if origin is not Origin.LIVE:
        return None
    if edition.state is EditionState.DRAFT:
        return Refused(Reason.NOT_LAUNCHED)
    if edition.state is EditionState.ENDED or is_past(edition.last_issue_on, zone, now):
        return Refused(Reason.ENDED, {"last_issue_on": edition.last_issue_on.isoformat()})
    return None


def may_keep_offline(edition: Edition, zone: str, origin: Origin, now: datetime) -> Refused | None:
    """A device is given codes to keep as soon as they may be printed, not while the edition is paused."""
    refused = may_issue(edition, zone, origin, now)
    if refused is not None or origin is not Origin.LIVE:
        return refused
    if edition.state is EditionState.PAUSED:
        return Refused(Reason.PAUSED, {"why": edition.pause_reason})
    return None


def may_hand_out(edition: Edition, zone: str, origin: Origin, now: datetime) -> Refused | None:
    """A receipt earns a code while the edition runs: its day has come and it is not paused."""
    refused = may_keep_offline(edition, zone, origin, now)
    if refused is not None or origin is not Origin.LIVE:
        return refused
    if not has_opened(edition, zone, now):
        return Refused(Reason.NOT_STARTED, {"opens_at": midnight(edition.opens_on, zone).isoformat()})
    return None


def may_unlock(code: CodeInLife, now: datetime) -> Refused | None:
    """A code is unlocked once, from the first day until the last unlock day of its market."""
    if code.phase is CodePhase.EXCHANGED and not code.is_recalled:
        return Refused(Reason.EXCHANGED)
    refused = is_running(code, now)
    if refused is not None:
        return refused
    if is_past(code.edition.last_unlock_on, code.zone, now):
        return Refused(Reason.ENDED, {"ended_on": code.edition.last_unlock_on.isoformat()})
    if code.phase is not CodePhase.OPEN:
        return Refused(Reason.ALREADY_CLAIMED)
    return None


def may_exchange(
    code: CodeInLife, policy: Exchange, now: datetime, *, is_from_exchange: bool
) -> Refused | None:
    """A code is given up once, while it could be unlocked; what came of an exchange is kept."""
    refused = may_unlock(code, now)
    if refused is not None:
        return refused
    if policy is not Exchange.SWAP or is_from_exchange:
        return Refused(Reason.NO_EXCHANGE)
    return None


def takes_exchanged(edition: Edition, zone: str, origin: Origin, now: datetime) -> bool:
    """Whether an edition hands out codes for those of another market: wherever a receipt would earn one."""
    return edition.state is not EditionState.ENDED and may_hand_out(edition, zone, origin, now) is None


def may_redeem(code: CodeInLife, claim: Claim, now: datetime) -> Refused | None:
    """A claim is spent until its printed date, even when the edition ended since; not while it is paused."""
    if code.is_recalled:
        return Refused(Reason.VOIDED)
    if code.edition.state is EditionState.PAUSED:
        return Refused(Reason.PAUSED, {"why": code.edition.pause_reason})
    ends_at = end_of(code, claim)
    if now >= ends_at:
        return Refused(Reason.EXPIRED, {"expired_at": ends_at.isoformat()})
    return None


def end_of(code: CodeInLife, claim: Claim) -> datetime:
    """The instant a claim ends: after its printed day, or as long as it was extended."""
    return max(claim.expires_at, code.extended_until or claim.expires_at)


def may_use_in(market: str, shop_market: str) -> Refused | None:
    """A claim is spent, and taken back, in the market it was made in."""
    return None if market == shop_market else Refused(Reason.WRONG_MARKET, {"market": market})


def may_spend_on(order_total_minor: int, minimum_minor: int | None) -> Refused | None:
    """An order must reach the edition's minimum basket, where it has one."""
    if minimum_minor is not None and order_total_minor < minimum_minor:
        return Refused(Reason.BELOW_MINIMUM, {"minimum_minor": minimum_minor})
    return None


class PageState(StrEnum):
    """What a code's page says; each has words and a way on of its own."""

    OFFER = "offer"
    NOT_STARTED = "not-started"
    PAUSED = "paused"
    ENDED = "ended"
    VOIDED = "voided"
    EXCHANGED = "exchanged"
    UNLOCKED = "unlocked"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    OUT_OF_STOCK = "out-of-stock"


_PAGE_OF_REFUSAL = {
    Reason.VOIDED: PageState.VOIDED,
    Reason.EXCHANGED: PageState.EXCHANGED,
    Reason.ENDED: PageState.ENDED,
    Reason.PAUSED: PageState.PAUSED,
    Reason.NOT_STARTED: PageState.NOT_STARTED,
    Reason.NOT_LAUNCHED: PageState.NOT_STARTED,
}


def page_state(code: CodeInLife, claim: Claim | None, now: datetime, *, has_stock: bool) -> PageState:
    """What to show whoever opens the code: her own claim before the edition's end, a recall before both."""
    if code.is_recalled:
        return PageState.VOIDED
    if claim is not None:
        if code.phase is CodePhase.REDEEMED:
            return PageState.REDEEMED
        return PageState.EXPIRED if now >= end_of(code, claim) else PageState.UNLOCKED
    refused = may_unlock(code, now)
    if refused is not None:
        return _PAGE_OF_REFUSAL[refused.reason]
    return PageState.OFFER if has_stock else PageState.OUT_OF_STOCK


def edition_page(edition: Edition, zone: str, now: datetime) -> PageState:
    """What the public page of an edition says: what the page of an untouched code of it would."""
    if edition.state is EditionState.ENDED:
        return PageState.ENDED
    if edition.state is EditionState.PAUSED:
        return PageState.PAUSED
    if edition.state is EditionState.DRAFT or not has_opened(edition, zone, now):
        return PageState.NOT_STARTED
    return PageState.ENDED if is_past(edition.last_unlock_on, zone, now) else PageState.OFFER


def expiry_of(edition: Edition, zone: str) -> datetime:
    """The instant a claim made now ends: after the market's last use day."""
    return day_after(edition.last_use_on, zone)


def life_ends(edition: Edition, zone: str, claimed_at: datetime, minutes: int | None) -> datetime:
    """The instant a claim ends: after the market's last use day, or sooner where it lives some minutes."""
    last = expiry_of(edition, zone)
    return last if minutes is None else min(last, claimed_at + timedelta(minutes=minutes))


class Stage(StrEnum):
    """Which of its days an edition waits for: it opens, and then has three ends and a last day of returns."""

    COMING = "coming"
    HANDING_OUT = "handing-out"
    UNLOCKING = "unlocking"
    USING = "using"
    RETURNING = "returning"
    OVER = "over"


def stage_of(edition: Edition, zone: str, now: datetime) -> Stage:
    """Where an edition stands among its days, each inclusive and as the market's own clock counts it.

    One that was ended early hands out and unlocks nothing more; what was unlocked keeps its last day.
    """
    is_ended = edition.state is EditionState.ENDED
    if not is_ended and not has_opened(edition, zone, now):
        return Stage.COMING
    ends = (
        (Stage.HANDING_OUT, edition.last_issue_on),
        (Stage.UNLOCKING, edition.last_unlock_on),
        (Stage.USING, edition.last_use_on),
        (Stage.RETURNING, edition.returns_until_on),
    )
    ahead = (stage for stage, last in ends[2 * is_ended :] if not is_past(last, zone, now))
    return next(ahead, Stage.OVER)
