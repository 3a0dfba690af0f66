"""A voucher as a pass for Apple Wallet: a signed ZIP in every language the edition speaks.

Made of what Apple's Wallet Developer Guide asks for: `pass.json`, the icon, one `pass.strings` a language, a
manifest of their SHA-1 digests, and a detached PKCS #7 signature of the manifest.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha1
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from cryptography.x509 import Certificate, load_pem_x509_certificate
from PIL import Image, ImageDraw

from omni.domain.theme import Palette
from omni.present.formatting import iso_instant
from omni.present.keepsake import Keepsake, KeptWords
from omni.settings import BadSetting, Settings

MEDIA_TYPE = "application/vnd.apple.pkpass"
"""What servers call such a file."""

MANIFEST, SIGNATURE = "manifest.json", "signature"

_ICONS = {"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87}
_FINER = 8


@dataclass(frozen=True)
class PassSigner:
    """The deployer's own certificate for passes, its key, and the intermediate of Apple it hangs from."""

    type_id: str
    team_id: str
    certificate: Certificate
    key: RSAPrivateKey
    intermediate: Certificate

    @property
    def ends_at(self) -> datetime:
        """The instant from which phones refuse what is signed: when the first of both certificates ends."""
        return min(self.certificate.not_valid_after_utc, self.intermediate.not_valid_after_utc)

    def is_good(self, now: datetime) -> bool:
        """Whether phones take what is signed now."""
        begins = max(self.certificate.not_valid_before_utc, self.intermediate.not_valid_before_utc)
        return begins <= now < self.ends_at


@lru_cache(maxsize=4)
def signer_of(settings: Settings) -> PassSigner | None:
    """Who signs passes here; None where the settings name nobody.

    Raises BadSetting for what is no certificate or key in PEM, or are not of a pair; never with its text.
    """
    if not settings.apple_pass_certificate:
        return None
    certificate = _certificate("CERTIFICATE", settings.apple_pass_certificate)
    intermediate = _certificate("WWDR", settings.apple_pass_wwdr)
    try:
        key = load_pem_private_key(settings.apple_pass_key.encode(), password=None)
    except (ValueError, TypeError):
        raise BadSetting("OMNI_APPLE_PASS_KEY must be a private key in PEM without a passphrase") from None
    if not isinstance(key, RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise BadSetting("OMNI_APPLE_PASS_KEY is not the RSA key of OMNI_APPLE_PASS_CERTIFICATE")
    return PassSigner(settings.apple_pass_type, settings.apple_pass_team, certificate, key, intermediate)


def _certificate(name: str, pem: str) -> Certificate:
    try:
        return load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise BadSetting(f"OMNI_APPLE_PASS_{name} must be a certificate in PEM") from None


def apple_pass(kept: Keepsake, signer: PassSigner) -> bytes:
    """The pass of a voucher; the same voucher replaces its own pass. The phone is asked not to pass it on."""
    files = {"pass.json": _json(_pass(kept, signer)), **_icons(kept.palette), **_strings(kept)}
    manifest = _json({name: sha1(body, usedforsecurity=False).hexdigest() for name, body in files.items()})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in {**files, MANIFEST: manifest, SIGNATURE: _signed(manifest, signer)}.items():
            # A ZipInfo of its own carries no clock time, unlike a plain name.
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _pass(kept: Keepsake, signer: PassSigner) -> dict[str, Any]:
    words, colours = kept.spoken, kept.palette
    return {
        "formatVersion": 1,
        "passTypeIdentifier": signer.type_id,
        "teamIdentifier": signer.team_id,
        "serialNumber": kept.voucher,
        "organizationName": kept.seller,
        "description": words.offer,
        "logoText": words.campaign,
        "foregroundColor": _rgb(colours.ink),
        "labelColor": _rgb(colours.soft),
        "backgroundColor": _rgb(colours.paper),
        "expirationDate": iso_instant(kept.ends_at, kept.zone),
        "sharingProhibited": True,
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": kept.shown,
                "messageEncoding": "utf-8",
                "altText": kept.shown,
            }
        ],
        "coupon": {
            "primaryFields": [_field("offer", words.price, words.offer)],
            "secondaryFields": [_field("valid", words.last_day, words.valid)],
            "auxiliaryFields": [_field("voucher", kept.shown, words.title)],
            "backFields": [
                _field("until", words.until, words.offer),
                _field("page", kept.address, words.title),
                _field("seller", kept.contact, kept.seller),
                _field("store", words.store, words.campaign),
            ],
        },
    }


def _field(key: str, value: str, label: str) -> dict[str, str]:
    return {"key": key, "label": label, "value": value}


def _strings(kept: Keepsake) -> dict[str, bytes]:
    """The reader's words in each language; a phone that has none of them shows the reader's own."""
    return {f"{words.tongue}.lproj/pass.strings": _table(kept.spoken, words) for words in kept.words}


def _table(keys: KeptWords, words: KeptWords) -> bytes:
    said = {
        keys.title: words.title,
        keys.valid: words.valid,
        keys.until: words.until,
        keys.last_day: words.last_day,
        keys.campaign: words.campaign,
        keys.offer: words.offer,
        keys.price: words.price,
        keys.store: words.store,
    }
    lines = (f"{_quoted(key)} = {_quoted(value)};\n" for key, value in said.items())
    return ("\ufeff" + "".join(lines)).encode("utf-16-le")


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _signed(manifest: bytes, signer: PassSigner) -> bytes:
    signature = PKCS7SignatureBuilder().set_data(manifest)
    signature = signature.add_signer(signer.certificate, signer.key, SHA256())
    # Without Binary the line ends would be signed as CRLF, and the pass refused.
    options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary]
    return signature.add_certificate(signer.intermediate).sign(Encoding.DER, options)


def _rgb(hex_colour: str) -> str:
    return "rgb({},{},{})".format(*bytes.fromhex(hex_colour[1:]))


@lru_cache(maxsize=32)
def _icons(palette: Palette) -> Mapping[str, bytes]:
    return {name: _icon(side, palette) for name, side in _ICONS.items()}


def _icon(side: int, palette: Palette) -> bytes:
    """A ticket with its two notches, in the colours of the brand's buttons."""
    unit = side * _FINER / 29
    image = Image.new("RGB", (side * _FINER,) * 2, palette.action)
    pencil = ImageDraw.Draw(image)
    pencil.rounded_rectangle((5 * unit, 9 * unit, 24 * unit, 20 * unit), 2 * unit, fill=palette.action_ink)
    for x in (5, 24):
        pencil.circle((x * unit, 14.5 * unit), 2 * unit, fill=palette.action)
    for y in (10.5, 13.5, 16.5):
        dash = (17 * unit, y * unit, 17 * unit, (y + 1.75) * unit)
        pencil.line(dash, fill=palette.action, width=round(unit))
    out = io.BytesIO()
    image.resize((side, side), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()
