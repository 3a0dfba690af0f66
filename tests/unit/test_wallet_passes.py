"""Passes for Apple Wallet and offers for Google Wallet: what they say, and that their signatures hold."""

import io
import json
import shutil
import subprocess
import zipfile
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from hashlib import sha1
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from PIL import Image

from omni.domain.visit import DeviceClass
from omni.domain.wallet import Wallet, wallets_for
from omni.present.apple_pass import MANIFEST, SIGNATURE, apple_pass, signer_of
from omni.present.google_pass import LONGEST_TOKEN, SAVE, account_of, google_pass
from omni.present.keepsake import Keepsake
from omni.settings import BadSetting, Settings, read_settings
from tests.support.installations import FESTIVAL
from tests.support.keepsakes import (
    EMAIL,
    FRENCH,
    ISSUER,
    JAPANESE,
    a_chain,
    a_keepsake,
    a_key,
    key_pem,
    with_apple,
    with_google,
)


@cache
def google_key():
    """The key of the service account."""
    return a_key()


def a_pass(kept: Keepsake | None = None) -> dict[str, bytes]:
    """The files of a pass."""
    signer = signer_of(with_apple(Settings(), a_chain()))
    with zipfile.ZipFile(io.BytesIO(apple_pass(kept or a_keepsake(), signer))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def verified(files: Mapping[str, bytes], folder: Path) -> bool:
    """Whether `openssl` believes the signature of a pass's manifest, from the root on."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl: install Debian's package `openssl`")
    for name in (MANIFEST, SIGNATURE):
        (folder / name).write_bytes(files[name])
    (folder / "root.pem").write_text(a_chain().root)
    how = ["openssl", "cms", "-verify", "-inform", "DER", "-binary", "-purpose", "any", "-CAfile", "root.pem"]
    which = ["-in", SIGNATURE, "-content", MANIFEST, "-attime", str(int(FESTIVAL.timestamp()))]
    said = subprocess.run([*how, *which], cwd=folder, capture_output=True, check=False)
    return said.returncode == 0


def test_openssl_believes_a_pass_from_the_root_on(tmp_path: Path) -> None:
    assert verified(a_pass(), tmp_path)


def test_one_byte_changed_and_openssl_does_not(tmp_path: Path) -> None:
    files = a_pass()
    changed = files[MANIFEST].replace(b"pass.json", b"pass.jsom")
    assert not verified(files | {MANIFEST: changed}, tmp_path)


def test_the_manifest_names_every_other_file_by_its_digest() -> None:
    files = a_pass()
    manifest = json.loads(files[MANIFEST])
    rest = {name: body for name, body in files.items() if name not in (MANIFEST, SIGNATURE)}
    assert manifest == {name: sha1(body).hexdigest() for name, body in rest.items()}


def test_a_pass_says_what_apple_requires() -> None:
    said = json.loads(a_pass()["pass.json"])
    assert said["formatVersion"] == 1
    assert (said["passTypeIdentifier"], said["teamIdentifier"]) == ("pass.example.offers", "ABCDE12345")
    assert said["serialNumber"] == "V-2345-6789-BCDF-GHJ"
    assert said["organizationName"] == "Larkfell Trading Ltd"
    assert said["description"] == FRENCH.offer
    assert said["expirationDate"] == "2027-01-15T00:00:00+01:00"
    assert said["sharingProhibited"] is True
    assert [code["message"] for code in said["barcodes"]] == ["V-2345-6789-BCDF-GHJ"]
    keys = [field["key"] for fields in said["coupon"].values() for field in fields]
    assert len(keys) == len(set(keys))


def test_a_shop_that_takes_only_its_own_codes_reads_its_own() -> None:
    said = json.loads(a_pass(a_keepsake(shown="SHOP-1"))["pass.json"])
    assert said["barcodes"][0]["message"] == "SHOP-1"
    assert said["serialNumber"] == "V-2345-6789-BCDF-GHJ"


def test_every_language_of_the_edition_has_its_words() -> None:
    files = a_pass()
    tables = {name: read_strings(files[name]) for name in files if name.endswith("pass.strings")}
    assert set(tables) == {"fr.lproj/pass.strings", "ja.lproj/pass.strings"}
    assert tables["ja.lproj/pass.strings"][FRENCH.offer] == JAPANESE.offer
    assert tables["fr.lproj/pass.strings"][FRENCH.offer] == FRENCH.offer


def read_strings(body: bytes) -> dict[str, str]:
    """A table of words as a phone reads it: quotes, backslashes and all."""
    lines = body.decode("utf-16").splitlines()
    pairs = [json.loads("[" + line.removesuffix(";").replace('" = "', '", "') + "]") for line in lines]
    return dict(pairs)


@pytest.mark.parametrize("name, side", [("icon.png", 29), ("icon@2x.png", 58), ("icon@3x.png", 87)])
def test_the_icon_has_its_three_sizes(name: str, side: int) -> None:
    with Image.open(io.BytesIO(a_pass()[name])) as icon:
        assert icon.size == (side, side)
        assert len(icon.getcolors(10_000)) > 1


def test_a_certificate_is_good_until_the_instant_it_ends() -> None:
    signer = signer_of(with_apple(Settings(), a_chain()))
    assert signer.is_good(FESTIVAL)
    assert signer.is_good(signer.ends_at - timedelta(seconds=1))
    assert not signer.is_good(signer.ends_at)
    assert not signer.is_good(FESTIVAL - timedelta(days=1_001))


@pytest.mark.parametrize(
    "changed, named",
    [
        ({"apple_pass_certificate": "no certificate"}, "OMNI_APPLE_PASS_CERTIFICATE"),
        ({"apple_pass_wwdr": "no certificate"}, "OMNI_APPLE_PASS_WWDR"),
        ({"apple_pass_key": "no key"}, "OMNI_APPLE_PASS_KEY"),
        ({"apple_pass_key": "the key of another"}, "OMNI_APPLE_PASS_KEY"),
        ({"google_wallet_key": "no JSON"}, "OMNI_GOOGLE_WALLET_KEY"),
        ({"google_wallet_key": "[]"}, "OMNI_GOOGLE_WALLET_KEY"),
        ({"google_wallet_key": '{"client_email": "a@b", "private_key": "secret"}'}, "OMNI_GOOGLE_WALLET_KEY"),
    ],
)
def test_a_key_that_is_none_is_named_and_never_shown(changed: dict[str, str], named: str) -> None:
    if changed.get("apple_pass_key") == "the key of another":
        changed = {"apple_pass_key": key_pem(google_key())}
    settings = replace(with_google(with_apple(Settings(), a_chain()), google_key()), **changed)
    with pytest.raises(BadSetting, match=named) as problem:
        (signer_of(settings), account_of(settings))
    assert "secret" not in str(problem.value)
    assert "PRIVATE" not in str(problem.value)


def test_without_settings_there_is_nobody_to_sign() -> None:
    assert (signer_of(Settings()), account_of(Settings())) == (None, None)


@pytest.mark.parametrize(
    "given, missing",
    [
        ({"OMNI_APPLE_PASS_KEY": "k"}, "OMNI_APPLE_PASS_CERTIFICATE, OMNI_APPLE_PASS_WWDR"),
        ({"OMNI_GOOGLE_WALLET_ISSUER": "1"}, "OMNI_GOOGLE_WALLET_KEY: missing"),
    ],
)
def test_half_the_settings_of_a_wallet_are_refused_by_name(given: dict[str, str], missing: str) -> None:
    with pytest.raises(BadSetting, match=missing):
        read_settings(given)


def test_the_keys_of_wallets_never_show_in_the_repr() -> None:
    settings = with_google(with_apple(Settings(), a_chain()), google_key())
    assert "BEGIN" not in repr(settings)


def claims_of(link: str) -> dict[str, object]:
    """What a save link says, once its signature was proved with the public key."""
    assert link.startswith(SAVE)
    signed, _, signature = link.removeprefix(SAVE).rpartition(".")
    google_key().public_key().verify(decoded(signature), signed.encode(), PKCS1v15(), SHA256())
    header, claims = signed.split(".")
    assert json.loads(decoded(header)) == {"alg": "RS256", "typ": "JWT"}
    return json.loads(decoded(claims))


def decoded(part: str) -> bytes:
    assert "=" not in part
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def a_link(kept: Keepsake | None = None) -> str:
    account = account_of(with_google(Settings(), google_key()))
    link = google_pass(kept or a_keepsake(), account, now=FESTIVAL)
    assert link is not None
    return link


def test_a_save_link_says_who_signed_it_and_what_for() -> None:
    said = claims_of(a_link())
    assert (said["iss"], said["aud"], said["typ"]) == (EMAIL, "google", "savetowallet")
    assert said["iat"] == int(FESTIVAL.timestamp())
    assert said["origins"] == ["https://go.larkfell.example"]
    (kind,), (offer,) = said["payload"]["offerClasses"], said["payload"]["offerObjects"]
    assert offer["classId"] == kind["id"]
    assert offer["id"] == f"{ISSUER}.V-2345-6789-BCDF-GHJ"
    assert offer["barcode"]["value"] == "V-2345-6789-BCDF-GHJ"
    assert offer["validTimeInterval"]["end"]["date"] == "2027-01-15T00:00:00+01:00"
    titles = kind["localizedTitle"]
    assert titles["defaultValue"] == {"language": "fr-FR", "value": FRENCH.offer}
    assert titles["translatedValues"] == [{"language": "ja", "value": JAPANESE.offer}]


def test_one_letter_changed_and_the_link_is_not_believed() -> None:
    link = a_link()
    place = len(SAVE) + 100
    changed = link[:place] + ("A" if link[place] != "A" else "B") + link[place + 1 :]
    with pytest.raises(InvalidSignature):
        claims_of(changed)


def test_other_words_are_another_class_and_the_same_words_the_same() -> None:
    kinds = [
        claims_of(a_link(kept))["payload"]["offerClasses"][0]["id"]
        for kept in (a_keepsake(), a_keepsake(voucher="V-OTHER"), a_keepsake(words=(JAPANESE, FRENCH)))
    ]
    assert kinds[0] == kinds[1] != kinds[2]


def test_a_link_stays_short_enough_whatever_is_said_and_says_what_it_can() -> None:
    tongues = tuple(replace(JAPANESE, spoken=tongue, offer="長" * 90) for tongue in ("ja", "ko", "zh", "fr"))
    kept = a_keepsake(words=tongues, seller="社" * 80)
    link = a_link(kept)
    assert len(link.removeprefix(SAVE)) <= LONGEST_TOKEN
    (kind,) = claims_of(link)["payload"]["offerClasses"]
    assert kind["title"] == "長" * 60
    assert "localizedTitle" not in kind


@pytest.mark.parametrize(
    "country, device, wallets",
    [
        ("FR", DeviceClass.IOS, (Wallet.APPLE,)),
        ("FR", DeviceClass.ANDROID, (Wallet.GOOGLE,)),
        ("JP", DeviceClass.DESKTOP, (Wallet.APPLE, Wallet.GOOGLE)),
        ("CN", DeviceClass.IOS, ()),
        ("HK", DeviceClass.IOS, (Wallet.APPLE,)),
    ],
)
def test_a_phone_is_offered_the_wallet_it_has(country: str, device: DeviceClass, wallets: tuple) -> None:
    assert wallets_for(country, device) == wallets
