"""What was on the screen, signed, so that a claim can say what the shopper accepted.

The claim form has no session to ride on; this token is its proof that we drew the page, when, and with which
terms and price.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct

from omni.domain.signed_text import read_signed_text, sign_text

NONCE_BYTES = 8
VALID_MINUTES = 30
AHEAD_MINUTES = 2

# number, minute, nonce, revision, terms id, price; the locale follows. All unsigned.
_LAYOUT = Struct(f">QI{NONCE_BYTES}sIQQ")


@dataclass(frozen=True, slots=True)
class RenderToken:
    """One drawing of a code's page: which code, when, and the revision, terms, price and locale it showed.

    `minute` counts minutes since 1970 in UTC; `nonce` is eight random bytes that tell two drawings of one
    page apart.
    """

    number: int
    minute: int
    nonce: bytes
    revision: int
    terms_id: int
    price_minor: int
    locale: str


def sign(token: RenderToken, secret: bytes) -> str:
    """The token as the form carries it. Raises ValueError when the nonce does not have eight bytes."""
    if len(token.nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
    fields = (token.number, token.minute, token.nonce, token.revision, token.terms_id, token.price_minor)
    return sign_text(_LAYOUT.pack(*fields) + token.locale.encode(), secret)


def read(text: str, secrets: Iterable[bytes], *, now_minute: int) -> RenderToken | None:
    """The token a form brought back, or None: forged, older than 30 minutes, or more than 2 ahead of us.

    A token that is a little ahead comes from another of our machines, whose clock runs ahead of this one's.
    """
    body = read_signed_text(text, secrets)
    if body is None or len(body) < _LAYOUT.size:
        return None
    number, minute, nonce, revision, terms_id, price_minor = _LAYOUT.unpack_from(body)
    locale = body[_LAYOUT.size :].decode()
    token = RenderToken(number, minute, nonce, revision, terms_id, price_minor, locale)
    is_current = -AHEAD_MINUTES <= now_minute - token.minute <= VALID_MINUTES
    return token if is_current else None


def personal_number(token_text: str, first: int, size: int, probe: int) -> int:
    """The number a shared code gives to the shopper who holds this token, on the given try.

    The same token and try give the same number, so a double tap is one claim; counting `probe` up from 0
    walks every number of `[first, first + size)` once. Raises ValueError for an empty range.
    """
    if size < 1:
        raise ValueError("a shared code needs at least one number to give")
    place = int.from_bytes(blake2b(token_text.encode(), digest_size=8, person=b"personal").digest(), "big")
    return first + (place + probe) % size
