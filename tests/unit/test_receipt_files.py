"""Receipt rules in a campaign file, lists of items beside it, and files of receipts to try."""

from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
import yaml

from omni.domain.campaign_file import CampaignFile
from omni.domain.edition_plan import EditionPlan, plan_edition
from omni.domain.placement import Placement, Touchpoint
from omni.domain.policies import Policies
from omni.domain.receipt_facts import BoughtItem
from omni.domain.receipt_rule import Hours, ReceiptRule, Weekday
from omni.domain.receipt_trial import TrialGround
from omni.present import item_list
from omni.present.campaign_file import json_schema, read
from omni.present.file_problems import FileProblems
from omni.present.market_file import shipped
from omni.present.receipt_file import MOST_RECEIPTS, decoded, read_receipts
from tests.support.offers import a_market

NOW = datetime(2026, 11, 11, 10, tzinfo=UTC)

RULED = """\
version: 1
campaign: gift
name: Gift
shop: https://shop.example/cart?{items}&discount={voucher}
opens: 2026-11-01
closes: 2026-12-30
bundles:
  ski: {items: {skis: 1}, price: 49}
  tea: {items: {teapot: 1}, price: 19}
markets:
  fr:
    receipts:
      - {total: 30.50, items: [shoes-*], gives: ski}
      - {weekdays: [sat, sun], hours: 22:00-02:00, stores: [fr-paris], placements: [fr-*], gives: tea}
      - {items_file: garden.csv, items_total: 20, gives: tea}
      - {members: true, once_in_days: 30, gives: ski}
      - {otherwise: nothing}
"""
FIRST, LAST = 13, 17


def load(text: str = RULED) -> CampaignFile:
    return read(text, file="gift.yaml", markets=shipped())


def plan(text: str = RULED) -> EditionPlan:
    return plan_edition(load(text), shipped()["fr"])


def test_rules_are_published_in_minor_units_and_in_their_order() -> None:
    assert plan().policies.receipts == (
        ReceiptRule(gives="ski", total_minor=3050, items=("shoes-*",)),
        ReceiptRule(
            gives="tea",
            weekdays=(Weekday.SAT, Weekday.SUN),
            hours=Hours(begins="22:00", ends="02:00"),
            stores=("fr-paris",),
            placements=("fr-*",),
        ),
        ReceiptRule(gives="tea", items_file="garden.csv", items_total_minor=2000),
        ReceiptRule(gives="ski", members=True, once_in_days=30),
        ReceiptRule(gives=None),
    )


@pytest.mark.parametrize(
    "receipts, bundle",
    [
        ("    receipts: tea\n", "tea"),
        ("", "ski"),
        ("    receipts: [{total: 3, gives: nothing}, {total: 2, gives: tea}, {otherwise: ski}]\n", "ski"),
        ("    receipts: [{total: 3, gives: nothing}, {total: 2, gives: tea}]\n", "tea"),
        ("    receipts: [{otherwise: nothing}]\n", "ski"),
    ],
)
def test_a_receipt_of_which_nothing_is_known_has_a_bundle(receipts: str, bundle: str) -> None:
    text = RULED[: RULED.index("    receipts:")] + (receipts or "    uses_per_code: 1\n")
    assert plan(text).receipts_bundle == bundle
    assert (plan(text).policies == Policies()) is ("[" not in receipts)


WRONG = {
    # what is written instead: (old, new, line, field, words of the message)
    "a bundle that is none": ("gives: ski}", "gives: sky}", FIRST, "[0].gives", "did you mean ski?"),
    "a bundle that is none at last": (
        "otherwise: nothing",
        "otherwise: non",
        LAST,
        "[4].otherwise",
        "nothing",
    ),
    "a field that is none": ("items: [", "item: [", FIRST, "[0].item", "did you mean items?"),
    "a total too fine": ("30.50", "30.505", FIRST, "[0].total", "EUR has 2 digits"),
    "a sum too fine": ("items_total: 20", "items_total: 0.001", 15, "[2].items_total", "EUR has 2 digits"),
    "a pattern that is none": ("[shoes-*]", "['[a-z]']", FIRST, "[0].items[0]", "letters"),
    "a day that is none": ("sun]", "sunday]", 14, "[1].weekdays[1]", "'sun'"),
    "no part of a day": ("22:00-02:00", "22:00", 14, "[1].hours", "10:00-14:00"),
    "no time at all": ("22:00-02:00", "22:00-22:00", 14, "[1].hours", "10:00-14:00"),
    "the 25th hour": ("22:00-02:00", "22:00-25:00", 14, "[1].hours", "10:00-14:00"),
    "a store elsewhere": ("fr-paris]", "de-*]", 14, "[1].stores", "there is fr-paris"),
    "a till elsewhere": ("[fr-*]", "[fr-lyon-*]", 14, "[1].placements", "there is fr-paris-popup"),
    "a list elsewhere": ("garden.csv", "../garden.csv", 15, "[2].items_file", "beside the campaign file"),
    "items twice": ("{items_file", "{items: [a], items_file", 15, "[2]", "has items twice"),
    "a sum of nothing": ("items_file: garden.csv, ", "", 15, "[2].items_total", "name them in items"),
    "once without members": ("members: true, ", "", 16, "[3].once_in_days", "add members: true"),
    "once nothing": (
        "days: 30, gives: ski",
        "days: 30, gives: nothing",
        16,
        "[3].once_in_days",
        "gives nothing",
    ),
    "perhaps members": ("members: true", "members: perhaps", 16, "[3].members", "neither true nor false"),
    "no outcome": (", gives: ski}", "}", FIRST, "[0]", "says not what it earns"),
    "two outcomes": ("{otherwise", "{gives: tea, otherwise", LAST, "[4]", "says not what it earns"),
    "a condition at last": ("{otherwise", "{total: 3, otherwise", LAST, "[4]", "stands alone"),
    "a rule below all": ("{members: true, once_in_days: 30,", "{", LAST, "[4]", "rule 4 takes every receipt"),
    "no rules": (RULED[RULED.index("receipts:") :], "receipts: []\n", 12, "", "write at least one"),
    "a bundle called nothing": (
        "  tea: {items",
        "  nothing: {price: 9, items: {a: 1}}\n  tea: {items",
        18,
        "[4]",
        "name",
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_rule_that_cannot_stand_is_named_with_its_line_and_a_remedy(
    wrong: tuple[str, str, int, str, str],
) -> None:
    old, new, line, field, words = wrong
    assert old in RULED
    with pytest.raises(FileProblems) as refused:
        load(RULED.replace(old, new, 1))
    found = [(problem.line, problem.field, problem.message) for problem in refused.value.problems]
    assert any(
        (at, where) == (line, f"markets.fr.receipts{field}") and words in message
        for at, where, message in found
    ), found


def test_the_schema_takes_rules_and_one_bundle_and_underlines_the_rest() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    days = {"opens": "2026-11-01", "closes": "2026-12-30"}
    ruled = {**yaml.safe_load(RULED.replace("22:00-02:00", "'22:00-02:00'")), **days}
    validator.validate(ruled)
    rules = ruled["markets"]["fr"]["receipts"]
    for receipts, is_valid in (
        ("tea", True),
        (rules, True),
        ([{"totl": 3, "gives": "tea"}], False),
        ([], False),
    ):
        ruled["markets"]["fr"]["receipts"] = receipts
        assert validator.is_valid(ruled) is is_valid, receipts


def test_the_items_of_a_list_stand_in_the_rule_that_names_it() -> None:
    file = load()
    assert list(item_list.names(file)) == [("markets.fr.receipts[2].items_file", "garden.csv")]
    listed = item_list.read("\ufeffSKU\nspade\n\n rake \nspade\n".encode(), file="garden.csv")
    filled = plan_edition(item_list.put_in(file, {"garden.csv": listed}), shipped()["fr"])
    assert filled.policies.receipts[2].items == ("spade", "rake")


@pytest.mark.parametrize(
    "body, words",
    [
        (b"boot-1\nboot 2\n", "garden.csv:2: sku: boot 2 is not a SKU"),
        (b"\xff", "is not UTF-8"),
        (b"sku\n", "is empty"),
        (b"a\n" * 5_001, "more than 5,000 items"),
        (b"a" * 500_001, "is larger than 500 kB"),
    ],
    ids=["a space", "other bytes", "nothing", "too many", "too large"],
)
def test_a_list_that_cannot_be_read_is_named(body: bytes, words: str) -> None:
    with pytest.raises(FileProblems) as refused:
        item_list.read(body, file="garden.csv")
    assert words in str(refused.value)


def ground() -> TrialGround:
    """A till and a pop-up in Paris."""
    places = {
        slug: Placement(
            slug=slug, market_id="fr", touchpoint=kind, names={}, store_slug="fr-paris", store_names={}
        )
        for slug, kind in (("a-popup", Touchpoint.POP_UP), ("fr-till-1", Touchpoint.RECEIPT))
    }
    return TrialGround(rules=(), market=a_market("fr"), places=places)


def test_what_is_typed_of_a_receipt_is_read_and_the_rest_is_not_known() -> None:
    text = (
        "\ufeffplace;at;total;items;member\n"
        "a-popup;2026-11-14T13:30;1.299,50;a:b:2:٤٩٫٩٠ tea:1:0;Ada\n"
        ";2026-11-14T13:30Z;;;\n;;;;\n"
    )
    full, at, bare = read_receipts(
        decoded(text.encode(), file="r.csv"), file="r.csv", ground=ground(), now=NOW
    )
    assert (full.member, full.facts.is_member, full.facts.placement) == ("Ada", True, "a-popup")
    assert full.facts.items == (BoughtItem("a:b", 2, 4990), BoughtItem("tea", 1, 0))
    assert full.facts.total_minor == 129_950
    # A bare time is the market's own; in November Paris is an hour ahead.
    assert (full.facts.at.hour, at.facts.at.hour, bare.facts.at.hour) == (13, 14, 11)
    assert (bare.facts.placement, bare.facts.total_minor, bare.facts.items) == ("fr-till-1", None, None)


@pytest.mark.parametrize(
    "text, line",
    [
        ("total,items\n1,boot-1\n", "2: items: boot-1 is not an item"),
        ("items\nboot-1:0:1\n", "2: items: boot-1:0:1 is not an item"),
        ("items\nboot-1:²:1\n", "2: items: boot-1:²:1 is not an item"),
        ("items\n" + "a:1:1 " * 1001, "2: items: are more than 1,000"),
        ("total\n1\nx\n", "3: total: x is not an amount in EUR"),
        ("at\n2026-13-01\n", "2: at: 2026-13-01 is not a day and time"),
        ("at\n0001-01-01\n", "2: at: 0001-01-01 is not a day and time"),
        ("place\nde-till-1\n", "2: place: de-till-1 is no place of this offer"),
        ("total,sum\n1,2\n", "1: sum: is no header of receipts"),
        ("total,total\n1,2\n", "1: total: is no header of receipts"),
        ("total\n1,2\n", "2: has 2 cells"),
        ('total\n"1\n', "2: is not CSV"),
        ("", "1: is no header"),
        ("total\n" + "1\n" * (MOST_RECEIPTS + 1), "10002: has more than 10,000 receipts"),
    ],
)
def test_a_wrong_receipt_is_named_by_line_and_field(text: str, line: str) -> None:
    with pytest.raises(FileProblems) as refused:
        read_receipts(text, file="r.csv", ground=ground(), now=NOW)
    assert f"r.csv:{line}" in str(refused.value)


def test_the_receipt_rules_of_the_documentation_load() -> None:
    page = (Path(__file__).parents[2] / "docs" / "receipts.md").read_text(encoding="utf-8")
    [written] = list(page.split("```yaml\n")[1:])
    rules = written.split("```")[0].replace("items_file: garden.csv", "items: [spade]")
    text = RULED[: RULED.index("markets:")].replace(
        "  tea: ", "  picnic: {items: {rug: 1}, price: 9}\n  tea: "
    )
    assert len(plan(text + rules).policies.receipts) == 5
