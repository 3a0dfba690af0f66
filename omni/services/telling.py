"""What a subscriber is told: the body of a message, written from the fact at the moment it is sent.

Facts never change, so whoever is told twice is told the same. The voucher is sealed here and nowhere stored.
"""

import json
from datetime import datetime
from typing import Any

from sqlmodel import Session

from omni.domain.batch import Batch
from omni.domain.campaign import Campaign
from omni.domain.claim import Claim
from omni.domain.code import Purpose
from omni.domain.counting import OutboxMessage
from omni.domain.hook import Topic
from omni.domain.keyring import Keyring
from omni.domain.offer import Bundle
from omni.domain.record import bucket_of
from omni.domain.redemption import Redemption, Reversal, ReversalEffect
from omni.domain.redemption_id import redemption_id
from omni.services import shop_codes
from omni.store import finders
from omni.store.outbox import fact_of


def body_of(session: Session, message: OutboxMessage, keyring: Keyring) -> bytes:
    """The body of a message for subscribers: JSON in the names of the API."""
    return as_json(message.topic, message.at, _data(session, message, keyring))


def as_json(topic: str, at: datetime, data: dict[str, Any]) -> bytes:
    """A body as the Standard Webhooks have it: what happened, when, and what there is to know of it."""
    body = {"type": topic, "timestamp": _instant(at), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _data(session: Session, message: OutboxMessage, keyring: Keyring) -> dict[str, Any]:
    match message.topic:
        case Topic.CLAIM_MADE:
            return _claim(session, keyring, *fact_of(message))
        case Topic.REDEMPTION_RECORDED:
            return _redemption(session, keyring, *fact_of(message))
        case Topic.REDEMPTION_REVERSED:
            return _reversal(session, keyring, *fact_of(message))
        case _:
            of_edition = dict(message.body)
            return _edition(session, of_edition.pop("edition_id")) | of_edition


def _claim(session: Session, keyring: Keyring, number: int) -> dict[str, Any]:
    made = session.get_one(Claim, (bucket_of(number), number))
    shop_code = shop_codes.code_of(session, number)
    return {
        **_whose(session, keyring, made),
        "shop_code": shop_code and shop_code.code,
        "bundle": session.get_one(Bundle, made.bundle_id).slug,
        "locale": made.locale.replace("_", "-"),
        "price_minor": made.price_minor,
        "currency": made.currency,
        "entitlements": [
            {
                "sku": each.sku,
                "granted": each.granted,
                "price_minor": each.price_minor,
                "benefit_minor": each.benefit_minor,
            }
            for each in finders.entitlements_of(session, number)
        ],
        "claimed_at": _instant(made.claimed_at),
        "expires_at": _instant(made.expires_at),
    }


def _redemption(session: Session, keyring: Keyring, number: int, seq: int) -> dict[str, Any]:
    spent = session.get_one(Redemption, (bucket_of(number), number, seq))
    made = session.get_one(Claim, (bucket_of(number), number))
    return {
        "id": _id(session, keyring, made, seq),
        **_whose(session, keyring, made),
        "order_ref": spent.order_ref,
        "order_total_minor": spent.order_total_minor,
        "benefit_minor": spent.benefit_minor,
        "currency": spent.currency,
        "lines": [
            {"sku": line.sku, "qty": line.quantity, "benefit_minor": line.benefit_minor}
            for line in finders.redemption_lines_of(session, number, seq)
        ],
        "redeemed_at": _instant(spent.redeemed_at),
    }


def _reversal(session: Session, keyring: Keyring, number: int, seq: int, rev: int) -> dict[str, Any]:
    key = (bucket_of(number), number, seq, rev)
    back, effect = session.get_one(Reversal, key), session.get(ReversalEffect, key)
    made = session.get_one(Claim, (bucket_of(number), number))
    spent = session.get_one(Redemption, (bucket_of(number), number, seq))
    skus = {line.line: line.sku for line in finders.redemption_lines_of(session, number, seq)}
    return {
        "redemption": _id(session, keyring, made, seq),
        **_whose(session, keyring, made),
        "order_ref": spent.order_ref,
        "benefit_minor": back.benefit_minor,
        "refund_minor": back.refund_minor,
        "charged_minor": effect.charged_minor if effect else 0,
        "currency": spent.currency,
        "lines": [
            {
                "sku": skus[line.line],
                "qty": line.quantity,
                "benefit_minor": line.benefit_minor,
                "refund_minor": line.refund_minor,
            }
            for line in finders.reversal_lines_of(session, number, seq)
            if line.rev == rev
        ],
        "reason": back.reason,
        "reversed_at": _instant(back.reversed_at),
    }


def _whose(session: Session, keyring: Keyring, made: Claim) -> dict[str, Any]:
    """Which voucher it is about, of which campaign, market and place."""
    key_id = session.get_one(Batch, made.batch_id).key_id
    return {
        "voucher": keyring.seal(made.number, Purpose.VOUCHER, key_id),
        **_edition(session, made.edition_id),
        "placement": finders.placement_of(session, made.placement_id).slug,
    }


def _edition(session: Session, edition_id: int) -> dict[str, Any]:
    edition = finders.edition_of(session, edition_id)
    campaign = session.get_one(Campaign, edition.campaign_id)
    return {"edition": f"{campaign.slug}/{edition.market_id}", "market": edition.market_id}


def _id(session: Session, keyring: Keyring, made: Claim, seq: int) -> str:
    return redemption_id(keyring, made.number, seq, session.get_one(Batch, made.batch_id).key_id)


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
