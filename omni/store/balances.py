"""Everything kept twice about a code, as questions to the database: where do cache and facts differ?

Each question answers rows of (code number, which part of it, what the facts say, what the cache says), and
none when all is well.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Select, String, and_, case, cast, exists, func, literal, null, select
from sqlmodel import Session, SQLModel

from omni.domain.batch import CodePhase, CodeState
from omni.domain.claim import Claim, CodeExchange, Entitlement
from omni.domain.counting import Scan, Seen
from omni.domain.cube import Kind
from omni.domain.record import Origin
from omni.domain.redemption import Redemption, RedemptionLine, Reversal, ReversalLine
from omni.store.rows import table_of

Question = Select[Any, Any, Any, Any]


def spent_units() -> Question:
    """Units used of a line are those of its redemptions."""
    return _against_lines(Entitlement, "used", RedemptionLine, "quantity", ("line",))


def returned_units() -> Question:
    """Units given back to a line are those of its reversals."""
    return _against_lines(Entitlement, "given_back", ReversalLine, "quantity", ("line",))


def redeemed_benefit() -> Question:
    """The benefit of a redemption is that of its lines."""
    return _against_lines(Redemption, "benefit_minor", RedemptionLine, "benefit_minor", ("seq",))


def reversed_benefit() -> Question:
    """The benefit a reversal ended is that of its lines."""
    return _against_lines(Reversal, "benefit_minor", ReversalLine, "benefit_minor", ("seq", "rev"))


def refunds() -> Question:
    """The refund of a reversal is that of its lines."""
    return _against_lines(Reversal, "refund_minor", ReversalLine, "refund_minor", ("seq", "rev"))


def returned_of_a_use() -> Question:
    """Of a redeemed line no more is ever taken back than was spent."""
    key = ("seq", "line")
    line, back = table_of(RedemptionLine).c, _sums(ReversalLine, "benefit_minor", key)
    return (
        select(line.number, _part(RedemptionLine, key), line.benefit_minor, back.c.total)
        .join(back, _same(back.c, line, key))
        .where(back.c.total > line.benefit_minor)
    )


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


def first_scans() -> Question:
    """A code was seen exactly when one scan of it, and only one, is its first."""
    seen, scan = table_of(Seen).c, table_of(Scan).c
    is_first = and_(_same(scan, seen), scan.kind == Kind.SCAN_FIRST.value)
    firsts = select(func.count()).where(is_first).scalar_subquery()
    return select(seen.number, null(), firsts, literal(1)).where(firsts != 1)


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
    "benefit taken back of a redemption": returned_of_a_use,
    "number of redemptions": count_of_redemptions,
    "phase of a code": phases,
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


class Takers(NamedTuple):
    """How many live claims there are of one bundle at one revision in one batch."""

    edition_id: int
    revision: int
    bundle_id: int
    batch_id: int
    n: int


def live_claims(session: Session) -> Iterator[Takers]:
    """Who took of what is scarce; samples and tests take nothing."""
    claim = table_of(Claim).c
    key = (claim.edition_id, claim.revision, claim.bundle_id, claim.batch_id)
    counted = select(*key, func.count()).where(claim.origin == Origin.LIVE).group_by(*key)
    return (Takers(*row) for row in session.connection().execute(counted))


def _against_lines(
    whole: type[SQLModel], cache: str, lines: type[SQLModel], amount: str, also: tuple[str, ...]
) -> Question:
    """Where a value kept on a row differs from the sum over the rows it stands for."""
    columns, sums = table_of(whole).c, _sums(lines, amount, also)
    expected = func.coalesce(sums.c.total, 0)
    return (
        select(columns.number, _part(whole, also), expected, columns[cache])
        .select_from(table_of(whole).outerjoin(sums, _same(sums.c, columns, also)))
        .where(expected != columns[cache])
    )


def _sums(lines: type[SQLModel], amount: str, also: tuple[str, ...]) -> Any:
    columns = table_of(lines).c
    keys = [columns[name] for name in ("bucket", "number", *also)]
    return select(*keys, func.sum(columns[amount]).label("total")).group_by(*keys).subquery()


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
