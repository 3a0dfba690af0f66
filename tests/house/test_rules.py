"""Rules, checks, facts and sentences fit together: nothing is named that is not there, nothing is idle."""

import re
from inspect import getdoc
from pathlib import Path

import pytest

import omni
from omni.domain.checking import CHECKS
from omni.domain.display_rule import EARLIER_PRICE, EVERYWHERE, DisplayRule
from omni.domain.offer_facts import NEEDS, TRIGGERS
from omni.present.clauses import SENTENCES, TITLES
from omni.present.market_file import shipped
from omni.present.rule_file import read_rules, shipped_rules

ROOT = Path(omni.__file__).parents[1]
GUIDE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", shipped_rules(), ids=lambda rule: rule.id)
def test_a_rule_names_only_what_there_is(rule: DisplayRule) -> None:
    assert rule.check in CHECKS
    assert CHECKS[rule.check].params.model_validate(rule.params)
    assert set(rule.markets) <= {EVERYWHERE, *shipped()}
    assert set(rule.display) <= set(SENTENCES)
    assert rule.clause is None or rule.clause in TITLES
    assert set(rule.needs) <= set(NEEDS)
    for fact, values in rule.trigger.items():
        assert set(values) < set(TRIGGERS[fact].values)


@pytest.mark.parametrize("rule", shipped_rules(), ids=lambda rule: rule.id)
def test_a_rule_says_where_it_comes_from_and_not_that_it_is_law(rule: DisplayRule) -> None:
    assert rule.citation
    assert rule.source
    assert not re.search(r"compl(y|ies|iant)|guarantee", rule.title, re.IGNORECASE)


def test_every_check_and_every_need_is_used_by_a_rule() -> None:
    assert {rule.check for rule in shipped_rules()} == set(CHECKS)
    assert {need for rule in shipped_rules() for need in rule.needs} == set(NEEDS)


def test_every_market_has_rules_beyond_those_of_all_or_is_known_to_have_none() -> None:
    named = {market for rule in shipped_rules() if not rule.id.startswith("ALL-") for market in rule.markets}
    assert set(shipped()) - named == {"ch"}


def test_every_way_to_find_an_earlier_price_has_words_of_its_own() -> None:
    for rule in shipped_rules():
        if rule.check == EARLIER_PRICE:
            assert rule.display[0].startswith("price.")


def test_no_code_knows_a_market_by_name() -> None:
    asks = re.compile(r"""market(_id|\.id)?\s*(==|!=|(not )?in)\s*[("'\[{]""")
    modules = (ROOT / "omni").rglob("*.py")
    assert [path.name for path in modules if asks.search(path.read_text(encoding="utf-8"))] == []
    assert asks.search('if facts.market == "us":')


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_stands_in_the_guide_with_what_it_asks_for(name: str) -> None:
    row = next((line for line in GUIDE.splitlines() if line.startswith(f"| `{name}` |")), "")
    assert (getdoc(CHECKS[name].judge) or "?").splitlines()[0].rstrip(".") in row
    assert [param for param in CHECKS[name].params.model_fields if f"`{param}`" not in row] == []


@pytest.mark.parametrize("name", [*TRIGGERS, *NEEDS])
def test_every_fact_and_every_need_stands_in_the_guide(name: str) -> None:
    assert f"| `{name}` |" in GUIDE


def test_the_record_in_the_guide_is_one_that_is_shipped() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    (rule,) = read_rules(example, file="docs/rules.md", markets=shipped())
    assert rule in shipped_rules()
