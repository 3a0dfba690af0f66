"""Goods come back: find the use, tick the items, read the sum, confirm."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from omni.domain.batch import Batch
from omni.domain.receipt import Receipt
from omni.domain.redemption_id import read_redemption_id, redemption_id
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.domain.rulebook import first_refusal, may_use_in, meets
from omni.present.locales import SOURCE, marked
from omni.present.locales import gettext as _
from omni.present.return_words import words_of_return
from omni.present.wording import sentence
from omni.services import retracing
from omni.services.opening import OpenedCode
from omni.services.retracing import Retraced, Trail
from omni.services.reversing import Reversed, Wish, propose, reverse
from omni.web import here
from omni.web.known_batch import known_batch, known_batch_of
from omni.web.statuses import status_of
from omni.web.till.counter import fresh_key, looked_up, pages, till
from omni.web.till.purchase_back import purchase_page, receipt_numbered, receipt_of_code
from omni.web.till.spending import both_ways, item_name, scanned, ticked_lines

WHYS = {
    "changed-mind": marked("Changed their mind"),
    "faulty": marked("Faulty or damaged"),
    "wrong-item": marked("Wrong item or size"),
    "till-mistake": marked("Our mistake at the till"),
}
"""Why goods come back, in words that are ready in every language."""

MOST_FOUND = 50


@dataclass(frozen=True)
class UsedLine:
    """One item of a use, and how many of it have not come back."""

    sku: str
    name: str
    quantity: int
    kept: int


@dataclass(frozen=True)
class Used:
    """A use on the counter, by the reference people know it by."""

    reference: str
    view: OpenedCode
    use: Retraced

    def name_of(self, sku: str, locale: str) -> str:
        """An item as the market calls it."""
        return item_name(self.view, sku, locale)

    def lines(self, locale: str) -> list[UsedLine]:
        """Its items, by name."""
        back = Counter[int]()
        for row in (line for told in self.use.reversals for line in told.lines):
            back[row.line] += row.quantity
        return [
            UsedLine(row.sku, self.name_of(row.sku, locale), row.quantity, row.quantity - back[row.line])
            for row in self.use.lines
        ]

    def left(self, locale: str) -> dict[str, int]:
        """What the discount code still covers, item by item."""
        return {self.name_of(row.sku, locale): row.left for row in self.use.balances if row.left}

    @property
    def is_open(self) -> bool:
        """Whether any item of it can still come back."""
        return any(line.kept for line in self.lines(SOURCE))

    @property
    def locale(self) -> str:
        """The language its shopper accepted the terms in."""
        return self.view.claim.locale if self.view.claim else till().market.required_locales[0]


@pages.get("/return")
def bring_back() -> ResponseReturnValue:
    """Ask what comes back: a discount code, an order, a receipt, or the reference of a use."""
    return render_template("till/return.html")


@pages.post("/return")
def trace() -> ResponseReturnValue:
    """The use of what was typed; several are offered to choose from, and with a receipt its purchase."""
    text = request.form.get("what", "").strip()
    found, receipt = _found(text)
    if receipt is not None:
        return purchase_page(receipt, found)
    if len(found) == 1:
        return redirect(url_for("till.used", reference=found[0].reference), 303)
    if found:
        return render_template("till/uses.html", found=found, receipt=None)
    problem = sentence(Reason.UNKNOWN_REDEMPTION, audience="staff")
    return render_template("till/return.html", problem=problem, typed=text), 404


@pages.get("/uses/<reference>")
def used(reference: str) -> ResponseReturnValue:
    """One use: what was taken, what came back since, what is left of the discount code."""
    return _counter(_used(reference))


@pages.post("/uses/<reference>/return")
def take_back(reference: str) -> ResponseReturnValue:
    """Read the sum of the ticked items; confirmed, take them back. Confirming twice is one return."""
    found = _used(reference)
    row, place = found.use.redemption, here()
    refused = first_refusal(
        meets(till().caller(), row.origin), may_use_in(found.view.market.id, till().market.id)
    )
    if refused is not None:
        return _counter(found, refused=refused)
    try:
        wish = _wish(found)
        caller = till().caller(request.form.get("key") or fresh_key(), _hash_of(reference, wish))
        if "confirm" not in request.form:
            with place.db.reading() as session:
                proposed = propose(
                    session, place.world.now(), number=row.number, seq=row.seq, caller=caller, wish=wish
                )
            return _read_out(found, proposed, wish)
        with place.db.writing() as tx:
            outcome = reverse(
                tx,
                place.world.now(),
                batch=found.view.batch,
                number=row.number,
                seq=row.seq,
                caller=caller,
                wish=wish,
            )
    except BadInput as mistake:
        return _counter(found, mistake=mistake)
    if isinstance(outcome, Refused):
        return _counter(found, refused=outcome)
    flash(_("Returned. Give back %(sum)s.", sum=till().money(outcome.to_refund_minor)), "done")
    return redirect(url_for("till.used", reference=reference), 303)


def _found(text: str) -> tuple[list[Used], Receipt | None]:
    """What a text may mean: itself a use, those of a code or discount code, of an order, or of a receipt.

    The receipt is named where its number was typed, or where its code was never used.
    """
    keyring = here().keyring
    if read_redemption_id(keyring, text) is not None:
        return [_used(text)], None
    opened = keyring.open(scanned(text))
    if opened is not None:
        found = _uses(Trail(till().origin, number=opened.number))
        return found, None if found else receipt_of_code(opened.number)
    found, receipt = _uses(Trail(till().origin, order_ref=text)), receipt_numbered(text)
    if receipt is not None:
        found += _uses(Trail(till().origin, number=receipt.number))
    return found, receipt


def _uses(trail: Trail) -> list[Used]:
    with here().db.reading() as session:
        rows = retracing.redemptions(session, trail=trail, after=None, limit=MOST_FOUND)
    return [_shown(use) for use in rows]


def _used(reference: str) -> Used:
    """The use of a reference. Raises Unknown."""
    place = here()
    read = read_redemption_id(place.keyring, reference)
    batch = known_batch(read[0], place.world.now()) if read is not None else None
    if read is None or batch is None:
        raise Unknown(Reason.UNKNOWN_REDEMPTION)
    opened, seq = read
    with place.db.reading() as session:
        use = retracing.redemption(session, number=opened.number, seq=seq)
    return _of_batch(use, batch)


def _shown(use: Retraced) -> Used:
    batch = known_batch_of(use.redemption.number, here().world.now())
    if batch is None:
        abort(404)
    return _of_batch(use, batch)


def _of_batch(use: Retraced, batch: Batch) -> Used:
    row = use.redemption
    reference = redemption_id(here().keyring, row.number, row.seq, batch.key_id)
    return Used(reference, looked_up(batch, row.number), use)


def _wish(found: Used) -> Wish:
    why = request.form.get("why", "")
    if why not in WHYS:
        raise BadInput("why", _("Say why it comes back."))
    return Wish(reason=why, lines=ticked_lines([line.sku for line in found.use.lines]))


def _hash_of(reference: str, wish: Wish) -> str:
    lines = [[line.sku, line.quantity] for line in wish.lines]
    return sha256(json.dumps(["return", reference, wish.reason, lines]).encode()).hexdigest()


def _counter(
    found: Used, *, refused: Refused | None = None, mistake: BadInput | None = None
) -> ResponseReturnValue:
    page = render_template(
        "till/used.html",
        found=found,
        whys=WHYS,
        words=both_ways(refused.reason, found.locale) if refused is not None else None,
        mistake=mistake,
        typed=request.form,
    )
    if request.method == "GET":
        return page
    return page, status_of(refused.reason) if refused is not None else 422


def _read_out(found: Used, proposed: Reversed, wish: Wish) -> ResponseReturnValue:
    """The sum, before anything is written."""
    return render_template(
        "till/confirm_return.html",
        found=found,
        proposed=proposed,
        words=words_of_return(
            found.view.market,
            has_units=proposed.has_units,
            ends_at=proposed.ends_at,
            charged_minor=proposed.charged_minor,
            released_minor=proposed.released_minor,
        ),
        wish=wish,
        why=WHYS[wish.reason],
        key=fresh_key(),
    )
