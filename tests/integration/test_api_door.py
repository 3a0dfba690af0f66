"""What every request passes: key, scope, rate, content type, shape; and how the API says no."""

import pytest
from flask import Flask
from limits import RateLimitItemPerMinute

from omni.app import Installation
from omni.domain.people import Scope
from omni.services.admitting import clients, revoke_client
from omni.store.engine import StoreBusy
from omni.web.api import operation
from omni.web.known_clients import REMEMBERED
from tests.support.installations import Clock
from tests.support.machines import Machine, a_key, rows_written

RECEIPT = {"placement": "fr-paris-till-1", "receipt_no": "1"}


def test_without_a_key_that_lives_nobody_comes_in(app: Flask, installation: Installation) -> None:
    revoked = a_key(installation)
    with installation.db.writing() as tx:
        revoke_client(tx, installation.world.now(), name=clients(tx)[0].name)
    for bearer in ("", "omni_live_wrong", revoked, "x" * 10_000):
        answer = Machine(app, bearer).post("/receipts", RECEIPT)
        assert (answer.status_code, answer.json["code"]) == (401, "not-signed-in")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_that_was_just_used_is_refused_half_a_second_after_it_was_revoked(
    app: Flask, installation: Installation, clock: Clock
) -> None:
    machine = Machine(app, a_key(installation))
    assert machine.get("/redemptions").status_code == 200
    with installation.db.writing() as tx:
        revoke_client(tx, clock.at, name=clients(tx)[0].name)
    clock.at += REMEMBERED
    assert machine.get("/redemptions").status_code == 401


def test_a_scope_opens_its_own_operations_and_admin_opens_all(app: Flask, installation: Installation) -> None:
    funnel = "/stats/funnel?campaign=double-11"
    opened = {
        scope: [
            machine.post("/receipts", RECEIPT).status_code != 403,
            machine.get("/redemptions").status_code != 403,
            machine.get(funnel).status_code != 403,
        ]
        for scope in Scope
        for machine in [Machine(app, a_key(installation, scopes=[scope]))]
    }
    assert opened == {
        Scope.POS: [True, True, False],
        Scope.SHOP: [False, True, False],
        Scope.STATS: [False, False, True],
        Scope.ADMIN: [True, True, True],
    }
    refused = Machine(app, a_key(installation, scopes=[Scope.STATS])).post("/receipts", RECEIPT)
    assert (refused.json["code"], refused.json["needs"]) == ("not-allowed", ["pos"])


def test_what_is_left_of_the_rate_is_told_and_the_rest_waits(
    shop: Machine, app: Flask, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operation, "REQUESTS", RateLimitItemPerMinute(2))
    answers = [shop.get("/redemptions") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[2].json["code"] == "too-many-attempts"
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 61
    assert Machine(app, a_key(installation)).get("/redemptions").status_code == 200


def test_bodies_that_cannot_be_read_write_nothing(shop: Machine, installation: Installation) -> None:
    before = rows_written(installation)
    for data, kind, status, reason in (
        (b"{", "application/json", 400, "malformed"),
        (b"", "application/json", 400, "malformed"),
        (b"\xff\xfe", "application/json", 400, "malformed"),
        (b'{"placement": "\\ud800"}', "application/json", 400, "malformed"),
        (b"[" * 100_000, "application/json", 400, "malformed"),
        (b"[]", "application/json", 422, "invalid-input"),
        (b"null", "application/json", 422, "invalid-input"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
        (b"{}", "", 415, "unsupported-media-type"),
        (b" " * 1_000_001, "application/json", 413, "too-large"),
    ):
        answer = shop.send("/receipts", data, kind)
        assert (answer.status_code, answer.json["code"]) == (status, reason), data[:20]
        assert answer.content_type == "application/problem+json"
    assert rows_written(installation) == before


def test_a_no_is_a_problem_document_in_the_readers_language(shop: Machine) -> None:
    answer = shop.get("/codes/HELLO", Accept_Language="fr-FR,fr;q=0.9", X_Request_Id="till-7.451")
    told = answer.json
    assert set(told) == {"type", "title", "status", "code", "detail", "request_id"}
    assert (told["type"], told["title"], told["status"]) == ("/api/v1/docs#unknown-code", "Unknown code", 404)
    assert answer.headers["Content-Language"] == "fr"
    assert told["detail"] != shop.get("/codes/HELLO").json["detail"]
    assert told["request_id"] == answer.headers["X-Request-Id"] == "till-7.451"
    assert shop.get("/codes/HELLO", X_Request_Id="no good").json["request_id"] != "no good"
    assert shop.get("/redemptions").headers["X-Request-Id"]
    assert answer.headers["RateLimit-Limit"] == "6000"


def test_addresses_and_methods_that_do_not_exist_are_problems_too(shop: Machine, app: Flask) -> None:
    unknown = shop.get("/nowhere")
    assert (unknown.status_code, unknown.json["code"]) == (404, "not-found")
    wrong = app.test_client().put("/api/v1/receipts")
    assert (wrong.status_code, wrong.json["code"]) == (405, "method-not-allowed")
    assert "POST" in wrong.headers["Allow"]


def test_a_database_that_is_away_is_busy_not_broken(
    shop: Machine, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.get("/redemptions")
    monkeypatch.setattr(installation.db, "reading", away)
    answer = shop.get("/redemptions")
    assert (answer.status_code, answer.json["code"]) == (503, "store-busy")
    assert int(answer.headers["Retry-After"]) > 0


def away() -> None:
    raise StoreBusy("nobody answers")
