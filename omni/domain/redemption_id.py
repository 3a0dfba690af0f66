"""How the outside names a redemption: the sealed number of its code, and which of its redemptions it is."""

from __future__ import annotations

from omni.domain.code import Purpose
from omni.domain.keyring import Keyring, Opened

_MOST_DIGITS = 9


def redemption_id(keyring: Keyring, number: int, seq: int, key_id: int) -> str:
    """The id of a code's redemption, `R-XXXX-XXXX-XXXX-XXX-1`; it gives away neither number nor voucher."""
    return f"{keyring.seal(number, Purpose.REDEMPTION, key_id)}-{seq}"


def read_redemption_id(keyring: Keyring, text: str) -> tuple[Opened, int] | None:
    """The code and the count an id stands for, or None when it is not one of ours."""
    sealed, _, seq = text.strip().rpartition("-")
    if not (seq.isascii() and seq.isdigit() and len(seq) <= _MOST_DIGITS):
        return None
    opened = keyring.open(sealed)
    if opened is None or opened.purpose is not Purpose.REDEMPTION:
        return None
    return opened, int(seq)
