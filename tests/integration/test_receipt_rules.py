"""Receipts and the rules of an edition: what a till is given, what a member earns, and what is only tried."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from omni.app import Installation
from omni.domain.receipt import MemberUse, Receipt
from omni.domain.receipt_facts import BoughtItem
from omni.domain.record import Origin
from omni.domain.refusal import Reason, Refused
from omni.domain.written_receipts import ReceiptRulePart
from omni.services.receipting import Purchase, ReceiptCode, code_for, still_earns
from omni.store import finders
from tests.support.codes import SEAL
from tests.support.commands import Omni
from tests.support.installations import Clock, author, demo_file
from tests.support.machines import Machine, rows_written

TILL = "fr-paris-till-1"
LADDER = (
    {"total": "100", "items": ["boots-*"], "gives": "ski"},
    {"members": "true", "once_in_days": "30", "gives": "rain"},
    {"hours": "08:00-12:00", "gives": "tea"},
)
"""Boots for 100 earn the skis, a member the rain set once a month, whoever else comes before noon the tea."""


def rule(place: Installation, *rules: dict[str, Any]) -> None:
    """Let receipts in France earn by these rules from now on."""
    france = (
        demo_file()
        .markets["fr"]
        .model_copy(update={"receipts": [ReceiptRulePart.model_validate(written) for written in rules]})
    )
    with place.db.writing() as tx:
        author(tx, place.world.now(), demo_file().model_copy(update={"markets": {"fr": france}}))


def ask(
    place: Installation, number: str, *, till: str = TILL, origin: Origin = Origin.LIVE, **said: Any
) -> Any:
    """Ask for the code of a receipt; `member` and `items` as a till would say them."""
    purchase = Purchase(
        (f"{till} {number}",),
        has_number=True,
        member_hash=said.pop("member", None),
        total_minor=12_000,
        **said,
    )
    with place.db.writing() as tx:
        placement = finders.placement_by_slug(tx, till)
        seals = {placement.market_id: SEAL}
        return code_for(
            tx,
            place.world.now(),
            placement=placement,
            purchase=purchase,
            origin=origin,
            seals=seals,
            client="t",
        )


def earned(outcome: ReceiptCode | Refused) -> str | Reason:
    return outcome.bundle.slug if isinstance(outcome, ReceiptCode) else outcome.reason


def test_what_was_bought_decides_and_is_not_kept(installation: Installation, shop: Machine) -> None:
    rule(installation, *LADDER)
    boots = {"sku": "boots-ridge", "qty": 1, "amount_minor": 9_900}
    body = {"placement": TILL, "total_minor": 12_000, "currency": "EUR"}
    first = shop.post("/receipts", {**body, "receipt_no": "1", "items": [boots]}).json
    other = shop.post("/receipts", {**body, "receipt_no": "2", "items": [{**boots, "sku": "tea"}]}).json
    assert (first["bundle"], first["why"]) == ("ski", "boots-*, a receipt of 100.00 EUR or more: ski")
    assert (other["bundle"], other["why"]) == ("tea", "from 08:00 to 12:00: tea")
    assert first["batch"] != other["batch"]
    with installation.db.reading() as session:
        kept = session.exec(select(Receipt).order_by(Receipt.number)).all()
    assert all("boots-ridge" not in receipt.model_dump_json() for receipt in kept)


def test_a_receipt_that_no_rule_fits_prints_nothing_and_writes_nothing(
    installation: Installation, shop: Machine, clock: Clock
) -> None:
    rule(installation, *LADDER)
    clock.at = clock.at.replace(hour=15)
    before = rows_written(installation)
    answer = shop.post("/receipts", {"placement": TILL, "receipt_no": "1"})
    assert (answer.status_code, answer.json) == (200, {"print": False, "reason": "no-rule-matched"})
    assert rows_written(installation) == before


def test_the_same_receipt_keeps_its_code_when_the_hour_has_passed(
    installation: Installation, clock: Clock
) -> None:
    rule(installation, *LADDER)
    first = ask(installation, "1")
    clock.at = clock.at.replace(hour=15)
    assert ask(installation, "1").number == first.number
    assert earned(ask(installation, "2")) is Reason.NO_RULE_MATCHED
    # The till was asked at noon and is only heard now.
    assert earned(ask(installation, "3", printed_at=clock.at.replace(hour=10))) == "tea"


def test_a_member_earns_once_in_thirty_days(installation: Installation, clock: Clock) -> None:
    rule(installation, *LADDER)
    said = {"member": "Ada"}
    assert [earned(ask(installation, number, **said)) for number in "112"] == ["rain", "rain", "tea"]
    clock.at = clock.at.replace(month=12, day=11, hour=9)
    assert earned(ask(installation, "3", **said)) == "tea"
    clock.at = clock.at.replace(hour=10)
    assert earned(ask(installation, "4", **said)) == "rain"
    with installation.db.reading() as session:
        [use] = session.exec(select(MemberUse)).all()
    assert (use.member_hash, use.uses, use.last_at) == ("Ada", 2, clock.at)


def test_of_a_members_receipts_at_two_tills_at_once_one_earns_it(
    installation: Installation, clock: Clock
) -> None:
    rule(installation, *LADDER)

    def at_once(month: str) -> list[str]:
        tills = [TILL, "fr-paris-till-2"] * 4
        numbers = [f"{month} {place}" for place in range(len(tills))]
        with ThreadPoolExecutor(8) as threads:
            asked = threads.map(
                lambda at: ask(installation, at[0], till=at[1], member="Ada"),
                zip(numbers, tills, strict=True),
            )
            return sorted(map(earned, asked))

    assert at_once("first") == ["rain"] + ["tea"] * 7
    clock.at = clock.at.replace(month=12, day=11)
    assert at_once("second") == ["rain"] + ["tea"] * 7


def test_in_practice_no_history_is_read_or_written(installation: Installation) -> None:
    rule(installation, *LADDER)
    for number in "12":
        assert earned(ask(installation, number, origin=Origin.TEST, member="Ada")) == "rain"
    with installation.db.reading() as session:
        assert session.exec(select(MemberUse)).all() == []


def test_what_is_returned_is_weighed_by_the_rules_it_was_earned_by(installation: Installation) -> None:
    rule(installation, *LADDER)
    made = ask(installation, "1", items=(BoughtItem("boots-ridge", 1, 9_900),))
    assert earned(made) == "ski"
    rule(installation, {"otherwise": "ski"})
    with installation.db.writing() as tx:
        receipt = tx.get_one(Receipt, (made.receipt.bucket, made.receipt.number))
        kept = [still_earns(tx, receipt, back) for back in (0, 2_000, 2_001, 12_000)]
    assert kept == [True, True, False, False]


def test_an_edition_without_rules_loses_only_what_came_back_whole(installation: Installation) -> None:
    made = ask(installation, "1")
    assert (earned(made), made.receipt.why) == ("tea", "every receipt: tea")
    with installation.db.writing() as tx:
        receipt = tx.get_one(Receipt, (made.receipt.bucket, made.receipt.number))
        assert [still_earns(tx, receipt, back) for back in (11_999, 12_000)] == [True, False]


CAMPAIGN = """\
version: 1
campaign: gift
name: {en: Gift, fr: Cadeau}
shop: https://shop.example/cart?{items}&discount={voucher}
opens: 2026-11-01
closes: 2026-12-30
bundles:
  ski: {items: {skis: 1}, price: 49}
  tea: {items: {teapot: 1}, price: 19}
markets:
  fr:
    receipts:
      - {items_file: lists/shoes.csv, items_total: 20, gives: ski}
      - {total: 30, gives: tea}
"""


@pytest.fixture
def gift(tmp_path: Path, fresh_omni: Omni) -> Omni:
    """A campaign in France whose shoes stand in a file beside it."""
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "shoes.csv").write_text("\ufeffSKU\nboot-1\n\nboot-2\n", encoding="utf-8")
    (tmp_path / "gift.yaml").write_text(CAMPAIGN, encoding="utf-8")
    brought = fresh_omni("import", str(tmp_path / "gift.yaml"))
    assert brought.code == 0, brought
    return fresh_omni


def test_receipts_are_tried_before_launch_on_the_command_line(gift: Omni, tmp_path: Path) -> None:
    said = gift("receipts", "try", "gift/fr", "--total", "42", "--item", "boot-2:1:19.99", "--item", "x:1:1")
    assert said.out.splitlines()[0] == "earns tea (a receipt of 30.00 EUR or more: tea)"
    said = gift("receipts", "try", "gift/fr", "--item", "boot-2:1:15", "--item", "boot-1:2:5", "--json")
    told = json.loads(said.out)
    assert (told["bundle"], told["why"]) == ("ski", "lists/shoes.csv for 20.00 EUR or more: ski")
    assert [each["asks"] for each in told["rules"]] == [{"items-total": True}, {"total": None}]
    file = tmp_path / "receipts.csv"
    file.write_text("total;items\n30,00;boot-1:1:29.99\n30,00;\n;mug:1:5\n", encoding="utf-8")
    said = gift("receipts", "try", "gift/fr", "--file", str(file))
    assert said.out.splitlines() == [
        "would have given ski to 1, tea to 1, nothing to 1",
        "2 of them might meet a rule further up, if more were known of them.",
    ]


def test_what_is_wrong_beside_the_campaign_file_or_with_a_receipt_is_named(
    gift: Omni, tmp_path: Path
) -> None:
    shoes, file = tmp_path / "lists" / "shoes.csv", tmp_path / "receipts.csv"
    file.write_text("total\n1\nx\n", encoding="utf-8")
    shoes.write_bytes(b"boot-1\nboot 2\n")
    of_list = gift("import", str(tmp_path / "gift.yaml"))
    shoes.unlink()
    of_none = gift("import", str(tmp_path / "gift.yaml"))
    of_file = gift("receipts", "try", "gift/fr", "--file", str(file))
    of_options = gift("receipts", "try", "gift/fr", "--placement", "de-berlin-till-1")
    for said, words in (
        (of_list, "lists/shoes.csv:2: sku: boot 2 is not a SKU"),
        (of_none, "gift.yaml: markets.fr.receipts[0].items_file: lists/shoes.csv cannot be read"),
        (of_file, "receipts.csv:3: total: x is not an amount in EUR"),
        (of_options, "place: de-berlin-till-1 is no place of this offer"),
    ):
        assert said.code == 2
        assert words in said.err


def test_last_weeks_receipts_are_tried_again(omni: Omni, clock: Clock) -> None:
    for number, total in (("1", "2000"), ("2", "4000")):
        assert (
            omni(
                "receipt", "--placement", TILL, "--receipt-no", number, "--total", total, "--as", "json"
            ).code
            == 0
        )
    clock.at = clock.at.replace(day=20)
    said = [omni("receipts", "again", "double-11/fr", "--days", days).out for days in ("7", "10")]
    assert said[0].startswith("There is no receipt to try.")
    assert said[1].startswith("would have given tea to 2\n")
