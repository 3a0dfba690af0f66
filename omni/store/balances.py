"""Everything kept twice about a code, as questions to the database: where do cache and facts differ?

Each question answers rows of (code number, which part of it, what the facts say, what the cache says), and
none when all is well.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
)
from sqlmodel import Session, SQLModel

from omni.domain.batch import CodePhase, CodeState
from omni.domain.claim import Claim, CodeExchange, Entitlement, Extension, Hold, Release
from omni.domain.counting import Scan, Seen
from omni.domain.cube import Kind
from omni.domain.redemption import Redemption, RedemptionLine, Reversal, ReversalEffect, ReversalLine
from omni.domain.scan_month import ScanMonth
from omni.store.rows import table_of

Question = Select[Any, Any, Any, Any]


def spent_units() -> Question:
    """Units used of a line are those of its redemptions."""
    return _against_lines(Entitlement, "used", RedemptionLine, "quantity", ("line",))


def returned_units() -> Question:
    """Units given back to a line are those of its reversals, but for what was gone for good."""
    line, effect = table_of(ReversalLine).c, table_of(ReversalEffect).c
    is_gone = exists().where(_same(effect, line, ("seq", "rev")), ~effect.restored)
    return _against_lines(Entitlement, "given_back", ReversalLine, "quantity", ("line",), ~is_gone)


def redeemed_benefit() -> Question:
    """The benefit of a redemption is that of its lines."""
    return _against_lines(Redemption, "benefit_minor", RedemptionLine, "benefit_minor", ("seq",))


def reversed_benefit() -> Question:
    """The benefit a reversal ended is that of its lines."""
    return _against_lines(Reversal, "benefit_minor", ReversalLine, "benefit_minor", ("seq", "rev"))


def refunds() -> Question:
    """The refund of a reversal is that of its lines."""
    return _against_lines(Reversal, "refund_minor", ReversalLine, "refund_minor", ("seq", "rev"))


def returned_of_a_use(spent: str, back: str) -> Question:
    """Of a redeemed line no more is ever taken back than was spent."""
    key = ("seq", "line")
    line, sums = table_of(RedemptionLine).c, _sums(ReversalLine, back, key)
    return (
        select(line.number, _part(RedemptionLine, key), line[spent], sums.c.total)
        .join(sums, _same(sums.c, line, key))
        .where(sums.c.total > line[spent])
    )


def charges() -> Question:
    """Of a refund no more is withheld than it is."""
    key = ("seq", "rev")
    whole, effect = table_of(Reversal).c, table_of(ReversalEffect).c
    return (
        select(whole.number, _part(Reversal, key), whole.refund_minor, effect.charged_minor)
        .join(table_of(ReversalEffect), _same(effect, whole, key))
        .where(effect.charged_minor > whole.refund_minor)
    )


def ends_of_returns() -> Question:
    """The end a reversal gave its claim was given it as an extension."""
    effect, extension = table_of(ReversalEffect).c, table_of(Extension).c
    was_given = exists().where(_same(extension, effect), extension.until == effect.extended_until)
    lost = select(effect.number, _part(ReversalEffect, ("seq", "rev")), effect.extended_until, null())
    return lost.where(effect.extended_until.is_not(None), ~was_given)


def count_of_redemptions() -> Question:
    """The lock row of a code knows how many redemptions there are."""
    state = table_of(CodeState).c
    uses = select(func.count()).where(_same(table_of(Redemption).c, state)).scalar_subquery()
    return select(state.number, null(), uses, state.redemptions).where(uses != state.redemptions)


def phases() -> Question:
    """A code is open until its claim or exchange, and redeemed while nothing of the claim is left."""
    state, balance = table_of(CodeState).c, table_of(Entitlement).c
    is_claimed = exists().where(_same(table_of(Claim).c, state))
    is_exchanged = exists().where(_same(table_of(CodeExchange).c, state))
    has_left = exists().where(_same(balance, state), balance.used - balance.given_back < balance.granted)
    phase = case(
        (is_exchanged, CodePhase.EXCHANGED.value),
        (~is_claimed, CodePhase.OPEN.value),
        (has_left, CodePhase.CLAIMED.value),
        else_=CodePhase.REDEEMED.value,
    )
    found = cast(state.phase, String)
    return select(state.number, null(), phase, found).where(phase != found)


def holds() -> Question:
    """A code is held until the end of its hold that was not let go; at most one is."""
    state, hold, release = table_of(CodeState).c, table_of(Hold).c, table_of(Release).c
    is_let_go = exists().where(_same(release, hold, ("seq",)))
    until = select(func.max(hold.until)).where(_same(hold, state), ~is_let_go).scalar_subquery()
    return _where_kept(until, state.held_until)


def extensions() -> Question:
    """A claim was extended to the latest end it was given."""
    state, extension = table_of(CodeState).c, table_of(Extension).c
    until = select(func.max(extension.until)).where(_same(extension, state)).scalar_subquery()
    return _where_kept(until, state.extended_until)


def first_scans(dropped: Iterable[ScanMonth] = ()) -> Question:
    """A code was seen exactly when one scan of it, and only one, is its first, unless that was dropped."""
    seen, scan = table_of(Seen).c, table_of(Scan).c
    is_first = and_(_same(scan, seen), scan.kind == Kind.SCAN_FIRST.value)
    firsts = select(func.count()).where(is_first).scalar_subquery()
    at = seen.first_seen_at
    is_dropped = or_(false(), *(and_(at >= month.starts_at, at < month.ends_at) for month in dropped))
    return select(seen.number, null(), firsts, literal(1)).where(
        firsts != 1, not_(and_(is_dropped, firsts == 0))
    )


def unseen_scans() -> Question:
    """No code a person opened is missing among those seen."""
    scan = table_of(Scan).c
    is_seen = exists().where(_same(table_of(Seen).c, scan))
    is_personal = scan.kind.in_((Kind.SCAN_FIRST.value, Kind.SCAN_REPEAT.value))
    return select(scan.number, null(), literal(1), literal(0)).where(is_personal, ~is_seen).distinct()


COMPARISONS: Mapping[str, Callable[[], Question]] = {
    "units spent": spent_units,
    "units given back": returned_units,
    "benefit of a redemption": redeemed_benefit,
    "benefit of a reversal": reversed_benefit,
    "refund of a reversal": refunds,
    "units taken back of a redemption": partial(returned_of_a_use, "quantity", "quantity"),
    "benefit taken back of a redemption": partial(returned_of_a_use, "benefit_minor", "benefit_minor"),
    "price refunded of a redemption": partial(returned_of_a_use, "price_minor", "refund_minor"),
    "withheld of a refund": charges,
    "end given by a reversal": ends_of_returns,
    "number of redemptions": count_of_redemptions,
    "phase of a code": phases,
    "end of a hold": holds,
    "extension of a claim": extensions,
    "first scan of a code": first_scans,
    "codes seen": unseen_scans,
}
"""Every question by what it is about."""


class Difference(NamedTuple):
    """One answer: which code and which part of it, what the facts say, what the cache says."""

    number: int
    part: str | None
    expected: Any
    found: Any


def answers(session: Session, question: Question) -> Iterator[Difference]:
    """Ask one question."""
    return (Difference(*row) for row in session.connection().execute(question))


def _against_lines(
    whole: type[SQLModel],
    cache: str,
    lines: type[SQLModel],
    amount: str,
    also: tuple[str, ...],
    *where: ColumnElement[bool],
) -> Question:
    """Where a value kept on a row differs from the sum over the rows it stands for."""
    columns, sums = table_of(whole).c, _sums(lines, amount, also, *where)
    expected = func.coalesce(sums.c.total, 0)
    return (
        select(columns.number, _part(whole, also), expected, columns[cache])
        .select_from(table_of(whole).outerjoin(sums, _same(sums.c, columns, also)))
        .where(expected != columns[cache])
    )


def _where_kept(expected: Any, found: Any) -> Question:
    """Where what facts say of a code and what its lock row keeps differ; none of both is no difference."""
    return select(table_of(CodeState).c.number, null(), expected, found).where(
        expected.is_distinct_from(found)
    )


def _sums(lines: type[SQLModel], amount: str, also: tuple[str, ...], *where: ColumnElement[bool]) -> Any:
    columns = table_of(lines).c
    keys = [columns[name] for name in ("bucket", "number", *also)]
    return select(*keys, func.sum(columns[amount]).label("total")).where(*where).group_by(*keys).subquery()


def _same(one: Any, other: Any, also: tuple[str, ...] = ()) -> Any:
    """Rows about the same code, given the columns of both."""
    return and_(*(one[name] == other[name] for name in ("bucket", "number", *also)))


def _part(kind: type[SQLModel], names: tuple[str, ...]) -> Any:
    """Which part of a code a row is about, such as `seq 1 line 0`."""
    columns = table_of(kind).c
    pieces = [literal(f"{name} ") + cast(columns[name], String) for name in names]
    text = pieces[0]
    for piece in pieces[1:]:
        text = text + literal(" ") + piece
    return text
