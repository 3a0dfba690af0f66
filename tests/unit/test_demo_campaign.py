"""The demo campaign: real content for twenty markets, with pictures of its own."""

import unicodedata
from datetime import date
from importlib.resources import files
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import yaml

from omni import demo
from omni.demo import draw
from omni.domain.campaign_file import CampaignFile
from omni.domain.edition_plan import EditionPlan, plan_edition, texts_shown
from omni.present.campaign_file import json_schema, read
from omni.present.market_file import shipped
from omni.present.price_file import read_prices

FOLDER = files("omni") / "demo"
CITIES = {
    "fr": "paris",
    "de": "berlin",
    "gb": "london",
    "pl": "warsaw",
    "tr": "istanbul",
    "kz": "almaty",
    "sa": "riyadh",
    "in": "mumbai",
    "th": "bangkok",
    "sg": "singapore",
    "id": "jakarta",
    "cn": "shanghai",
    "hk": "kowloon",
    "tw": "taipei",
    "jp": "tokyo",
    "kr": "seoul",
    "us": "new-york",
    "ca-qc": "montreal",
    "mx": "mexico-city",
    "br": "sao-paulo",
}

LATIN = ("LATIN",)
CHINESE = ("CJK",)
SCRIPTS = {
    "ar": ("ARABIC",),
    "hi": ("DEVANAGARI",),
    "ja": ("CJK", "HIRAGANA", "KATAKANA"),
    "kk": ("CYRILLIC",),
    "ko": ("HANGUL",),
    "ru": ("CYRILLIC",),
    "th": ("THAI",),
    "zh_Hans": CHINESE,
    "zh_Hant": CHINESE,
}


@pytest.fixture(scope="module")
def campaign() -> CampaignFile:
    return read((FOLDER / "double-11.yaml").read_bytes(), file="double-11.yaml", markets=shipped())


@pytest.fixture(scope="module")
def plans(campaign: CampaignFile) -> dict[str, EditionPlan]:
    return {market: plan_edition(campaign, shipped()[market]) for market in campaign.markets}


def test_it_runs_in_twenty_markets_through_the_festival_season(plans: dict[str, EditionPlan]) -> None:
    assert set(plans) == set(CITIES)
    windows = {
        (plan.days.opens_on.isoformat(), plan.days.last_unlock_on.isoformat()) for plan in plans.values()
    }
    assert windows == {("2026-11-01", "2026-12-31")}


@pytest.mark.parametrize("market", CITIES)
def test_each_market_has_two_tills_a_pop_up_and_a_screen(plans: dict[str, EditionPlan], market: str) -> None:
    place = f"{market}-{CITIES[market]}"
    found = {placement.slug: placement.touchpoint.value for placement in plans[market].placements}
    assert found == {
        f"{place}-till-1": "receipt",
        f"{place}-till-2": "receipt",
        f"{place}-popup": "pop-up",
        f"{place}-screen": "screen",
    }


@pytest.mark.parametrize("market", CITIES)
def test_every_locale_of_a_market_has_every_text(plans: dict[str, EditionPlan], market: str) -> None:
    assert plans[market].locales == tuple(locale.id for locale in shipped()[market].locales)


def test_every_text_is_in_the_script_of_its_language(campaign: CampaignFile) -> None:
    foreign = {
        f"{'.'.join(where)}.{locale}: {text}"
        for market in campaign.markets
        for where, words in texts_shown(campaign, shipped()[market])
        for locale, text in words.root.items()
        if not any(unicodedata.name(mark, "").startswith(SCRIPTS.get(locale, LATIN)) for mark in text)
    }
    assert foreign == set()


@pytest.mark.parametrize("market", CITIES)
def test_each_bundle_saves_between_a_tenth_and_a_third(
    campaign: CampaignFile, plans: dict[str, EditionPlan], market: str
) -> None:
    plan = plans[market]
    for slug, bundle in campaign.bundles.items():
        apart = sum(plan.item_prices_minor[sku] * quantity for sku, quantity in bundle.items.items())
        assert apart * 2 // 3 < plan.bundle_prices_minor[slug] <= apart * 9 // 10


def test_prices_are_set_per_market_and_not_converted(plans: dict[str, EditionPlan]) -> None:
    ratios = {plan.bundle_prices_minor["ski"] / plan.bundle_prices_minor["tea"] for plan in plans.values()}
    assert len(ratios) == len(plans)


def test_one_bundle_is_scarce_in_one_market(plans: dict[str, EditionPlan]) -> None:
    assert {market: plan.stock for market, plan in plans.items() if plan.stock} == {"jp": {"ski": 12}}


def test_its_shop_cannot_exist_and_what_an_authority_would_give_is_marked_as_a_sample(
    plans: dict[str, EditionPlan],
) -> None:
    for plan in plans.values():
        assert ".example/" in plan.shop
        assert "(sample)" in plan.seller.name
        assert "(sample)" in plan.seller.registration
        assert plan.permit is None or plan.permit.startswith("SAMPLE-")


def test_the_schema_accepts_it() -> None:
    text = (FOLDER / "double-11.yaml").read_text(encoding="utf-8")
    as_text = yaml.SafeLoader
    loader = type("DaysAsText", (as_text,), {})
    loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in known if not tag.endswith(":timestamp")]
        for first, known in as_text.yaml_implicit_resolvers.items()
    }
    jsonschema.Draft202012Validator(json_schema()).validate(yaml.load(text, loader))


def test_drawing_again_gives_the_same_bytes() -> None:
    kept = {file.name: file.read_text(encoding="utf-8") for file in (FOLDER / "pictures").iterdir()}
    assert draw.pictures() == kept


def test_every_picture_named_is_drawn_and_described(campaign: CampaignFile) -> None:
    pictured = [*campaign.items.values(), *campaign.bundles.values()]
    named = {campaign.logo, *(part.picture for part in pictured)}
    assert {f"pictures/{name}" for name in draw.pictures()} == named
    assert all(part.alt for part in pictured)


@pytest.mark.parametrize("name", draw.pictures())
def test_a_picture_travels_inside_the_page(name: str) -> None:
    drawing = draw.pictures()[name]
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(drawing).iter()}
    assert len(drawing.encode()) < 4096
    assert tags <= {"svg", "g", "path", "rect", "ellipse"}


def test_its_days_are_kept_while_they_run(campaign: CampaignFile) -> None:
    assert demo.as_of(campaign, date(2026, 11, 11)) == campaign


@pytest.mark.parametrize("today", [date(2026, 7, 1), date(2026, 11, 1), date(2027, 1, 1), date(2030, 2, 28)])
def test_on_any_other_day_it_opened_lately_and_every_span_is_kept(
    campaign: CampaignFile, today: date
) -> None:
    moved = demo.as_of(campaign, today)
    assert moved.opens < today < moved.closes
    shift = moved.opens - campaign.opens
    assert [moved.closes, moved.last_use, moved.returns_until] == [
        day + shift for day in (campaign.closes, campaign.last_use, campaign.returns_until) if day
    ]
    assert moved.bundles == campaign.bundles


def test_days_of_one_market_move_with_the_rest(campaign: CampaignFile) -> None:
    early = campaign.markets["jp"].model_copy(update={"opens": date(2026, 10, 25)})
    written = campaign.model_copy(update={"markets": {**campaign.markets, "jp": early}})
    moved = demo.as_of(written, date(2027, 6, 1))
    assert early.opens is not None
    assert moved.markets["jp"].opens == early.opens + (moved.opens - written.opens)


def earlier_prices(campaign: CampaignFile, today: date) -> list[date]:
    lines = demo.prices_as_of(campaign, today).splitlines()
    paris = ZoneInfo("Europe/Paris")
    return [
        price.valid_from.astimezone(paris).date()
        for known in read_prices(lines, file="prices.csv", markets=shipped())
        for price in known.lines
    ]


@pytest.mark.parametrize("today", [date(2026, 11, 11), date(2027, 6, 1)])
def test_earlier_prices_keep_their_distance_from_the_first_day(campaign: CampaignFile, today: date) -> None:
    opens = demo.as_of(campaign, today).opens
    assert {(opens - day).days for day in earlier_prices(campaign, today)} == {61, 20, 13}


def test_earlier_prices_are_told_of_bundles_that_the_offer_makes_cheaper(
    campaign: CampaignFile, plans: dict[str, EditionPlan]
) -> None:
    lines = demo.PRICES.read_text(encoding="utf-8").splitlines()
    for known in read_prices(lines, file="prices.csv", markets=shipped()):
        bundle = known.item.removeprefix(f"{campaign.campaign}/")
        assert all(
            price.amount_minor > plans[known.market].bundle_prices_minor[bundle] for price in known.lines
        )
