"""Issuing codes in batches, and reading them back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from flask import Response
from pydantic import Field

from omni.domain.batch import Batch, BatchKind
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.present.listings import json_lines
from omni.present.paper import printed_codes
from omni.services import naming
from omni.services.issuing import MOST_CODES, issue
from omni.web.api.fields import Answer, Body, Positive, Slug
from omni.web.api.known import must_meet
from omni.web.api.operation import Asked, Reply, client_name
from omni.web.sealing import seals

if TYPE_CHECKING:
    from omni.store.catalogue import Catalogue

JSON_LINES = "application/jsonl"

_DIGITS = 16


class BatchIn(Body):
    """Codes to issue for one placement and bundle; `shared`: one code for `count` shoppers."""

    edition: Slug = Field(examples=["double-11/fr"])
    placement: Slug = Field(examples=["fr-paris-popup"])
    count: Annotated[Positive, Field(le=MOST_CODES)]
    bundle: Slug | None = None
    shared: bool = False


class BatchOut(Answer):
    """A batch: one range of codes, for ever printed with this host."""

    id: int
    edition: str
    revision: int
    placement: str
    bundle: str
    kind: str
    codes: int
    serves: int | None
    host: str
    is_test: bool
    issued_at: datetime


def issue_batch(asked: Asked, body: BatchIn) -> Reply | Refused:
    """Issue a batch; the same `Idempotency-Key` gets the first one again."""
    place = asked.place
    marks = seals(place.settings, place.keyring, place.catalogue.current(asked.now).markets)
    with place.db.writing() as tx:
        edition = naming.edition_named(tx, body.edition)
        outcome = issue(
            tx,
            asked.now,
            edition=edition,
            placement=naming.placement_named(tx, body.placement),
            bundle_slug=body.bundle,
            count=body.count,
            shared=body.shared,
            origin=asked.client.origin,
            seal=marks[edition.market_id],
            caller=asked.caller("issue", body.model_dump(mode="json")),
            by=client_name(asked.client),
        )
    if isinstance(outcome, Refused):
        return outcome
    answer = _batch_out(place.catalogue.fresh(), outcome.batch)
    return Reply(200 if outcome.is_replay else 201, answer, outcome.is_replay)


def show_batch(asked: Asked, id: str) -> Reply:  # noqa: A002 - the name in the path
    """A batch as it was issued."""
    return Reply(200, _batch_out(asked.place.catalogue.fresh(), _batch(asked, id)))


def list_codes(asked: Asked, id: str) -> Response:  # noqa: A002
    """Every code of a batch, one JSON object a line, streamed however many there are."""
    batch = _batch(asked, id)
    if batch.kind is BatchKind.RECEIPTS:
        raise BadInput("id", "the codes of this batch are given to receipts, one by one")
    # Of a shared batch the poster's own code, never the personal ones it hands out.
    printed = range(batch.first_number, batch.first_number + _codes_in(batch))
    return Response(json_lines(printed_codes(asked.place.keyring, batch, printed)), content_type=JSON_LINES)


def _batch(asked: Asked, text: str) -> Batch:
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS):
        raise Unknown(Reason.UNKNOWN_BATCH)
    with asked.place.db.reading() as session:
        batch = naming.batch_numbered(session, int(text))
    must_meet(asked, batch)
    return batch


def _batch_out(catalogue: Catalogue, batch: Batch) -> BatchOut:
    return BatchOut(
        id=batch.id or 0,
        edition=catalogue.edition_key(batch.edition_id),
        revision=batch.revision,
        placement=catalogue.placements[batch.placement_id].slug,
        bundle=catalogue.contents[batch.edition_id].bundle(batch.bundle_id).slug,
        kind=batch.kind.value,
        codes=_codes_in(batch),
        serves=batch.serves,
        host=batch.host,
        is_test=batch.origin is Origin.TEST,
        issued_at=batch.issued_at,
    )


def _codes_in(batch: Batch) -> int:
    return 1 if batch.kind is BatchKind.SHARED else batch.size
