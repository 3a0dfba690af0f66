"""The example shop's habits: pressed twice is once, a lost answer is asked again, a no is told in time."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from omni.app import Installation, build_app
from omni.client import Omni, Redemption
from omni.demo.shop.pages import create_shop
from tests.support.codes import a_receipt_code
from tests.support.forms import form_to
from tests.support.machines import a_key
from tests.support.outside import answering

LINK = "/cart?items=teapot-ember:1,cup-ember:2,tea-hillside:1&lang=fr-FR&ref=fr-paris-till-1&discount="


class LosingAnswers:
    """Omni behind a proxy that now and then loses the answer to what was done."""

    def __init__(self, place: Installation) -> None:
        self._app = build_app(place)
        self.to_lose = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        answer = Response.from_app(self._app, environ)
        if self.to_lose and environ["REQUEST_METHOD"] == "POST" and answer.status_code == 201:
            self.to_lose -= 1
            answer = Response("<h1>Bad gateway</h1>", 502)
        return answer(environ, start_response)


class Buyer:
    """One person with a basket in the example shop; `omni` is what the shop asks."""

    def __init__(self, omni: Omni, code: str) -> None:
        self.omni = omni
        self.voucher = omni.claim(code, locale="fr").voucher
        self._client: FlaskClient = create_shop(omni).test_client()

    def fill(self) -> TestResponse:
        """Come by the link of the voucher's page."""
        return self._client.get(LINK + self.voucher, follow_redirects=True)

    def press(self, page: TestResponse, action: str, **typed: str) -> TestResponse:
        """Send a form of a page."""
        form = form_to(page.text, action)
        return self._client.post(form.action, data={**form.fields, **typed}, follow_redirects=True)

    def uses(self) -> list[Redemption]:
        """What the ledger has of the voucher."""
        return list(self.omni.redemptions(voucher=self.voucher))


@pytest.fixture
def engine_name() -> str:
    """One engine is enough for a shop."""
    return "sqlite"


@pytest.fixture
def line(installation: Installation) -> LosingAnswers:
    """The line between shop and Omni."""
    return LosingAnswers(installation)


@pytest.fixture
def buyer(installation: Installation, line: LosingAnswers) -> Iterator[Buyer]:
    """Somebody with an unlocked tea set, in a shop that asks once and waits for nothing."""
    with answering(line) as port:
        omni = Omni(f"http://127.0.0.1:{port}", a_key(installation), tries=1)
        yield Buyer(omni, a_receipt_code(installation))


def total(page: TestResponse) -> str:
    """The sum at the end of a page."""
    found = re.search(r"data-total>([^<]+)<", page.text)
    assert found is not None, page.text
    return found.group(1)


def test_pressed_twice_the_button_places_one_order(buyer: Buyer) -> None:
    basket = buyer.fill()
    first, second = buyer.press(basket, "/checkout"), buyer.press(basket, "/checkout")
    assert first.request.path == second.request.path
    assert total(second) == "€59.90"
    assert len(buyer.uses()) == 1


def test_a_use_whose_answer_was_lost_is_asked_again_and_counts_once(
    buyer: Buyer, line: LosingAnswers
) -> None:
    basket = buyer.fill()
    line.to_lose = 1
    order = buyer.press(basket, "/checkout")
    assert (total(order), len(buyer.uses())) == ("€78.90", 1)
    assert "Send back" not in order.text
    assert total(buyer.press(order, "/voucher")) == "€59.90"
    assert len(buyer.uses()) == 1


def test_a_return_whose_answer_was_lost_is_asked_again_and_refunds_once(
    buyer: Buyer, line: LosingAnswers
) -> None:
    order = buyer.press(buyer.fill(), "/checkout")
    proposed = buyer.press(order, "/returns", **{"cup-ember": "1"})
    line.to_lose = 1
    lost = buyer.press(proposed, "/returns", sure="yes")
    assert lost.status_code == 503
    done = buyer.press(lost, "/returns", sure="yes", **{"teapot-ember": "1"})
    [use] = buyer.uses()
    [back] = use.reversals
    assert [(line.sku, line.qty) for line in back.lines] == [("cup-ember", 1)]
    assert total(done) == f"€{(5_990 - back.to_refund_minor) / 100:.2f}"
    assert buyer.press(lost, "/returns", sure="yes").status_code == 200
    assert len(buyer.uses()[0].reversals) == 1


def test_a_refused_voucher_stops_the_order_before_it_is_placed(buyer: Buyer) -> None:
    basket = buyer.fill()
    buyer.omni.redeem(buyer.voucher, order_ref="somebody else's", total_minor=5_990, currency="EUR")
    refused = buyer.press(basket, "/checkout")
    assert refused.status_code == 409
    assert "already used" in refused.text
    assert total(refused) == "€78.90"
    assert len(buyer.uses()) == 1
