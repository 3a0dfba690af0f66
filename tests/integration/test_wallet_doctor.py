"""What the doctor says of the keys of wallets: whose they are, that they end, that they are none."""

import json
from datetime import timedelta

import pytest

from tests.support.commands import Omni
from tests.support.installations import FESTIVAL
from tests.support.keepsakes import Chain, a_chain, a_key, key_pem

pytestmark = pytest.mark.pages


@pytest.fixture
def engine_name() -> str:
    """One engine is enough: no wallet asks the database anything."""
    return "sqlite"


def said_of(omni: Omni, what: str) -> tuple[str, str]:
    """How something stands, and what is told of it."""
    found = {one["what"]: one for one in json.loads(omni("doctor", "--json").out)}
    return found[what]["standing"], found[what]["told"]


def set_apple(monkeypatch: pytest.MonkeyPatch, chain: Chain) -> None:
    given = {"CERTIFICATE": chain.signer, "KEY": chain.key, "WWDR": chain.intermediate}
    for name, value in (given | {"TYPE": "pass.example.offers", "TEAM": "ABCDE12345"}).items():
        monkeypatch.setenv(f"OMNI_APPLE_PASS_{name}", value)


def test_a_certificate_is_said_to_be_good_to_end_or_to_have_ended(
    bare_omni: Omni, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_apple(monkeypatch, a_chain())
    assert said_of(bare_omni, "Apple Wallet")[0] == "ok"
    set_apple(monkeypatch, a_chain(ends_at=FESTIVAL + timedelta(days=5)))
    standing, told = said_of(bare_omni, "Apple Wallet")
    assert (standing, told.startswith("certificates good for 5 days: renew")) == ("mend", True)
    set_apple(monkeypatch, a_chain(ends_at=FESTIVAL - timedelta(days=1)))
    standing, told = said_of(bare_omni, "Apple Wallet")
    assert (standing, "no passes are made" in told) == ("mend", True)


def test_a_key_that_is_none_is_to_be_mended_and_never_shown(
    bare_omni: Omni, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNI_GOOGLE_WALLET_ISSUER", "3388")
    monkeypatch.setenv("OMNI_GOOGLE_WALLET_KEY", key_pem(a_key()))
    standing, told = said_of(bare_omni, "Google Wallet")
    assert (standing, "OMNI_GOOGLE_WALLET_KEY" in told, "PRIVATE" in told) == ("mend", True, False)


def test_half_a_wallet_is_one_line_that_names_what_is_missing(
    bare_omni: Omni, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNI_GOOGLE_WALLET_ISSUER", "3388")
    assert said_of(bare_omni, "settings") == (
        "mend",
        "OMNI_GOOGLE_WALLET_KEY: missing beside OMNI_GOOGLE_WALLET_ISSUER; set all of them or none",
    )
