"""A till asks for the code of a receipt, and for the code in its own forms."""

import json
from threading import Barrier, Thread

from flask import Flask

from omni.app import Installation
from omni.domain.record import Origin
from omni.services import launching
from omni.store import finders
from tests.support.installations import Clock
from tests.support.machines import Machine, a_key, rows_written

TILL = "fr-paris-till-1"


def test_a_receipt_gets_everything_a_till_prints(shop: Machine) -> None:
    answer = shop.post("/receipts", {"placement": "ca-qc-montreal-till-1", "receipt_no": "451"})
    assert answer.status_code == 201, answer.json
    told = answer.json
    letters = told["code"].replace("-", "")
    assert told["url"] == f"HTTPS://GO.LARKFELL.EXAMPLE/C/{letters}"
    assert list(told["caption"]) == ["fr-CA", "en-CA"]
    assert told["code"] in told["slip_text"]
    assert "GO.LARKFELL.EXAMPLE" in told["slip_text"]
    assert "TEST" not in told["slip_text"]
    assert all(caption in told["slip_text"] for caption in told["caption"].values())
    for form, begins in {"svg": b"<svg", "png": b"\x89PNG", "escpos": b"\x1b@", "show": b"<!doctype"}.items():
        fetched = shop.get(told["links"][form].partition("/api/v1")[2])
        assert fetched.status_code == 200
        assert fetched.data.startswith(begins), form


def test_the_same_receipt_is_the_same_code(shop: Machine) -> None:
    first = shop.post("/receipts", {"placement": TILL, "receipt_no": "1", "total_minor": 854.0})
    again = shop.post("/receipts", {"placement": TILL, "receipt_no": "1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json == first.json
    other = shop.post("/receipts", {"placement": TILL, "receipt_no": "1", "total_minor": 855})
    assert (other.status_code, other.json["code"]) == (409, "key-reused")
    elsewhere = shop.post("/receipts", {"placement": "fr-paris-till-2", "receipt_no": "1"})
    assert elsewhere.json["code"] != first.json["code"]


def test_a_receipt_without_a_number_is_told_apart_by_its_key(shop: Machine) -> None:
    missing = shop.post("/receipts", {"placement": TILL}, key="")
    assert (missing.status_code, missing.json["code"]) == (422, "key-required")
    first, again, other = (shop.post("/receipts", {"placement": TILL}, key=key) for key in ("a", "a", "b"))
    assert first.json["code"] == again.json["code"] != other.json["code"]


def test_a_place_without_an_offer_prints_nothing_and_goes_on(shop: Machine) -> None:
    answer = shop.post("/receipts", {"placement": TILL, "receipt_no": "1", "campaign": "another"})
    assert (answer.status_code, answer.json) == (200, {"print": False, "reason": "no-rule-matched"})


def test_a_paused_edition_hands_out_nothing(shop: Machine, installation: Installation, clock: Clock) -> None:
    with installation.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        launching.pause(tx, clock.at, edition=edition, reason="technical", by="tests")
    answer = shop.post("/receipts", {"placement": TILL, "receipt_no": "1"})
    assert (answer.status_code, answer.json["code"], answer.json["why"]) == (409, "paused", "technical")


def test_a_test_till_never_gets_the_code_of_a_real_receipt(
    shop: Machine, app: Flask, installation: Installation
) -> None:
    body = {"placement": TILL, "receipt_no": "1"}
    real = shop.post("/receipts", body).json
    practice = Machine(app, a_key(installation, origin=Origin.TEST))
    assert practice.get(f"/codes/{real['code']}").json["code"] == "test-live-mismatch"
    tested = practice.post("/receipts", body).json
    assert tested["code"] != real["code"]
    assert "TEST" in tested["slip_text"]
    assert shop.get(f"/codes/{tested['code']}").status_code == 409


def test_a_number_tried_in_practice_is_free_for_the_real_receipt(
    shop: Machine, app: Flask, installation: Installation
) -> None:
    practice = Machine(app, a_key(installation, origin=Origin.TEST))
    for named in ({"receipt_no": "1"}, {}):
        tried, real = (
            till.post("/receipts", {"placement": TILL, **named}, key="k") for till in (practice, shop)
        )
        assert (tried.status_code, real.status_code) == (201, 201)
        assert "TEST" not in real.json["slip_text"]


def test_what_cannot_be_right_is_named_and_writes_nothing(shop: Machine, installation: Installation) -> None:
    before = rows_written(installation)
    good = {"placement": TILL, "receipt_no": "1"}
    for wrong, field in (
        ({"total_minor": -1}, "total_minor"),
        ({"total_minor": 2**53 + 1}, "total_minor"),
        ({"total_minor": True}, "total_minor"),
        ({"total_minor": "8"}, "total_minor"),
        ({"total_minor": 8.5}, "total_minor"),
        ({"totl_minor": 8}, "totl_minor"),
        ({"currency": "USD"}, "currency"),
        ({"currency": "euro"}, "currency"),
        ({"receipt_no": "\0"}, "receipt_no"),
        ({"receipt_no": "9" * 65}, "receipt_no"),
        ({"printed_at": "2026-11-11T10:00:00"}, "printed_at"),
        ({"printed_at": "0001-01-01T00:00:00+14:00"}, "printed_at"),
        ({"items": [{"sku": "a", "qty": 0, "amount_minor": 1}]}, "items.0.qty"),
    ):
        answer = shop.post("/receipts", good | wrong)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid-input"), wrong
        assert [error["field"] for error in answer.json["errors"]] == [field]
    unknown = shop.post("/receipts", good | {"placement": "nowhere"})
    assert (unknown.status_code, unknown.json["code"]) == (404, "unknown-placement")
    assert rows_written(installation) == before


def test_eight_tills_asking_for_one_receipt_get_one_code(app: Flask, installation: Installation) -> None:
    """Also the very first receipt of a till, when there is no roll yet to wait for."""
    key, together, answers = a_key(installation), Barrier(8), []

    def ask() -> None:
        machine = Machine(app, key)
        together.wait()
        answers.append(machine.post("/receipts", {"placement": TILL, "receipt_no": "1"}))

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({json.dumps(answer.json) for answer in answers}) == 1
