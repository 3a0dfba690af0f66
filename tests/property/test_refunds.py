"""Goods come back in any order and mixture: the parts sum exactly, and nobody pays twice."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.domain import refund
from omni.domain.record import Origin
from omni.domain.redemption import RedemptionLine, ReversalLine
from omni.domain.refund import Account, Part, Return
from omni.domain.refusal import BadInput

amounts = st.integers(min_value=0, max_value=9_999)
wishes = st.one_of(
    st.just("all"),
    st.integers(min_value=1, max_value=20_000),
    st.tuples(st.integers(min_value=0, max_value=3), st.integers(min_value=1, max_value=4)),
)


@dataclass
class Use:
    """A use of up to four items, what came back of it, and how its shopper's account stands."""

    lines: list[RedemptionLine]
    account: Account
    minimum_minor: int | None
    pieces: list[ReversalLine]
    returns: list[Return]
    to_refund_minor: int = 0

    def left(self) -> list[Part]:
        return refund.not_back(self.lines, self.pieces)

    def wanted(self, wish: object) -> list[Part]:
        if wish == "all":
            return refund.everything(self.left())
        if isinstance(wish, int):
            return refund.money(self.left(), wish)
        assert isinstance(wish, tuple)
        line, quantity = wish
        return refund.items(self.left(), [(f"item-{line}", quantity)], {})

    def take_back(self, wish: object) -> None:
        """Book one return; what cannot come back changes nothing."""
        try:
            parts = self.wanted(wish)
        except BadInput:
            return
        refunded, ended = sum(p.refund_minor for p in parts), sum(p.benefit_minor for p in parts)
        back = Return(refunded, ended, self.account.charge(refunded, ended, self.minimum_minor))
        given_back = self.account.to_refund(back)
        assert given_back >= 0
        self.to_refund_minor += given_back
        self.account = self.account.after(back)
        self.returns.append(back)
        self.pieces += [piece(part, len(self.returns)) for part in parts]


def piece(part: Part, rev: int) -> ReversalLine:
    return ReversalLine(
        bucket=0,
        number=0,
        origin=Origin.LIVE,
        seq=1,
        rev=rev,
        line=part.line,
        quantity=part.quantity,
        benefit_minor=part.benefit_minor,
        refund_minor=part.refund_minor,
    )


@st.composite
def uses(draw: st.DrawFn) -> Use:
    rows = draw(st.lists(st.tuples(st.integers(1, 7), amounts, amounts), min_size=1, max_size=4))
    lines = [
        RedemptionLine(
            bucket=0,
            number=0,
            origin=Origin.LIVE,
            seq=1,
            line=line,
            sku=f"item-{line}",
            quantity=quantity,
            price_minor=price,
            benefit_minor=benefit,
        )
        for line, (quantity, price, benefit) in enumerate(rows)
    ]
    order = sum(line.price_minor for line in lines) + draw(amounts)
    minimum = draw(st.none() | st.integers(min_value=0, max_value=order))
    return Use(lines, Account(order, sum(line.benefit_minor for line in lines)), minimum, [], [])


@given(uses(), st.lists(wishes, max_size=8))
def test_returns_in_any_order_sum_exactly_and_never_to_more(use: Use, some: list[object]) -> None:
    paid = sum(line.price_minor for line in use.lines)
    for wish in some:
        use.take_back(wish)
        assert all(min(p.quantity, p.benefit_minor, p.refund_minor) >= 0 for p in use.left())
        refunded = sum(piece.refund_minor for piece in use.pieces)
        assert use.to_refund_minor == refunded - use.account.charged_minor
        assert use.account.benefit_minor == sum(p.benefit_minor for p in use.left())
    use.take_back("all")
    assert not any(part.is_anything for part in use.left())
    assert use.to_refund_minor == paid


@given(uses(), st.lists(wishes, max_size=8))
def test_nobody_is_charged_for_more_benefit_than_she_keeps(use: Use, some: list[object]) -> None:
    for wish in some:
        before, made = use.account, len(use.returns)
        use.take_back(wish)
        now = use.account
        assert 0 <= now.charged_minor <= now.benefit_minor
        is_below = use.minimum_minor is not None and now.order_minor < use.minimum_minor
        if len(use.returns) == made or not is_below:
            assert now.charged_minor <= before.charged_minor
        elif now.charged_minor < now.benefit_minor:
            assert use.returns[-1].charged_minor == use.returns[-1].refund_minor


@given(uses(), st.integers(min_value=1, max_value=20_000))
def test_the_last_unit_of_money_ends_the_last_of_the_benefit(use: Use, amount: int) -> None:
    paid = sum(line.price_minor for line in use.lines)
    use.take_back(amount)
    use.take_back(max(1, paid - amount))
    if amount <= paid:
        assert use.to_refund_minor + use.account.charged_minor == paid
        assert use.account.benefit_minor == 0
    assert [part.quantity for part in use.left()] == [line.quantity for line in use.lines]


def test_a_return_below_the_minimum_withholds_what_is_kept_and_a_full_return_gives_it_back() -> None:
    account = Account(order_minor=100_00, benefit_minor=30_00)
    first = Return(60_00, 10_00, account.charge(60_00, 10_00, 50_00))
    assert (first.charged_minor, account.to_refund(first)) == (20_00, 40_00)
    account = account.after(first)
    second = Return(20_00, 15_00, account.charge(20_00, 15_00, 50_00))
    assert (second.charged_minor, account.released(second), account.to_refund(second)) == (0, 15_00, 35_00)
    account = account.after(second)
    last = Return(20_00, 5_00, account.charge(20_00, 5_00, 50_00))
    assert account.to_refund(last) == 25_00
    assert account.after(last) == Account(0, 0, 0)


def test_what_was_sold_for_an_item_comes_back_as_that_item() -> None:
    parts = [Part(0, "shirt", 2, 10, 100), Part(1, "hat", 1, 5, 50)]
    eligible = {"shirt": ("shirt-*",)}
    back = refund.items(parts, [("shirt-m", 1), ("shirt-l", 1)], eligible)
    assert [(part.sku, part.quantity, part.refund_minor) for part in back] == [("shirt", 2, 100)]
    either = refund.items(parts, [("shirt-m", 2), ("shirt-l", 1)], {**eligible, "hat": ("shirt-*",)})
    assert [(part.sku, part.quantity) for part in either] == [("shirt", 2), ("hat", 1)]
    for wanted, field in (
        ([("shirt-m", 3)], "lines.0.qty"),
        ([("shirt-m", 1), ("shirt-m", 1)], "lines.1.sku"),
        ([("sock", 1)], "lines.0.sku"),
    ):
        with pytest.raises(BadInput) as wrong:
            refund.items(parts, wanted, eligible)
        assert wrong.value.where == field
