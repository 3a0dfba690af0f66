"""What a claim may spend: the price divided exactly, a benefit only where single prices are known."""

from datetime import UTC, datetime

import pytest

from omni.domain.grant import grants
from omni.domain.price import Price
from omni.domain.published import PublishedBundle, PublishedLine

AT = datetime(2026, 11, 11, 12, tzinfo=UTC)
LINES = (
    PublishedLine(line=0, sku="pot", names={"en": "Pot"}, quantity=1),
    PublishedLine(line=1, sku="cup", names={"en": "Cup"}, quantity=2),
)
BUNDLE = PublishedBundle(id=1, slug="tea", names={"en": "Tea"}, lines=LINES)


def a_price(item: str, amount: int) -> Price:
    return Price(
        market_id="fr",
        item=item,
        amount_minor=amount,
        currency="EUR",
        valid_from=AT,
        recorded_at=AT,
        source="test",
    )


def test_single_prices_divide_the_price_and_state_the_benefit() -> None:
    history = [a_price("pot", 4000), a_price("cup", 1500)]
    given = grants(BUNDLE, 6000, history=history, at=AT, uses=1)
    assert [(each.price_minor, each.benefit_minor) for each in given] == [(3429, 571), (2571, 429)]


@pytest.mark.parametrize("history", [[], [a_price("pot", 4000)]], ids=["none", "one"])
def test_without_all_single_prices_the_price_is_divided_by_quantity(history: list[Price]) -> None:
    given = grants(BUNDLE, 6000, history=history, at=AT, uses=2)
    assert [(each.units, each.price_minor, each.benefit_minor) for each in given] == [
        (2, 4000, 0),
        (4, 8000, 0),
    ]
