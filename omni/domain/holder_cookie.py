"""The vouchers a phone has unlocked, signed, so that it may see them again."""

from __future__ import annotations

from collections.abc import Iterable

from omni.domain.signed_text import read_signed_text, sign_text

MOST_VOUCHERS = 12


def remember(voucher: str, held: Iterable[str] = ()) -> tuple[str, ...]:
    """The vouchers a phone holds after unlocking one more: the newest first, each once, at most twelve."""
    return (voucher, *(other for other in held if other != voucher))[:MOST_VOUCHERS]


def write(vouchers: Iterable[str], secret: bytes) -> str:
    """The text of the cookie that lists these vouchers, as they are shown."""
    return sign_text(" ".join(vouchers).encode(), secret)


def read(text: str, secrets: Iterable[bytes]) -> tuple[str, ...]:
    """The vouchers of a cookie, the newest first; none when it is missing, forged or not ours."""
    body = read_signed_text(text, secrets)
    return tuple(body.decode().split()) if body else ()
