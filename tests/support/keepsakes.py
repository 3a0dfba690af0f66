"""Vouchers to keep, and the certificates and accounts they are signed with, all made for the tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from omni.domain.theme import HOUSE
from omni.present.keepsake import Keepsake, KeptWords
from omni.settings import Settings
from tests.support.installations import FESTIVAL

ISSUER = "3388000000012345678"
EMAIL = "offers@larkfell.iam.example"

FRENCH = KeptWords(
    spoken="fr_FR",
    locale="fr_FR",
    title="Votre code avantage",
    valid="Valable jusqu'au",
    until="Valable jusqu'au 14 janvier 2027, minuit à Paris",
    last_day="14 janvier 2027",
    campaign="Double 11",
    offer='Coffret "Matin", thé; deux tasses',
    price="59,90 €",
    store="Larkfell Paris",
)
JAPANESE = replace(
    FRENCH,
    spoken="ja",
    locale="ja",
    title="クーポンコード",
    until="2027年1月14日まで有効(パリの24時)",
    offer="朝のお茶セットと二つの湯呑みと大きな急須の特別な組み合わせ",
)


def a_keepsake(**changed: Any) -> Keepsake:
    """A French tea set's voucher, kept by somebody who reads French."""
    fields: dict[str, Any] = {
        "voucher": "V-2345-6789-BCDF-GHJ",
        "shown": "V-2345-6789-BCDF-GHJ",
        "address": "https://go.larkfell.example/v/V-2345-6789-BCDF-GHJ",
        "seller": "Larkfell Trading Ltd",
        "contact": "hello@larkfell.example",
        "last_on": date(2027, 1, 14),
        "ends_at": datetime(2027, 1, 14, 23, tzinfo=UTC),
        "zone": "Europe/Paris",
        "palette": HOUSE.palette,
        "words": (FRENCH, JAPANESE),
    }
    return Keepsake(**fields | changed)


@dataclass(frozen=True)
class Chain:
    """A certificate of its own for each step, and the signer's key, all in PEM."""

    root: str
    intermediate: str
    signer: str
    key: str


def a_key() -> rsa.RSAPrivateKey:
    """A key as the deployer would make it."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_pem(key: rsa.RSAPrivateKey) -> str:
    """A private key as a file has it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@cache
def a_chain(*, ends_at: datetime = FESTIVAL + timedelta(days=300)) -> Chain:
    """A root, an intermediate and a signer, as Apple's hang together; the signer's ends when asked to."""
    root_key, middle_key, own_key = a_key(), a_key(), a_key()
    late = FESTIVAL + timedelta(days=3_000)
    root = _certificate("Root", root_key, "Root", root_key, late)
    middle = _certificate("Intermediate", middle_key, "Root", root_key, late)
    own = _certificate("pass.example", own_key, "Intermediate", middle_key, ends_at, is_authority=False)
    return Chain(root, middle, own, key_pem(own_key))


def _certificate(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: str,
    issuer_key: rsa.RSAPrivateKey,
    ends_at: datetime,
    *,
    is_authority: bool = True,
) -> str:
    def named(common: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])

    builder = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(FESTIVAL - timedelta(days=1_000)).not_valid_after(ends_at)
    builder = builder.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    return builder.sign(issuer_key, SHA256()).public_bytes(Encoding.PEM).decode()


def with_apple(settings: Settings, chain: Chain) -> Settings:
    """The same installation, which makes passes for Apple Wallet."""
    return replace(
        settings,
        apple_pass_certificate=chain.signer,
        apple_pass_key=chain.key,
        apple_pass_wwdr=chain.intermediate,
        apple_pass_type="pass.example.offers",
        apple_pass_team="ABCDE12345",
    )


def with_google(settings: Settings, key: rsa.RSAPrivateKey) -> Settings:
    """The same installation, which saves offers in Google Wallet."""
    account = {"type": "service_account", "client_email": EMAIL, "private_key": key_pem(key)}
    return replace(settings, google_wallet_issuer=ISSUER, google_wallet_key=json.dumps(account))
