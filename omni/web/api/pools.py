"""Codes for tills whose line may go down, and how they stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from omni.domain.batch import Batch
from omni.domain.people import Scope
from omni.domain.pool import Pool, PoolConflict
from omni.domain.record import Origin
from omni.domain.refusal import Reason, Refused, Unknown
from omni.domain.window import local_day
from omni.present.locales import bcp47
from omni.present.paper import captions, paper_for, printed_code, printed_codes
from omni.present.slip import PrintedCode
from omni.services import naming, pooling
from omni.services.pooling import MOST_CODES, Reserved
from omni.web.api.code_forms import text_lines
from omni.web.api.fields import Answer, Body, Positive, Sealed, Slug
from omni.web.api.known import known_number, must_meet
from omni.web.api.operation import Asked, KeyUse, Operation, Reply
from omni.web.sealing import seals

_DIGITS = 16


class PoolIn(Body):
    """Codes to keep on one device, for the times when its line is down."""

    placement: Slug = Field(examples=["fr-paris-till-1"])
    device: Slug = Field(examples=["tablet-7"])
    count: Annotated[Positive, Field(le=MOST_CODES, json_schema_extra={"maximum": MOST_CODES})]
    campaign: Sealed | None = None


class PoolCodeOut(Answer):
    """A code and what its symbol says."""

    code: str = Field(examples=["XXXXX-XXXXX-XXXXX"])
    url: str


class PoolOut(Answer):
    """Codes only this device prints, each on one receipt, with the words around them.

    The rules of receipts cannot be asked offline, so all codes are of one `bundle`: what the rule without
    conditions gives, else the first. `slip_text` names no price, as that may change. A receipt may get one of
    the codes until `expires_on`, a day of the market's own.
    """

    id: int
    edition: str
    bundle: str
    placement: str
    device: str
    is_test: bool
    made_at: datetime
    expires_on: date
    caption: dict[str, str]
    slip_text: list[str]
    codes: list[PoolCodeOut]


class Side(Answer):
    """A receipt as one side of a conflict tells it."""

    code: str
    printed_at: datetime | None
    total_minor: int | None
    currency: str | None


class ConflictOut(Answer):
    """A receipt that disagrees with one that stands: both sides.

    `code-of-another-receipt`: the code was told for two receipts; `receipt-has-another-code`: the receipt got
    two codes; `said-otherwise`: the same receipt with another total, currency, member or number.
    """

    reason: str
    sent: Side
    stands: Side
    found_at: datetime


class PoolFound(Answer):
    """A pool as it stands: how many codes it has, how many receipts were told, and what disagrees."""

    id: int
    edition: str
    bundle: str
    placement: str
    device: str
    is_test: bool
    made_at: datetime
    codes: int
    recorded: int
    conflicts: list[ConflictOut]


def reserve_codes(asked: Asked, body: PoolIn) -> Reply | Refused:
    """Reserve codes for one device; the same `Idempotency-Key` gets the same ones again."""
    place = asked.place
    marks = seals(place.settings, place.keyring, place.catalogue.current(asked.now).markets)
    with place.db.writing() as tx:
        outcome = pooling.reserve(
            tx,
            asked.now,
            placement=naming.placement_named(tx, body.placement),
            device=body.device,
            count=body.count,
            campaign=body.campaign,
            seals=marks,
            caller=asked.caller("reserve", body.model_dump(mode="json")),
        )
    if isinstance(outcome, Refused):
        return outcome
    return Reply(200 if outcome.is_replay else 201, _pool_out(asked, outcome), outcome.is_replay)


def show_pool(asked: Asked, id: str) -> Reply:  # noqa: A002 - the name in the path
    """A pool as it stands, and what disagrees."""
    with asked.place.db.reading() as session:
        pool, batch = pooling.pool_numbered(session, pool_id_of(id))
        [state] = pooling.states(session, batch.id)
        found = pooling.conflicts(session, batch.id)
    must_meet(asked, batch)
    answer = PoolFound(
        **_about(asked, pool, batch),
        codes=batch.size,
        recorded=state.recorded,
        conflicts=[_conflict_out(asked, each) for each in found],
    )
    return Reply(200, answer)


def pool_id_of(text: str) -> int:
    """The id in a path, where it can be one. Raises Unknown."""
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS):
        raise Unknown(Reason.UNKNOWN_POOL)
    return int(text)


def _pool_out(asked: Asked, outcome: Reserved) -> PoolOut:
    place, batch, content = asked.place, outcome.batch, outcome.content
    catalogue = place.catalogue.fresh()
    market, placement = catalogue.markets[content.market], catalogue.placements[batch.placement_id]
    paper = paper_for(
        content,
        batch,
        market,
        placement,
        price_minor=None,
        printed_on=local_day(outcome.pool.made_at, market.time_zone),
        is_sandbox=place.settings.is_sandbox,
    )
    numbers = range(batch.first_number, batch.first_number + batch.size)
    return PoolOut(
        **_about(asked, outcome.pool, batch),
        expires_on=content.last_issue_on,
        caption={bcp47(locale): words for locale, words in captions(content, market).items()},
        # What stands around a code; the device sets the code itself among it.
        slip_text=text_lines(paper, PrintedCode(0, "", "")),
        codes=[
            PoolCodeOut(code=each.code, url=each.url) for each in printed_codes(place.keyring, batch, numbers)
        ],
    )


def _about(asked: Asked, pool: Pool, batch: Batch) -> dict[str, Any]:
    catalogue = asked.place.catalogue.fresh()
    return {
        "id": batch.id,
        "edition": catalogue.edition_key(batch.edition_id),
        "bundle": catalogue.contents[batch.edition_id].bundle(batch.bundle_id).slug,
        "placement": catalogue.placements[batch.placement_id].slug,
        "device": pool.device,
        "is_test": batch.origin is Origin.TEST,
        "made_at": pool.made_at,
    }


def _conflict_out(asked: Asked, conflict: PoolConflict) -> ConflictOut:
    return ConflictOut(
        reason=conflict.reason.value,
        sent=side_of(asked, conflict.sent),
        stands=side_of(asked, conflict.stands),
        found_at=conflict.found_at,
    )


def side_of(asked: Asked, told: Mapping[str, Any]) -> Side:
    """One side of a conflict as it was kept, with its code as it is shown."""
    number = told["number"]
    return Side(
        code=printed_code(asked.place.keyring, known_number(asked, number).batch, number).code,
        printed_at=told["printed_at"],
        total_minor=told["total_minor"],
        currency=told["currency"],
    )


OPERATIONS = (
    Operation(
        "POST",
        "/pools",
        "Reserve codes for a device whose line may go down",
        reserve_codes,
        (Scope.POS,),
        {201: PoolOut, 200: PoolOut},
        body=PoolIn,
        key=KeyUse.REQUIRED,
        refusals=(
            Reason.UNKNOWN_PLACEMENT,
            Reason.NO_RULE_MATCHED,
            Reason.NOT_LAUNCHED,
            Reason.PAUSED,
            Reason.ENDED,
            Reason.NOT_REACHED,
            Reason.KEY_REUSED,
        ),
    ),
    Operation(
        "GET",
        "/pools/<id>",
        "A pool as it stands, with what disagrees",
        show_pool,
        (Scope.POS,),
        {200: PoolFound},
        refusals=(Reason.UNKNOWN_POOL, Reason.TEST_LIVE_MISMATCH),
    ),
)
"""What this module adds to the API."""
