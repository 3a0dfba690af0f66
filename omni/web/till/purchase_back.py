"""The purchase that a code was printed for comes back to the counter."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from omni.domain.code import Purpose
from omni.domain.receipt import Receipt
from omni.domain.receipt_identity import receipt_hashes
from omni.domain.refusal import BadInput, Refused
from omni.domain.typed_amount import typed_minor
from omni.present.locales import gettext as _
from omni.present.return_words import words_of_purchase_back
from omni.present.wording import sentence
from omni.services import returning
from omni.services.returning import Goods
from omni.web import here
from omni.web.known_batch import known_batch_of
from omni.web.statuses import status_of
from omni.web.till.counter import catalogue, fresh_key, pages, till

_LONGEST_NUMBER = 64


def receipt_numbered(text: str) -> Receipt | None:
    """The receipt of a number, printed at any till of this store."""
    if not 0 < len(text) <= _LONGEST_NUMBER:
        return None
    here_at = till().placement
    of_store = [
        place.id or 0
        for place in catalogue().placements.values()
        if (place.market_id, place.store_slug) == (here_at.market_id, here_at.store_slug)
    ]
    hashes = [
        receipt_hash
        for place_id in of_store
        for receipt_hash in receipt_hashes(here().keyring, place_id, text, till().origin)
    ]
    with here().db.reading() as session:
        return returning.receipt_known_as(session, hashes)


def receipt_of_code(number: int) -> Receipt | None:
    """The receipt that a code was printed for, as far as this till may speak of it."""
    with here().db.reading() as session:
        receipt = returning.receipt_of(session, number)
    return receipt if receipt is not None and receipt.origin is till().origin else None


def purchase_page(receipt: Receipt, found: Sequence[object] = (), *, mistake: str | None = None) -> str:
    """A purchase that can come back, and above it uses to choose from; a mistake is said at its form."""
    batch = known_batch_of(receipt.number, here().world.now())
    assert batch is not None, "a receipt belongs to a batch"
    code = here().keyring.seal(receipt.number, Purpose.CODE, batch.key_id)
    return render_template(
        "till/uses.html",
        found=found,
        receipt=receipt,
        code=code,
        key=fresh_key(),
        typed=request.form.get("amount", ""),
        mistake=mistake,
    )


@pages.post("/receipts/<code>/return")
def take_purchase_back(code: str) -> ResponseReturnValue:
    """Record that the purchase came back, all of it or an amount; pressing twice is one return."""
    place, form = here(), request.form
    opened = place.keyring.open(code)
    receipt = receipt_of_code(opened.number) if opened and opened.purpose is Purpose.CODE else None
    if receipt is None:
        abort(404)
    # Two returns may look alike; the form's key, which tells them apart, is a part of what is told.
    key = form.get("key") or fresh_key()
    try:
        goods = Goods("the purchase came back", _amount(form.get("amount", "").strip()))
        caller = till().caller(
            key, sha256(f"purchase {code} {goods.amount_minor} {key}".encode()).hexdigest()
        )
        with place.db.writing() as tx:
            outcome = returning.bring_back(
                tx, place.world.now(), number=receipt.number, caller=caller, goods=goods
            )
    except BadInput as mistake:
        return purchase_page(receipt, mistake=_said(mistake)), 422
    if isinstance(outcome, Refused):
        problem = sentence(outcome.reason, audience="staff")
        return purchase_page(receipt, mistake=problem), status_of(outcome.reason)
    place.catalogue.fresh()
    flash(words_of_purchase_back(outcome.told.outcome), "done")
    return redirect(url_for("till.bring_back"), 303)


def _amount(typed: str) -> int | None:
    """The amount as typed, None for all of it. Raises BadInput."""
    if not typed:
        return None
    try:
        amount = typed_minor(typed, digits=till().market.digits)
    except ValueError as unread:
        raise BadInput("amount", _("This total cannot be read. Write it like 49.90.")) from unread
    if amount == 0:
        raise BadInput("amount_minor", "nothing came back")
    return amount


def _said(mistake: BadInput) -> str:
    """What to say at the till: our own words, or in general where the ledger said no in English."""
    return mistake.message if mistake.where == "amount" else sentence(mistake.reason, audience="staff")
