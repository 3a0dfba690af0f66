"""A till asks what to print on a receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from flask import abort, url_for
from pydantic import Field

from omni.domain.member_identity import member_hash
from omni.domain.placement import Placement
from omni.domain.receipt_facts import BoughtItem
from omni.domain.receipt_identity import receipt_hashes, unbound_hashes
from omni.domain.refusal import Reason, Refused
from omni.domain.repricing import NO_PRICE
from omni.present.locales import bcp47
from omni.present.paper import captions, printed_code
from omni.services import naming, printing
from omni.services.receipting import Purchase, ReceiptCode, code_for
from omni.web.api import problems
from omni.web.api.code_forms import paper_of, text_lines
from omni.web.api.fields import Answer, Body, Currency, Instant, Minor, Quantity, Reference, Sealed, Slug
from omni.web.api.operation import Asked, Reply, client_name
from omni.web.sealing import seals

if TYPE_CHECKING:
    from sqlmodel import Session

    from omni.store.catalogue import Catalogue

POS = "pos"
"""The form of a code that another till's own software prints."""


class BoughtIn(Body):
    """One line of the receipt, with what the whole line cost; it decides what is earned and is not kept."""

    sku: Sealed
    qty: Quantity
    amount_minor: Minor


class ReceiptIn(Body):
    """A purchase at a till; without `receipt_no` the `Idempotency-Key` tells receipts apart."""

    placement: Slug = Field(examples=["fr-paris-till-1"])
    receipt_no: Sealed | None = Field(None, examples=["000451"])
    total_minor: Minor | None = Field(None, examples=[8540])
    currency: Currency | None = Field(None, examples=["EUR"])
    campaign: Sealed | None = None
    printed_at: Instant | None = None
    items: Annotated[list[BoughtIn], Field(max_length=1000)] | None = None
    member_ref: Reference | None = None


class Links(Answer):
    """Where the code can be fetched as a picture, as printer bytes or as a page to show; with your key."""

    svg: str
    png: str
    escpos: str
    zpl: str
    show: str


class ReceiptCodeOut(Answer):
    """The code of a receipt with everything a till prints; captions are by locale."""

    code: str = Field(examples=["XXXXX-XXXXX-XXXXX"])
    url: str
    batch: int
    bundle: str
    why: str
    caption: dict[str, str]
    slip_text: list[str]
    links: Links


class NothingToPrint(Answer):
    """This receipt earns no code: the till prints nothing and goes on."""

    print: Literal[False] = False
    reason: Literal["no-rule-matched", "control"]


def code_of_receipt(asked: Asked, body: ReceiptIn) -> Reply | Refused:
    """The code of a receipt: the same receipt gets the same code, whoever asks again."""
    place = asked.place
    catalogue = place.catalogue.current(asked.now)
    with place.db.writing() as tx:
        placement = naming.placement_named(tx, body.placement)
        outcome = code_for(
            tx,
            asked.now,
            placement=placement,
            purchase=_purchase(asked, placement, body),
            origin=asked.client.origin,
            seals=seals(place.settings, place.keyring, catalogue.markets),
            client=client_name(asked.client),
        )
        if isinstance(outcome, ReceiptCode) and not outcome.is_replay:
            _record_paper(tx, asked, catalogue, outcome)
    if isinstance(outcome, ReceiptCode):
        return Reply(200 if outcome.is_replay else 201, _receipt_out(asked, outcome), outcome.is_replay)
    if outcome.reason is Reason.NO_RULE_MATCHED:
        return Reply(200, NothingToPrint(reason="no-rule-matched"))
    if outcome.reason is Reason.CONTROL:
        return Reply(200, NothingToPrint(reason="control"))
    return outcome


def _record_paper(tx: Session, asked: Asked, catalogue: Catalogue, outcome: ReceiptCode) -> None:
    """The till that asked prints it, at the price of this instant: a fact that a later price has to heed."""
    batch, market = outcome.batch, catalogue.markets[outcome.content.market]
    printing.record_run(
        tx,
        asked.now,
        batch=batch,
        first_number=outcome.number,
        copies=1,
        form=POS,
        layout=None,
        price_minor=catalogue.price(batch.edition_id, outcome.bundle.slug, asked.now) or NO_PRICE,
        currency=market.currency,
        by=client_name(asked.client),
    )


def _purchase(asked: Asked, placement: Placement, body: ReceiptIn) -> Purchase:
    keyring, origin = asked.place.keyring, asked.client.origin
    if body.receipt_no is not None:
        hashes = receipt_hashes(keyring, placement.id or 0, body.receipt_no, origin)
    elif asked.key:
        hashes = unbound_hashes(keyring, client_name(asked.client), asked.key, origin)
    else:
        abort(problems.problem(422, Reason.KEY_REQUIRED))
    return Purchase(
        hashes=hashes,
        has_number=body.receipt_no is not None,
        total_minor=body.total_minor,
        currency=body.currency,
        printed_at=body.printed_at,
        member_hash=member_hash(keyring, body.member_ref) if body.member_ref else None,
        campaign=body.campaign,
        items=None if body.items is None else tuple(_bought(item) for item in body.items),
    )


def _bought(item: BoughtIn) -> BoughtItem:
    return BoughtItem(item.sku, item.qty, item.amount_minor)


def _receipt_out(asked: Asked, outcome: ReceiptCode) -> ReceiptCodeOut:
    printed = printed_code(asked.place.keyring, outcome.batch, outcome.number)
    catalogue = asked.place.catalogue.fresh()
    market = catalogue.markets[outcome.content.market]
    return ReceiptCodeOut(
        code=printed.code,
        url=printed.url,
        batch=outcome.batch.id or 0,
        bundle=outcome.bundle.slug,
        why=outcome.receipt.why,
        caption={bcp47(locale): words for locale, words in captions(outcome.content, market).items()},
        slip_text=text_lines(paper_of(asked, catalogue, outcome.batch, outcome.number), printed),
        links=Links(
            svg=_link("code_svg", printed.code),
            png=_link("code_png", printed.code),
            escpos=_link("code_escpos", printed.code),
            zpl=_link("code_zpl", printed.code),
            show=_link("code_slip", printed.code),
        ),
    )


def _link(view: str, code: str) -> str:
    return url_for(f"api.{view}", code=code, _external=True)
