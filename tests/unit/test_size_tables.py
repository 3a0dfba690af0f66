"""Size tables: sizes as the maker wrote them, a market's own first, and every way of writing one wrongly."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

import omni
from omni.domain.edition_plan import plan_edition
from omni.domain.market_record import MarketRecord, SizeCustom
from omni.domain.published import PublishedLine
from omni.domain.size_system import LengthUnit, SizeSystem
from omni.domain.size_table import SizeTable, in_order
from omni.present.campaign_file import json_schema
from omni.present.locales import speaking
from omni.present.market_file import shipped
from omni.present.size_chart import SizeChart, size_charts
from tests.support.offers import a_bundle, a_line, a_market
from tests.unit.test_campaign_file import load, problems

GUIDE = (Path(omni.__file__).parents[1] / "docs" / "sizes.md").read_text(encoding="utf-8")
COATS = """\
version: 1
campaign: coats
name: Coats
shop: https://shop.example/cart?{items}&discount={voucher}
opens: 2026-11-01
closes: 2026-11-30
items:
  coat: {name: Coat, sizes: coats}
  scarf: {name: Scarf}
size_tables:
  coats:
    measures: {chest: {en: Chest, fr: Poitrine, ja: 胸囲, ar: الصدر}, sleeve: Arm}
    rows:
      - {sizes: {int: S, eu: 44, uk: 34, us: 34, jp: M}, body: {chest: 88-92, sleeve: 61.5}}
      - {sizes: {int: M, eu: 46  1/2, uk: 36, us: 36, jp: L}, body: {chest: 92 - 96, sleeve: 62}}
      - {sizes: {int: L, eu: 48, uk: 38, us: 38, jp: LL}, body: {chest: 96–100, sleeve: 62}}
bundles:
  warm: {items: {coat: 1, scarf: 1}}
markets:
  fr: {prices: {warm: 49}}
  gb: {prices: {warm: 49}}
  us: {prices: {warm: 49}}
  jp: {prices: {warm: 4900}, sizes: {systems: [eu]}}
  sa: {prices: {warm: 49}, sizes: {unit: in}}
"""


def wrong(old: str, new: str) -> list[str]:
    assert old in COATS
    found = problems(COATS.replace(old, new, 1))
    return [f"{problem.field}: {problem.message}" for problem in found]


def table(market: str, text: str = COATS) -> SizeTable:
    return plan_edition(load(text), shipped()[market]).size_tables["coats"]


def chart(market: str, spoken: str, locale: str) -> SizeChart:
    here = a_market(market)
    lines = (a_line(here, 0, "coat", sizes=table(market)), a_line(here, 1, "scarf"))
    with speaking(spoken):
        (shown,) = size_charts(a_bundle(here, *lines), locale)
    return shown


@pytest.mark.parametrize(
    "market, systems, unit",
    [
        ("fr", "EU INT UK US JP", "cm"),
        ("gb", "UK EU INT US JP", "in"),
        ("us", "US INT EU UK JP", "in"),
        ("jp", "EU INT UK US JP", "cm"),
        ("sa", "EU UK US INT JP", "in"),
    ],
)
def test_a_market_sees_its_own_systems_first_unless_the_campaign_says_others(
    market: str, systems: str, unit: str
) -> None:
    shown = table(market)
    assert [system.label for system in shown.systems] == systems.split()
    assert shown.unit == unit


def test_every_row_keeps_its_sizes_letter_for_letter_under_the_system_they_are_of() -> None:
    shown = table("us")
    assert shown.rows[1].sizes == ("36", "M", "46 1/2", "36", "L")
    assert shown.rows[1].body == ((920, 960), (620, 620))


def test_lengths_are_said_as_the_reader_says_them_and_sizes_as_the_label_has_them() -> None:
    french, british, arabic = (
        chart("fr", "fr", "fr_FR"),
        chart("gb", "en", "en_GB"),
        chart("fr", "ar", "fr_FR"),
    )
    assert (french.measures, french.unit) == (("Poitrine", "Arm"), "cm")
    assert french.rows[0].body == ("88\u201392", "61,5")
    assert (british.unit, british.rows[0].body) == ("inches", ("34.6\u201336.2", "24.2"))
    assert (arabic.measures, arabic.unit) == (("Poitrine", "Arm"), "سم")
    assert {each.rows[1].sizes[each.systems.index("EU")] for each in (french, british, arabic)} == {"46 1/2"}


def test_only_items_with_sizes_have_a_chart() -> None:
    assert chart("jp", "ja", "ja_JP").item == "A fine coat"
    assert size_charts(a_bundle(a_market("jp")), "ja_JP") == ()


def test_a_table_survives_being_kept_as_a_document_and_a_line_without_one_is_as_before() -> None:
    here = a_market("jp")
    line = a_line(here, 0, "coat", sizes=table("jp"))
    kept = json.loads(json.dumps(line.model_dump(mode="json"), sort_keys=True))
    assert PublishedLine.model_validate(kept) == line
    assert "sizes" not in a_line(here, 0, "coat").model_dump(mode="json")


def test_what_is_measured_is_wanted_in_every_language_of_a_market() -> None:
    (found,) = wrong("ja: 胸囲, ", "")
    assert found.startswith("size_tables.coats.measures.chest: has no text for ja_JP, which jp requires")


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("sizes: coats}", "sizes: coat}", "items.coat.sizes: coat is not among size_tables; there is coats"),
        ("us: 36, ", "", "rows[1].sizes: has int, eu, uk, jp, but the first row has"),
        (", sleeve: 62}", "}", "rows[1].body: has chest, but measures has chest, sleeve;"),
        ("body: {", "body: {hip: 90, ", "rows[0].body: has hip, chest, sleeve, but"),
        (
            "int: M, eu: 46  1/2, uk: 36, us: 36, jp: L",
            "int: S, eu: 44, uk: 34, us: 34, jp: M",
            "rows[1].sizes: has the sizes of a row above; delete one of the two",
        ),
        ("92 - 96", "82 - 86", "rows[1].body.chest: is less than in the row above; write"),
        ("88-92", "92-88", "rows[0].body.chest: does not go up; write the smaller"),
        ("88-92", "88-88", "rows[0].body.chest: does not go up; write the smaller"),
        ("88-92", "wide", "rows[0].body.chest: is no length in centimetres; write for"),
        ("61.5", "61.55", "rows[0].body.sleeve: is no length in centimetres"),
        ("61.5", "0", "rows[0].body.sleeve: is no length in centimetres"),
        ("61.5", "60-61-62", "rows[0].body.sleeve: is no length in centimetres"),
        ("int: S", "intl: S", "rows[0].sizes.intl: must be 'int', 'eu', 'uk'"),
        ("eu: 44", "eu: about forty-four", "rows[0].sizes.eu: is longer than a size; write what stands on"),
        ("systems: [eu]", "systems: [eu, eu]", "markets.jp.sizes.systems: names a system twice; write each"),
        ("unit: in", "unit: inch", "markets.sa.sizes.unit: must be 'cm' or 'in'"),
    ],
)
def test_a_table_that_cannot_be_is_refused_by_its_field_with_the_remedy(
    old: str, new: str, said: str
) -> None:
    (found,) = wrong(old, new)
    assert found.removeprefix("size_tables.coats.").startswith(said)


def test_a_table_without_lengths_is_a_table() -> None:
    bare = "\n".join(line.partition(", body")[0] + "}" * ("body" in line) for line in COATS.splitlines())
    assert table("fr", bare.replace("    measures: {", "    # {")).measures == ()


def test_the_published_schema_takes_what_the_reader_takes() -> None:
    written = yaml.safe_load(
        COATS.replace("2026-11-01", '"2026-11-01"').replace("2026-11-30", '"2026-11-30"')
    )
    jsonschema.validate(written, json_schema())
    written["size_tables"]["coats"]["rows"][0]["body"]["chest"] = "wide"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, json_schema())


def test_what_a_campaign_leaves_open_is_as_usual_in_the_market() -> None:
    usual = SizeCustom(systems=(SizeSystem.BRITAIN,), unit=LengthUnit.INCH)
    assert SizeCustom().over(usual) == usual
    assert SizeCustom(unit=LengthUnit.CENTIMETRE).over(usual).systems == usual.systems


@pytest.mark.parametrize("market", shipped().values(), ids=shipped().keys())
def test_every_market_says_which_sizes_its_people_look_for(market: MarketRecord) -> None:
    assert market.sizes.systems
    assert (market.sizes.unit is LengthUnit.INCH) == (market.country in {"US", "GB"})


def test_systems_a_table_does_not_have_leave_no_column() -> None:
    assert in_order([SizeSystem.JAPAN, SizeSystem.EUROPE], [SizeSystem.RUSSIA, SizeSystem.EUROPE]) == (
        SizeSystem.EUROPE,
        SizeSystem.JAPAN,
    )


def test_the_example_of_the_guide_is_a_campaign_and_its_refusal_is_ours() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    head = COATS.partition("items:")[0] + "bundles: {warm-set: {items: {coat: 1}}}\n"
    assert table("us", head + example).systems[:2] == ("int", "us")
    (found,) = problems((head + example).replace("int: M, eu: 46, uk: 36, us: 36, jp: L", "eu: 46, uk: 36"))
    assert f"{found.field}: {found.message}" in GUIDE


@pytest.mark.parametrize("system", SizeSystem)
def test_every_system_stands_in_the_guide(system: SizeSystem) -> None:
    assert re.search(rf"^\| [^|]*`{system}`", GUIDE, re.MULTILINE)
