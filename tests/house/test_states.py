"""The list of states that are looked at leaves none out."""

import re

import omni
from omni.domain.refusal import Reason
from omni.domain.rulebook import PageState
from tests.support.states import STATES

SHOPPER = omni.asset("templates") / "shopper"


def test_every_state_of_a_page_is_looked_at() -> None:
    assert {state.page for state in STATES.values()} - {None} == set(PageState)


def test_every_refusal_a_vouchers_page_has_words_for_is_looked_at() -> None:
    written = (SHOPPER / "voucher.html").read_text()
    refusals = {Reason(word) for word in re.findall(r'refusal == "([a-z-]+)"', written)}
    looked_at = {state.refusal for state in STATES.values()}
    assert refusals
    assert refusals | {Reason.OUT_OF_STOCK} <= looked_at


def test_every_failure_with_words_of_its_own_is_looked_at() -> None:
    written = (SHOPPER.parent / "errors" / "error.html").read_text()
    statuses = {int(status) for status in re.findall(r"^  (\d{3}):", written, re.MULTILINE)}
    assert statuses
    assert statuses <= {state.status for state in STATES.values()}
