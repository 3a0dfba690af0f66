"""Taking what is scarce, all or nothing, and giving it back; each time with a row that says what for.

Only what is live takes anything. Whoever calls holds the lock of the code.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlmodel import Session, col, func, select

from omni.domain import scarcity
from omni.domain.counting import CounterMove, MoveReason
from omni.domain.published import Published
from omni.domain.record import Origin, bucket_of
from omni.domain.redemption import Redemption, RedemptionLine, ReversalLine
from omni.domain.refusal import Refused
from omni.domain.rulebook import CodeInLife
from omni.domain.scarcity import Scarce
from omni.domain.window import local_day
from omni.store import counters
from omni.store.counters import Level
from omni.store.outbox import announce_low_stock
from omni.store.rows import insert_all


def take(
    tx: Session,
    now: datetime,
    *,
    edition_id: int,
    number: int,
    origin: Origin,
    wants: Mapping[str, int],
    because: MoveReason,
    limits: Mapping[str, int] = MappingProxyType({}),
) -> Refused | None:
    """Take amounts of counters by name (domain/scarcity), all of them or none.

    What is not counted is not limited; a name in `limits` begins to be counted at its first taking. A
    refusal names what ran out.
    """
    wanted = [what for what in scarcity.in_order(wants) if wants[what] > 0]
    if origin is not Origin.LIVE or not wanted:
        return None
    tx.flush()
    levels = counters.levels(tx, edition_id, wanted, number)
    taken: dict[str, int] = {}
    for what in wanted:
        if what not in levels and what in limits:
            levels |= _begun(tx, edition_id, what, number, limits[what])
        if what not in levels:
            continue
        if not counters.take_of(tx, edition_id, what, number, wants[what], level=levels[what]):
            for given, amount in taken.items():
                counters.give_back(tx, edition_id, given, number, amount)
            return scarcity.refusal_of(what)
        taken[what] = wants[what]
    _write(tx, now, edition_id, number, taken, because)
    _tell_when_low(tx, now, edition_id, taken, levels)
    return None


def give_back(
    tx: Session,
    now: datetime,
    *,
    edition_id: int,
    number: int,
    origin: Origin,
    what: Mapping[str, int],
    because: MoveReason,
) -> None:
    """Put back what was taken; more than was taken never comes back, and what is not counted nowhere."""
    if origin is not Origin.LIVE:
        return
    tx.flush()
    back = {
        name: counters.give_back(tx, edition_id, name, number, what[name]) for name in scarcity.in_order(what)
    }
    _write(tx, now, edition_id, number, {name: -amount for name, amount in back.items()}, because)


def would_refuse(
    session: Session,
    *,
    edition_id: int,
    origin: Origin,
    wants: Mapping[str, int],
    limits: Mapping[str, int] = MappingProxyType({}),
) -> Refused | None:
    """What `take` would answer at this instant, taking nothing."""
    if origin is not Origin.LIVE or not wants:
        return None
    there = counters.levels(session, edition_id, wants)
    left = {**limits, **{what: level.remaining for what, level in there.items()}}
    short = (what for what in scarcity.in_order(wants) if left.get(what, wants[what]) < wants[what])
    return next((scarcity.refusal_of(what) for what in short), None)


def claims_left(session: Session, edition_id: int, content: Published, bundle_id: int) -> int | None:
    """For how many more claims of a bundle there is stock; None when nothing of it is counted."""
    goods = scarcity.goods_of_claim(content, bundle_id)
    there = counters.levels(session, edition_id, goods)
    return min((level.remaining // goods[what] for what, level in there.items()), default=None)


def held_by(session: Session, number: int) -> dict[str, int]:
    """What the open hold of a code reserves, by counter: a release gives back exactly this."""
    return _net(session, number, (MoveReason.HOLD, MoveReason.RELEASE))


def spent_by(session: Session, number: int) -> dict[str, int]:
    """What the uses of a code took and returns did not bring back, by counter."""
    return _net(session, number, (MoveReason.REDEMPTION, MoveReason.REVERSAL))


def returned(
    tx: Session,
    now: datetime,
    *,
    code: CodeInLife,
    redemption: Redemption,
    lines: Sequence[ReversalLine],
    is_whole: bool,
) -> None:
    """Give back what a reversal brings back, after its rows were added.

    Benefit that ended goes back to the caps it was taken from, in all and of the day it was spent on; a use
    that came back whole (`is_whole`, said once) no longer counts; units go back to the stock they were taken
    from by a use. A claim that took its stock when it was unlocked keeps it.
    """
    tx.flush()
    day = local_day(redemption.redeemed_at, code.zone)
    benefit = sum(line.benefit_minor for line in lines)
    back = dict.fromkeys(scarcity.names_of(Scarce.BENEFIT, day), benefit)
    if is_whole:
        back |= dict.fromkeys(scarcity.names_of(Scarce.USES, day), 1)
    back |= _goods_back(tx, redemption, lines)
    give_back(
        tx,
        now,
        edition_id=redemption.edition_id,
        number=redemption.number,
        origin=redemption.origin,
        what={what: amount for what, amount in back.items() if amount},
        because=MoveReason.REVERSAL,
    )


def _begun(tx: Session, edition_id: int, what: str, number: int, most: int) -> dict[str, Level]:
    """What there is of a cap that nothing counted towards yet, such as that of a new day."""
    counters.grant(tx, edition_id, what, most)
    return counters.levels(tx, edition_id, [what], number)


def _goods_back(session: Session, redemption: Redemption, lines: Iterable[ReversalLine]) -> dict[str, int]:
    """The stock that comes back with units: what its uses took of it, and the bundle with the last."""
    taken = spent_by(session, redemption.number)
    skus = _skus(session, redemption)
    back = {scarcity.item_stock(skus[line.line]): line.quantity for line in lines}
    if not _units_out(session, redemption):
        back |= {what: amount for what, amount in taken.items() if scarcity.kind_of(what) is Scarce.STOCK}
    return {what: min(amount, taken[what]) for what, amount in back.items() if what in taken}


def _skus(session: Session, redemption: Redemption) -> dict[int, str]:
    line = RedemptionLine
    of_use = (line.bucket == redemption.bucket, line.number == redemption.number, line.seq == redemption.seq)
    return dict(session.exec(select(line.line, line.sku).where(*of_use)).all())


def _units_out(session: Session, redemption: Redemption) -> int:
    """How many units of a code's uses did not come back, whether they may be spent again or not."""

    def units(of: type[RedemptionLine | ReversalLine]) -> int:
        total = select(func.sum(of.quantity)).where(
            of.bucket == redemption.bucket, of.number == redemption.number
        )
        return int(session.exec(total).one() or 0)

    return units(RedemptionLine) - units(ReversalLine)


def _net(session: Session, number: int, reasons: Sequence[MoveReason]) -> dict[str, int]:
    sums = (
        select(CounterMove.what, func.sum(CounterMove.amount))
        .where(CounterMove.bucket == bucket_of(number), CounterMove.number == number)
        .where(col(CounterMove.because).in_(reasons))
        .group_by(col(CounterMove.what))
    )
    return {what: int(amount) for what, amount in session.exec(sums) if amount > 0}


def _write(
    tx: Session, now: datetime, edition_id: int, number: int, amounts: Mapping[str, int], because: MoveReason
) -> None:
    moved = {what: amount for what, amount in amounts.items() if amount}
    if not moved:
        return
    key = {"bucket": bucket_of(number), "number": number}
    last = select(func.max(CounterMove.move)).where(
        CounterMove.bucket == key["bucket"], CounterMove.number == number
    )
    first = 1 + (tx.exec(last).one() or 0)
    shared = {**key, "origin": Origin.LIVE, "edition_id": edition_id, "because": because, "moved_at": now}
    rows = [
        {**shared, "move": move, "what": what, "amount": amount}
        for move, (what, amount) in enumerate(moved.items(), first)
    ]
    insert_all(tx, CounterMove, rows)


def _tell_when_low(
    tx: Session, now: datetime, edition_id: int, taken: Mapping[str, int], levels: Mapping[str, Level]
) -> None:
    for what, amount in taken.items():
        if scarcity.kind_of(what) in (Scarce.STOCK, Scarce.ITEM):
            level = levels[what]
            announce_low_stock(
                tx,
                at=now,
                edition_id=edition_id,
                what=what,
                remaining=level.remaining - amount,
                granted=level.granted,
            )
