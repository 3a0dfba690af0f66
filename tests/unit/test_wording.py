"""Every reason has words, for the shopper and for the till, in every complete language."""

from __future__ import annotations

from typing import get_args

import pytest

from omni.domain.refusal import Reason
from omni.present.locales import interface_locales, speaking
from omni.present.wording import SENTENCES, Audience, sentence

AUDIENCES: tuple[Audience, ...] = get_args(Audience)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_sentence_of_its_own(reason: Reason) -> None:
    assert reason.value in SENTENCES


@pytest.mark.parametrize("locale", [each for each in interface_locales() if each != "en"])
def test_every_sentence_is_said_in_the_language_of_the_reader(locale: str) -> None:
    for reason in SENTENCES:
        for audience in AUDIENCES:
            with speaking("en"):
                english = sentence(reason, audience=audience)
            with speaking(locale):
                assert sentence(reason, audience=audience) != english


@pytest.mark.parametrize("audience", AUDIENCES)
def test_an_unknown_reason_reads_as_a_fault_of_ours(audience: Audience) -> None:
    assert sentence("never-heard-of", audience=audience) == sentence("internal", audience=audience)


def test_the_till_is_told_what_to_do_and_the_shopper_what_happened() -> None:
    assert sentence("voided", audience="shopper") != sentence("voided", audience="staff")


def test_an_unlocked_code_never_says_that_somebody_else_has_it() -> None:
    for audience in AUDIENCES:
        words = sentence("already-claimed", audience=audience).casefold()
        assert not {"someone", "somebody", "else", "another"} & set(words.replace(".", "").split())


def test_to_a_stranger_every_unknown_thing_that_holds_an_offer_reads_the_same() -> None:
    assert sentence("unknown-code", audience="shopper") == sentence("unknown-claim", audience="shopper")
