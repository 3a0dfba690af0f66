"""One signed file: a ZIP whose manifest names every file by its digest, and a signature of the manifest.

Ed25519 is not in Python's own library, hence `cryptography`.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
_LONGEST = 200_000_000


class BadSeal(ValueError):
    """A file of evidence that cannot be believed; the message says what is wrong with it."""


@dataclass(frozen=True)
class Exhibit:
    """One file of the evidence and what it is."""

    name: str
    what: str
    body: bytes


def public_key_pem(secret: bytes) -> str:
    """The public half of a 32-byte signing secret, as `openssl` reads it."""
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def seal_files(exhibits: Iterable[Exhibit], about: Mapping[str, Any], secret: bytes) -> bytes:
    """The exhibits as a signed ZIP; the same exhibits give the same bytes."""
    exhibits = sorted(exhibits, key=lambda exhibit: exhibit.name)
    key = Ed25519PrivateKey.from_private_bytes(secret)
    manifest = _manifest(exhibits, {**about, "key": _named(key.public_key())})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in [(MANIFEST, manifest), (SIGNATURE, key.sign(manifest))]:
            _put(archive, name, body)
        for exhibit in exhibits:
            _put(archive, exhibit.name, exhibit.body)
    return out.getvalue()


def open_seal(sealed: bytes, secrets: Iterable[bytes]) -> dict[str, Any]:
    """The manifest of a signed ZIP, once its signature and every digest hold. Raises BadSeal."""
    files = _unpacked(sealed)
    manifest, signature = files.pop(MANIFEST, b""), files.pop(SIGNATURE, b"")
    if not any(_has_signed(secret, manifest, signature) for secret in secrets):
        raise BadSeal("its manifest was changed, or another installation signed it")
    told: dict[str, Any] = json.loads(manifest)
    signed = {file["name"]: file["sha256"] for file in told["files"]}
    found = {name: sha256(body).hexdigest() for name, body in files.items()}
    if changed := sorted({name for name, _ in signed.items() ^ found.items()}):
        raise BadSeal(f"not as it was signed: {', '.join(changed)}")
    return told


def _unpacked(sealed: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(sealed)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > _LONGEST:
                raise BadSeal("it is larger than any evidence of ours")
            if len({entry.filename for entry in entries}) < len(entries):
                raise BadSeal("it holds a file twice")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error):
        raise BadSeal("it is no whole ZIP file") from None


def _manifest(exhibits: Iterable[Exhibit], about: Mapping[str, Any]) -> bytes:
    files = [
        {
            "name": exhibit.name,
            "what": exhibit.what,
            "bytes": len(exhibit.body),
            "sha256": sha256(exhibit.body).hexdigest(),
        }
        for exhibit in exhibits
    ]
    return (json.dumps({**about, "files": files}, indent=2, ensure_ascii=False) + "\n").encode()


def _named(public: Ed25519PublicKey) -> dict[str, str]:
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"algorithm": "Ed25519", "public": b64encode(raw).decode()}


def _has_signed(secret: bytes, manifest: bytes, signature: bytes) -> bool:
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
    try:
        public.verify(signature, manifest)
    except InvalidSignature:
        return False
    return True


def _put(archive: zipfile.ZipFile, name: str, body: bytes) -> None:
    # A ZipInfo of its own carries no clock time, unlike a plain name.
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, body)
