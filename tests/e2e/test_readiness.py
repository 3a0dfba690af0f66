"""From the first draft to the launch: the list that says what is missing, and what the rules make of it."""

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from omni.present.rule_file import shipped_rules
from omni.settings import BadSetting
from tests.support.commands import Omni
from tests.support.installations import DEMO, demo_file

OWN_RULE = """
[[rule]]
id = "{id}"
markets = ["fr"]
title = "The permit is named"
check = "{check}"
weight = "{weight}"
citation = "Company handbook, page 7"
source = "Legal department"
confidence = "high"
"""


@pytest.fixture
def engine_name() -> str:
    """The journey is the same on both engines; each rule is tested on both elsewhere."""
    return "sqlite"


House = Callable[..., None]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Gives the company one rule of its own, in a folder of its own; a second call changes it."""
    folders = (tmp_path / f"rules-{number}" for number in count(1))

    def rule(**changes: str) -> None:
        told = {"id": "HOUSE-PERMIT", "check": "permit-given", "weight": "rule", **changes}
        folder = next(folders)
        folder.mkdir()
        (folder / "house.toml").write_text(OWN_RULE.format(**told))
        monkeypatch.setenv("OMNI_RULES_DIR", str(folder))

    return rule


@pytest.fixture
def company(fresh_omni: Omni, house: House) -> Omni:
    """The demo campaign, drafted in every market, where the company has a rule of its own for France."""
    house()
    assert fresh_omni("import", str(DEMO / "double-11.yaml")).code == 0
    return fresh_omni


def ids(omni: Omni, *arguments: str) -> dict[str, dict[str, object]]:
    """The rules as a list in JSON has them, by id."""
    return {rule["id"]: rule for rule in json.loads(omni("rules", *arguments, "--json").out)}


def test_every_edition_of_the_demo_may_go_live_before_anybody_reviewed_a_rule(company: Omni) -> None:
    for market in demo_file().markets:
        said = company("check", f"double-11/{market}")
        assert (said.code, said.err) == (0, ""), market
        assert "What stops it" not in said.out
        assert "checks hold; --all lists them." in said.out
    assert company("launch", "double-11/fr").code == 0


def test_a_rule_warns_until_it_is_reviewed_then_stops_then_is_overridden(company: Omni) -> None:
    warned = company("check", "double-11/fr")
    assert warned.code == 0
    assert "HOUSE-PERMIT  permit\n      The permit is named (Company handbook, page 7)" in warned.out
    assert "omni rules review HOUSE-PERMIT --by NAME" in warned.out

    assert company("rules", "review", "house-permit", "--by", "Ines Roth", "--on", "2026-11-10").code == 0
    stopped = company("check", "double-11/fr")
    assert stopped.code == 1
    assert stopped.err == "omni: double-11/fr cannot go live: HOUSE-PERMIT\n"
    assert stopped.out.startswith("What stops it\n  Write down the permit number")
    assert "reviewed by Ines Roth on 2026-11-10" in stopped.out
    refused = company("launch", "double-11/fr")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "not-ready: rules HOUSE-PERMIT" in refused.err
    assert company("check", "double-11/de").code == 0

    assert (
        company("rules", "override", "double-11/fr", "HOUSE-PERMIT", "--reason", "It is on its way").code == 0
    )
    assert "overridden by cli:" in company("check", "double-11/fr").out
    assert company("launch", "double-11/fr").code == 0


def test_a_rule_that_changed_must_be_read_again(company: Omni, house: House) -> None:
    company("rules", "review", "HOUSE-PERMIT", "--by", "Ines Roth")
    assert company("check", "double-11/fr").code == 1
    house(check="permit-linked")
    assert company("check", "double-11/fr").code == 0
    assert ids(company)["HOUSE-PERMIT"]["reviewed"] is None


def test_a_check_in_json_has_every_value(company: Omni) -> None:
    company("rules", "review", "HOUSE-PERMIT", "--by", "Ines Roth", "--on", "2026-11-10")
    company("rules", "override", "double-11/fr", "HOUSE-PERMIT", "--reason", "Known")
    found = {one["rule"]: one for one in json.loads(company("check", "double-11/fr", "--json").out)}
    told = found["HOUSE-PERMIT"]
    assert (told["standing"], told["passed"], told["weight"], told["field"]) == (
        "warns",
        False,
        "rule",
        "permit",
    )
    assert told["values"]["seen"] == {"permit": None}
    assert told["reviewed"] == {"by": "Ines Roth", "on": "2026-11-10"}
    assert told["override"]["reason"] == "Known"
    assert found["ALL-FEES"]["not_tracked"] == ["fees"]
    assert found["price-known"]["passed"] is True


def test_the_rules_are_listed_by_market_with_their_review(company: Omni) -> None:
    everywhere, in_france, in_japan = (
        ids(company),
        ids(company, "--market", "fr"),
        ids(company, "--market", "jp"),
    )
    assert everywhere.keys() == {rule.id for rule in shipped_rules()} | {"HOUSE-PERMIT"}
    assert {"HOUSE-PERMIT", "ALL-TOTAL", "FR-AGEC"} <= in_france.keys()
    assert {"HOUSE-PERMIT", "FR-AGEC"}.isdisjoint(in_japan)
    company("rules", "review", "HOUSE-PERMIT", "--by", "Ines Roth", "--on", "2026-11-10")
    assert "Ines Roth, 2026-11-10" in company("rules").out
    shown = company("rules", "show", "house-permit").out
    assert "citation     Company handbook, page 7" in shown
    assert "by: Ines Roth" in shown
    assert company("rules", "--market", "xx").code == 2


@pytest.mark.parametrize(
    "arguments, told",
    [
        (("override", "double-11/fr", "ALL-TOTAL", "--reason", "So"), "cannot be overridden"),
        (("override", "double-11/fr", "price-known", "--reason", "So"), "no display rule"),
        (("override", "double-11/de", "HOUSE-PERMIT", "--reason", "So"), "not a rule of de"),
        (("override", "double-11/fr", "HOUSE-PERMIT", "--reason", " "), "say why"),
        (("review", "HOUSE-PERMIT", "--by", ""), "say who"),
        (("review", "HOUSE-PERMIT", "--by", "I", "--on", "2031-01-01"), "not come yet"),
        (("show", "NO-SUCH"), "NO-SUCH"),
    ],
)
def test_what_cannot_be_signed_is_one_line(company: Omni, arguments: tuple[str, ...], told: str) -> None:
    said = company("rules", *arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert told in said.err


def test_a_rule_of_an_id_that_is_shipped_replaces_that_one(company: Omni, house: House) -> None:
    house(id="FR-AGEC", weight="advice")
    replaced = ids(company)["FR-AGEC"]
    assert (replaced["weight"], replaced["check"]) == ("advice", "permit-given")
    assert len(ids(company)) == len(shipped_rules())


def test_a_rule_that_could_never_speak_stops_the_start_with_file_line_and_field(
    company: Omni, house: House
) -> None:
    house(check="permit-gven")
    with pytest.raises(
        BadSetting, match=r"OMNI_RULES_DIR: \S+house\.toml:6: HOUSE-PERMIT\.check: .*permit-given"
    ):
        company("check", "double-11/fr")
