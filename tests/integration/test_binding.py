"""A code that was printed before meets its receipt, and neither ever meets another."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import func, select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.receipt import Receipt
from omni.domain.record import Origin
from omni.services import counting, reconciling
from tests.support.codes import a_batch, a_receipt_code, code_of
from tests.support.installations import Clock
from tests.support.journeys import fold
from tests.support.machines import Machine, a_key, rows_written
from tests.support.pools import TILL, a_pool

RECEIPT = {"placement": TILL, "receipt_no": "1", "total_minor": 4_990, "currency": "EUR"}


@pytest.fixture
def batch(installation: Installation) -> Batch:
    """Ten labels of the pop-up."""
    return a_batch(installation)


@pytest.fixture
def code(installation: Installation, batch: Batch) -> str:
    """The first of them."""
    return code_of(installation, batch)


def test_a_printed_code_meets_its_receipt_and_asking_again_changes_nothing(
    shop: Machine, installation: Installation, code: str
) -> None:
    first = shop.post(f"/codes/{code}/bind", RECEIPT)
    assert first.status_code == 201, first.json
    assert first.json["receipt"] == {"placement": TILL, "printed_at": "2026-11-11T10:00:00Z"}
    before = rows_written(installation)
    for again in (RECEIPT, {"placement": TILL, "receipt_no": "1"}):
        answer = shop.post(f"/codes/{code}/bind", again)
        assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (200, "true")
        assert answer.json == first.json
    assert rows_written(installation) == before
    assert shop.get(f"/codes/{code}").json["receipt"]["placement"] == TILL
    online = shop.post("/receipts", {"placement": TILL, "receipt_no": "1"})
    assert (online.status_code, online.json["code"]) == (200, code)


def test_a_bound_code_was_issued_once_and_still_earned_by_what_is_kept(
    shop: Machine, installation: Installation, code: str
) -> None:
    shop.post(f"/codes/{code}/bind", RECEIPT)
    part = shop.post("/receipts/returns", {"code": code, "amount_minor": 4_000})
    rest = shop.post("/receipts/returns", {"code": code, "amount_minor": 990})
    assert (part.json["outcome"], rest.json["outcome"]) == ("unchanged", "voided")
    fold(installation)
    with installation.db.reading() as session:
        assert reconciling.reconcile(session) == []
        assert sum(row.issued for row in counting.funnel(session, campaign="double-11").rows) == 10


def test_a_bound_code_meets_no_other_receipt_and_a_receipt_no_other_code(
    shop: Machine, installation: Installation, batch: Batch, code: str
) -> None:
    shop.post(f"/codes/{code}/bind", RECEIPT)
    before = rows_written(installation)
    other = shop.post(f"/codes/{code}/bind", {**RECEIPT, "receipt_no": "2"})
    assert (other.status_code, other.json["code"]) == (409, "already-bound")
    elsewhere = shop.post(f"/codes/{code}/bind", {**RECEIPT, "placement": "fr-paris-till-2"})
    assert elsewhere.json["code"] == "already-bound"
    otherwise = shop.post(f"/codes/{code}/bind", {**RECEIPT, "total_minor": 4_991})
    assert (otherwise.json["code"], otherwise.json["field"]) == ("key-reused", "total_minor")
    second = shop.post(f"/codes/{code_of(installation, batch, 1)}/bind", RECEIPT)
    assert (second.status_code, second.json["code"], second.json["stands"]) == (409, "key-reused", code)
    changed = {name for name, rows in rows_written(installation).items() if rows != before[name]}
    assert changed <= {"code_state"}


def test_eight_tills_at_once_bind_one_receipt_to_one_code(
    app: Flask, installation: Installation, batch: Batch
) -> None:
    key = a_key(installation)
    codes = [code_of(installation, batch, index) for index in range(4)] * 2

    def ask(code: str) -> int:
        return Machine(app, key).post(f"/codes/{code}/bind", RECEIPT).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(ask, codes))
    assert statuses == [200, 201, *[409] * 6]
    with installation.db.reading() as session:
        assert session.exec(select(func.count()).select_from(Receipt)).one() == 1


def test_what_can_meet_no_receipt_is_refused(
    shop: Machine, app: Flask, installation: Installation, clock: Clock, code: str
) -> None:
    poster = a_batch(installation, shared=True)
    for paper in (
        code_of(installation, poster),
        a_receipt_code(installation),
        a_pool(shop)["codes"][0]["code"],
    ):
        answer = shop.post(f"/codes/{paper}/bind", RECEIPT)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "code")
    abroad = shop.post(f"/codes/{code}/bind", {**RECEIPT, "placement": "de-berlin-till-1"})
    assert (abroad.json["code"], abroad.json["market"]) == ("wrong-market", "fr")
    foreign = shop.post(f"/codes/{code}/bind", {**RECEIPT, "currency": "USD"})
    assert foreign.json["errors"][0]["field"] == "currency"
    practice = Machine(app, a_key(installation, origin=Origin.TEST))
    assert practice.post(f"/codes/{code}/bind", RECEIPT).json["code"] == "test-live-mismatch"
    assert shop.post("/codes/AAAAA-AAAAA-AAAAA/bind", RECEIPT).json["code"] == "unknown-code"
    shop.post(f"/codes/{code}/void", {"reason": "torn"})
    assert shop.post(f"/codes/{code}/bind", RECEIPT).json["code"] == "voided"


def test_a_code_meets_its_receipt_only_while_a_receipt_could_earn_one(
    shop: Machine, clock: Clock, code: str
) -> None:
    clock.at += timedelta(days=300)
    assert shop.post(f"/codes/{code}/bind", RECEIPT).json["code"] == "ended"
    clock.at -= timedelta(days=330)
    assert shop.post(f"/codes/{code}/bind", RECEIPT).json["code"] == "not-started"
