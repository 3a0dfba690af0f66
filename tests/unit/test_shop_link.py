"""The way to the shop: every template a marketer may write, filled so that nothing can be smuggled in."""

from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from omni.domain.campaign_file import CampaignFile
from omni.domain.edition_plan import plan_edition
from omni.domain.published import Published, PublishedLine
from omni.present import campaign_file
from omni.present.campaign_file import json_schema
from omni.present.file_problems import FileProblems
from omni.present.market_file import shipped
from omni.present.shop_link import fills_basket, origin_of, shop_link, way_to_shop
from tests.support.offers import a_content, a_market

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


WITH_PRESET = """\
version: 1
campaign: gift
name: Gift
shop:
{shop}
opens: 2026-11-01
closes: 2026-11-30
markets: [fr]
bundles:
  tea: {{items: {{teapot: 1, cup: 2}}, price: 49}}
"""
IDS = "  items: {teapot: 41001, cup: 41002}"


def a_file(*lines: str) -> CampaignFile:
    shop = "\n".join(("  address: https://shop.example", *lines))
    return campaign_file.read(WITH_PRESET.format(shop=shop), file="gift.yaml", markets=shipped())


def the_way(file: CampaignFile, left: dict[int, int]) -> str:
    """Where somebody goes who has so much left of each line of the bundle."""
    plan = plan_edition(file, shipped()["fr"])
    content = a_content(a_market("fr"), shop=plan.shop, shop_items=plan.shop_items)
    lines = tuple(
        PublishedLine(line=line, sku=sku, names={}, quantity=quantity)
        for line, (sku, quantity) in enumerate(file.bundles["tea"].items.items())
    )
    bundle = content.bundles[0].model_copy(update={"lines": lines})
    return way_to_shop(content, bundle, left=left, voucher="V-1", locale="fr_FR", placement="till")


@pytest.mark.parametrize(
    "preset,ids,expected",
    [
        ("shopify", IDS, "https://shop.example/cart/41001:1,41002:2?discount=V-1&ref=till"),
        ("shopify", "", "https://shop.example/discount/V-1?redirect=/"),
        ("woocommerce", IDS, "https://shop.example/checkout-link/?products=41001:1,41002:2&coupon=V-1"),
        ("woocommerce", "", "https://shop.example/cart/"),
        ("prestashop", "", "https://shop.example/index.php?controller=cart&action=show"),
        ("magento", "", "https://shop.example/checkout/cart/"),
        (
            "generic",
            "",
            "https://shop.example/cart?items=teapot:1,cup:2&discount=V-1&lang=fr-FR&ref=till",
        ),
    ],
)
def test_a_preset_is_the_address_its_system_documents(preset: str, ids: str, expected: str) -> None:
    file = a_file(f"  preset: {preset}", ids)
    assert the_way(file, {0: 1, 1: 2}) == expected
    assert fills_basket(plan_edition(file, shipped()["fr"]).shop) is (":1," in expected)


def test_only_what_is_left_goes_into_the_basket_and_no_more_than_the_bundle_once() -> None:
    file = a_file("  preset: shopify", IDS)
    assert the_way(file, {0: 0, 1: 1}) == "https://shop.example/cart/41002:1?discount=V-1&ref=till"
    assert "41002:2?" in the_way(file, {0: 1, 1: 8})


def test_a_market_may_have_a_shop_of_another_system() -> None:
    file = a_file("  preset: shopify", IDS)
    own = {"fr": file.markets["fr"].model_copy(update={"shop": "https://autre.example/?c={voucher}"})}
    plan = plan_edition(file.model_copy(update={"markets": own}), shipped()["fr"])
    assert (plan.shop, plan.shop_items) == ("https://autre.example/?c={voucher}", {})


@pytest.mark.parametrize(
    "lines,field,remedy",
    [
        (("  preset: shopware",), "shop.preset", "must be"),
        (("  preset: shopify", "  items: {teapot: 41001}"), "shop.items", "nothing for cup"),
        (("  preset: magento", IDS), "shop", "no link fills a basket of magento"),
        (("  preset: shopify", "  itmes: {}"), "shop.itmes", "did you mean items"),
        ((), "shop.preset", "is missing"),
    ],
)
def test_a_preset_that_cannot_work_is_named_with_its_line(
    lines: tuple[str, ...], field: str, remedy: str
) -> None:
    with pytest.raises(FileProblems) as refused:
        a_file(*lines)
    (problem,) = refused.value.problems
    assert (problem.field, remedy in problem.message) == (field, True), problem
    assert problem.line is not None


@pytest.mark.parametrize(
    "address", ["http://shop.example", "https://shop.example/?a=1", "https://{voucher}.example"]
)
def test_the_address_of_a_preset_is_a_shop_and_nothing_else(address: str) -> None:
    text = WITH_PRESET.format(shop=f"  preset: generic\n  address: {address}")
    with pytest.raises(FileProblems):
        campaign_file.read(text, file="gift.yaml", markets=shipped())


def test_editors_know_both_forms_of_a_shop() -> None:
    schema = json_schema()
    preset = yaml.safe_load(WITH_PRESET.format(shop="  {preset: shopify, address: https://shop.example}"))
    for shop in (preset["shop"], SHOP):
        jsonschema.validate({**preset, "opens": "2026-11-01", "closes": "2026-11-30", "shop": shop}, schema)


def test_content_of_a_shop_that_knows_our_skus_keeps_the_digest_it_had() -> None:
    plain = Published.model_construct(campaign="tea")
    assert "shop_items" not in plain.document()
    assert plain.model_copy(update={"shop_items": {"cup": "1"}}).document()["shop_items"] == {"cup": "1"}
