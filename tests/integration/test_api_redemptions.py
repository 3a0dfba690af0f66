"""A web shop spends a voucher, asks beforehand, finds it again, and takes it back."""

import pytest
from flask import Flask

from omni.app import Installation
from omni.domain.record import Origin
from tests.support.codes import a_batch, a_receipt_code, code_of, voucher_of
from tests.support.machines import Machine, a_key, rows_written

ORDER = {"order_ref": "A-1", "order_total_minor": 60_000, "currency": "EUR"}


@pytest.fixture
def code(installation: Installation) -> str:
    """The code of a receipt of the Paris store."""
    return a_receipt_code(installation)


@pytest.fixture
def voucher(shop: Machine, code: str) -> str:
    """Its voucher, unlocked in French."""
    answer = shop.post(f"/codes/{code}/claim", {"locale": "fr"})
    assert answer.status_code == 201, answer.json
    return str(answer.json["voucher"])


def redeemed(shop: Machine, voucher: str, **order: object) -> dict[str, object]:
    answer = shop.post("/redemptions", {**ORDER, "voucher": voucher, **order})
    assert answer.status_code == 201, answer.json
    return dict(answer.json)


def test_a_redemption_tells_what_was_spent_and_where_the_code_came_from(
    shop: Machine, voucher: str, code: str
) -> None:
    validated = shop.post(f"/vouchers/{voucher}/validate", {"order_total_minor": 60_000, "currency": "EUR"})
    assert validated.status_code == 200
    told = redeemed(shop, voucher)
    assert list(told) == [
        "id",
        "voucher",
        "edition",
        "market",
        "placement",
        "benefit_minor",
        "lines",
        "currency",
        "remaining",
        "receipt",
        "redeemed_at",
    ]
    assert told["voucher"] == voucher
    assert (told["edition"], told["market"], told["placement"]) == ("double-11/fr", "fr", "fr-paris-till-1")
    assert told["receipt"] == {"placement": "fr-paris-till-1", "printed_at": "2026-11-11T09:58:00Z"}
    assert told["redeemed_at"] == "2026-11-11T10:00:00Z"
    assert told["benefit_minor"] == sum(line["benefit_minor"] for line in told["lines"])
    assert all(left["qty"] == 0 for left in told["remaining"])
    for asked in ("benefit_minor", "lines", "remaining"):
        assert validated.json[asked] == told[asked]


def test_asking_again_gives_the_first_answer(shop: Machine, voucher: str, code: str) -> None:
    body = {**ORDER, "voucher": voucher, "shopper_ref": "s-1"}
    first = shop.post("/redemptions", body, key="k")
    for same in (
        shop.post("/redemptions", body, key="k"),
        shop.post("/redemptions", body, key="another key, the same order"),
        shop.post("/redemptions", {**body, "voucher": code.lower()}, key="k"),
        shop.post("/redemptions", {**body, "order_total_minor": 60_000.0}, key="k"),
    ):
        assert same.status_code == 200
        assert same.headers["Idempotency-Replayed"] == "true"
        assert same.json == first.json
    other = shop.post("/redemptions", {**body, "order_ref": "A-2"}, key="k")
    assert (other.status_code, other.json["code"]) == (409, "key-reused")
    spent = shop.post("/redemptions", {**body, "order_ref": "A-2"})
    assert (spent.status_code, spent.json["code"]) == (409, "exhausted")


def test_a_voucher_is_spent_item_by_item(shop: Machine, voucher: str) -> None:
    lines = shop.get(f"/codes/{voucher}").json["entitlements"]
    first = redeemed(shop, voucher, lines=[{"sku": lines[0]["sku"], "qty": 1}])
    assert first["lines"][0]["sku"] == lines[0]["sku"]
    assert first["remaining"][0]["qty"] == lines[0]["granted"] - 1
    too_many = [{"sku": lines[1]["sku"], "qty": lines[1]["granted"] + 1}]
    refused = shop.post("/redemptions", {**ORDER, "order_ref": "A-2", "voucher": voucher, "lines": too_many})
    assert (refused.json["code"], refused.json["left"]) == ("exhausted", lines[1]["granted"])
    rest = redeemed(shop, voucher, order_ref="A-3")
    assert first["benefit_minor"] + rest["benefit_minor"] == sum(line["benefit_minor"] for line in lines)


def test_what_cannot_be_right_writes_nothing(shop: Machine, voucher: str, installation: Installation) -> None:
    locked = a_receipt_code(installation, number="never unlocked")
    before = rows_written(installation)
    good = {**ORDER, "voucher": voucher}
    for wrong, status, reason, field in (
        ({"order_total_minor": -1}, 422, "invalid-input", "order_total_minor"),
        ({"order_total_minor": 10**30}, 422, "invalid-input", "order_total_minor"),
        ({"currency": "USD"}, 422, "invalid-input", "currency"),
        ({"order_ref": ""}, 422, "invalid-input", "order_ref"),
        ({"order_ref": "a\0b"}, 422, "invalid-input", "order_ref"),
        ({"lines": []}, 422, "invalid-input", "lines"),
        ({"lines": [{"sku": "unknown", "qty": 1}]}, 422, "invalid-input", "lines.0.sku"),
        ({"voucher": "V-2222-2222-2222-222"}, 404, "unknown-claim", None),
        ({"voucher": "https://example.com"}, 404, "unknown-claim", None),
        ({"voucher": voucher_of(installation, locked)}, 404, "unknown-claim", None),
        ({"voucher": locked}, 409, "not-unlocked", None),
    ):
        answer = shop.post("/redemptions", good | wrong)
        assert (answer.status_code, answer.json["code"]) == (status, reason), wrong
        assert answer.content_type == "application/problem+json"
        assert [error["field"] for error in answer.json.get("errors", [])] == ([field] if field else [])
    assert answer.json["unlock_url"] == f"HTTPS://GO.LARKFELL.EXAMPLE/C/{locked.replace('-', '')}"
    for path, body, key in (
        ("/redemptions", good, ""),
        ("/redemptions", good, "k" * 256),
        (f"/vouchers/{voucher}/validate", {"currency": "USD"}, None),
        (f"/vouchers/{locked}/validate", {}, None),
        ("/redemptions/R-2222-2222-2222-222-1/reversals", {"reason": "r"}, None),
    ):
        assert shop.post(path, body, key=key).status_code in (404, 409, 422)
    assert rows_written(installation) == before


def test_validating_asks_about_any_instant_and_changes_nothing(
    shop: Machine, voucher: str, installation: Installation
) -> None:
    before = rows_written(installation)
    assert shop.post(f"/vouchers/{voucher}/validate", {}).status_code == 200
    late = shop.post(f"/vouchers/{voucher}/validate", {"at": "2027-01-15T00:00:00+01:00"})
    assert (late.status_code, late.json["code"]) == (410, "expired")
    assert shop.post(f"/vouchers/{voucher}/validate", {"at": "2027-01-14T23:59:59+01:00"}).status_code == 200
    assert rows_written(installation) == before


def test_a_redemption_is_found_by_order_voucher_code_and_time(
    shop: Machine, voucher: str, code: str, app: Flask, installation: Installation
) -> None:
    lines = shop.get(f"/codes/{voucher}").json["entitlements"]
    ids = [
        redeemed(shop, voucher, order_ref=f"A-{n}", lines=[{"sku": line["sku"], "qty": 1}])["id"]
        for n, line in enumerate(lines)
    ]
    for query in (f"voucher={voucher}", f"code={code}", f"voucher={code}", "since=2026-11-11T10:00:00Z"):
        assert [row["id"] for row in shop.get(f"/redemptions?{query}").json["redemptions"]] == ids
    assert [row["id"] for row in shop.get("/redemptions?order_ref=A-1").json["redemptions"]] == ids[1:2]
    assert shop.get("/redemptions?since=2026-11-11T10:00:01Z").json["redemptions"] == []
    walked, cursor = [], ""
    while cursor is not None:
        page = shop.get(f"/redemptions?voucher={voucher}&limit=1{cursor}").json
        walked += [row["id"] for row in page["redemptions"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert walked == ids
    assert shop.get(f"/redemptions/{ids[0]}").json["order_ref"] == "A-0"
    assert shop.get("/redemptions?since=yesterday").json["errors"][0]["field"] == "since"
    practice = Machine(app, a_key(installation, origin=Origin.TEST))
    assert practice.get("/redemptions?since=2026-11-11T10:00:00Z").json["redemptions"] == []
    assert practice.get(f"/redemptions/{ids[0]}").json["code"] == "test-live-mismatch"


def test_taking_back_twice_with_one_key_is_one_reversal(
    shop: Machine, voucher: str, installation: Installation
) -> None:
    spent = redeemed(shop, voucher)
    path = f"/redemptions/{spent['id']}/reversals"
    before = rows_written(installation)
    dry = shop.post(path, {"reason": "came back", "dry_run": True}, key="k")
    assert (dry.status_code, dry.json["dry_run"]) == (200, True)
    assert rows_written(installation) == before
    line = {"sku": spent["lines"][0]["sku"], "qty": 1}
    first = shop.post(path, {"reason": "came back", "lines": [line]}, key="k")
    again = shop.post(path, {"reason": "came back", "lines": [line]}, key="k")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json
    other = shop.post(path, {"reason": "came back"}, key="k")
    assert other.json["code"] == "key-reused"
    rest = shop.post(path, {"reason": "came back"})
    assert first.json["refund_minor"] + rest.json["refund_minor"] == dry.json["refund_minor"]
    assert first.json["benefit_minor"] + rest.json["benefit_minor"] == spent["benefit_minor"]
    nothing_left = shop.post(path, {"reason": "once more"})
    assert (nothing_left.status_code, nothing_left.json["errors"][0]["field"]) == (422, "lines")
    assert len(shop.get(f"/redemptions/{spent['id']}").json["reversals"]) == 2
    assert redeemed(shop, voucher, order_ref="A-2")["benefit_minor"] == spent["benefit_minor"]


def test_a_test_shop_never_meets_a_live_voucher(app: Flask, voucher: str, installation: Installation) -> None:
    practice = Machine(app, a_key(installation, origin=Origin.TEST))
    before = rows_written(installation)
    refused = practice.post("/redemptions", {**ORDER, "voucher": voucher})
    assert (refused.status_code, refused.json["code"]) == (409, "test-live-mismatch")
    assert rows_written(installation) == before
    own = code_of(installation, a_batch(installation, origin=Origin.TEST))
    unlocked = practice.post(f"/codes/{own}/claim", {"locale": "fr-FR"})
    assert practice.post("/redemptions", {**ORDER, "voucher": unlocked.json["voucher"]}).status_code == 201
