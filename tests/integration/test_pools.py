"""Codes for offline: kept by one device, told afterwards in any order and as often as one likes."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import func, select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.people import Scope
from omni.domain.policies import Policies
from omni.domain.pool import PoolConflict
from omni.domain.receipt import Receipt, ReceiptIndex
from omni.domain.receipt_rule import ReceiptRule
from omni.domain.record import Origin
from omni.services import counting, launching, pooling, purging, reconciling
from omni.store import finders
from tests.support.commands import Omni
from tests.support.installations import KEYRING, Clock
from tests.support.journeys import fold
from tests.support.machines import Machine, a_key, rows_written
from tests.support.pools import PRINTED_AT, TILL, a_pool, a_receipt, told

ASKED = {"placement": TILL, "device": "tablet-7", "count": 3}


def issued(place: Installation) -> int:
    """How many codes were counted as issued."""
    fold(place)
    with place.db.reading() as session:
        assert reconciling.reconcile(session) == []
        return sum(row.issued for row in counting.funnel(session, campaign="double-11").rows)


def conflicts(place: Installation) -> list[PoolConflict]:
    with place.db.reading() as session:
        return list(session.exec(select(PoolConflict).order_by(PoolConflict.id)))  # type: ignore[arg-type]


def count(place: Installation, kind: type) -> int:
    with place.db.reading() as session:
        return session.exec(select(func.count()).select_from(kind)).one()


def test_a_device_gets_codes_and_the_words_around_them(shop: Machine) -> None:
    answer = shop.post("/pools", ASKED)
    assert answer.status_code == 201, answer.json
    pool = answer.json
    assert (pool["edition"], pool["placement"], pool["device"]) == ("double-11/fr", TILL, "tablet-7")
    assert len({code["code"] for code in pool["codes"]}) == 3
    first = pool["codes"][0]
    assert first["url"] == f"HTTPS://GO.LARKFELL.EXAMPLE/C/{first['code'].replace('-', '')}"
    assert set(pool["caption"].values()) & set(pool["slip_text"])
    assert "€" not in " ".join(pool["slip_text"])
    assert shop.get(f"/codes/{first['code']}").json["state"] == "offer"


def test_the_same_key_is_the_same_pool_and_another_body_is_refused(shop: Machine, clock: Clock) -> None:
    first = shop.post("/pools", ASKED, key="k")
    clock.at += timedelta(days=1)
    again = shop.post("/pools", ASKED, key="k")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert again.json == first.json
    other = shop.post("/pools", {**ASKED, "count": 4}, key="k")
    assert (other.status_code, other.json["code"]) == (409, "key-reused")
    assert shop.post("/pools", ASKED, key="").json["code"] == "key-required"


def test_a_pool_counts_as_issued_code_by_code_and_each_once(
    shop: Machine, installation: Installation
) -> None:
    before, pool = issued(installation), a_pool(shop)
    assert issued(installation) == before
    some = [a_receipt(pool, index, str(index), total_minor=4_990) for index in (2, 0)]
    assert told(shop, pool, *some, *some)["recorded"] == 2
    assert told(shop, pool, *reversed(some))["replayed"] == 2
    assert issued(installation) == before + 2
    found = shop.get(f"/codes/{some[0]['code']}").json["receipt"]
    assert found == {"placement": TILL, "printed_at": "2026-11-11T09:30:00Z"}
    state = shop.get(f"/pools/{pool['id']}").json
    assert (state["codes"], state["recorded"], state["conflicts"]) == (5, 2, [])


def test_one_bad_record_never_blocks_the_rest(shop: Machine, installation: Installation) -> None:
    pool, other = a_pool(shop), a_pool(shop, device="tablet-8")
    good = [a_receipt(pool, index, str(index)) for index in range(2)]
    answer = told(
        shop,
        pool,
        good[0],
        a_receipt(other, 0, "7"),
        {**a_receipt(pool, 2), "code": "AAAAA-AAAAA-AAAAA"},
        a_receipt(pool, 2, "8", currency="USD", total_minor=1),
        {**a_receipt(pool, 3), "total": 5},
        {"code": 7},
        a_receipt(pool, 3, "9", printed_at="2026-11-11T11:00:01Z"),
        a_receipt(pool, 3, "9", printed_at="2026-11-10T09:59:59Z"),
        good[1],
    )
    assert (answer["recorded"], answer["refused"], len(answer["results"])) == (2, 7, 9)
    assert [each["reason"] for each in answer["results"]] == [
        None,
        "not-in-pool",
        "unknown-code",
        *["invalid-input"] * 5,
        None,
    ]
    fields = [[error["field"] for error in each["errors"]] for each in answer["results"]]
    assert [fields[3], fields[4], fields[6], fields[7]] == [
        ["currency"],
        ["total"],
        ["printed_at"],
        ["printed_at"],
    ]
    assert count(installation, Receipt) == 2


def test_a_device_whose_clock_is_a_little_wrong_is_believed(shop: Machine, clock: Clock) -> None:
    pool = a_pool(shop)
    ahead = a_receipt(pool, 0, "1", printed_at="2026-11-11T11:00:00Z")
    behind = a_receipt(pool, 1, "2", printed_at="2026-11-10T10:00:00Z")
    assert told(shop, pool, ahead, behind)["recorded"] == 2
    clock.at += timedelta(days=400)
    assert told(shop, pool, a_receipt(pool, 2, "3"))["recorded"] == 1


def test_a_code_told_for_two_receipts_keeps_the_first_and_lists_both_once(
    shop: Machine, installation: Installation
) -> None:
    pool = a_pool(shop)
    first, second = a_receipt(pool, 0, "1", total_minor=100), a_receipt(pool, 0, "2", total_minor=200)
    answer = told(shop, pool, first, second, second, first)
    assert [each["status"] for each in answer["results"]] == ["recorded", "conflict", "conflict", "replayed"]
    assert answer["results"][1]["reason"] == "code-of-another-receipt"
    assert answer["results"][1]["stands"]["total_minor"] == 100
    [listed] = shop.get(f"/pools/{pool['id']}").json["conflicts"]
    assert (listed["sent"]["total_minor"], listed["stands"]["total_minor"]) == (200, 100)
    assert listed["sent"]["code"] == listed["stands"]["code"] == first["code"]
    [kept] = conflicts(installation)
    assert "2" not in (kept.sent["receipt"], kept.stands["receipt"])


def test_a_receipt_that_got_a_code_online_as_well_is_a_conflict(
    shop: Machine, installation: Installation
) -> None:
    pool = a_pool(shop)
    online = shop.post("/receipts", {"placement": TILL, "receipt_no": "1"}).json
    [result] = told(shop, pool, a_receipt(pool))["results"]
    assert (result["status"], result["reason"]) == ("conflict", "receipt-has-another-code")
    assert result["stands"]["code"] == online["code"]
    assert count(installation, Receipt) == 1
    # The code itself is still free for the receipt that really has it.
    assert told(shop, pool, a_receipt(pool, 0, "2"))["recorded"] == 1


def test_a_receipt_told_offline_has_the_same_code_when_the_line_is_back(shop: Machine) -> None:
    pool = a_pool(shop)
    told(shop, pool, a_receipt(pool, total_minor=4_990))
    answer = shop.post("/receipts", {"placement": TILL, "receipt_no": "1", "total_minor": 4_990})
    assert (answer.status_code, answer.json["code"]) == (200, pool["codes"][0]["code"])
    back = shop.post("/receipts/returns", {"placement": TILL, "receipt_no": "1", "amount_minor": 1_000})
    assert back.json["outcome"] == "unchanged"


@pytest.mark.parametrize(
    "first, then, outcome",
    [
        ({}, {"printed_at": "2026-11-11T09:31:00Z"}, ("replayed", None)),
        ({"total_minor": 5}, {}, ("replayed", None)),
        ({"total_minor": 5}, {"total_minor": 6}, ("conflict", "said-otherwise")),
        ({"member_ref": "m1"}, {"member_ref": "m2"}, ("conflict", "said-otherwise")),
        ({"receipt_no": None}, {"receipt_no": None}, ("replayed", None)),
        ({"receipt_no": None}, {}, ("conflict", "said-otherwise")),
        ({}, {"receipt_no": None}, ("replayed", None)),
        (
            {"receipt_no": None},
            {"receipt_no": None, "printed_at": "2026-11-11T09:31:00Z"},
            ("conflict", "code-of-another-receipt"),
        ),
    ],
)
def test_what_is_the_same_receipt(
    shop: Machine, first: dict[str, object], then: dict[str, object], outcome: tuple[str, str | None]
) -> None:
    pool = a_pool(shop)
    assert told(shop, pool, a_receipt(pool, **first))["recorded"] == 1  # type: ignore[arg-type]
    [result] = told(shop, pool, a_receipt(pool, **then))["results"]  # type: ignore[arg-type]
    assert (result["status"], result["reason"]) == outcome


def test_a_pool_is_kept_on_the_eve_but_not_while_the_edition_is_paused_or_over(
    shop: Machine, installation: Installation, clock: Clock
) -> None:
    clock.at -= timedelta(days=1)
    assert shop.post("/pools", ASKED).status_code == 201
    with installation.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        launching.pause(tx, clock.at, edition=edition, reason="technical", by="tests")
    assert shop.post("/pools", ASKED).json["code"] == "paused"
    clock.at += timedelta(days=300)
    assert shop.post("/pools", ASKED).json["code"] == "ended"
    assert shop.post("/pools", {**ASKED, "campaign": "another"}).json["code"] == "no-rule-matched"


@pytest.mark.parametrize(
    "rules, bundle",
    [
        ([("ski", 5_000), ("rain", None)], "rain"),
        ([("ski", 5_000), ("rain", 2_000)], "ski"),
        ([(None, 5_000), ("rain", 2_000), (None, None)], "rain"),
        ([(None, None)], None),
        ([], "receipts"),
    ],
)
def test_offline_the_rule_without_conditions_gives_else_the_first(
    installation: Installation, rules: list[tuple[str | None, int | None]], bundle: str | None
) -> None:
    with installation.db.reading() as session:
        content = finders.published(session, finders.edition_by_key(session, "double-11/fr"))
    slugs = [each.slug for each in content.offered]
    names = {"ski": slugs[0], "rain": slugs[1], "receipts": content.receipts_bundle, None: None}
    written = tuple(ReceiptRule(gives=names[gives], total_minor=least) for gives, least in rules)
    found = pooling.bundle_offline(content.model_copy(update={"policies": Policies(receipts=written)}))
    assert (found.slug if found else None) == names[bundle]


def test_a_test_device_and_a_live_pool_never_meet(
    shop: Machine, app: Flask, installation: Installation
) -> None:
    practice, pool = Machine(app, a_key(installation, origin=Origin.TEST)), a_pool(shop)
    tried = a_pool(practice)
    assert tried["is_test"]
    assert "TEST" in tried["slip_text"]
    for machine, other in ((practice, pool), (shop, tried)):
        assert machine.get(f"/pools/{other['id']}").json["code"] == "test-live-mismatch"
        sent = machine.post(f"/pools/{other['id']}/receipts", {"receipts": [a_receipt(other)]})
        assert sent.json["code"] == "test-live-mismatch"
    told(practice, tried, a_receipt(tried), a_receipt(tried, 0, "2"))
    assert issued(installation) == 0
    with installation.db.writing() as tx:
        removed = purging.purge_tests(tx)
    assert (removed["pool"], removed["pool_conflict"], removed["receipt"]) == (1, 1, 1)


def test_what_is_no_pool_is_unknown_and_writes_nothing(shop: Machine, installation: Installation) -> None:
    batch = shop.post("/receipts", {"placement": TILL, "receipt_no": "1"}).json["batch"]
    body = {"receipts": [{"code": "AAAAA-AAAAA-AAAAA", "printed_at": PRINTED_AT}]}
    before = rows_written(installation)
    for named in (str(batch), "9" * 30, "x", "-1"):
        assert shop.get(f"/pools/{named}").json["code"] == "unknown-pool"
        assert shop.post(f"/pools/{named}/receipts", body).json["code"] == "unknown-pool"
    for wrong in ({"count": 0}, {"count": 10_001}, {"device": ""}, {"devise": "x"}):
        assert shop.post("/pools", {**ASKED, **wrong}).status_code == 422
    assert shop.post("/pools", {**ASKED, "placement": "nowhere"}).json["code"] == "unknown-placement"
    assert rows_written(installation) == before


def test_a_key_of_a_shop_opens_no_pool(app: Flask, installation: Installation) -> None:
    shop = Machine(app, a_key(installation, scopes=[Scope.SHOP]))
    assert shop.post("/pools", ASKED).status_code == 403
    assert count(installation, Batch) == 0
    assert count(installation, ReceiptIndex) == 0


def test_the_command_lists_what_devices_keep_and_both_sides_of_what_disagrees(
    shop: Machine, live_url: str, command: Omni, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNI_DATABASE_URL", live_url)
    monkeypatch.setenv("OMNI_CODE_KEYS", KEYRING.as_setting())
    pool = a_pool(shop)
    told(shop, pool, a_receipt(pool, total_minor=100), a_receipt(pool, number="2", total_minor=200))
    listed = command("pools")
    assert (listed.code, listed.out.splitlines()[1].split()[2:7]) == (0, [TILL, "tablet-7", "5", "1", "1"])
    rows = command("pools", "--conflicts").out.splitlines()
    assert [row.split()[3:5] for row in rows[1:]] == [
        [side, pool["codes"][0]["code"]] for side in ("sent", "stands")
    ]
    [clash] = json.loads(command("pools", "--conflicts", "--json").out)["conflicts"]
    assert (clash["sent"]["total_minor"], clash["stands"]["total_minor"]) == (200, 100)
