"""Unlocking: a shopper accepts the terms on the screen and the bundle is hers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from omni.domain import scarcity
from omni.domain.batch import Batch, BatchKind, CodePhase, CodeState
from omni.domain.campaign import Edition
from omni.domain.claim import Claim, Entitlement
from omni.domain.counting import MoveReason
from omni.domain.cube import Kind, cells_of
from omni.domain.grant import grants
from omni.domain.policies import Connection, HoldWhen
from omni.domain.price import bundle_item, price_at
from omni.domain.published import Published, PublishedTerms, terms_by_price
from omni.domain.record import Origin, bucket_of
from omni.domain.redemption import FirstAnswer
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.render_token import personal_number
from omni.domain.rulebook import Caller, CodeInLife, life_ends, may_unlock, meets
from omni.domain.variant import variant_shown
from omni.domain.window import local_day
from omni.services import holding, shop_codes, taking
from omni.services.honouring import price_on_paper, with_its_terms
from omni.services.refusing import refuse
from omni.store import finders
from omni.store.attempts import wholly
from omni.store.outbox import announce

MAX_PROBES = 64


@dataclass(frozen=True)
class Screen:
    """What was on the shopper's screen: the terms' locale, and what must still be true of terms and price."""

    locale: str
    terms_sha256: str | None = None
    price_minor: int | None = None


@dataclass(frozen=True)
class Claimed:
    """A claim was made, now or the first time this was asked; `shop_code` is the shop's own, if there is.

    `content` is what the edition said then.
    """

    claim: Claim
    content: Published
    entitlements: Sequence[Entitlement]
    shop_code: str | None = None
    is_replay: bool = False


@dataclass(frozen=True)
class _Offered:
    """What the edition offers this instant, as far as a claim must remember it."""

    content: Published
    terms: PublishedTerms
    locale: str
    price_minor: int


def claim(
    tx: Session, now: datetime, *, batch: Batch, number: int, caller: Caller, screen: Screen
) -> Claimed | Refused:
    """Unlock the bundle of a personal code, once for ever.

    The lock comes first; the same caller asking again with the same key gets the first answer. The claim
    keeps the terms, locale, revision and price that were on the screen: when they are no longer current
    the answer is `terms-changed`, and nothing is written.
    """
    if batch.is_shared_code(number):
        raise BadInput("code", "this is a poster's code: each shopper gets one of her own from it")
    stranger = meets(caller, batch.origin)
    if stranger is not None:
        return stranger
    state = finders.lock_code(tx, number, batch_id=batch.id or 0, now=now)
    answered = _answered_before(tx, number, caller)
    if answered is not None:
        return answered
    code = finders.in_life(tx, batch, number, state)
    refused = may_unlock(code, now)
    if refused is not None:
        return refuse(tx, now, code, number, refused)
    offered = _offered(tx, now, code.edition, batch, number, screen)
    if isinstance(offered, Refused):
        return refuse(tx, now, code, number, offered)
    outcome = wholly(tx, lambda: _unlock(tx, now, state=state, code=code, offered=offered, caller=caller))
    return refuse(tx, now, code, number, outcome) if isinstance(outcome, Refused) else outcome


def claim_shared(
    tx: Session, now: datetime, *, batch: Batch, token: str, caller: Caller, screen: Screen
) -> Claimed | Refused:
    """Unlock a shared code: the render token leads to a personal number, probing on where another sits.

    The same token leads to the same number, so a double tap is one claim, and no two shoppers wait for
    each other on the poster. When the code served all it may, the answer is `cap-reached`; when the poster's
    own number was taken back, nobody unlocks it any more, and what was unlocked stays good.
    """
    if batch.kind is not BatchKind.SHARED:
        raise BadInput("code", "this is not a poster's code")
    stranger = meets(caller, batch.origin)
    if stranger is not None:
        return stranger
    poster = finders.in_life(tx, batch, batch.first_number, None)
    if poster.is_recalled:
        return refuse(tx, now, poster, batch.first_number, Refused(Reason.VOIDED))
    for probe in range(MAX_PROBES):
        number = personal_number(token, batch.first_number + 1, batch.size - 1, probe)
        if _is_anothers(tx, number, caller):
            continue
        # Whoever unlocks this very number now is waited for; having lost to her is no refusal.
        finders.lock_code(tx, number, batch_id=batch.id or 0, now=now)
        if not _is_anothers(tx, number, caller):
            return claim(tx, now, batch=batch, number=number, caller=caller, screen=screen)
    return refuse(tx, now, poster, batch.first_number, Refused(Reason.CAP_REACHED))


def _is_anothers(tx: Session, number: int, caller: Caller) -> bool:
    """Whether a personal number of a poster went to somebody else."""
    is_hers = finders.first_answer(tx, number, caller.client, caller.key) is not None
    return not is_hers and finders.claim_of(tx, number) is not None


def _answered_before(tx: Session, number: int, caller: Caller) -> Claimed | Refused | None:
    answer = finders.first_answer(tx, number, caller.client, caller.key)
    if answer is None:
        return None
    if (answer.verb, answer.body_hash) != ("claim", caller.body_hash):
        return Refused(Reason.KEY_REUSED)
    made = finders.claim_of(tx, number)
    assert made is not None, "a first answer stands in the transaction of its claim"
    given = shop_codes.code_of(tx, number)
    shop_code = given.code if given else None
    content = finders.published(tx, finders.edition_of(tx, made.edition_id), made.revision)
    return Claimed(made, content, finders.entitlements_of(tx, number), shop_code, is_replay=True)


def _offered(
    tx: Session, now: datetime, edition: Edition, batch: Batch, number: int, screen: Screen
) -> _Offered | Refused:
    content = finders.published(tx, edition)
    if screen.locale not in content.terms:
        raise BadInput("locale", f"this offer has terms in {', '.join(content.terms)}")
    item = bundle_item(content.campaign, content.bundle(batch.bundle_id).slug)
    today = price_at(finders.prices_of(tx, content), item, now)
    repricings = finders.repricings_of(tx, batch.edition_id, batch.bundle_id)
    price = price_on_paper(tx, batch=batch, number=number, price_minor=today, repricings=repricings)
    if price is None:
        return Refused(Reason.NO_PRICE)
    if price != today:
        promised = terms_by_price(finders.contents_of(tx, batch.edition_id), batch.bundle_id)
        content = with_its_terms(content, promised.get(price))
    terms = content.terms[screen.locale]
    if screen.terms_sha256 not in (None, terms.sha256) or screen.price_minor not in (None, price):
        return Refused(Reason.TERMS_CHANGED)
    return _Offered(content, terms, screen.locale, price)


def _unlock(
    tx: Session, now: datetime, *, state: CodeState, code: CodeInLife, offered: _Offered, caller: Caller
) -> Claimed | Refused:
    """Take what is scarce and write the claim; whoever calls undoes it all when something ran out."""
    refused = _take_scarce(tx, now, code, offered.content, state.number)
    if refused is not None:
        return refused
    batch, policies = code.batch, offered.content.policies
    is_given = policies.connection is not Connection.LIVE and batch.origin is Origin.LIVE
    key = {"edition_id": batch.edition_id, "bundle_id": batch.bundle_id, "number": state.number}
    given = shop_codes.take_one(tx, now, **key) if is_given else None
    if is_given and given is None:
        return Refused(Reason.OUT_OF_STOCK)
    claimed = _write(tx, now, state=state, code=code, offered=offered, caller=caller)
    claimed = replace(claimed, shop_code=given.code if given else None)
    refused = _hold(tx, now, state, code, claimed.claim, offered.content)
    return claimed if refused is None else refused


def _take_scarce(
    tx: Session, now: datetime, code: CodeInLife, content: Published, number: int
) -> Refused | None:
    """Take what is counted; where stock is only held later, there must be some of it to hold."""
    batch = code.batch
    demand = scarcity.of_claim(content, batch, day=local_day(now, code.zone))
    hold = content.policies.hold
    if hold is not None and hold.when is not HoldWhen.UNLOCK:
        goods = scarcity.goods_of_claim(content, batch.bundle_id)
        refused = taking.would_refuse(tx, edition_id=batch.edition_id, origin=batch.origin, wants=goods)
        if refused is not None:
            return refused
    return taking.take(
        tx,
        now,
        edition_id=batch.edition_id,
        number=number,
        origin=batch.origin,
        wants=demand.wants,
        because=MoveReason.CLAIM,
        limits=demand.limits,
    )


def _hold(
    tx: Session, now: datetime, state: CodeState, code: CodeInLife, made: Claim, content: Published
) -> Refused | None:
    """Reserve the stock of the claim for a while, where its edition holds from the unlock on."""
    policy = content.policies.hold
    if policy is None or policy.when is not HoldWhen.UNLOCK:
        return None
    held = holding.open_hold(
        tx,
        now,
        state=state,
        code=code,
        claim=made,
        content=content,
        order_ref=holding.PAGE,
        client=made.client,
        minutes=policy.minutes,
    )
    return held if isinstance(held, Refused) else None


def _write(
    tx: Session, now: datetime, *, state: CodeState, code: CodeInLife, offered: _Offered, caller: Caller
) -> Claimed:
    batch, edition = code.batch, code.edition
    bundle = offered.content.bundle(batch.bundle_id)
    placement = finders.placement_of(tx, batch.placement_id)
    made = Claim(
        bucket=bucket_of(state.number),
        number=state.number,
        origin=batch.origin,
        edition_id=batch.edition_id,
        revision=edition.revision,
        bundle_id=batch.bundle_id,
        placement_id=batch.placement_id,
        batch_id=batch.id or 0,
        variant=variant_shown(bundle, batch, state.number, placement) or "default",
        terms_id=offered.terms.id,
        locale=offered.locale,
        price_minor=offered.price_minor,
        currency=finders.market_of(tx, edition.market_id).currency,
        client=caller.client,
        claimed_at=now,
        expires_at=life_ends(edition, code.zone, now, offered.content.policies.life_minutes),
    )
    tx.add(made)
    tx.flush()
    entitlements = _entitlements(tx, now, made, offered.content)
    state.phase, state.changed_at = CodePhase.CLAIMED, now
    tx.add_all([*entitlements, _answer(made, caller, now)])
    count = cells_of(made, placement, at=now, zone=code.zone)
    announce(
        tx,
        "claim.made",
        str(made.number),
        at=now,
        number=made.number,
        origin=made.origin,
        cells=[count(Kind.CLAIM, amount_minor=made.price_minor)],
        body={"edition_id": made.edition_id, "placement": placement.slug, "claimed_at": now.isoformat()},
        turn=0,
    )
    return Claimed(made, offered.content, entitlements)


def _entitlements(tx: Session, now: datetime, made: Claim, content: Published) -> list[Entitlement]:
    """What the claim may spend, line by line."""
    granted = grants(
        content.bundle(made.bundle_id),
        made.price_minor,
        history=finders.prices_of(tx, content),
        at=now,
        uses=content.uses_per_code,
    )
    return [
        Entitlement(
            bucket=made.bucket,
            number=made.number,
            line=grant.line,
            sku=grant.sku,
            granted=grant.units,
            price_minor=grant.price_minor,
            benefit_minor=grant.benefit_minor,
        )
        for grant in granted
    ]


def _answer(made: Claim, caller: Caller, now: datetime) -> FirstAnswer:
    return FirstAnswer(
        bucket=made.bucket,
        number=made.number,
        client=caller.client,
        key=caller.key,
        verb="claim",
        body_hash=caller.body_hash,
        answer={},
        answered_at=now,
    )
