"""Every reason to say no has words for both audiences in the complete languages, and its place in HTTP."""

import pytest
from babel.messages import Catalog

from omni.domain.refusal import Reason
from omni.present import catalogues
from omni.present.locales import speaking
from omni.present.wording import SENTENCES, sentence
from omni.web.statuses import status_of

COMPLETE = ("en", "fr", "ar")

# What the API says of each family of reasons; every reason not named here is a conflict, 409.
STATUSES = {
    400: {"malformed"},
    401: {"not-signed-in"},
    403: {"not-allowed"},
    405: {"method-not-allowed"},
    410: {"ended", "expired", "voided"},
    413: {"too-large"},
    415: {"unsupported-media-type"},
    422: {"invalid-input", "key-required"},
    429: {"too-many-attempts"},
    500: {"internal"},
    503: {"store-busy"},
}


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_status_of_its_family(reason: Reason) -> None:
    named = {status for status, reasons in STATUSES.items() if reason.value in reasons}
    is_stranger = reason.value.startswith("unknown-") or reason is Reason.NOT_FOUND
    assert status_of(reason) in (named or {404 if is_stranger else 409})


@pytest.mark.parametrize("locale", COMPLETE)
@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_told_to_shopper_and_staff(reason: Reason, locale: str) -> None:
    with speaking(locale):
        told = [sentence(reason, audience="shopper"), sentence(reason, audience="staff")]
    assert all(" " in words.strip() for words in told)
    assert not any(reason.value in words for words in told if "-" in reason.value)


def test_no_sentence_is_for_a_reason_nobody_gives() -> None:
    assert set(SENTENCES) == {reason.value for reason in Reason}


def test_an_inner_word_in_a_catalogue_of_ours_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = Catalog(locale="fr", domain="messages")
    planted.add("Your entitlement", "Votre entitlement")
    monkeypatch.setattr(catalogues, "_read", lambda path: planted)
    problems = {finding.problem for finding in catalogues.catalogue_findings()}
    assert "shows the inner word 'entitlement'" in problems
