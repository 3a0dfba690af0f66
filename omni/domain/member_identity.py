"""How a person is recognised again by the word a shop or till has for her, although it is never kept."""

from __future__ import annotations

from hashlib import blake2b

from omni.domain.code import Purpose
from omni.domain.keyring import Keyring


def member_hash(keyring: Keyring, reference: str) -> str:
    """What stands for a shop's own reference to a person.

    Hashed under the oldest key, so that adding a key changes nothing; retiring that key forgets everybody.
    """
    oldest = min(key.id for key in keyring.keys)
    secret = keyring.secret_for(Purpose.MEMBER, oldest)
    return blake2b(reference.encode(), key=secret, digest_size=32).hexdigest()
