"""The way to the shop: every template a marketer may write, filled so that nothing can be smuggled in."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.present.shop_link import origin_of, shop_link

SHOP = "https://shop.example/cart?{items}&discount={voucher}&lang={locale}&ref={placement}"


def a_link(template: str = SHOP, **changes: object) -> str:
    values = {
        "items": [("teapot-ember", 1), ("cup-ember", 2)],
        "voucher": "V-BCDF-GHJK-LMNP-QRS",
        "locale": "zh_Hans_CN",
        "placement": "fr-paris-till-1",
        "market": "fr",
        "campaign": "double-11",
    }
    return shop_link(template, **{**values, **changes})


def test_the_basket_voucher_language_and_place_reach_the_shop() -> None:
    assert parse_qs(urlsplit(a_link()).query) == {
        "items": ["teapot-ember:1,cup-ember:2"],
        "discount": ["V-BCDF-GHJK-LMNP-QRS"],
        "lang": ["zh-Hans-CN"],
        "ref": ["fr-paris-till-1"],
    }


@pytest.mark.parametrize(
    "template,expected",
    [
        ("https://shop.example/cart/{items}", "https://shop.example/cart/teapot-ember:1,cup-ember:2"),
        ("https://shop.example/?b={items}", "https://shop.example/?b=teapot-ember:1,cup-ember:2"),
        ("https://shop.example/?x=1&{items}", "https://shop.example/?x=1&items=teapot-ember:1,cup-ember:2"),
        ("https://shop.example/{market}/{campaign}", "https://shop.example/fr/double-11"),
        ("https://shop.example/#{voucher}", "https://shop.example/#V-BCDF-GHJK-LMNP-QRS"),
        ("https://shop.example/", "https://shop.example/"),
    ],
)
def test_each_word_is_filled_where_it_stands(template: str, expected: str) -> None:
    assert a_link(template) == expected


@given(st.text())
def test_no_voucher_changes_anything_but_its_own_parameter(voucher: str) -> None:
    # What is encoded again after decoding is what was given; lone surrogates have no encoding at all.
    clean = voucher.encode("utf-8", "ignore").decode()
    parts = urlsplit(a_link("https://shop.example/cart?discount={voucher}&end=1", voucher=clean))
    assert (parts.netloc, parts.path) == ("shop.example", "/cart")
    assert parse_qs(parts.query, keep_blank_values=True) == {"discount": [clean], "end": ["1"]}


def test_a_word_in_braces_inside_a_value_is_not_filled_again() -> None:
    assert "%7Bplacement%7D" in a_link(voucher="{placement}")


def test_the_origin_of_a_link_is_its_scheme_and_host() -> None:
    assert origin_of(SHOP) == "https://shop.example"
