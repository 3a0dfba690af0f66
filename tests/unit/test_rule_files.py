"""Rule files: what a wrong one is told, and how a company's own replace and join the shipped ones."""

from pathlib import Path

import pytest

from omni.domain.display_rule import Weight
from omni.present.file_problems import FileProblems
from omni.present.rule_file import known_rules, read_rules, shipped_rules

RULE = """
[[rule]]
id = "FR-TOTAL"
markets = ["fr"]
title = "One total"
trigger = { compare = ["before"] }
needs = ["history"]
check = "price-held"
display = ["price.previous"]
weight = "rule"
from = 2026-01-01
citation = "Art. 1"
source = "example.org"
confidence = "low"
[rule.params]
days = 28
within = 90
"""
MARKETS = frozenset({"fr", "de"})


def refusal(text: str) -> str:
    with pytest.raises(FileProblems) as refused:
        read_rules(text, file="own.toml", markets=MARKETS)
    return str(refused.value)


def test_a_rule_is_read_as_it_is_written() -> None:
    (rule,) = read_rules(RULE, file="own.toml", markets=MARKETS)
    assert (rule.id, rule.weight, rule.params) == ("FR-TOTAL", Weight.RULE, {"days": 28, "within": 90})


@pytest.mark.parametrize(
    "old, new, line, words",
    [
        ('["fr"]', '["fi"]', 4, "FR-TOTAL.markets: fi is not known"),
        ("compare =", "comparison =", 6, "FR-TOTAL.trigger: comparison is not known; did you mean compare?"),
        ('["before"]', '["earlier"]', 6, "FR-TOTAL.trigger.compare: earlier is not known"),
        ('["history"]', '["histories"]', 7, "FR-TOTAL.needs: histories is not known; did you mean history?"),
        ('"price-held"', '"price-hold"', 8, "FR-TOTAL.check: price-hold is not known"),
        ('["price.previous"]', '["price.before"]', 9, "FR-TOTAL.display: price.before is not known"),
        (
            '"rule"\nfrom',
            '"law"\nfrom',
            10,
            "FR-TOTAL.weight: Input should be 'impossible', 'rule' or 'advice'",
        ),
        ("2026-01-01", '"soon"', 11, "FR-TOTAL.from: Input should be a valid date"),
        ("2026-01-01", "2026-01-01\nuntil = 2026-01-01", 12, "FR-TOTAL.until: is not after from"),
        ('citation = "Art. 1"\n', "", 2, "FR-TOTAL.citation: is missing"),
        ('"low"', '"low"\nreviewed = true', 15, "FR-TOTAL.reviewed: is not a field here"),
        ("days = 28", 'days = "28"', 16, "FR-TOTAL.params.days: Input should be a valid integer"),
        ("days = 28\n", "", 2, "FR-TOTAL.params.days: is missing"),
        ("days = 28", "days = 28\npercent = 3", 17, "FR-TOTAL.params.percent: is not a field here"),
        ('"low"', '"low"\nclause = "cash"', 15, "FR-TOTAL.clause: has no words to stand in it"),
        ('"low"', '"low"\nexact = "No. {permit}"', 15, "FR-TOTAL.exact.*: permit is not known"),
        ("[[rule]]", "[[rule", 2, "is not TOML"),
        ("[[rule]]", "[[rules]]", 1, "holds rules and nothing else"),
    ],
)
def test_a_wrong_rule_is_told_which_line_and_field(old: str, new: str, line: int, words: str) -> None:
    assert old in RULE
    told = refusal(RULE.replace(old, new, 1))
    assert words in told
    assert told.startswith(f"own.toml:{line}: ")


def test_words_of_a_clause_cannot_wait_for_a_trigger() -> None:
    text = RULE.replace('"low"', '"low"\nexact = "Said."\nclause = "cash"', 1)
    assert "FR-TOTAL.clause: its words stand in every edition's terms" in refusal(text)


def test_every_wrong_rule_of_a_file_is_told_at_once() -> None:
    assert refusal(RULE.replace('["fr"]', '["fi"]') * 2).count("fi is not known") == 2


def test_a_companys_own_rules_replace_and_join_the_shipped_ones(tmp_path: Path) -> None:
    own = RULE.replace("FR-TOTAL", "FR-AGEC") + RULE
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    rules = {rule.id: rule for rule in known_rules(tmp_path, MARKETS)}
    assert rules["FR-AGEC"].title == "One total"
    assert set(rules) == {"FR-TOTAL"} | {rule.id for rule in shipped_rules()}
    assert known_rules(None, MARKETS) == shipped_rules()


def test_a_rule_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(RULE, encoding="utf-8")
    with pytest.raises(FileProblems, match=r"b\.toml: FR-TOTAL: is there twice"):
        known_rules(tmp_path, MARKETS)


@pytest.mark.parametrize("body, said", [(b"\xff", "is not UTF-8"), (RULE.encode() + b"x", "is not TOML")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, body: bytes, said: str) -> None:
    (tmp_path / "own.toml").write_bytes(body)
    with pytest.raises(FileProblems, match=said):
        known_rules(tmp_path, MARKETS)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileProblems, match="cannot be read"):
        known_rules(tmp_path / "nowhere", MARKETS)
