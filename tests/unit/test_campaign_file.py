"""Campaign files: the eleven lines, money, defaults, and every way of writing one wrongly."""

from datetime import date
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from omni.domain.campaign_file import CampaignFile
from omni.domain.campaign_rules import defaults_used
from omni.domain.edition_plan import plan_edition
from omni.domain.localized import Localized
from omni.domain.written import TooManyDigits, minor_units
from omni.present.campaign_file import Beginning, json_schema, read, smallest
from omni.present.file_problems import FileProblems, Problem
from omni.present.market_file import shipped

OPENS_ON = date(2026, 11, 1)

WHOLE = """\
version: 1
campaign: spring-gift
name: {fr: Cadeau, ja: 春の贈り物, en: Gift}
shop: https://shop.example/cart?{items}&discount={voucher}
opens: 2026-11-01
closes: 2026-11-30
seller: {name: Shop, address: 1 Street, contact: hello@shop.example, registration: 01234567}
items:
  teapot: {name: Pot, picture: pictures/pot.svg, page: https://shop.example/pot}
  cup: {name: Cup}
bundles:
  tea:
    items: {teapot: 1, cup: 2}
markets:
  fr:
    prices: {tea: 49.90, teapot: 40, cup: 9.95}
    stock: {tea: 5}
    delivery: {cost: 4.90, countries: [FR]}
    placements:
      fr-paris-till-1:
        kind: receipt
        name: Caisse 1
        store: {slug: fr-paris, name: Paris}
      fr-paris-till-2:
        kind: receipt
        name: Caisse 2
        store: fr-paris
  jp:
    prices: {tea: 6980}
    receipts: tea
"""


def load(text: str | bytes) -> CampaignFile:
    return read(text, file="gift.yaml", markets=shipped())


def problems(text: str | bytes) -> list[Problem]:
    with pytest.raises(FileProblems) as refused:
        load(text)
    return refused.value.problems


def content_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def test_the_smallest_campaign_file_has_eleven_lines_and_loads() -> None:
    text = smallest("spring-gift", [shipped()["fr"]], Beginning(OPENS_ON))
    file = load(text)
    assert len(content_lines(text)) == 11
    assert load("\n".join(content_lines(text))) == file
    assert plan_edition(file, shipped()["fr"]).bundle_prices_minor == {"first-bundle": 4900}


def test_the_smallest_file_for_two_currencies_has_a_price_in_each() -> None:
    file = load(smallest("spring-gift", [shipped()["fr"], shipped()["jp"]], Beginning(OPENS_ON)))
    prices = [
        plan_edition(file, shipped()[market]).bundle_prices_minor["first-bundle"] for market in ("fr", "jp")
    ]
    assert prices == [4900, 49]


def test_every_default_is_said_in_words() -> None:
    file = load(smallest("spring-gift", [shipped()["fr"]], Beginning(OPENS_ON)))
    told = defaults_used(file, shipped())
    assert "items: item-1 is called Item 1" in told
    assert "markets.fr.last_use: 2026-12-14" in told
    assert "markets.fr.returns_until: 2026-12-28" in told
    assert "markets.fr.placements: fr-paris-till-1, fr-paris-popup" in told
    assert any(sentence.startswith("markets.fr.seller: shop.example stands in") for sentence in told)


def test_what_was_written_is_not_called_a_default() -> None:
    told = defaults_used(load(WHOLE), shipped())
    assert not [
        sentence for sentence in told if sentence.startswith(("markets.fr.stock", "markets.fr.placements"))
    ]
    assert "markets.jp.stock: not tracked for tea" in told


def test_days_of_a_market_win_over_the_campaigns_and_defaults_follow_them() -> None:
    later = WHOLE.replace("    receipts: tea", "    closes: 2026-12-10")
    days = plan_edition(load(later), shipped()["jp"]).days
    assert (days.closes_on, days.last_use_on, days.returns_until_on) == (
        date(2026, 12, 10),
        date(2026, 12, 24),
        date(2027, 1, 7),
    )


def test_a_placement_may_name_a_store_that_its_neighbour_describes() -> None:
    plan = plan_edition(load(WHOLE), shipped()["fr"])
    assert [place.store.slug for place in plan.placements] == ["fr-paris", "fr-paris"]


def test_a_market_called_no_stays_a_word() -> None:
    [problem] = problems(WHOLE.replace("  jp:\n", "  no:\n"))
    assert problem.field == "markets.no"


def test_a_register_number_keeps_its_leading_zero() -> None:
    assert plan_edition(load(WHOLE), shipped()["fr"]).seller.registration == "01234567"


@pytest.mark.parametrize("word, is_so", [("true", True), ("Yes", True), ("false", False), ("no", False)])
def test_yes_and_no_are_written_as_words(word: str, is_so: bool) -> None:
    file = load(WHOLE.replace("name: Pot,", f"name: Pot, made_by_ai: {word},"))
    assert file.items["teapot"].made_by_ai is is_so


def test_french_serves_quebec_but_simplified_chinese_never_serves_taiwan() -> None:
    words = Localized.model_validate({"fr": "Cadeau", "zh": "礼物"})
    assert words.text("fr_CA") == "Cadeau"
    assert words.text("zh_Hant_TW") is None


@given(minor=st.integers(0, 10**14), digits=st.integers(0, 3))
def test_money_comes_back_exactly_as_it_was_written(minor: int, digits: int) -> None:
    text = f"{minor // 10**digits}.{minor % 10**digits:0{digits}d}" if digits else str(minor)
    assert minor_units(Decimal(text), digits=digits) == minor


@given(minor=st.integers(0, 10**9), digits=st.integers(0, 3))
def test_money_finer_than_its_currency_is_never_rounded(minor: int, digits: int) -> None:
    amount = Decimal(minor * 10 + 1).scaleb(-digits - 1)
    with pytest.raises(TooManyDigits):
        minor_units(amount, digits=digits)


@given(price=st.decimals(min_value="0.01", max_value=99, places=2))
def test_a_price_in_a_file_reaches_the_plan_to_the_cent(price: Decimal) -> None:
    text = WHOLE.replace("{tea: 49.90, teapot: 40, cup: 9.95}", f"{{tea: {price}}}")
    assert plan_edition(load(text), shipped()["fr"]).bundle_prices_minor["tea"] == int(price * 100)


WRONG = {
    # what is written instead: (old, new, line, field, words of the message)
    "another version": ("version: 1", "version: 2", 1, "version", "must be 1"),
    "no version": ("version: 1\n", "", 1, "version", "is missing"),
    "a slug with spaces": ("spring-gift", "Spring gift", 2, "campaign", "double-11"),
    "an empty value": ("campaign: spring-gift", "campaign:", 2, "campaign", "is empty"),
    "a missing language": ("ja: 春の贈り物, ", "de: Geschenk, ", 3, "name", "has no text for ja_JP"),
    "a language that is none": ("ja: 春", "jaa-x: 春", 3, "name.jaa-x", "is not a locale"),
    "a shop without https": ("https://shop.example/cart", "http://shop.example/cart", 4, "shop", "https://"),
    "a word in braces nobody fills": ("{voucher}", "{code}", 4, "shop", "nothing fills in"),
    "a day that is none": ("opens: 2026-11-01", "opens: 2026-11-31", 5, "opens", "is not a day"),
    "days out of order": ("closes: 2026-11-30", "closes: 2026-10-30", 6, "closes", "is before opens"),
    "a misspelt field": ("seller:", "seler:", 7, "seler", "did you mean seller?"),
    "half a seller": ("address: 1 Street, ", "", 7, "seller.address", "is missing"),
    "a picture elsewhere": (
        "pictures/pot.svg",
        "../pot.svg",
        9,
        "items.teapot.picture",
        "leaves the campaign",
    ),
    "a page that is a script": (
        "https://shop.example/pot",
        "javascript:x()",
        9,
        "items.teapot.page",
        "web address",
    ),
    "an item nobody described": ("cup: 2", "cups: 2", 13, "bundles.tea.items.cups", "did you mean cup?"),
    "none of an item": ("cup: 2", "cup: 0", 12, "bundles.tea", "1 to 99"),
    "a field twice": ("  jp:\n", "  fr:\n", 28, "markets.fr", "stands twice, first in line 15"),
    "an unknown market": ("  jp:\n", "  jpp:\n", 28, "markets.jpp", "did you mean jp?"),
    "a price with a comma": ("tea: 49.90", "tea: '49,90'", 16, "markets.fr.prices.tea", "49.90"),
    "a negative price": ("tea: 49.90", "tea: -1", 16, "markets.fr.prices.tea", "is not an amount"),
    "a price in exponents": ("tea: 49.90", "tea: 4e1", 16, "markets.fr.prices.tea", "is not an amount"),
    "a price too fine": ("tea: 49.90", "tea: 49.905", 16, "markets.fr.prices.tea", "EUR has 2 digits"),
    "a fraction of a yen": ("tea: 6980", "tea: 6980.5", 29, "markets.jp.prices.tea", "JPY has no digits"),
    "a bundle dearer than its parts": ("tea: 49.90", "tea: 59.91", 16, "markets.fr.prices.tea", "(59.90)"),
    "a price for nothing": ("tea: 6980", "tee: 6980", 29, "markets.jp.prices.tea", "is missing"),
    "a free bundle": ("tea: 6980", "tea: 0", 29, "markets.jp.prices.tea", "is 0"),
    "stock of nothing": (
        "stock: {tea: 5}",
        "stock: {mug: 5}",
        17,
        "markets.fr.stock.mug",
        "is neither a bundle",
    ),
    "half a bundle": ("stock: {tea: 5}", "stock: {tea: 5.5}", 17, "markets.fr.stock.tea", "whole number"),
    "a voucher for no use": (
        "stock: {tea: 5}",
        "uses_per_code: 0",
        17,
        "markets.fr.uses_per_code",
        "1 or more",
    ),
    "delivery without cost": ("cost: 4.90, ", "", 18, "markets.fr.delivery.cost", "is missing"),
    "a country in words": ("[FR]", "[France]", 18, "markets.fr.delivery.countries[0]", "letters"),
    "a list that is none": ("[FR]", "FR", 18, "markets.fr.delivery.countries", "must be a list"),
    "a kind of place nobody knows": (
        "kind: receipt",
        "kind: till",
        21,
        "markets.fr.placements.fr-paris-till-1.kind",
        "'receipt'",
    ),
    "a store misspelt inside": (
        "{slug: fr-paris, name",
        "{slugg: fr-paris, slug: fr-paris, name",
        23,
        "markets.fr.placements.fr-paris-till-1.store.slugg",
        "did you mean slug?",
    ),
    "a store nobody described": (
        "store: fr-paris\n",
        "store: fr-lyon\n",
        27,
        "markets.fr.placements.fr-paris-till-2.store",
        "there is fr-paris",
    ),
    "receipts for no bundle": (
        "receipts: tea",
        "receipts: tee",
        30,
        "markets.jp.receipts",
        "did you mean tea?",
    ),
    "an alias": ("name: Pot", "name: *pot", 9, "", "anchors and aliases"),
    "an anchor": ("name: Pot", "name: &pot Pot", 9, "", "anchors and aliases"),
    "a tag": ("name: Pot", "name: !!python/name:os.system x", 9, "items.teapot.name", "has the tag"),
    "a tab": ("    items:", "\titems:", 13, "", "indent with spaces"),
    "a stray colon": ("name: Caisse 1", "name: Caisse: 1", 22, "", "quote a text that holds a colon"),
    "a merge key": ("  jp:\n", "  jp:\n    <<: {a: b}\n", 29, "markets.jp", "not a word"),
    "a second document": ("markets:\n", "---\nmarkets:\n", 14, "", "second document"),
    "a mark that turns the line": (
        "name: Pot",
        'name: "\\u202ePot"',
        9,
        "items.teapot.name",
        "writing direction",
    ),
    "one name for bundle and item": ("  cup: {name", "  tea: {name", 1, "", "tell them apart"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_field_is_named_with_its_line_and_a_remedy(wrong: tuple[str, str, int, str, str]) -> None:
    old, new, line, field, words = wrong
    assert old in WHOLE
    found = problems(WHOLE.replace(old, new, 1))
    assert any((p.line, p.field) == (line, field) and words in p.message for p in found), [
        str(p) for p in found
    ]


def test_a_problem_reads_as_one_line_with_file_line_and_field() -> None:
    [problem] = problems(WHOLE.replace("tea: 6980", "tea: 69.80"))
    assert (
        str(problem)
        == "gift.yaml:29: markets.jp.prices.tea: 69.80 is too fine; JPY has no digits after the point"
    )


def test_all_problems_of_a_file_are_told_at_once_in_the_order_of_its_lines() -> None:
    found = problems(
        WHOLE.replace("version: 1", "version: 3").replace("tea: 49.90", "tea: x").replace("cup: 2", "cup: x")
    )
    assert [problem.line for problem in found] == [1, 13, 16]


def test_one_price_cannot_serve_two_currencies() -> None:
    text = WHOLE.replace("    items: {t", "    price: 49\n    items: {t").replace("{tea: 6980}", "{cup: 800}")
    [problem] = problems(text.replace("tea: 49.90, ", ""))
    assert (problem.field, problem.line) == ("bundles.tea.price", 13)
    assert "EUR and JPY" in problem.message


def test_a_place_belongs_to_one_market_only() -> None:
    place = "    placements: {fr-paris-till-1: {kind: demo, name: x, store: {slug: s, name: x}}}\n"
    [problem] = problems(WHOLE.replace("    receipts: tea\n", place))
    assert "is a place of fr already" in problem.message


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfeversion",
        b"version: 1\ncampaign: \xe9",
        "",
        "[1, 2]",
        "version: \x00",
        "[" * 5000,
        "a: " * 5000,
        "{a: 1",
        "? [a]\n: b",
        "x" * 500_001,
        b"x" * 10_000_000,
        "a: \ud800",
    ],
    ids=str,
)
def test_what_is_not_a_campaign_file_is_refused_in_one_line(text: str | bytes) -> None:
    found = problems(text)
    assert found
    assert all("\n" not in str(problem) for problem in found)


def test_a_file_with_endless_problems_prints_fifty_and_the_count_of_the_rest() -> None:
    with pytest.raises(FileProblems) as refused:
        load("a: x\n" * 1000)
    assert len(str(refused.value).splitlines()) == 51
    assert str(refused.value).endswith("and 949 more problems")


def test_bytes_that_are_not_utf_8_are_named_with_their_line() -> None:
    [problem] = problems(b"version: 1\ncampaign: \xe9")
    assert (problem.line, "UTF-8" in problem.message) == (2, True)


@given(st.text())
def test_no_text_whatever_makes_the_reader_stumble(text: str) -> None:
    problems(text)


DAMAGE = st.sampled_from(["", " ", "{", "- ", ": x", "\n"])


@given(start=st.integers(0, len(WHOLE)), cut=st.integers(0, 40), put=DAMAGE)
def test_a_damaged_file_is_read_or_refused_but_never_a_traceback(start: int, cut: int, put: str) -> None:
    try:
        damaged = load(WHOLE[:start] + put + WHOLE[start + cut :])
    except FileProblems as refused:
        told = str(refused).splitlines()
    else:
        told = [f"gift.yaml: {sentence}" for sentence in defaults_used(damaged, shipped())]
    assert told
    assert all(line.startswith("gift.yaml") for line in told)


def as_json(text: str) -> Any:
    """What an editor sees: YAML's own types, days as text."""
    loaded = yaml.safe_load(text)
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in loaded.items()}


def test_the_schema_is_draft_2020_12_and_accepts_what_the_reader_accepts() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(as_json(WHOLE.replace("01234567", "'01234567'")))
    validator.validate(as_json(smallest("spring-gift", [shipped()["fr"]], Beginning(OPENS_ON))))


@pytest.mark.parametrize("wrong", ["seller", "no version", "country", "locale"])
def test_the_schema_refuses_what_an_editor_should_underline(wrong: str) -> None:
    broken = {
        "seller": WHOLE.replace("seller:", "seler:"),
        "no version": WHOLE.replace("version: 1\n", ""),
        "country": WHOLE.replace("[FR]", "[France]"),
        "locale": WHOLE.replace("fr: Cadeau", "french: Cadeau"),
    }[wrong]
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(as_json(broken))


def test_every_field_of_the_schema_is_described() -> None:
    schema = json_schema()
    parts = {"the file": schema, **schema["$defs"]}
    bare = [
        f"{name}.{field}"
        for name, part in parts.items()
        for field, described in part.get("properties", {}).items()
        if "description" not in described
    ]
    assert bare == []
