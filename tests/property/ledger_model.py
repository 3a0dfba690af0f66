"""What the ledger should hold, in plain Python: codes, what they may still spend, and the stock there is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from omni.domain.batch import Batch
from omni.domain.policies import BelowMinimum, HoldPart, HoldWhen, Returned, ReturnsPart
from omni.domain.refusal import Reason
from omni.domain.window import day_after, local_day
from tests.support.installations import demo_file

ZONE = "Europe/Paris"
ONE_PRESS = timedelta(seconds=10)
BUNDLE, _bundle = next(iter(demo_file().bundles.items()))
UNITS = Counter(dict(zip(_bundle.items, (7, 3, 6), strict=True)))
"""Units enough of each item for many uses, at a price that does not divide evenly."""
SCARCE, *_ = UNITS


@dataclass(frozen=True)
class Policy:
    """What the edition decided, as the model goes by it and as its campaign file says it."""

    name: str
    is_burnt: bool = False
    more_days: int = 0
    stock: Counter[str] = field(default_factory=Counter)
    has_holds: bool = False
    minimum_basket: str | None = None

    @property
    def in_file(self) -> dict[str, Any]:
        """The same as a market's part of a campaign file has it."""
        returns = ReturnsPart(
            units=Returned.BURN if self.is_burnt else Returned.RESTORE,
            more_days=self.more_days or None,
            below_minimum=BelowMinimum.CHARGE if self.minimum_basket else BelowMinimum.KEEP,
        )
        holds = HoldPart(when=HoldWhen.SHOP, minutes=15) if self.has_holds else None
        minimum = Decimal(self.minimum_basket) if self.minimum_basket else None
        return {"returns": returns, "hold": holds, "stock": dict(self.stock), "minimum_basket": minimum}


POLICIES = (
    Policy("restored"),
    Policy("held and extended", more_days=90, has_holds=True, stock=Counter({BUNDLE: 3, SCARCE: 10})),
    Policy("gone, charged and scarce", is_burnt=True, minimum_basket="9999", stock=Counter({BUNDLE: 2})),
)


@dataclass
class Use:
    """A redemption: its units, how many came back, and the money paid for it and handed back."""

    units: Counter[str]
    price_minor: int
    back: Counter[str] = field(default_factory=Counter)
    refunded_minor: int = 0
    handed_back_minor: int = 0

    @property
    def out(self) -> Counter[str]:
        """What has not come back of it."""
        return self.units - self.back


@dataclass
class Life:
    """One code: who unlocked it, what was spent and came back, and the stock it holds or has taken."""

    batch: Batch
    number: int
    claimed_with: str | None = None
    exchanged_for: int | None = None
    is_recalled: bool = False
    ends_at: datetime | None = None
    uses: list[Use] = field(default_factory=list)
    gone: Counter[str] = field(default_factory=Counter)
    order: str | None = None
    held_until: datetime | None = None
    held: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)

    @property
    def left(self) -> Counter[str]:
        """How many of each item may still be spent."""
        spent = sum((use.out for use in self.uses), self.gone)
        return UNITS - spent if self.claimed_with else Counter()


@dataclass
class Book:
    """All codes of one edition, and what is left of what it counts."""

    policy: Policy
    issue_ends: datetime
    unlock_ends: datetime
    use_ends: datetime
    stock: Counter[str]
    is_paused: bool = False

    def why_not_unlocked(self, life: Life, now: datetime) -> Reason | None:
        """What keeps a code from being unlocked, apart from stock."""
        if life.is_recalled:
            return Reason.VOIDED
        if life.exchanged_for is not None:
            return Reason.EXCHANGED
        if self.is_paused:
            return Reason.PAUSED
        if now >= self.unlock_ends:
            return Reason.ENDED
        return Reason.ALREADY_CLAIMED if life.claimed_with else None

    def why_not_claimed(self, life: Life, key: str, now: datetime) -> Reason | None:
        """What keeps this person from the code; whoever has it already is answered again."""
        if life.claimed_with == key:
            return None
        return self.why_not_unlocked(life, now) or self._lacks(self._goods(UNITS, bundles=1))

    def claim(self, life: Life, key: str) -> None:
        """The code is hers; where nothing is held, its stock is gone for good."""
        if not self.policy.has_holds:
            self.stock.subtract(self._goods(UNITS, bundles=1))
        life.claimed_with, life.ends_at = key, self.use_ends

    def why_not_used(self, life: Life, now: datetime) -> Reason | None:
        """What keeps a voucher from being held or spent at all."""
        if life.is_recalled:
            return Reason.VOIDED
        if not life.claimed_with:
            return Reason.NOT_UNLOCKED
        if self.is_paused:
            return Reason.PAUSED
        return Reason.EXPIRED if life.ends_at and now >= life.ends_at else None

    def why_not_redeemed(self, life: Life, units: Counter[str], now: datetime) -> Reason | None:
        """What keeps an order from spending these units."""
        refused = self.why_not_used(life, now)
        if refused is not None:
            return refused
        if not units or not units <= life.left:
            return Reason.EXHAUSTED
        return self._lacks(self._spending(life, units), life.held)

    def redeem(self, life: Life, use: Use) -> None:
        """An order spends units; a hold ends with it."""
        goods = self._spending(life, use.units)
        self.release(life)
        self.stock.subtract(goods)
        life.taken.update(goods)
        life.uses.append(use)

    def why_not_held(self, life: Life, now: datetime) -> Reason | None:
        """What keeps a voucher from being held; a hold that ran out is let go before stock is looked at."""
        refused = self.why_not_used(life, now)
        if refused is not None:
            return refused
        if not life.left:
            return Reason.EXHAUSTED
        if self.has_run_out(life, now):
            self.release(life)
        return self._lacks(self._spending(life, life.left), life.held)

    def hold(self, life: Life, order: str, until: datetime) -> None:
        """All that is left is reserved for an order; asking again never makes it shorter."""
        until = min(until, life.ends_at or until)
        if life.held_until and life.order == order and until < life.held_until + ONE_PRESS:
            return
        goods, former = self._spending(life, life.left), life.held_until
        self.release(life)
        self.stock.subtract(goods)
        life.held, life.order, life.held_until = goods, order, max(until, former or until)

    def has_run_out(self, life: Life, now: datetime) -> bool:
        """Whether a hold is over and nobody has let it go yet."""
        return life.held_until is not None and now >= life.held_until

    def release(self, life: Life) -> None:
        """What was reserved is free again."""
        self.stock.update(life.held)
        life.held, life.order, life.held_until = Counter(), None, None

    def take_back(self, life: Life, use: Use, units: Counter[str], now: datetime) -> None:
        """Units come back: they may be spent again or are gone, and their stock is there again."""
        use.back.update(units)
        if self.policy.is_burnt:
            life.gone.update(units)
        elif units and self.policy.more_days:
            until = day_after(local_day(now, ZONE) + timedelta(days=self.policy.more_days), ZONE)
            life.ends_at = max(life.ends_at or until, until)
        goods = self._goods(units, bundles=0 if any(use.out for use in life.uses) else 1) & life.taken
        life.taken -= goods
        self.stock.update(goods)

    def _spending(self, life: Life, units: Counter[str]) -> Counter[str]:
        """The stock that goes out with units; the bundle goes with the first of them."""
        if not self.policy.has_holds:
            return Counter()
        return self._goods(units, bundles=0 if life.taken[BUNDLE] else 1)

    def _goods(self, units: Counter[str], *, bundles: int) -> Counter[str]:
        return +Counter({what: (units | Counter({BUNDLE: bundles}))[what] for what in self.policy.stock})

    def _lacks(self, goods: Counter[str], held: Counter[str] | None = None) -> Reason | None:
        return None if goods <= self.stock + (held or Counter()) else Reason.OUT_OF_STOCK
