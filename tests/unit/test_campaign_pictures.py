"""Pictures in a campaign file: the point that must stay, the rights, and variants, which have no price."""

import jsonschema
import pytest
import yaml

from omni.domain.creative import Focus
from omni.domain.edition_plan import texts_shown
from omni.domain.picture_rules import picture_uses
from omni.domain.placement import Touchpoint
from omni.domain.published import PublishedVariant
from omni.present.campaign_file import json_schema
from omni.present.market_file import shipped
from omni.present.offer_page import offer_page
from tests.support.offers import a_bundle, a_content, a_market
from tests.unit.test_campaign_file import load, problems

LAMPS = """\
version: 1
campaign: lights
name: Lights
shop: https://shop.example/cart?{items}&discount={voucher}
opens: 2026-11-01
closes: 2026-11-30
items:
  lamp: {name: Lamp, picture: lamp.jpg, focus: [0.5, 0.3]}
bundles:
  lamp-set:
    items: {lamp: 2}
    picture: set.jpg
    alt: Two lamps
    rights: {holder: Studio Lark, markets: [fr], until: 2026-12-31}
    variants:
      day: {picture: day.webp, alt: By day, weight: 3}
      night: {picture: night.png, alt: By night, text: Light them up., markets: [fr]}
markets:
  fr: {prices: {lamp-set: 49.90}}
"""


def wrong(old: str, new: str) -> list[str]:
    assert old in LAMPS
    return [f"{problem.field}: {problem.message}" for problem in problems(LAMPS.replace(old, new))]


def test_a_file_says_what_each_picture_keeps_and_is_used_for() -> None:
    uses = {use.path: (use.field, use.focus, len(use.forms)) for use in picture_uses(load(LAMPS))}
    assert uses["lamp.jpg"] == ("items.lamp.picture", Focus(500, 300), 1)
    assert uses["set.jpg"] == ("bundles.lamp-set.picture", None, 6)
    assert uses["night.png"] == ("bundles.lamp-set.variants.night.picture", None, 6)


def test_the_published_schema_takes_what_the_reader_takes() -> None:
    written = yaml.load(LAMPS.replace("[0.5, 0.3]", "[0.5, 1]"), yaml.BaseLoader)
    written |= {"version": 1, "items": {"lamp": {"name": "Lamp", "picture": "lamp.jpg", "focus": [0.5, 1]}}}
    written["bundles"]["lamp-set"]["items"]["lamp"] = 2
    written["bundles"]["lamp-set"]["variants"]["day"]["weight"] = 3
    jsonschema.validate(written, json_schema())


@pytest.mark.parametrize("focus", ["[0.5]", "[0.5, 1.2]", "[-0.1, 0]", "middle", "[a, b]", "0.5", "[nan, 0]"])
def test_a_focus_outside_the_picture_is_refused(focus: str) -> None:
    assert wrong("[0.5, 0.3]", focus) == [
        "items.lamp.focus: is no point of a picture; write how far from left and top, such as [0.5, 0.3]"
    ]


def test_a_right_that_ends_before_the_last_use_is_refused() -> None:
    (found,) = wrong("until: 2026-12-31", "until: 2026-12-13")
    assert found.startswith("bundles.lamp-set.rights.until: is before the last use in fr (2026-12-14)")
    assert found.endswith("; ask Studio Lark for longer, or show another picture")
    load(LAMPS.replace("until: 2026-12-31", "until: 2026-12-14"))


def test_a_right_that_does_not_reach_a_market_is_refused() -> None:
    assert wrong("markets: [fr], until", "markets: [de, jp], until") == [
        "bundles.lamp-set.rights.markets: does not have fr; ask Studio Lark, or show another picture there"
    ]


def test_a_variant_needs_the_right_only_where_it_is_shown() -> None:
    two = LAMPS.replace("markets: [fr], until", "until").replace(
        "  fr: {", "  de: {prices: {lamp-set: 49.90}}\n  fr: {"
    )
    ended = "picture: night.png, rights: {holder: Nobody, markets: [%s]}"
    load(two.replace("picture: night.png", ended % "fr"))
    found = problems(two.replace("picture: night.png", ended % "de"))
    assert [problem.field for problem in found] == ["bundles.lamp-set.variants.night.rights.markets"]


@pytest.mark.parametrize(
    "old, new, field",
    [
        ("weight: 3", "weight: 0", "day.weight"),
        ("weight: 3", "price: 10", "day.price"),
        ("      day: {", "      default: {", "default"),
        ("markets: [fr]}", "markets: [se]}", "night.markets"),
        ("picture: night.png, ", "", "night.picture"),
        ("markets: [fr]}", "touchpoints: [till]}", "night.touchpoints[0]"),
        ("markets: [fr]}", "touchpoints: []}", "night.touchpoints"),
    ],
)
def test_a_variant_that_cannot_be_is_refused_by_its_field(old: str, new: str, field: str) -> None:
    (found,) = wrong(old, new)
    assert found.startswith(f"bundles.lamp-set.variants.{field}")


def test_the_words_of_a_variant_are_wanted_in_every_language_of_its_market() -> None:
    shown = {where for where, _ in texts_shown(load(LAMPS), shipped()["fr"])}
    assert ("bundles", "lamp-set", "variants", "night", "text") in shown
    (found,) = wrong("alt: By day", "alt: {ja: 昼}")
    assert "has no text for fr" in found


def test_a_variant_changes_picture_and_words_and_not_a_price() -> None:
    market = a_market("fr")
    night = PublishedVariant(
        slug="night",
        weight=1,
        picture="d9",
        alts={"fr_FR": "La nuit"},
        texts={"fr_FR": "Le soir."},
        made_by_ai=True,
    )
    bundle = a_bundle(market, variants=(night,))
    said = {"locale": "fr_FR", "price_minor": 6000, "item_prices_minor": (7000, 1000)}
    plain, other = (
        offer_page(a_content(market, bundles=(bundle,)), bundle, market, variant=variant, **said)
        for variant in (None, "night")
    )
    assert (other.picture, other.alt, other.text) == ("d9", "La nuit", "Le soir.")
    assert (plain.pictures, bool(other.pictures)) == (None, True)
    assert (other.total, other.arithmetic, other.items) == (plain.total, plain.arithmetic, plain.items)


def test_every_code_of_a_bundle_shows_one_of_its_variants() -> None:
    market = a_market("fr")
    variants = tuple(PublishedVariant(slug=slug, weight=1, picture=slug) for slug in ("day", "night"))
    bundle = a_bundle(market, variants=variants)
    shown = [bundle.variant_for(number, Touchpoint.RECEIPT) for number in range(50)]
    assert {variant.slug for variant in shown if variant} == {"day", "night"}
    assert a_bundle(market).variant_for(7, Touchpoint.RECEIPT) is None


def test_a_variant_of_some_kinds_of_places_is_shown_at_no_other() -> None:
    day, dusk, night = (
        PublishedVariant(slug=slug, weight=1, picture=slug, touchpoints=touchpoints)
        for slug, touchpoints in {
            "day": (Touchpoint.RECEIPT,),
            "dusk": (Touchpoint.RECEIPT, Touchpoint.POP_UP),
            "night": (Touchpoint.SCREEN,),
        }.items()
    )
    bundle = a_bundle(a_market("fr"), variants=(day, dusk, night))
    shown = {
        touchpoint: {
            variant.slug if (variant := bundle.variant_for(number, touchpoint)) else None
            for number in range(50)
        }
        for touchpoint in (Touchpoint.RECEIPT, Touchpoint.POP_UP, Touchpoint.SCREEN, Touchpoint.PARCEL)
    }
    assert list(shown.values()) == [{"day", "dusk"}, {"dusk"}, {"night"}, {None}]


def test_no_two_bundles_have_a_variant_of_one_name() -> None:
    lamp = "  lamp-alone:\n    items: {lamp: 1}\n    variants: {night: {picture: night.png, alt: By night}}\n"
    (found,) = wrong("markets:\n  fr: {prices: {", f"{lamp}markets:\n  fr: {{prices: {{lamp-alone: 30, ")
    assert found.startswith("bundles.lamp-alone.variants.night: is also what a variant of lamp-set is called")


def test_what_has_no_variants_and_no_cuts_is_published_as_before() -> None:
    document = a_content(a_market("fr")).document()
    assert "cuts" not in document
    assert "variants" not in document["bundles"][0]
