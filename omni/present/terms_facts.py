"""What the terms of an edition state, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Words = str | Mapping[str, str]
"""One text for every locale, or a text per locale."""


@dataclass(frozen=True, kw_only=True)
class BundleTerms:
    """What one bundle costs, what comes with it as a gift, and what its items cost one by one.

    The sum is absent unless each item has a current price of its own.
    """

    name: Words
    price_minor: int
    list_sum_minor: int | None = None
    gifts: tuple[tuple[int, Words], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProductTerms:
    """Who answers for an item and where it comes from; `origin` is an ISO country."""

    name: Words
    maker: str | None = None
    responsible: str | None = None
    origin: str | None = None


@dataclass(frozen=True, kw_only=True)
class TermsFacts:
    """Everything the terms of an edition state.

    Days are inclusive and the market's own; money is in minor units; countries are ISO codes. `exact` are
    words fixed by law, by the clause they stand in.
    """

    campaign: Words
    market: str
    seller_name: str
    seller_address: str
    seller_contact: str
    seller_registration: str
    opens_on: date
    last_issue_on: date
    last_unlock_on: date
    last_use_on: date
    returns_until_on: date
    time_zone: str
    bundles: tuple[BundleTerms, ...]
    currency: str
    digits: int
    tax_display: Literal["incl", "excl", "none"]
    delivery_cost_minor: int | None = None
    delivery_free_from_minor: int | None = None
    delivers_to: tuple[str, ...] = ()
    shop: str | None = None
    minimum_basket_minor: int | None = None
    uses_per_code: int = 1
    stacking: bool = False
    exclusions: Words | None = None
    permit_no: str | None = None
    permit_page: str | None = None
    withdrawal_page: str | None = None
    stock_limited: bool = False
    products: tuple[ProductTerms, ...] = ()
    has_ai_pictures: bool = False
    exact: Mapping[str, tuple[Words, ...]] = field(default_factory=dict)
