"""Goods come back at the till: what is held back is read out first, and a purchase takes its code along."""

import re

import pytest
from sqlmodel import func, select

from omni.app import Installation
from omni.domain.receipt import ReceiptReturn
from omni.domain.redemption import Reversal
from omni.domain.refusal import Refused
from omni.services.claiming import Claimed
from omni.services.redeeming import Redeemed
from omni.store import finders
from tests.support.journeys import spend, unlock
from tests.support.policies import decide
from tests.support.staff import Browser, signed_in

pytestmark = pytest.mark.pages

PARIS = "fr-paris-till-1"
CODE = re.compile(r"/till/codes/([A-Z0-9-]{17})")


@pytest.fixture
def tom(installation: Installation) -> Browser:
    return signed_in(installation, till=PARIS)


def a_receipt(place: Installation, browser: Browser) -> tuple[str, int]:
    """The code of receipt 000451 over 49.90 €, given out at this till, and its number."""
    home = browser.get("/till/")
    answer = browser.press(home, "/till/codes", how="shown", receipt_no="000451", total="49.90")
    found = CODE.search(answer.location or "")
    assert found, answer.text
    opened = place.keyring.open(found[1])
    assert opened is not None
    return found[1], opened.number


def use_it(place: Installation, number: int, **order: int) -> Redeemed:
    """A shop in the web sells what the code is for."""
    with place.db.reading() as session:
        batch = finders.batch_of(session, number)
    assert batch is not None
    assert isinstance(unlock(place, batch, number), Claimed)
    spent = spend(place, batch, number, **order)
    assert not isinstance(spent, Refused)
    return spent


def told(place: Installation, kind: type) -> int:
    with place.db.reading() as session:
        return session.exec(select(func.count()).select_from(kind)).one()


def test_what_is_held_back_is_read_before_it_is_given(installation: Installation, tom: Browser) -> None:
    decide(installation, minimum="100", below_minimum="charge", units="burn")
    _, number = a_receipt(installation, tom)
    use_it(installation, number, total_minor=10_000)
    page = tom.press_and_follow(tom.get("/till/return"), "/till/return", what="O-1")
    (first, *others) = re.findall(r'name="tick-([^"]+)"', page.text)
    read = tom.press(page, "/return", **{f"tick-{sku}": None for sku in others})
    assert "is held back: the rest of the order is below the minimum" in read.text
    assert "What comes back cannot be used again" in read.text
    assert told(installation, Reversal) == 0
    done = tom.press_and_follow(read, "/return", confirm="yes")
    with installation.db.reading() as session:
        (back,) = session.exec(select(Reversal)).all()
    assert f"Give back {first_sum(read.text)}" in done.text
    assert first not in re.findall(r'name="tick-([^"]+)"', done.text)
    rest = tom.press(done, "/return")
    assert "that was held back before is given back too" in rest.text
    assert back.refund_minor > 0


def first_sum(text: str) -> str:
    found = re.search(r'class="sum">([^<]+)<', text)
    assert found
    return found[1]


@pytest.mark.parametrize("by", ["number", "code"])
def test_a_purchase_that_comes_back_takes_its_unused_code_along(
    installation: Installation, tom: Browser, by: str
) -> None:
    code, _ = a_receipt(installation, tom)
    next_till = signed_in(installation, "Lea", till="fr-paris-till-2")
    page = next_till.press(
        next_till.get("/till/return"), "/till/return", what={"number": "000451", "code": code}[by]
    )
    assert "Printed for a purchase" in page.text
    for wrong in ("much", "0", "50"):
        asked = next_till.press(page, "/return", amount=wrong)
        assert asked.status_code == 422
        assert told(installation, ReceiptReturn) == 0
    some = next_till.press_and_follow(page, f"{code}/return", amount="9,90")
    assert "The code on this receipt stays as it is" in some.text
    page = next_till.press(next_till.get("/till/return"), "/till/return", what="000451")
    first = next_till.press_and_follow(page, f"{code}/return")
    again = next_till.press_and_follow(page, f"{code}/return")
    for answer in (first, again):
        assert "The code on this receipt can no longer be used" in answer.text
    assert told(installation, ReceiptReturn) == 2


def test_a_receipt_whose_code_was_used_shows_the_use_and_notes_the_return(
    installation: Installation, tom: Browser
) -> None:
    code, number = a_receipt(installation, tom)
    use_it(installation, number)
    page = tom.press(tom.get("/till/return"), "/till/return", what="000451")
    assert "O-1" in page.text
    assert "/till/uses/R-" in page.text
    done = tom.press_and_follow(page, f"{code}/return")
    assert "The code on this receipt was already used. The return is noted." in done.text
    assert tom.press(tom.get("/till/return"), "/till/return", what=code).status_code == 303


def test_practice_knows_no_real_receipt(installation: Installation, tom: Browser) -> None:
    code, _ = a_receipt(installation, tom)
    page = tom.press(tom.get("/till/return"), "/till/return", what="000451")
    tom.press_and_follow(tom.get("/till/"), "/till/practice")
    assert tom.press(tom.get("/till/return"), "/till/return", what="000451").status_code == 404
    assert tom.press(page, f"{code}/return").status_code == 404
    assert told(installation, ReceiptReturn) == 0
