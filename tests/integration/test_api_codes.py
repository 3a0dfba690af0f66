"""A till or shop looks at codes, unlocks them, takes them back, issues batches, and reads the funnel."""

import json

from flask import Flask

from omni.app import Installation
from omni.domain.code import Purpose
from omni.domain.people import Scope
from omni.domain.record import Origin
from omni.services.folding import fold_outbox
from tests.support.codes import a_batch, a_receipt_code, code_of
from tests.support.installations import Clock
from tests.support.machines import Machine, a_key, rows_written


def test_unlocking_answers_the_voucher_and_the_way_to_the_shop(
    shop: Machine, installation: Installation
) -> None:
    code = a_receipt_code(installation)
    first = shop.post(f"/codes/{code}/claim", {"locale": "fr-FR"}, key="k")
    again = shop.post(f"/codes/{code.lower()}/claim", {"locale": "fr_FR"}, key="k")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json == first.json
    told = first.json
    assert list(told) == ["voucher", "shop_code", "edition", "expires_at", "shop_url", "entitlements"]
    assert (told["edition"], told["expires_at"]) == ("double-11/fr", "2027-01-14T23:00:00Z")
    assert told["voucher"] in told["shop_url"]
    assert all(line["granted"] == line["left"] > 0 for line in told["entitlements"])
    other = shop.post(f"/codes/{code}/claim", {"locale": "fr"})
    assert (other.status_code, other.json["code"]) == (409, "already-claimed")


def test_terms_are_accepted_in_a_language_they_exist_in(shop: Machine, installation: Installation) -> None:
    code = a_receipt_code(installation)
    before = rows_written(installation)
    for locale in ("ja", "zz", "fr\0"):
        answer = shop.post(f"/codes/{code}/claim", {"locale": locale})
        assert answer.json["errors"][0]["field"] == "locale"
    keyless = shop.post(f"/codes/{code}/claim", {"locale": "fr"}, key="")
    assert (keyless.status_code, keyless.json["code"]) == (422, "key-required")
    assert rows_written(installation) == before
    changed = shop.post(f"/codes/{code}/claim", {"locale": "fr", "terms_hash": "0" * 64})
    assert (changed.status_code, changed.json["code"]) == (409, "terms-changed")


def test_a_posters_code_gives_each_request_a_voucher_of_its_own(
    shop: Machine, installation: Installation
) -> None:
    poster = code_of(installation, a_batch(installation, shared=True))
    first, again, second = (
        shop.post(f"/codes/{poster}/claim", {"locale": "fr"}, key=key) for key in ("a", "a", "b")
    )
    assert [answer.status_code for answer in (first, again, second)] == [201, 200, 201]
    assert first.json["voucher"] == again.json["voucher"] != second.json["voucher"]


def test_a_code_and_its_voucher_tell_the_same_story(shop: Machine, installation: Installation) -> None:
    code = a_receipt_code(installation)
    assert shop.get(f"/codes/{code}").json["state"] == "offer"
    voucher = shop.post(f"/codes/{code}/claim", {"locale": "fr"}).json["voucher"]
    order = {"voucher": code, "order_ref": "A-1", "order_total_minor": 60_000, "currency": "EUR"}
    spent = shop.post("/redemptions", order).json["id"]
    shop.post(f"/redemptions/{spent}/reversals", {"reason": "came back"})
    told = shop.get(f"/codes/{voucher}").json
    assert told == shop.get(f"/codes/{code}").json
    assert (told["code"], told["voucher"], told["state"]) == (code, voucher, "unlocked")
    assert [event["what"] for event in told["history"]] == ["printed", "claimed", "redeemed", "reversed"]
    assert {event["redemption"] for event in told["history"]} == {None, spent}


def test_a_code_taken_back_opens_nothing(shop: Machine, installation: Installation) -> None:
    batch = a_batch(installation)
    first, second = code_of(installation, batch), code_of(installation, batch, 1)
    for _ in range(2):
        voided = shop.post(f"/codes/{first}/void", {"reason": "smudged"})
        assert (voided.status_code, voided.json["state"]) == (200, "voided")
    assert rows_written(installation)["recall"] == 1
    refused = shop.post(f"/codes/{first}/claim", {"locale": "fr"})
    assert (refused.status_code, refused.json["code"]) == (410, "voided")
    assert shop.post(f"/codes/{second}/claim", {"locale": "fr"}).status_code == 201


def test_a_poster_taken_back_serves_nobody_else(shop: Machine, installation: Installation) -> None:
    poster = code_of(installation, a_batch(installation, shared=True))
    voucher = shop.post(f"/codes/{poster}/claim", {"locale": "fr"}).json["voucher"]
    shop.post(f"/codes/{poster}/void", {"reason": "torn"})
    late = shop.post(f"/codes/{poster}/claim", {"locale": "fr"})
    assert (late.status_code, late.json["code"]) == (410, "voided")
    assert shop.post(f"/vouchers/{voucher}/validate", {}).status_code == 200


def test_what_is_not_a_code_of_ours_reads_the_same(shop: Machine, installation: Installation) -> None:
    foreign = installation.keyring.seal(2**39, Purpose.CODE)
    for text in ("HELLO", "%00", "%ff%fe", "2" * 15, "x" * 10_000, foreign):
        answer = shop.get(f"/codes/{text}")
        assert (answer.status_code, answer.json["code"]) == (404, "unknown-code")


def test_a_batch_is_issued_once_and_read_back_line_by_line(
    shop: Machine, app: Flask, installation: Installation
) -> None:
    body = {"edition": "double-11/fr", "placement": "fr-paris-popup", "count": 3}
    first, again = (shop.post("/batches", body, key="k") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json == shop.get(f"/batches/{first.json['id']}").json
    assert shop.post("/batches", {**body, "count": 4}, key="k").json["code"] == "key-reused"
    listed = shop.get(f"/batches/{first.json['id']}/codes")
    lines = [json.loads(line) for line in listed.text.splitlines()]
    assert [line["number_in_batch"] for line in lines] == [1, 2, 3]
    assert all(shop.get(f"/codes/{line['code']}").status_code == 200 for line in lines)
    poster = shop.post("/batches", {**body, "shared": True}).json
    assert (poster["codes"], poster["serves"]) == (1, 3)
    assert len(shop.get(f"/batches/{poster['id']}/codes").text.splitlines()) == 1
    practice = Machine(app, a_key(installation, origin=Origin.TEST))
    assert practice.get(f"/batches/{poster['id']}/codes").json["code"] == "test-live-mismatch"
    for unknown in ("0", "x", "9" * 30, "%D9%A1"):
        assert shop.get(f"/batches/{unknown}").json["code"] == "unknown-batch"
    for wrong, told in (
        ({"edition": "double-11/zz"}, "unknown-edition"),
        ({"placement": "nowhere"}, "unknown-placement"),
        ({"placement": "de-berlin-popup"}, "invalid-input"),
        ({"count": 0}, "invalid-input"),
        ({"count": 10**15}, "invalid-input"),
        ({"bundle": "unknown"}, "invalid-input"),
    ):
        assert shop.post("/batches", body | wrong).json["code"] == told, wrong


def test_the_funnel_says_what_happened(
    shop: Machine, app: Flask, installation: Installation, clock: Clock
) -> None:
    code = a_receipt_code(installation, minutes_ago=0)
    shop.post(f"/codes/{code}/claim", {"locale": "fr"})
    with installation.db.writing() as tx:
        fold_outbox(tx, clock.at)
    marketer = Machine(app, a_key(installation, scopes=[Scope.STATS]))
    told = marketer.get("/stats/funnel?campaign=double-11&by=market,placement").json
    numbers = {"issued": 1, "scanned": 0, "unlocked": 1, "redeemed": 0, "reversed": 0, "origin_returned": 0}
    assert told["rows"] == [{"market": "fr", "placement": "fr-paris-till-1", **numbers}]
    assert told["as_of"] == "2026-11-11T10:00:00Z"
    before = marketer.get("/stats/funnel?campaign=double-11&to=2026-11-10").json
    assert before["rows"] == []
    for query, field in (("campaign=double-11&by=colour", "by"), ("by=market", "campaign")):
        answer = marketer.get(f"/stats/funnel?{query}")
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)
