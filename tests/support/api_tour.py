"""A day of a till and a shop at the API, told step by step: what the documents show as examples.

Clock, dice and keys are held still, so the same day is always told in the same words. To tell it anew:

    python -m tests.support.api_tour
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask

from omni.app import Installation, build_app
from omni.domain.people import Scope
from omni.domain.record import Origin
from omni.services import naming
from omni.services.admitting import add_client
from omni.web.api.examples import FILE
from tests.support.codes import code_of
from tests.support.installations import BASE_URL, an_installation, go_live
from tests.support.machines import BASE


@dataclass
class Tour:
    """Speaks to the API and writes down every word of it, by operation."""

    app: Flask
    bearer: str
    steps: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def step(
        self, operation: str, summary: str, method: str, path: str, body: Any = None, *, key: str = ""
    ) -> Any:
        """Ask for one thing and remember question and answer; the answer's body."""
        headers = {"Authorization": f"Bearer {self.bearer}", "X-Request-Id": f"example-{self._count() + 1}"}
        if key:
            headers["Idempotency-Key"] = key
        answer = self.app.test_client().open(
            BASE + path, base_url=BASE_URL, method=method, json=body, headers=headers
        )
        told = {
            "summary": summary,
            "method": method,
            "path": path,
            **({"key": key} if key else {}),
            **({"body": body} if body is not None else {}),
            "status": answer.status_code,
            **({"replayed": True} if "Idempotency-Replayed" in answer.headers else {}),
            **({"answer": answer.json} if answer.is_json else {}),
        }
        self.steps.setdefault(operation, []).append(told)
        return answer.json if answer.is_json else None

    def _count(self) -> int:
        return sum(map(len, self.steps.values()))


def tell(place: Installation) -> dict[str, list[dict[str, Any]]]:
    """The whole day, by operation."""
    with place.db.writing() as tx:
        bearer = add_client(
            tx,
            place.world.now(),
            place.world.mint,
            name="the example shop",
            scopes=[Scope.POS, Scope.SHOP, Scope.STATS],
            origin=Origin.LIVE,
        )
    tour = Tour(build_app(place), bearer)
    code = _at_the_till(tour)
    _in_the_shop(tour, code)
    _codes_for_later(tour, place)
    _while_the_line_is_down(tour)
    tour.step("show_funnel", "By market", "GET", "/stats/funnel?campaign=double-11&by=market&from=2026-11-11")
    return tour.steps


def _at_the_till(tour: Tour) -> str:
    receipt = {
        "placement": "fr-paris-till-1",
        "receipt_no": "000451",
        "total_minor": 8540,
        "currency": "EUR",
        "printed_at": "2026-11-11T10:58:00+01:00",
    }
    told = tour.step("code_of_receipt", "A receipt is printed", "POST", "/receipts", receipt)
    tour.step("code_of_receipt", "The till asks again", "POST", "/receipts", receipt)
    tour.step(
        "code_of_receipt",
        "The same receipt with another total",
        "POST",
        "/receipts",
        receipt | {"total_minor": 1},
    )
    return str(told["code"])


def _in_the_shop(tour: Tour, code: str) -> None:
    order = {"order_ref": "2026-1042", "order_total_minor": 12900, "currency": "EUR"}
    too_early = {"voucher": code, **order}
    tour.step(
        "redeem_voucher",
        "A code not unlocked yet",
        "POST",
        "/redemptions",
        too_early,
        key="1042",
    )
    claim = f"/codes/{code}/claim"
    voucher = tour.step("claim_code", "She accepts the terms", "POST", claim, {"locale": "fr-FR"}, key="c-1")[
        "voucher"
    ]
    tour.step("claim_code", "Somebody else tries", "POST", claim, {"locale": "fr-FR"}, key="c-2")
    check = {"order_total_minor": 12900, "currency": "EUR"}
    tour.step("validate_voucher", "What would it give?", "POST", f"/vouchers/{voucher}/validate", check)
    held = {"order_ref": "2026-1042", "minutes": 20}
    tour.step("hold_voucher", "She is at the checkout", "POST", f"/vouchers/{voucher}/hold", held)
    tour.step("free_voucher", "She went away", "DELETE", f"/vouchers/{voucher}/hold")
    spend = {"voucher": voucher, **order}
    made = tour.step("redeem_voucher", "The order is placed", "POST", "/redemptions", spend, key="1042-a")
    tour.step("redeem_voucher", "The line broke: asked again", "POST", "/redemptions", spend, key="1042-a")
    other = spend | {"order_ref": "2026-1043"}
    tour.step("redeem_voucher", "A second order", "POST", "/redemptions", other, key="1043")
    wrong = spend | {"voucher_code": voucher}
    tour.step("redeem_voucher", "A field that does not exist", "POST", "/redemptions", wrong, key="1044")
    tour.step("list_redemptions", "Of an order", "GET", "/redemptions?order_ref=2026-1042")
    back = f"/redemptions/{made['id']}/reversals"
    one = {"lines": [{"sku": made["lines"][0]["sku"], "qty": 1}], "reason": "returned unopened"}
    tour.step("reverse_redemption", "Asked beforehand", "POST", back, one | {"dry_run": True}, key="r-1042-a")
    tour.step("reverse_redemption", "One item comes back", "POST", back, one, key="r-1042-b")
    tour.step("show_redemption", "As it stands now", "GET", f"/redemptions/{made['id']}")
    happened = [
        {
            "order_ref": "2026-1042",
            "event": event,
            "at": f"2026-11-1{day}T09:00:00+01:00",
            "total_minor": 12900,
            "currency": "EUR",
        }
        for event, day in (("placed", 1), ("shipped", 2))
    ]
    tour.step("report_orders", "What happened to an order", "POST", "/orders", {"orders": happened})
    purchase = {"placement": "fr-paris-till-1", "receipt_no": "000451"}
    tour.step(
        "bring_purchase_back",
        "The purchase comes back",
        "POST",
        "/receipts/returns",
        purchase,
        key="b-451",
    )
    tour.step("show_code", "Its whole life", "GET", f"/codes/{code}")


def _codes_for_later(tour: Tour, place: Installation) -> None:
    wanted = {"edition": "double-11/fr", "placement": "fr-paris-popup", "count": 500}
    batch = tour.step("issue_batch", "Five hundred labels", "POST", "/batches", wanted, key="labels-1")
    tour.step("show_batch", "As it was issued", "GET", f"/batches/{batch['id']}")
    with place.db.reading() as session:
        label = code_of(place, naming.batch_numbered(session, batch["id"]))
    receipt = {"placement": "fr-paris-till-1", "receipt_no": "000452", "total_minor": 2400, "currency": "EUR"}
    bind = f"/codes/{label}/bind"
    tour.step("bind_code", "A label meets its receipt", "POST", bind, receipt)
    tour.step("bind_code", "Another receipt", "POST", bind, receipt | {"receipt_no": "000460"})
    unused = tour.step(
        "code_of_receipt",
        "A receipt without a number",
        "POST",
        "/receipts",
        {"placement": "fr-paris-till-1"},
        key="till-1-0931",
    )["code"]
    tour.step("void_code", "The slip was torn", "POST", f"/codes/{unused}/void", {"reason": "torn slip"})


def _while_the_line_is_down(tour: Tour) -> None:
    wanted = {"placement": "fr-paris-till-1", "device": "tablet-7", "count": 3}
    pool = tour.step("reserve_codes", "Three codes for a tablet", "POST", "/pools", wanted, key="tablet-7-1")
    first, second, _ = (each["code"] for each in pool["codes"])
    printed = {"code": first, "receipt_no": "000453", "total_minor": 4990, "currency": "EUR"}
    early = {**printed, "printed_at": "2026-11-11T10:52:00+01:00"}
    late = {"code": second, "receipt_no": "000454", "printed_at": "2026-11-11T10:55:00+01:00"}
    upload = f"/pools/{pool['id']}/receipts"
    tour.step("upload_receipts", "What it printed, later", "POST", upload, {"receipts": [late, early]})
    clash = {**late, "code": first}
    tour.step("upload_receipts", "Told again, one otherwise", "POST", upload, {"receipts": [early, clash]})
    tour.step("show_pool", "As it stands now", "GET", f"/pools/{pool['id']}")


@contextmanager
def a_place() -> Iterator[Installation]:
    """A fresh installation of the demo campaign, in a folder that goes away."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/omni.db"
        go_live(url)
        place = an_installation(url, Path(folder) / "data")
        try:
            yield place
        finally:
            place.db.close()


def as_text(steps: dict[str, list[dict[str, Any]]]) -> str:
    """The day as it is kept."""
    return json.dumps(steps, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    with a_place() as place:
        FILE.write_text(as_text(tell(place)), encoding="utf-8")
