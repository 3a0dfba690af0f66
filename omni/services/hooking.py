"""Subscribers: who hears of what, the secrets their messages are signed with, and what waits for them."""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from sqlmodel import Session, col, func, select, update

from omni.domain.code import Purpose
from omni.domain.delivery_rule import KEPT
from omni.domain.hook import Delivery, DeliveryState, Hook, Topic
from omni.domain.hook_address import hook_address
from omni.domain.keyring import Keyring
from omni.domain.refusal import BadInput, Reason, Unknown
from omni.store.rows import rows_changed

CHANGE_OVER = timedelta(hours=24)
"""How long the secret before is still signed with, so that a receiver may change over in its own time."""

MOST_PARKED_SHOWN = 50

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


@dataclass(frozen=True)
class Standing:
    """How it stands with a subscriber: how many messages wait and are parked, and the oldest parked ones."""

    hook: Hook
    waiting: int
    parked: int
    oldest_parked: Sequence[Delivery] = ()


def add_hook(
    tx: Session,
    now: datetime,
    *,
    name: str,
    url: str,
    topics: Iterable[Topic],
    keyring: Keyring,
    allows_http: bool,
    by: str,
) -> Hook:
    """Add a subscriber; it hears of what happens from now on. Raises BadInput."""
    if not _NAME.fullmatch(name):
        raise BadInput("name", f"{name!r} is not a name: use small letters, digits, dots and dashes")
    if _named(tx, name) is not None:
        raise BadInput("name", f"there is a subscriber {name}: choose another name")
    try:
        address = hook_address(url)
    except ValueError as bad:
        raise BadInput("url", str(bad)) from None
    if not (address.is_secure or allows_http):
        raise BadInput("url", "must begin with https:// so that nobody listens in")
    wanted = frozenset(topics)
    hook = Hook(
        slug=name,
        url=url,
        topics=[topic.value for topic in Topic if topic in wanted],
        key_id=keyring.current_id,
        added_at=now,
        added_by=by,
    )
    tx.add(hook)
    tx.flush()
    return hook


def hook_named(session: Session, name: str) -> Hook:
    """A subscriber by its name. Raises Unknown."""
    found = _named(session, name)
    if found is None:
        raise Unknown(Reason.NOT_FOUND, f"subscriber {name}")
    return found


def rotate(tx: Session, now: datetime, *, name: str, keyring: Keyring) -> Hook:
    """Give a subscriber a new secret; the one before stays good for a day, as long as its key is here."""
    hook = hook_named(tx, name)
    has_key = hook.key_id in keyring.fingerprints()
    hook.key_id = hook.key_id if has_key else keyring.current_id
    hook.generation += 1
    hook.rotated_until = now + CHANGE_OVER if has_key else None
    tx.add(hook)
    return hook


def disable(tx: Session, now: datetime, *, name: str) -> Hook:
    """Send a subscriber nothing more; what waits for it stays, and what happens meanwhile passes it by."""
    hook = hook_named(tx, name)
    hook.disabled_at = hook.disabled_at or now
    tx.add(hook)
    return hook


def enable(tx: Session, *, name: str) -> Hook:
    """Let a subscriber hear again, first of what still waits for it."""
    hook = hook_named(tx, name)
    hook.disabled_at = None
    tx.add(hook)
    return hook


def replay(tx: Session, now: datetime, *, hook_id: int | None = None, delivery_id: int | None = None) -> int:
    """Let messages go out again, tried for another 72 hours: one in any state, or all that are parked.

    Says how many there were. Those that wait behind them in their streams follow by themselves.
    """
    is_meant = (
        col(Delivery.state) == DeliveryState.PARKED
        if delivery_id is None
        else col(Delivery.id) == delivery_id
    )
    again = update(Delivery).where(is_meant)
    if hook_id is not None:
        again = again.where(col(Delivery.hook_id) == hook_id)
    fresh = {
        "state": DeliveryState.WAITING,
        "tries": 0,
        "trouble": None,
        "next_try_at": now,
        "give_up_at": now + KEPT,
        "done_at": None,
    }
    return rows_changed(tx, again.values(fresh))


def skip(tx: Session, now: datetime, *, delivery_id: int, by: str) -> Delivery:
    """Take a parked message for delivered, so that those behind it in its stream may go on.

    Raises Unknown for a message that is not there, BadInput for one that is not parked.
    """
    found = delivery_numbered(tx, delivery_id)
    if found.state is not DeliveryState.PARKED:
        raise BadInput("message", f"{delivery_id} is {found.state.value}, not parked")
    found.state, found.done_at, found.trouble = DeliveryState.DELIVERED, now, f"skipped by {by}"[:200]
    tx.add(found)
    return found


def delivery_numbered(session: Session, delivery_id: int) -> Delivery:
    """A message to a subscriber by its number. Raises Unknown."""
    found = session.get(Delivery, delivery_id)
    if found is None:
        raise Unknown(Reason.NOT_FOUND, f"message {delivery_id}")
    return found


def secrets_of(hook: Hook, keyring: Keyring, now: datetime) -> list[str]:
    """The secrets a subscriber's messages are signed with, the current one first.

    They are derived whenever they are needed and stored nowhere. Raises KeyringProblem without the key.
    """
    generations = [hook.generation]
    if hook.rotated_until is not None and now < hook.rotated_until:
        generations.append(hook.generation - 1)
    return [_secret(hook, keyring, generation) for generation in generations]


def standings(session: Session) -> list[Standing]:
    """How it stands with every subscriber, by name."""
    counts = _counts(session)
    return [
        Standing(
            hook,
            counts.get((hook.id, DeliveryState.WAITING), 0),
            counts.get((hook.id, DeliveryState.PARKED), 0),
            _oldest_parked(session, hook),
        )
        for hook in session.exec(select(Hook).order_by(col(Hook.slug)))
    ]


def undelivered(session: Session) -> tuple[int, int]:
    """How many messages wait for subscribers, and how many are parked."""
    counts = _counts(session)
    return _sum(counts, DeliveryState.WAITING), _sum(counts, DeliveryState.PARKED)


def _counts(session: Session) -> dict[tuple[int | None, DeliveryState], int]:
    open_ones = (
        select(Delivery.hook_id, Delivery.state, func.count())
        .where(col(Delivery.state).in_((DeliveryState.WAITING, DeliveryState.PARKED)))
        .group_by(col(Delivery.hook_id), col(Delivery.state))
    )
    return {(hook_id, DeliveryState(state)): count for hook_id, state, count in session.exec(open_ones)}


def _sum(counts: Mapping[tuple[int | None, DeliveryState], int], wanted: DeliveryState) -> int:
    return sum(count for (_, state), count in counts.items() if state is wanted)


def _oldest_parked(session: Session, hook: Hook) -> Sequence[Delivery]:
    return session.exec(
        select(Delivery)
        .where(Delivery.hook_id == hook.id, Delivery.state == DeliveryState.PARKED)
        .order_by(col(Delivery.id))
        .limit(MOST_PARKED_SHOWN)
    ).all()


def _named(session: Session, name: str) -> Hook | None:
    return session.exec(select(Hook).where(Hook.slug == name)).first()


def _secret(hook: Hook, keyring: Keyring, generation: int) -> str:
    key = keyring.secret_for(Purpose.WEBHOOK, hook.key_id)
    derived = blake2b(f"{hook.id}:{generation}".encode(), key=key, digest_size=32).digest()
    return f"whsec_{b64encode(derived).decode()}"
