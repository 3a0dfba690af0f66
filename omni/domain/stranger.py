"""A text that is not one of our codes: what its shape says it is, and a mark to know it again by.

On many receipts the till prints a square of the tax office's next to ours, and people scan the wrong one. The
rules below know the common forms of it; they are few, because a wrong guess costs a sentence and no more.
"""

from __future__ import annotations

import re
from base64 import b64decode
from hashlib import blake2b
from urllib.parse import parse_qs

from omni.domain.code import is_piece, normalise
from omni.domain.visit import OrphanClass

_LONGEST_READ = 1024

# Brazil's NFC-e and others carry an access key of 44 digits; no code, telephone or item number is so long.
_LONG_NUMBER = re.compile(r"\d{20}")

_BEGINNINGS = re.compile(
    r"[A-Z]{2}\d{19}[0-9A-Fa-f]{16}"  # Taiwan's e-invoice: number, date, random digits, two amounts
    r"|\*\*.*:.*:"  # its second square
    r"|01,\d{2},\d{8,20},"  # China's fapiao
    r"|V0;[^;]*;Kassenbeleg-V1;"  # Germany's TSE
    r"|_R\d-[A-Z]{2}\d"  # Austria's RKSV
)

_FIELDS = (
    frozenset({"i", "f", "s", "t"}),  # Kazakhstan: sign, register, sum, time
    frozenset({"id", "re", "tt"}),  # Mexico's CFDI: number, issuer, total
    frozenset({"nif", "numserie", "importe"}),  # Spain's Verifactu: issuer, number, total
)


def class_of(text: str) -> OrphanClass:
    """Why a text that does not open is not one of ours, as far as its shape tells.

    >>> class_of("BCDFG-HJKLM-NPQRS").value, class_of("BCDFG-HJK").value, class_of("unknown").value
    ('wrong-check', 'cut-off', 'not-a-code')
    """
    if normalise(text) is not None:
        return OrphanClass.WRONG_CHECK
    if is_tax_code(text[:_LONGEST_READ]):
        return OrphanClass.TAX_CODE
    return OrphanClass.CUT_OFF if is_piece(text) else OrphanClass.NOT_A_CODE


def is_tax_code(text: str) -> bool:
    """Whether a text reads like what a tax office has printed on receipts.

    >>> is_tax_code("http://consumer.oofd.kz?i=1234567890&f=010101000111&s=4990.0&t=20261111T140200")
    True
    >>> is_tax_code("https://pay.example/x?order=1&total=2")
    False
    """
    return bool(
        _LONG_NUMBER.search(text)
        or _BEGINNINGS.match(text)
        or any(fields <= _keys(text) for fields in _FIELDS)
        or _is_saudi(text)
    )


def mark_of(text: str, secret: bytes) -> str:
    """Sixteen hexadecimal digits, the same for the same text however it was written, under one secret.

    Without the secret nobody goes back from a mark to a text, not even by trying every code there is.
    """
    meant = normalise(text) or "".join(text[:_LONGEST_READ].split()).casefold()
    return blake2b(meant.encode(errors="surrogatepass"), key=secret, digest_size=8).hexdigest()


def _keys(text: str) -> frozenset[str]:
    return frozenset(parse_qs(text.rpartition("?")[2]))


def _is_saudi(text: str) -> bool:
    """Whether this is Saudi Arabia's: base64 of fields numbered from 1, each a number, a length, its bytes.

    The first five are seller, tax number, time, total and tax.
    """
    try:
        raw = b64decode(text, validate=True)
    except ValueError:
        return False
    position, number = 0, 0
    while position + 2 <= len(raw) and raw[position] == number + 1:
        number, position = number + 1, position + 2 + raw[position + 1]
    return number >= 5 and position == len(raw)
