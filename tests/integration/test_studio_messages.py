"""What shops are told, as a marketer sees it: what waits, what was given up and why, and sending it again."""

import pytest

from omni.app import Installation
from omni.domain.delivery_rule import Answer
from omni.domain.people import Role
from omni.services import delivering
from tests.support.codes import a_receipt_code
from tests.support.machines import Machine
from tests.support.staff import signed_in
from tests.support.subscribers import NEVER, a_hook, claimed, deliveries, duty, spent, take


@pytest.fixture
def engine_name() -> str:
    """One engine is enough for a page."""
    return "sqlite"


def given_up(place: Installation, shop: Machine) -> None:
    """A claim that a shop never took, and a use that waits behind it."""
    hook = a_hook(place, "https://shop.example/webhooks")
    code = a_receipt_code(place)
    claimed(shop, code)
    spent(shop, place, code)
    duty.hand_over(place, NEVER)
    (taken,) = take(place, hook)
    with place.db.writing() as tx:
        delivering.settle(tx, place.world.now(), taken=taken, answer=Answer(410, "answered <410>"), dice=1)


def test_nobody_is_told_yet(place: Installation) -> None:
    ada = signed_in(place, "Ada", Role.MARKETER)
    assert "Nothing yet." in ada.get("/studio/messages").text


def test_what_was_given_up_is_shown_with_its_reason_and_sent_again(
    place: Installation, shop: Machine
) -> None:
    given_up(place, shop)
    ada = signed_in(place, "Ada", Role.MARKETER)
    page = ada.get("/studio/messages")
    assert "answered &lt;410&gt;" in page.text
    assert "https://shop.example/webhooks" in page.text
    after = ada.press_and_follow(page, "/studio/messages/shop").text
    assert "answered" not in after
    assert [each.tries for each in deliveries(place)] == [0, 0]


def test_who_is_not_known_is_not_sent_to(place: Installation, shop: Machine) -> None:
    given_up(place, shop)
    ada = signed_in(place, "Ada", Role.MARKETER)
    page = ada.get("/studio/messages")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = ada.client.post("/studio/messages/nobody", data={"csrf_token": token})
    assert answer.status_code == 404


def test_it_is_nothing_for_staff(place: Installation) -> None:
    assert signed_in(place, "Tom", Role.STAFF).get("/studio/messages").status_code == 403
