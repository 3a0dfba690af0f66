"""Trying receipts in the studio: every rule read on one receipt, and a file of them counted."""

import io
import re

import pytest
from werkzeug.test import TestResponse

from omni.app import Installation
from omni.domain.people import Role
from tests.integration.test_receipt_rules import LADDER, rule
from tests.integration.test_studio import INNER_WORDS
from tests.support.machines import rows_written
from tests.support.staff import Browser, signed_in

PAGE = "/studio/campaigns/double-11/fr/receipts"


@pytest.fixture
def engine_name() -> str:
    """One engine is enough: what these pages ask of the database is tested beside its service."""
    return "sqlite"


@pytest.fixture
def ada(installation: Installation) -> Browser:
    rule(installation, *LADDER)
    return signed_in(installation, "Ada", Role.MARKETER)


def words(page: TestResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2]).split())


def marks(page: TestResponse) -> list[str]:
    """What is said of each thing a rule asks: it holds, failed, or is not known (advice)."""
    asked = page.text.partition('<ol class="stack">')[2].partition("</ol>")[0]
    return [mark or "holds" for mark in re.findall(r'<li(?: class="(failed|advice)")?><span>', asked)]


def test_every_rule_is_one_link_away_and_says_what_it_asks(ada: Browser) -> None:
    assert f'href="{PAGE}"' in ada.get("/studio/campaigns").text
    page = ada.get(PAGE)
    told = words(page)
    assert "Items boots-*" in told
    assert "Total ≥ €100.00" in told
    assert "Days between two for one member: 30" in told
    assert "08:00–12:00" in told
    assert INNER_WORDS.findall(told) == []


def test_a_typed_receipt_is_held_against_every_rule_and_nothing_is_written(
    installation: Installation, ada: Browser
) -> None:
    before = rows_written(installation)
    page = ada.press(
        ada.get(PAGE), PAGE, total="120", at="2026-11-14T13:30", items="tea:1:9.90", member="yes"
    )
    assert page.status_code == 200
    assert marks(page) == ["failed", "holds", "holds", "holds", "failed"]
    decided = re.findall(r"<h2>.*?<bdi>([^<]+)</bdi> <span class=\"state state-live\">", page.text)
    assert decided == re.findall(r'role="status"><bdi>([^<]+)</bdi>', page.text) != []
    assert 'value="2026-11-14T13:30"' in page.text
    assert rows_written(installation) == before


def test_what_is_not_known_is_told_apart_and_may_earn_nothing(ada: Browser) -> None:
    page = ada.press(ada.get(PAGE), PAGE, at="2026-11-14T13:30", member=None)
    assert marks(page)[:2] == ["advice", "advice"]
    assert '<p class="note note-done" role="status"><bdi>There is no offer on this receipt.' in page.text


def test_a_file_is_counted_by_outcome(ada: Browser) -> None:
    text = "at,total,items,member\n" + "2026-11-14T10:00,120,boots-1:1:99,\n" * 2 + "2026-11-14T15:00,,,\n"
    file = (io.BytesIO(text.encode()), "week.csv")
    page = ada.press(ada.get(PAGE), PAGE, file=file, member=None)
    counted = dict(re.findall(r"<dt><bdi>([^<]+)</bdi></dt><dd>([^<]+)</dd>", page.text))
    assert sorted(counted.values()) == ["1", "2"]
    assert counted["There is no offer on this receipt."] == "1"
    assert "More might be earned if more were known of these: 1" in words(page)


@pytest.mark.parametrize(
    "typed, told",
    [
        ({"total": "much"}, "total: much is not an amount in EUR"),
        ({"items": "tea"}, "items: tea is not an item"),
        (
            {"file": (io.BytesIO(b"total\n1\nx\n"), "week.csv")},
            "receipts.csv:3: total: x is not an amount in EUR",
        ),
        ({"file": (io.BytesIO(b"\xff"), "week.csv")}, "receipts.csv: is not UTF-8"),
    ],
    ids=["a total", "an item", "a line of a file", "no text at all"],
)
def test_what_cannot_be_read_is_named(ada: Browser, typed: dict[str, object], told: str) -> None:
    page = ada.press(ada.get(PAGE), PAGE, member=None, **typed)
    assert page.status_code == 422
    assert told in words(page)


def test_only_marketers_try_receipts_and_only_of_a_campaign(installation: Installation, ada: Browser) -> None:
    assert signed_in(installation, "Tom", Role.STAFF).get(PAGE).status_code == 403
    assert ada.get(PAGE.replace("double-11", "none")).status_code == 404
