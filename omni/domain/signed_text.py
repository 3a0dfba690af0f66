"""Bytes that travel through a stranger's hands and come back unchanged."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from hashlib import blake2b
from hmac import compare_digest

_MAC_BYTES = 16
_LONGEST_TEXT = 1024


def sign_text(body: bytes, secret: bytes) -> str:
    """The bytes with their signature, as url-safe text without padding.

    Readable by anybody, made only with the secret. What kind of text it is rests on the secret alone, so each
    kind has a secret of its own.
    """
    return _text_of(_mac(body, secret) + body)


def read_signed_text(text: str, secrets: Iterable[bytes]) -> bytes | None:
    """The bytes that were signed with any of these secrets, or None.

    One signed value has one spelling: another text that decodes to the same bytes is refused.
    """
    if len(text) > _LONGEST_TEXT:
        return None
    try:
        signed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    # Python's decoder skips unknown letters and ignores spare bits; a token's text also decides its number.
    if _text_of(signed) != text:
        return None
    mac, body = signed[:_MAC_BYTES], signed[_MAC_BYTES:]
    return body if any(compare_digest(mac, _mac(body, secret)) for secret in secrets) else None


def _mac(body: bytes, secret: bytes) -> bytes:
    return blake2b(body, key=secret, digest_size=_MAC_BYTES).digest()


def _text_of(signed: bytes) -> str:
    return urlsafe_b64encode(signed).rstrip(b"=").decode()
