"""Tills whose line goes down: their pools, and what they tell afterwards."""

from typing import Any

from tests.support.machines import Machine

TILL = "fr-paris-till-1"
PRINTED_AT = "2026-11-11T09:30:00+00:00"


def a_pool(shop: Machine, *, count: int = 5, device: str = "tablet-7", **asked: Any) -> dict[str, Any]:
    """The pool a device was given."""
    answer = shop.post("/pools", {"placement": TILL, "device": device, "count": count, **asked})
    assert answer.status_code == 201, answer.json
    made: dict[str, Any] = answer.get_json()
    return made


def a_receipt(pool: dict[str, Any], index: int = 0, number: str | None = "1", **said: Any) -> dict[str, Any]:
    """What a device says of the receipt it printed a code of its pool on."""
    named = {} if number is None else {"receipt_no": number}
    return {"code": pool["codes"][index]["code"], "printed_at": PRINTED_AT, **named, **said}


def told(shop: Machine, pool: dict[str, Any], *receipts: dict[str, Any]) -> dict[str, Any]:
    """What telling some receipts of a pool is answered."""
    answer = shop.post(f"/pools/{pool['id']}/receipts", {"receipts": list(receipts)}, key="")
    assert answer.status_code == 200, answer.json
    results: dict[str, Any] = answer.get_json()
    return results
