"""Remembering which keys this database's paper was sealed with."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, select

from omni.domain.batch import KeyFingerprint
from omni.domain.keyring import Keyring, KeyringProblem
from omni.domain.refusal import BadInput


def check_keys(session: Session, keyring: Keyring) -> None:
    """Every key the database knows must be here and be the same. Raises KeyringProblem with the remedy."""
    match_keys(session.exec(select(KeyFingerprint)), keyring)


def match_keys(known_keys: Iterable[KeyFingerprint], keyring: Keyring) -> None:
    """Each of these that was not let go must be in the keyring and be the same. Raises KeyringProblem."""
    held = keyring.fingerprints()
    for known in known_keys:
        if known.retired_at is None and held.get(known.key_id) != known.fingerprint:
            raise KeyringProblem(
                f"Code key {known.key_id} of this database is not here: restore it from the recovery sheet."
            )


def remember_keys(tx: Session, now: datetime, keyring: Keyring) -> None:
    """Write down the fingerprint of each key that is new here."""
    for key_id, fingerprint in keyring.fingerprints().items():
        if tx.get(KeyFingerprint, key_id) is None:
            tx.add(KeyFingerprint(key_id=key_id, fingerprint=fingerprint, added_at=now))


def has_keys(session: Session) -> bool:
    """Whether anything in this database may have been sealed already."""
    return session.exec(select(KeyFingerprint)).first() is not None


def retire_key(tx: Session, now: datetime, *, key_id: int) -> None:
    """Let a key go: what was sealed with it never opens again. Raises BadInput when there is no such key."""
    known = tx.get(KeyFingerprint, key_id)
    if known is None or known.retired_at is not None:
        raise BadInput("key", f"{key_id} is not a key of this installation")
    known.retired_at = now
