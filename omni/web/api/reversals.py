"""Taking back what was spent: lines, an amount, or all of it, with the refund of each line."""

from __future__ import annotations

from collections.abc import Sequence

from omni.domain.redemption_id import redemption_id
from omni.domain.refusal import Refused
from omni.present.formatting import money
from omni.present.locales import SOURCE, speaking
from omni.present.return_words import words_of_return
from omni.services import reversing
from omni.services.matching import WantedLine
from omni.services.retracing import Retraced
from omni.services.reversing import Reversed, Wish
from omni.web.api.known import KnownCode, known_redemption
from omni.web.api.operation import Asked, Reply
from omni.web.api.schemas import OrderLineIn, ReversalIn, ReversalOut, ReversedLine


def reverse_redemption(asked: Asked, id: str, body: ReversalIn) -> Reply | Refused:  # noqa: A002
    """Take a redemption or a part of it back; in a dry run say what that would be, and change nothing."""
    known, seq = known_redemption(asked, id)
    place, number = asked.place, known.number
    wish = Wish(body.reason, wanted_lines(body.lines), body.amount_minor)
    identity = {"number": number, "seq": seq, **body.model_dump(mode="json", exclude={"dry_run"})}
    caller = asked.caller("reverse", identity)
    if body.dry_run:
        with place.db.reading() as session:
            proposed = reversing.propose(session, asked.now, number=number, seq=seq, caller=caller, wish=wish)
        return Reply(200, _reversal_out(asked, known, proposed).model_copy(update={"dry_run": True}))
    with place.db.writing() as tx:
        outcome = reversing.reverse(
            tx, asked.now, batch=known.batch, number=number, seq=seq, caller=caller, wish=wish
        )
    if not isinstance(outcome, Reversed):
        return outcome
    return Reply(200 if outcome.is_replay else 201, _reversal_out(asked, known, outcome), outcome.is_replay)


def reversals_of(asked: Asked, known: KnownCode, found: Retraced) -> list[ReversalOut]:
    """Everything that was taken back of a redemption, first to last."""
    return [_reversal_out(asked, known, back) for back in found.reversals]


def wanted_lines(lines: Sequence[OrderLineIn] | None) -> tuple[WantedLine, ...]:
    """The lines of an order as the ledger takes them; none means everything."""
    return tuple(WantedLine(line.sku, line.qty, line.amount_minor) for line in lines or ())


def _reversal_out(asked: Asked, known: KnownCode, told: Reversed) -> ReversalOut:
    back = told.reversal
    market = known.catalogue.markets[known.catalogue.editions[known.batch.edition_id].market_id]
    with speaking(SOURCE):
        sum_of = money(told.to_refund_minor, market.currency, SOURCE, digits=market.digits)
        words = words_of_return(
            market,
            has_units=told.has_units,
            ends_at=told.ends_at,
            charged_minor=told.charged_minor,
            released_minor=told.released_minor,
        )
    return ReversalOut(
        redemption=redemption_id(asked.place.keyring, back.number, back.seq, known.batch.key_id),
        reason=back.reason,
        lines=[
            ReversedLine(
                sku=told.skus[line.line],
                qty=line.quantity,
                benefit_minor=line.benefit_minor,
                refund_minor=line.refund_minor,
            )
            for line in told.lines
        ],
        benefit_minor=back.benefit_minor,
        refund_minor=back.refund_minor,
        charged_minor=told.charged_minor,
        released_minor=told.released_minor,
        to_refund_minor=told.to_refund_minor,
        currency=market.currency,
        restored=told.is_restored,
        expires_at=told.ends_at,
        sentence=" ".join([f"Give back {sum_of}.", *words]),
        dry_run=False,
        reversed_at=back.reversed_at,
    )
