"""A voucher as an offer for Google Wallet: a link whose signed text holds the whole offer.

Nothing is asked of Google beforehand: the link carries the offer's class too, as a JSON Web Token (RFC 7519)
signed with the deployer's service account.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from omni.present.formatting import iso_instant
from omni.present.keepsake import Keepsake, KeptWords
from omni.present.locales import bcp47
from omni.settings import BadSetting, Settings

SAVE = "https://pay.google.com/gp/v/save/"
"""Where a phone saves what a token says."""

LONGEST_TOKEN = 1_800
"""Characters of a token that every browser passes on, as Google counts them."""

_LONGEST_TITLE, _LONGEST_NAME = 60, 20  # what a card shows of them
_BAD_KEY = "OMNI_GOOGLE_WALLET_KEY must be the JSON of a service account's RSA key, as Google gives it"


@dataclass(frozen=True)
class ServiceAccount:
    """The deployer's account with Google: the issuer of its offers, and who signs for it."""

    issuer: str
    email: str
    key: RSAPrivateKey


@lru_cache(maxsize=4)
def account_of(settings: Settings) -> ServiceAccount | None:
    """Who signs for Google Wallet here; None where the settings name nobody.

    Raises BadSetting for what is no key of a service account; never with its text.
    """
    if not settings.google_wallet_key:
        return None
    try:
        told = json.loads(settings.google_wallet_key)
        email, key = told["client_email"], load_pem_private_key(told["private_key"].encode(), password=None)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadSetting(_BAD_KEY) from None
    if not isinstance(key, RSAPrivateKey) or not isinstance(email, str):
        raise BadSetting(_BAD_KEY)
    return ServiceAccount(settings.google_wallet_issuer, email, key)


def google_pass(kept: Keepsake, account: ServiceAccount, *, now: datetime) -> str | None:
    """The link that saves a voucher; None for an address or a name so long that no browser would pass it on.

    The offer is named in as many of the edition's languages as there is room for, the reader's first.
    """
    tokens = (_token(kept, account, now, kept.words[:told]) for told in range(len(kept.words), 0, -1))
    return next((SAVE + token for token in tokens if len(token) <= LONGEST_TOKEN), None)


def _token(kept: Keepsake, account: ServiceAccount, now: datetime, told: tuple[KeptWords, ...]) -> str:
    page = urlsplit(kept.address)
    kind = _class(kept, account.issuer, told)
    claims = {
        "iss": account.email,
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(now.timestamp()),
        "origins": [f"{page.scheme}://{page.netloc}"],
        "payload": {
            "offerClasses": [kind],
            "offerObjects": [_object(kept, f"{account.issuer}.{kept.voucher}", kind["id"])],
        },
    }
    signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{signed}.{_base64(account.key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _class(kept: Keepsake, issuer: str, told: tuple[KeptWords, ...]) -> dict[str, Any]:
    """What all vouchers of an offer share. Google keeps what came first, so other words are another class."""
    titles = [{"language": bcp47(words.spoken), "value": words.offer[:_LONGEST_TITLE]} for words in told]
    said: dict[str, Any] = {
        "issuerName": kept.seller[:_LONGEST_NAME],
        "provider": kept.seller[:_LONGEST_NAME],
        "title": titles[0]["value"],
        "redemptionChannel": "ONLINE",
        "reviewStatus": "UNDER_REVIEW",
    }
    if len(titles) > 1:
        said["localizedTitle"] = {"defaultValue": titles[0], "translatedValues": titles[1:]}
    return {"id": f"{issuer}.{sha256(_compact(said)).hexdigest()[:20]}", **said}


def _object(kept: Keepsake, own_id: str, class_id: str) -> dict[str, Any]:
    words = kept.spoken
    return {
        "id": own_id,
        "classId": class_id,
        "state": "ACTIVE",
        "barcode": {"type": "QR_CODE", "value": kept.shown, "alternateText": kept.shown},
        "validTimeInterval": {"end": {"date": iso_instant(kept.ends_at, kept.zone)}},
        "linksModuleData": {"uris": [{"uri": kept.address, "description": words.title}]},
    }


def _part(document: Mapping[str, Any]) -> str:
    return _base64(_compact(document))


def _compact(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _base64(body: bytes) -> str:
    return urlsafe_b64encode(body).rstrip(b"=").decode()
