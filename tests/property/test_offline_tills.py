"""Two devices tell what they printed in every order, twice and in part: a code has one receipt and a receipt
one code, whatever comes first."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from omni.app import Installation
from omni.domain.pool import PoolConflict
from omni.domain.receipt import Receipt, ReceiptIndex
from omni.services.reconciling import reconcile
from tests.support.machines import Machine, a_key
from tests.support.pools import a_pool, a_receipt, told
from tests.support.proofs import share_of

CODES = 2
SAID = st.tuples(
    st.sampled_from([0, 1]),
    st.integers(0, CODES - 1),
    st.sampled_from("ABC"),
    st.sampled_from([100, 100, 200]),
)
"""Which device, which of its codes, which receipt, and what total it says."""

CALLS = st.lists(SAID, min_size=1, max_size=8).flatmap(
    lambda said: st.permutations(said + said).map(lambda order: [order[:5], order[5:9], order[9:]])
)
ROUND = count()


class Model:
    """Who met whom: the first word stands, and so does the first answer about what disagrees."""

    def __init__(self) -> None:
        self.receipts: dict[tuple[int, int], tuple[str, int]] = {}
        self.conflicts: dict[tuple[int, int, str, int], str] = {}

    def tell(self, device: int, index: int, name: str, total: int) -> tuple[str, str | None]:
        """What telling one receipt must be answered."""
        stands = self.receipts.get((device, index))
        if stands == (name, total):
            return "replayed", None
        if stands is None and name not in {met for met, _ in self.receipts.values()}:
            self.receipts[device, index] = name, total
            return "recorded", None
        reason = "receipt-has-another-code"
        if stands is not None:
            reason = "said-otherwise" if stands[0] == name else "code-of-another-receipt"
        return "conflict", self.conflicts.setdefault((device, index, name, total), reason)


def uploads(pools: list[dict[str, Any]], calls: Any, prefix: int) -> Any:
    """Each call as a device makes it, with what was said of each receipt."""
    for call in filter(None, calls):
        for device, pool in enumerate(pools):
            own = [said for said in call if said[0] == device]
            if own:
                yield pool, own, [_receipt(pool, said, prefix) for said in own]


def _receipt(pool: dict[str, Any], said: tuple[int, int, str, int], prefix: int) -> dict[str, Any]:
    _, index, name, total = said
    return a_receipt(pool, index, f"{prefix}{name}", total_minor=total)


def must_be_one_to_one(place: Installation, pools: list[dict[str, Any]], model: Model) -> None:
    """The database says what the model says."""
    ids = [pool["id"] for pool in pools]
    with place.db.reading() as session:
        rows = session.exec(select(Receipt).where(Receipt.batch_id.in_(ids))).all()  # type: ignore[attr-defined]
        found = {row.receipt_hash: row.number for row in rows}
        assert len(found) == len(rows) == len(model.receipts)
        for receipt_hash, number in found.items():
            assert session.get_one(ReceiptIndex, receipt_hash).number == number
        kept = session.exec(select(PoolConflict).where(PoolConflict.batch_id.in_(ids))).all()  # type: ignore[attr-defined]
        assert len(kept) == len(model.conflicts)
        assert reconcile(session) == []


@pytest.mark.proof
@given(calls=CALLS)
@settings(
    max_examples=share_of(100),
    # Shrinking would take minutes: every example is some dozen transactions on a real database.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_two_devices_in_any_order_twice_and_in_part(
    shop: Machine, installation: Installation, calls: list[list[tuple[int, int, str, int]]]
) -> None:
    pools, model, prefix = [a_pool(shop, count=CODES, device=f"d{n}") for n in (0, 1)], Model(), next(ROUND)
    for pool, said, receipts in uploads(pools, calls, prefix):
        answered = told(shop, pool, *receipts)["results"]
        assert [(each["status"], each["reason"]) for each in answered] == [model.tell(*one) for one in said]
    must_be_one_to_one(installation, pools, model)


def test_two_devices_at_once_find_one_winner_for_each_receipt(
    app: Flask, shop: Machine, installation: Installation
) -> None:
    """Both printed the same six receipts; each tells all of them twice, while the other does."""
    pools, key = [a_pool(shop, count=6, device=f"d{n}") for n in (0, 1)], a_key(installation)

    def tell(turn: int) -> dict[str, Any]:
        pool, machine = pools[turn % 2], Machine(app, key)
        receipts = [a_receipt(pool, index, str(index)) for index in range(6)]
        return told(machine, pool, *(receipts if turn < 2 else reversed(receipts)))

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(tell, range(4)))
    sums = {name: sum(answer[name] for answer in answers) for name in ("recorded", "replayed", "conflicts")}
    assert sums == {"recorded": 6, "replayed": 6, "conflicts": 12}
    with installation.db.reading() as session:
        assert len(session.exec(select(Receipt)).all()) == 6
        assert len(session.exec(select(PoolConflict)).all()) == 6
        assert reconcile(session) == []
