"""How a receipt is found again although its number is never kept."""

from __future__ import annotations

from hashlib import blake2b

from omni.domain.code import Purpose
from omni.domain.keyring import Keyring
from omni.domain.record import Origin


def receipt_hashes(keyring: Keyring, placement_id: int, receipt_no: str, origin: Origin) -> tuple[str, ...]:
    """What stands for a receipt number of a place, under every key, the current one first.

    A receipt seen before the keys changed is found under its old hash. A number typed in practice never
    stands in the way of the real one.
    """
    return _hashes(keyring, "receipt", origin.value, str(placement_id), receipt_no)


def unbound_hashes(keyring: Keyring, client: str, key: str, origin: Origin) -> tuple[str, ...]:
    """What stands for a receipt without a number: who asked, and under which request key."""
    return _hashes(keyring, "unbound", origin.value, client, key)


def _hashes(keyring: Keyring, *parts: str) -> tuple[str, ...]:
    told = "\0".join(parts).encode()
    secrets = keyring.secrets_for(Purpose.RECEIPT)
    return tuple(blake2b(told, key=secret, digest_size=32).hexdigest() for secret in secrets)
