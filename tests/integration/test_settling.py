"""Settling: every use and return as money that sums, and what is promised and not used yet."""

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest

from omni.app import Installation
from omni.cli.settling import COLUMNS, MONEY
from omni.domain.code import Purpose
from omni.domain.record import Origin
from omni.services import issuing
from omni.services.claiming import Claimed
from omni.services.matching import WantedLine
from tests.support.codes import a_batch
from tests.support.commands import Omni
from tests.support.installations import Clock
from tests.support.journeys import spend, take_back, unlock
from tests.support.policies import decide

FRANCE = "double-11/fr"


@pytest.fixture
def omni(omni_beside: Omni) -> Omni:
    """The command beside the installation of the test."""
    return omni_beside


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def sums(rows: list[dict[str, str]]) -> dict[str, Decimal]:
    return {name: sum((Decimal(row[name]) for row in rows), Decimal(0)) for name in MONEY}


def test_a_settlement_sums_and_holds_no_whole_voucher_and_no_formula(
    installation: Installation, omni: Omni, clock: Clock
) -> None:
    decide(installation, minimum="100", below_minimum="charge")
    batch = a_batch(installation)
    for place, order_ref in enumerate(("=HYPERLINK(1)", "O-2", "O-3")):
        made = unlock(installation, batch, batch.first_number + place)
        assert isinstance(made, Claimed)
        spend(installation, batch, batch.first_number + place, order_ref=order_ref, total_minor=10_000)
    practice = a_batch(installation, origin=Origin.TEST)
    unlock(installation, practice, practice.first_number)
    spend(installation, practice, practice.first_number)
    wanted = (WantedLine(made.entitlements[0].sku, 1),)
    take_back(installation, batch, batch.first_number, lines=wanted)
    clock.at += timedelta(days=1)
    take_back(installation, batch, batch.first_number, key="rest")
    said = omni("settlement", FRANCE, "-o", "-")
    *rows, total = table(said.out)
    assert list(total) == list(COLUMNS)
    assert [row["kind"] for row in rows] == ["redemption", "reversal", "reversal", "redemption", "redemption"]
    assert sums(rows) == {name: Decimal(total[name]) for name in MONEY}
    for row in rows:
        assert Decimal(row["net"]) == Decimal(row["price"]) - Decimal(row["refund"]) + Decimal(row["charged"])
    first, one, rest, *_ = rows
    assert Decimal(one["charged"]) == -Decimal(rest["charged"]) > 0
    assert sums([first, one, rest]) == {
        **dict.fromkeys(MONEY, Decimal(0)),
        "price": Decimal(first["price"]),
        "refund": Decimal(first["price"]),
    }
    assert (first["order_ref"], first["at"]) == ("'=HYPERLINK(1)", "2026-11-11T11:00:00+01:00")
    vouchers = [
        installation.keyring.seal(batch.first_number + place, Purpose.VOUCHER, batch.key_id)
        for place in range(3)
    ]
    assert first["voucher"] == f"…{vouchers[0][-8:]}"
    assert not any(voucher in said.out for voucher in vouchers)
    day = table(omni("settlement", FRANCE, "--from", "2026-11-12", "-o", "-").out)
    assert [row["kind"] for row in day] == ["reversal", "total"]
    assert day[0] == rest


def test_what_is_promised_goes_down_with_every_use_and_ends_with_its_day(
    installation: Installation, omni: Omni, clock: Clock
) -> None:
    batch = a_batch(installation)
    numbers = range(batch.first_number, batch.first_number + 4)
    claims = [unlock(installation, batch, number) for number in numbers]
    sku = claims[0].entitlements[0].sku
    one = spend(installation, batch, numbers[0], lines=(WantedLine(sku, 1),))
    spend(installation, batch, numbers[1])
    with installation.db.writing() as tx:
        issuing.recall(tx, clock.at, batch_id=batch.id or 0, first=3, count=1, reason="misprint", by="tests")
    whole = claims[3]
    (owed,) = json.loads(omni("liability", "double-11", "--as", "json").out)["editions"]
    assert (owed["edition"], owed["currency"], owed["codes"]) == (FRANCE, "EUR", 2)
    assert owed["price_minor"] == 2 * whole.claim.price_minor - one.lines[0].price_minor
    assert owed["units"] == 2 * sum(row.granted for row in whole.entitlements) - 1
    given = 2 * sum(row.benefit_minor for row in whole.entitlements) - one.redemption.benefit_minor
    assert owed["benefit_minor"] == given
    assert [end["ends_on"] for end in owed["ends"]] == ["2027-01-14"]
    (row,) = table(omni("liability", "double-11", "--as", "csv").out)
    assert (row["ends_on"], row["codes"], row["price"]) == (
        "2027-01-14",
        "2",
        str(Decimal(owed["price_minor"]) / 100),
    )
    assert "in all" in omni("liability", "double-11").out
    clock.at = whole.claim.expires_at
    assert json.loads(omni("liability", "double-11", "--as", "json").out)["editions"] == []
    assert omni("liability", "nothing").code == 2
