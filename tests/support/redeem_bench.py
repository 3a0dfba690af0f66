"""The server a bench of redeeming measures: Omni, and beside it what it is compared with.

    POST /api/v1/redemptions   the product
    POST /bench/driver         the same door and the same statements, each sent through the bare driver
    POST /bench/insert         a bare handler: one INSERT, one commit

The statements of the second are those the product was seen to send for one voucher, with another voucher's
values put in their place: so nobody wrote them kinder than they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import pairwise
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import event

from omni.app import Installation
from omni.domain.batch import Batch, CodeState
from omni.domain.claim import Claim, Entitlement
from omni.domain.people import Scope
from omni.domain.record import bucket_of
from omni.domain.refusal import Reason
from omni.domain.rulebook import Caller
from omni.services.claiming import Claimed, Screen, claim
from omni.services.redeeming import Order, redeem
from omni.store import ready
from omni.store.rows import insert_all, table_of
from omni.web.api.fields import Answer
from omni.web.api.known import known_code
from omni.web.api.operation import Asked, KeyUse, Operation, Reply
from omni.web.api.schemas import RedemptionIn
from tests.support.codes import a_batch
from tests.support.serving import at_the_festival

SACRIFICE = "order-of-the-sacrifice"
KEY = "key-of-the-sacrifice"


def unlocked(place: Installation, count: int) -> Batch:
    """A batch whose codes are all unlocked: one by the product, the others as copies of its rows."""
    batch = a_batch(place, count=count)
    now, first = place.world.now(), batch.first_number
    with place.db.writing() as tx:
        made = claim(
            tx, now, batch=batch, number=first, caller=Caller("web", "k", "b"), screen=Screen("fr_FR")
        )
        assert isinstance(made, Claimed)
        for kind in (CodeState, Claim, Entitlement):
            table = table_of(kind)
            rows = [
                dict(row)
                for row in tx.connection().execute(table.select().where(table.c.number == first)).mappings()
            ]
            copies = [
                {**row, "bucket": bucket_of(number), "number": number}
                for number in range(first + 1, first + count)
                for row in rows
            ]
            insert_all(tx, kind, copies)
    return batch


class Statements:
    """What the product sends to redeem one voucher, ready to be sent for another."""

    def __init__(self, place: Installation) -> None:
        self._place = place

    @cached_property
    def _seen(self) -> tuple[int, list[tuple[str, Any, bool]]]:
        place = self._place
        batch = unlocked(place, 1)
        number, seen = batch.first_number, []

        def note(_1: Any, _2: Any, statement: str, parameters: Any, _3: Any, is_many: bool) -> None:
            if not statement.startswith("BEGIN"):
                seen.append((statement, parameters, is_many))

        engine = place.db._writer
        event.listen(engine, "before_cursor_execute", note)
        sent_in_one_go = ready.execute

        def note_too(cursor: Any, sql: str, rows: Sequence[Any]) -> None:
            seen.append((sql, list(rows) if len(rows) > 1 else rows[0], len(rows) > 1))
            sent_in_one_go(cursor, sql, rows)

        ready.execute = note_too
        caller = Caller("api:1", KEY, "f" * 64)
        with place.db.writing() as tx:
            made = redeem(
                tx,
                place.world.now(),
                batch=batch,
                number=number,
                caller=caller,
                order=Order(SACRIFICE, 60_000, "EUR"),
            )
        ready.execute = sent_in_one_go
        event.remove(engine, "before_cursor_execute", note)
        assert made, made
        return number, seen

    def send(self, number: int, order_ref: str) -> None:
        """Send them all for a voucher, in one transaction that commits."""
        model, seen = self._seen

        def other(text: str) -> str:
            text = text.replace(f":{model}:", f":{number}:")
            return text.replace(SACRIFICE, order_ref).replace(KEY, order_ref)

        with self._place.db._turn(), self._connection() as connection:
            cursor = connection.cursor()
            for statement, parameters, is_many in seen:
                if is_many:
                    cursor.executemany(statement, [_swapped(row, other, model, number) for row in parameters])
                else:
                    cursor.execute(statement, _swapped(parameters, other, model, number))
                if cursor.description is not None:
                    cursor.fetchall()
            cursor.close()

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        raw = self._place.db._writer.raw_connection()
        try:
            if self._place.db.is_sqlite:
                raw.cursor().execute("BEGIN IMMEDIATE")
            yield raw
            raw.cursor().execute("COMMIT") if self._place.db.is_sqlite else raw.commit()
        finally:
            raw.close()


def _swapped(parameters: Any, other: Callable[[str], str], model: int, number: int) -> Any:
    """The parameters of another voucher: a bucket and its number stand side by side."""
    if isinstance(parameters, dict):
        values = _swapped(tuple(parameters.values()), other, model, number)
        return dict(zip(parameters, values, strict=True))
    swapped = [other(value) if isinstance(value, str) else value for value in parameters]
    for at, pair in enumerate(pairwise(parameters)):
        if pair == (bucket_of(model), model):
            swapped[at : at + 2] = bucket_of(number), number
    return tuple(swapped)


class Told(Answer):
    """What the driver's route answers: as many bytes as the product's."""

    id: str
    voucher: str
    padding: str = "x" * 420


def app() -> Flask:
    """What each process of the server calls."""
    made = at_the_festival()
    place: Installation = made.extensions["omni"]
    statements = Statements(place)

    def by_driver(asked: Asked, body: RedemptionIn) -> Reply:
        known = known_code(asked, body.voucher, Reason.UNKNOWN_CLAIM)
        asked.caller("redeem", body.model_dump(mode="json"))
        statements.send(known.number, body.order_ref)
        return Reply(201, Told(id=str(known.number), voucher=body.voucher))

    operation = Operation(
        "POST", "/driver", "", by_driver, (Scope.SHOP,), {201: Told}, body=RedemptionIn, key=KeyUse.REQUIRED
    )

    def driver() -> Response:
        return operation()

    def insert() -> Response:
        sent = request.get_json()
        with place.db._turn(), statements._connection() as connection:
            mark = "?" if place.db.is_sqlite else "%s"
            connection.cursor().execute(
                f"INSERT INTO bench_insert (voucher, order_ref, total) VALUES ({mark}, {mark}, {mark})",
                (sent["voucher"], sent["order_ref"], sent["order_total_minor"]),
            )
        return Response('{"done": true}', 201, content_type="application/json")

    for view in (driver, insert):
        made.add_url_rule(f"/bench/{view.__name__}", view.__name__, view, methods=["POST"])
        made.extensions["csrf"].exempt(view)
    return made
