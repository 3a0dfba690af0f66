"""Holds: the second clock of a voucher. Taken once, renewed, taken over, let go, and never in two hands."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from omni.app import Installation
from omni.cli.holding import release_run_out
from omni.domain.batch import Batch
from omni.domain.people import Scope
from omni.domain.record import Origin
from omni.domain.refusal import Reason, Refused
from omni.domain.rulebook import Caller
from omni.services import holding, issuing, launching
from omni.services.holding import Held
from omni.services.reconciling import reconcile
from omni.store import finders
from omni.store.cube import contents
from tests.support.codes import a_batch, a_receipt_code, code_of, voucher_of
from tests.support.databases import a_copy
from tests.support.holds import go_live_with_holds, holds, stock_left, with_holds
from tests.support.installations import Clock
from tests.support.journeys import fold, spend, take_back, unlock
from tests.support.machines import Machine, a_key, rows_written


@pytest.fixture
def live_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The demo of which France reserves its last tea set for a quarter of an hour."""
    yield from a_copy(go_live_with_holds, engine_name, request, tmp_path)


@pytest.fixture
def batch(installation: Installation) -> Batch:
    """Codes for that tea set."""
    return a_batch(installation, bundle="tea")


@pytest.fixture
def voucher(installation: Installation, batch: Batch) -> str:
    """The voucher of the first of them, unlocked."""
    unlock(installation, batch, batch.first_number)
    return voucher_of(installation, code_of(installation, batch))


@pytest.fixture
def other(installation: Installation, batch: Batch) -> str:
    """The voucher of the second, unlocked."""
    unlock(installation, batch, batch.first_number + 1)
    return voucher_of(installation, code_of(installation, batch, 1))


def hold(shop: Machine, voucher: str, order: str = "A-1", **more: object) -> TestResponse:
    key = str(more.pop("key", ""))
    return shop.post(f"/vouchers/{voucher}/hold", {"order_ref": order, **more}, key=key)


def until(answer: TestResponse) -> datetime:
    return datetime.fromisoformat(answer.json["held_until"])


def test_a_hold_reserves_the_last_one_for_as_long_as_the_edition_says(
    installation: Installation, shop: Machine, voucher: str, other: str, clock: Clock
) -> None:
    answer = hold(shop, voucher)
    assert answer.status_code == 201
    assert answer.json == {
        "voucher": voucher,
        "order_ref": "A-1",
        "held_until": answer.json["held_until"],
        "lines": [
            {"sku": "teapot-ember", "qty": 1},
            {"sku": "cup-ember", "qty": 2},
            {"sku": "tea-hillside", "qty": 1},
        ],
    }
    assert until(answer) == clock.at + timedelta(minutes=15)
    assert stock_left(installation) == 0
    refused = hold(shop, other)
    assert (refused.status_code, refused.json["code"]) == (409, "out-of-stock")


def test_the_same_order_renews_and_takes_nothing_twice(
    installation: Installation, shop: Machine, voucher: str, clock: Clock
) -> None:
    first = hold(shop, voucher)
    clock.at += timedelta(minutes=14)
    again = hold(shop, voucher, minutes=30)
    assert again.status_code == 200
    assert until(again) == clock.at + timedelta(minutes=30) > until(first)
    assert stock_left(installation) == 0
    assert holds(installation) == [("A-1", "renewed"), ("A-1", None)]


def test_the_same_press_twice_is_one_hold(
    installation: Installation, shop: Machine, voucher: str, clock: Clock
) -> None:
    first = hold(shop, voucher)
    clock.at += timedelta(seconds=3)
    assert until(hold(shop, voucher)) == until(first)
    assert holds(installation) == [("A-1", None)]


def test_another_order_of_the_same_voucher_takes_over_and_nothing_ends_sooner(
    installation: Installation, shop: Machine, voucher: str
) -> None:
    first = hold(shop, voucher, "A-1", minutes=60)
    other = hold(shop, voucher, "A-2", minutes=5)
    assert other.status_code == 201
    assert until(other) == until(first)
    assert stock_left(installation) == 0
    assert holds(installation) == [("A-1", "taken-over"), ("A-2", None)]


def test_what_is_freed_is_there_for_the_next(
    installation: Installation, shop: Machine, voucher: str, other: str
) -> None:
    hold(shop, voucher)
    assert [shop.delete(f"/vouchers/{voucher}/hold").status_code for _ in range(2)] == [204, 204]
    assert holds(installation) == [("A-1", "freed")]
    assert hold(shop, other).status_code == 201
    assert hold(shop, voucher).json["code"] == "out-of-stock"


def test_a_hold_that_ran_out_is_let_go_and_the_voucher_stays(
    installation: Installation, shop: Machine, voucher: str, other: str, clock: Clock
) -> None:
    hold(shop, voucher)
    assert release_run_out(installation, Event()) == 0
    clock.at += timedelta(minutes=15)
    assert release_run_out(installation, Event()) == 1
    assert release_run_out(installation, Event()) == 0
    assert holds(installation) == [("A-1", "ran-out")]
    assert shop.post(f"/vouchers/{voucher}/validate", {}).status_code == 200
    assert hold(shop, other).status_code == 201
    assert shop.post(f"/vouchers/{voucher}/validate", {}).json["code"] == "out-of-stock"


def test_a_hold_that_ran_out_unnoticed_is_not_renewed_but_taken_anew(
    installation: Installation, shop: Machine, voucher: str, clock: Clock
) -> None:
    hold(shop, voucher)
    clock.at += timedelta(minutes=15)
    assert hold(shop, voucher).status_code == 201
    assert holds(installation) == [("A-1", "ran-out"), ("A-1", None)]
    assert stock_left(installation) == 0


def test_using_the_voucher_ends_the_hold_and_keeps_what_was_used(
    installation: Installation, batch: Batch, shop: Machine, voucher: str
) -> None:
    hold(shop, voucher)
    spend(installation, batch, batch.first_number)
    assert holds(installation) == [("A-1", "spent")]
    assert stock_left(installation) == 0
    assert hold(shop, voucher).json["code"] == "exhausted"
    take_back(installation, batch, batch.first_number)
    assert stock_left(installation) == 1
    assert hold(shop, voucher).status_code == 201


def test_a_hold_reserves_what_is_left_and_grows_with_what_comes_back(
    installation: Installation, shop: Machine
) -> None:
    with_holds(installation, market="de", stock={"tea": 5, "cup-ember": 10})
    batch = a_batch(installation, edition="double-11/de", placement="de-berlin-popup", bundle="tea")
    unlock(installation, batch, batch.first_number, locale="de_DE")
    voucher = voucher_of(installation, code_of(installation, batch))
    order = {"voucher": voucher, "order_ref": "B-1", "order_total_minor": 60_000, "currency": "EUR"}
    lines = [{"sku": "cup-ember", "qty": 2}]
    spent = shop.post("/redemptions", {**order, "lines": lines}).json

    assert {line["sku"] for line in hold(shop, voucher).json["lines"]} == {"teapot-ember", "tea-hillside"}
    assert _tea_and_cups(installation) == (4, 8)
    reversal = {"lines": [{"sku": "cup-ember", "qty": 1}], "reason": "broken"}
    assert shop.post(f"/redemptions/{spent['id']}/reversals", reversal).status_code == 201
    assert {"sku": "cup-ember", "qty": 1} in hold(shop, voucher, minutes=30).json["lines"]
    assert _tea_and_cups(installation) == (4, 8)
    assert shop.delete(f"/vouchers/{voucher}/hold").status_code == 204
    assert _tea_and_cups(installation) == (4, 9)
    fold(installation)
    assert _differences(installation) == []


def test_a_hold_never_outlives_its_voucher(
    installation: Installation, shop: Machine, voucher: str, clock: Clock
) -> None:
    with installation.db.reading() as session:
        opened = installation.keyring.open(voucher)
        ends_at = finders.claim_of(session, opened.number).expires_at
    clock.at = ends_at - timedelta(minutes=5)
    assert until(hold(shop, voucher)) == ends_at


def test_where_nothing_is_scarce_a_hold_is_a_fact_that_takes_nothing(
    installation: Installation, shop: Machine, clock: Clock
) -> None:
    code = a_receipt_code(installation, placement="de-berlin-till-1")
    shop.post(f"/codes/{code}/claim", {"locale": "de"})
    answer = hold(shop, code)
    assert (answer.status_code, answer.json["voucher"]) == (201, voucher_of(installation, code))
    assert until(answer) == clock.at + timedelta(minutes=holding.MINUTES)
    assert rows_written(installation)["counter_move"] == 0


def test_the_same_key_gets_the_first_answer_and_refuses_another_body(
    shop: Machine, voucher: str, clock: Clock
) -> None:
    first = hold(shop, voucher, key="k1")
    clock.at += timedelta(minutes=5)
    again = hold(shop, voucher, key="k1")
    assert (again.status_code, again.json) == (200, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in hold(shop, voucher).headers
    refused = hold(shop, voucher, "A-2", key="k1")
    assert (refused.status_code, refused.json["code"]) == (409, "key-reused")


def test_no_hold_begins_on_what_cannot_be_used(
    installation: Installation, batch: Batch, shop: Machine, voucher: str, clock: Clock
) -> None:
    locked = hold(shop, code_of(installation, batch, 2))
    assert (locked.status_code, locked.json["code"]) == (409, "not-unlocked")
    assert locked.json["unlock_url"].startswith("HTTPS://")
    assert hold(shop, voucher_of(installation, code_of(installation, batch, 2))).status_code == 404
    with installation.db.writing() as tx:
        launching.pause(
            tx, clock.at, edition=finders.edition_of(tx, batch.edition_id), reason="technical", by="t"
        )
    assert hold(shop, voucher).json["code"] == "paused"
    with installation.db.writing() as tx:
        launching.resume(tx, clock.at, edition=finders.edition_of(tx, batch.edition_id), by="t")
        issuing.recall(tx, clock.at, batch_id=batch.id or 0, first=1, count=1, reason="lost", by="t")
    installation.catalogue.fresh()
    assert (hold(shop, voucher).status_code, hold(shop, voucher).json["code"]) == (410, "voided")
    unlock(installation, batch, batch.first_number + 3)
    clock.at += timedelta(days=400)
    late = hold(shop, voucher_of(installation, code_of(installation, batch, 3)))
    assert (late.status_code, late.json["code"]) == (410, "expired")
    assert holds(installation) == []


@pytest.mark.parametrize(
    "body", [{}, {"order_ref": ""}, {"order_ref": "x" * 5_000}, {"order_ref": "A", "minutes": 0}]
)
def test_a_body_that_cannot_be_right_writes_nothing(
    installation: Installation, shop: Machine, voucher: str, body: dict[str, object]
) -> None:
    before = rows_written(installation)
    assert shop.post(f"/vouchers/{voucher}/hold", body).status_code == 422
    assert rows_written(installation) == before


def test_only_a_shop_may_hold(installation: Installation, app: Flask, voucher: str) -> None:
    till = Machine(app, a_key(installation, scopes=[Scope.POS]))
    assert hold(till, voucher).status_code == 403
    assert till.delete(f"/vouchers/{voucher}/hold").status_code == 403


def test_a_test_holds_for_practice_and_counts_nowhere(installation: Installation, app: Flask) -> None:
    batch = a_batch(installation, bundle="tea", origin=Origin.TEST)
    unlock(installation, batch, batch.first_number)
    voucher = voucher_of(installation, code_of(installation, batch))
    live = Machine(app, a_key(installation))
    assert hold(live, voucher).json["code"] == "test-live-mismatch"
    practice = Machine(app, a_key(installation, origin=Origin.TEST))
    assert hold(practice, voucher).status_code == 201
    assert stock_left(installation) == 1
    fold(installation)
    assert _counted(installation, "hold") == 0


def test_holds_and_their_ends_are_counted_and_reconciled(
    installation: Installation, shop: Machine, voucher: str, clock: Clock
) -> None:
    hold(shop, voucher)
    clock.at += timedelta(minutes=5)
    hold(shop, voucher)
    fold(installation)
    assert (_counted(installation, "hold"), _counted(installation, "release")) == (2, 1)
    assert _differences(installation) == []
    clock.at += timedelta(minutes=15)
    release_run_out(installation, Event())
    fold(installation)
    assert (_counted(installation, "hold"), _counted(installation, "release")) == (2, 2)
    assert _differences(installation) == []


def test_presses_at_the_same_moment_are_one_hold(
    installation: Installation, batch: Batch, voucher: str
) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: _hold(installation, batch, batch.first_number), range(8)))
    assert all(isinstance(outcome, Held) for outcome in outcomes)
    assert holds(installation) == [("page", None)]
    assert stock_left(installation) == 0


def test_of_many_after_the_last_ones_exactly_so_many_win(installation: Installation) -> None:
    with_holds(installation, market="de", stock={"tea": 5})
    batch = a_batch(installation, edition="double-11/de", placement="de-berlin-popup", bundle="tea", count=16)
    numbers = range(batch.first_number, batch.first_number + 16)
    for number in numbers:
        unlock(installation, batch, number, locale="de_DE")
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda number: _hold(installation, batch, number), numbers))
    assert sum(isinstance(outcome, Held) for outcome in outcomes) == 5
    reasons = {outcome.reason for outcome in outcomes if isinstance(outcome, Refused)}
    assert reasons == {Reason.OUT_OF_STOCK}
    fold(installation)
    assert _differences(installation) == []


def _hold(place: Installation, batch: Batch, number: int) -> Held | Refused:
    with place.db.writing() as tx:
        caller = Caller(client="web", key="", body_hash="")
        return holding.hold(
            tx, place.world.now(), batch=batch, number=number, caller=caller, order_ref=holding.PAGE
        )


def _tea_and_cups(place: Installation) -> tuple[int | None, int | None]:
    return stock_left(place, market="de"), stock_left(place, "item:cup-ember", market="de")


def _counted(place: Installation, kind: str) -> int:
    with place.db.reading() as session:
        cube = contents(session).items()
    return sum(held.n for where, held in cube if where.kind == kind and where.level == "day")


def _differences(place: Installation) -> list[object]:
    with place.db.reading() as session:
        return list(reconcile(session))
