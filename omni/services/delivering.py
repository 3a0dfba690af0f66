"""Delivering: what is for subscribers is handed over to them, sent in the order of its stream, and settled.

Any number of workers may hand over and deliver at the same time and any of them may be killed. A message is
leased before it is sent and settled afterwards, each in a transaction of its own and neither while somebody
waits for the network: who is killed in between leaves a lease that runs out, and the message goes out again.
So every message arrives at least once. Of a stream only the oldest message that is not delivered may be sent;
one that is parked holds up its stream, until somebody replays or skips it, and no other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select, tuple_, update
from standardwebhooks import Webhook

from omni.domain.code import Purpose
from omni.domain.counting import OutboxMessage
from omni.domain.delivery_rule import GONE, KEPT, Answer, verdict
from omni.domain.hook import Delivery, DeliveryState, Hook
from omni.domain.keyring import Keyring
from omni.services.hooking import secrets_of
from omni.services.telling import as_json, body_of
from omni.store.outbox import stream_of
from omni.store.rows import insert_all, rows_changed

LEASE = timedelta(minutes=2)
"""How long whoever takes messages has them for itself; longer than all of them can take to be sent."""

AT_ONCE = 16
"""How many messages are taken together."""

TRIAL_TOPIC = "test"

_LONGEST_TROUBLE = 200


@dataclass(frozen=True)
class Letter:
    """One message ready to be sent: where to, the body, and the headers that sign it."""

    url: str
    body: bytes
    headers: Mapping[str, str]


def hand_over(tx: Session, now: datetime, limit: int = 500) -> int:
    """Put announced facts before the subscribers that want to hear of them; says how many facts it was.

    Lower turns come first whatever the limit, so no message gets a smaller id than one before it in its
    stream; another worker at the same facts is waited for, for the same reason.
    """
    messages = tx.exec(
        select(OutboxMessage)
        .where(col(OutboxMessage.turn).is_not(None), col(OutboxMessage.handed_at).is_(None))
        .order_by(
            col(OutboxMessage.turn),
            col(OutboxMessage.at),
            col(OutboxMessage.bucket),
            col(OutboxMessage.id),
        )
        .limit(limit)
        .with_for_update()
    ).all()
    if not messages:
        return 0
    hooks = tx.exec(select(Hook).where(col(Hook.disabled_at).is_(None)).order_by(col(Hook.id))).all()
    insert_all(
        tx,
        Delivery,
        [_delivery(hook, message, now) for message in messages for hook in hooks if _wants(hook, message)],
    )
    key = tuple_(col(OutboxMessage.bucket), col(OutboxMessage.id))
    handed = update(OutboxMessage).where(key.in_([(message.bucket, message.id) for message in messages]))
    rows_changed(tx, handed.values(handed_at=now))
    return len(messages)


def hooks_due(session: Session, now: datetime) -> Sequence[int]:
    """The subscribers something waits for that may be tried now."""
    return session.exec(
        select(Delivery.hook_id)
        .join(Hook, col(Hook.id) == col(Delivery.hook_id))
        .where(col(Hook.disabled_at).is_(None), *_is_due(now))
        .distinct()
        .order_by(col(Delivery.hook_id))
    ).all()


def due(session: Session, now: datetime, *, hook_id: int) -> Sequence[int]:
    """The messages of a subscriber that may be sent now, by their ids: each is the oldest of its stream.

    Found by reading alone: behind a subscriber that is away many thousands may wait, and nobody who writes
    should wait with them. What may be sent now stays so until it is taken.
    """
    earlier = aliased(Delivery)
    is_held_up = (
        select(earlier.id)
        .where(
            col(earlier.hook_id) == col(Delivery.hook_id),
            col(earlier.stream) == col(Delivery.stream),
            col(earlier.id) < col(Delivery.id),
            col(earlier.state) != DeliveryState.DELIVERED,
        )
        .exists()
    )
    found = (
        select(Delivery.id)
        .join(Hook, col(Hook.id) == col(Delivery.hook_id))
        .where(Delivery.hook_id == hook_id, col(Hook.disabled_at).is_(None), *_is_due(now), ~is_held_up)
        .order_by(col(Delivery.next_try_at), col(Delivery.id))
        .limit(AT_ONCE)
    )
    return [delivery_id or 0 for delivery_id in session.exec(found)]


def take(tx: Session, now: datetime, *, ids: Sequence[int]) -> Sequence[Delivery]:
    """Take messages that are due and lease them; those another worker has, or takes now, are left to it."""
    taken = tx.exec(
        select(Delivery)
        .where(col(Delivery.id).in_(ids), *_is_due(now))
        .order_by(col(Delivery.id))
        .with_for_update(skip_locked=True)
    ).all()
    for delivery in taken:
        delivery.leased_until = now + LEASE
    return taken


def letter(session: Session, now: datetime, *, delivery: Delivery, keyring: Keyring) -> Letter:
    """A message as it is sent: the same id and body at every try, signed with every secret that is good now.

    Raises KeyringProblem when the key of its secret, or of the code it is about, is not here any more.
    """
    hook = session.get_one(Hook, delivery.hook_id)
    message = session.get_one(OutboxMessage, (delivery.bucket, delivery.message_id))
    body = body_of(session, message, keyring)
    name = _public_name(delivery.message_id, keyring, hook)
    headers = signed(hook, keyring, now, name=name, body=body)
    return Letter(hook.url, body, headers)


def trial_letter(hook: Hook, now: datetime, *, keyring: Keyring, mint: Callable[[int], bytes]) -> Letter:
    """A message that says nothing, to see whether a subscriber takes and verifies it."""
    body = as_json(TRIAL_TOPIC, now, {"hook": hook.slug})
    return Letter(hook.url, body, signed(hook, keyring, now, name=f"msg_{mint(15).hex()}", body=body))


def signed(hook: Hook, keyring: Keyring, now: datetime, *, name: str, body: bytes) -> dict[str, str]:
    """The three headers of the Standard Webhooks; during a change-over there are two signatures."""
    signatures = [Webhook(secret).sign(name, now, body.decode()) for secret in secrets_of(hook, keyring, now)]
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def settle(tx: Session, now: datetime, *, taken: Delivery, answer: Answer, dice: float) -> bool:
    """Write down what a subscriber answered; False when the message is no longer ours to settle.

    One that is Gone is sent nothing more. The 72 hours of a message begin with its first failure.
    """
    delivery = _ours(tx, taken)
    if delivery is None:
        return False
    if not (answer.is_taken or delivery.tries):
        delivery.give_up_at = now + KEPT
    found = verdict(answer, now, failures=delivery.tries, give_up_at=delivery.give_up_at, dice=dice)
    delivery.state, delivery.next_try_at, delivery.leased_until = found.state, found.next_try_at, None
    delivery.tries += 1
    delivery.trouble = answer.trouble[:_LONGEST_TROUBLE] or None
    delivery.done_at = now if found.state is DeliveryState.DELIVERED else None
    if answer.status == GONE:
        tx.get_one(Hook, delivery.hook_id).disabled_at = now
    return True


def put_back(tx: Session, *, taken: Delivery) -> None:
    """Give a message back that was taken and not sent."""
    delivery = _ours(tx, taken)
    if delivery is not None:
        delivery.leased_until = None


def _ours(tx: Session, taken: Delivery) -> Delivery | None:
    """A message we took, locked, unless the lease ran out and another worker has taken it since."""
    found = tx.get_one(Delivery, taken.id, with_for_update=True, populate_existing=True)
    is_ours = found.state is DeliveryState.WAITING and found.leased_until == taken.leased_until
    return found if is_ours else None


def _is_due(now: datetime) -> tuple[bool, ...]:
    is_free = or_(col(Delivery.leased_until).is_(None), col(Delivery.leased_until) <= now)
    return Delivery.state == DeliveryState.WAITING, col(Delivery.next_try_at) <= now, is_free  # type: ignore[return-value]


def _wants(hook: Hook, message: OutboxMessage) -> bool:
    return message.topic in hook.topics and message.at >= hook.added_at


def _delivery(hook: Hook, message: OutboxMessage, now: datetime) -> dict[str, object]:
    return {
        "hook_id": hook.id,
        "bucket": message.bucket,
        "message_id": message.id,
        "stream": stream_of(message),
        "state": DeliveryState.WAITING,
        "tries": 0,
        "made_at": now,
        "next_try_at": now,
        "give_up_at": now + KEPT,
    }


def _public_name(message_id: str, keyring: Keyring, hook: Hook) -> str:
    """The id a subscriber knows a message by: the same at every try, and giving away no number."""
    key = keyring.secret_for(Purpose.WEBHOOK, hook.key_id)
    return f"msg_{blake2b(message_id.encode(), key=key, digest_size=15).hexdigest()}"
