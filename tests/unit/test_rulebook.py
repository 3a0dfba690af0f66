"""What is refused and in which order, on plain values."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from omni.domain.batch import Batch, BatchKind, CodePhase
from omni.domain.campaign import Edition, EditionState
from omni.domain.campaign_file import Exchange
from omni.domain.claim import Claim
from omni.domain.price import Price, price_at
from omni.domain.record import Origin
from omni.domain.refusal import Reason, Refused
from omni.domain.rulebook import (
    Caller,
    CodeInLife,
    PageState,
    Stage,
    expiry_of,
    first_refusal,
    may_exchange,
    may_hand_out,
    may_issue,
    may_redeem,
    may_spend_on,
    may_unlock,
    meets,
    page_state,
    stage_of,
    takes_exchanged,
)
from omni.domain.window import day_after, midnight

ZONE = "Asia/Tokyo"
OPENS, LAST_ISSUE, LAST_UNLOCK = date(2026, 11, 1), date(2026, 11, 20), date(2026, 11, 30)
LAST_USE, RETURNS = date(2026, 12, 14), date(2026, 12, 31)
DURING = datetime(2026, 11, 11, 10, tzinfo=UTC)
BEFORE = midnight(OPENS, ZONE) - timedelta(seconds=1)
AFTER_UNLOCK = day_after(LAST_UNLOCK, ZONE)
AFTER_USE = day_after(LAST_USE, ZONE)
MOMENTS = (BEFORE, DURING, AFTER_UNLOCK, AFTER_USE)


def an_edition(state: EditionState = EditionState.LIVE) -> Edition:
    return Edition(
        id=1,
        campaign_id=1,
        market_id="jp",
        state=state,
        opens_on=OPENS,
        last_issue_on=LAST_ISSUE,
        last_unlock_on=LAST_UNLOCK,
        last_use_on=LAST_USE,
        returns_until_on=RETURNS,
        pause_reason="technical" if state is EditionState.PAUSED else None,
        changed_at=DURING,
        changed_by="tests",
    )


def a_code(
    *,
    state: EditionState = EditionState.LIVE,
    origin: Origin = Origin.LIVE,
    is_recalled: bool = False,
    phase: CodePhase = CodePhase.OPEN,
) -> CodeInLife:
    batch = Batch(
        id=1,
        edition_id=1,
        revision=1,
        placement_id=1,
        bundle_id=1,
        kind=BatchKind.PERSONAL,
        first_number=0,
        size=10,
        key_id=1,
        host="https://go.example.com",
        origin=origin,
        client="tests",
        issued_at=DURING,
        issued_by="tests",
    )
    return CodeInLife(batch, an_edition(state), ZONE, is_recalled, phase)


def a_claim(expires_at: datetime = AFTER_USE) -> Claim:
    return Claim(
        bucket=0,
        number=0,
        edition_id=1,
        revision=1,
        bundle_id=1,
        placement_id=1,
        batch_id=1,
        terms_id=1,
        locale="ja_JP",
        price_minor=100,
        currency="JPY",
        client="web",
        claimed_at=DURING,
        expires_at=expires_at,
    )


def reason(refused: Refused | None) -> Reason | None:
    return None if refused is None else refused.reason


@pytest.mark.parametrize(
    "code, now, expected",
    [
        (a_code(), DURING, None),
        (a_code(), midnight(OPENS, ZONE), None),
        (a_code(), BEFORE, Reason.NOT_STARTED),
        (a_code(), AFTER_UNLOCK - timedelta(microseconds=1), None),
        (a_code(), AFTER_UNLOCK, Reason.ENDED),
        (a_code(phase=CodePhase.CLAIMED), DURING, Reason.ALREADY_CLAIMED),
        (a_code(phase=CodePhase.REDEEMED), DURING, Reason.ALREADY_CLAIMED),
        (a_code(state=EditionState.DRAFT), DURING, Reason.NOT_LAUNCHED),
        (a_code(state=EditionState.DRAFT, origin=Origin.TEST), DURING, None),
        (a_code(state=EditionState.PAUSED), DURING, Reason.PAUSED),
        (a_code(state=EditionState.ENDED), DURING, Reason.ENDED),
        # What cannot change is said before what will.
        (a_code(is_recalled=True, state=EditionState.ENDED), BEFORE, Reason.VOIDED),
        (a_code(state=EditionState.ENDED), BEFORE, Reason.ENDED),
        (a_code(state=EditionState.PAUSED), BEFORE, Reason.PAUSED),
        (a_code(state=EditionState.PAUSED, phase=CodePhase.CLAIMED), DURING, Reason.PAUSED),
        (a_code(phase=CodePhase.CLAIMED), AFTER_UNLOCK, Reason.ENDED),
        (a_code(phase=CodePhase.EXCHANGED), AFTER_UNLOCK, Reason.EXCHANGED),
        (a_code(phase=CodePhase.EXCHANGED, is_recalled=True), DURING, Reason.VOIDED),
    ],
)
def test_the_first_rule_that_says_no_to_unlocking_is_the_one_that_explains_most(
    code: CodeInLife, now: datetime, expected: Reason | None
) -> None:
    assert reason(may_unlock(code, now)) is expected


@pytest.mark.parametrize(
    "code, now, expected",
    [
        (a_code(), DURING, None),
        (a_code(), AFTER_UNLOCK, None),
        (a_code(state=EditionState.ENDED), AFTER_UNLOCK, None),
        (a_code(), AFTER_USE - timedelta(microseconds=1), None),
        (a_code(), AFTER_USE, Reason.EXPIRED),
        (a_code(state=EditionState.PAUSED), DURING, Reason.PAUSED),
        (a_code(is_recalled=True, state=EditionState.PAUSED), AFTER_USE, Reason.VOIDED),
    ],
)
def test_a_claim_is_spent_until_its_printed_date_whatever_became_of_the_edition(
    code: CodeInLife, now: datetime, expected: Reason | None
) -> None:
    assert reason(may_redeem(code, a_claim(), now)) is expected


@pytest.mark.parametrize(
    "state, origin, now, issued, handed_out",
    [
        (EditionState.LIVE, Origin.LIVE, DURING, None, None),
        (EditionState.LIVE, Origin.LIVE, BEFORE, None, Reason.NOT_STARTED),
        (EditionState.LIVE, Origin.LIVE, day_after(LAST_ISSUE, ZONE), Reason.ENDED, Reason.ENDED),
        (EditionState.PAUSED, Origin.LIVE, DURING, None, Reason.PAUSED),
        (EditionState.DRAFT, Origin.LIVE, DURING, Reason.NOT_LAUNCHED, Reason.NOT_LAUNCHED),
        (EditionState.ENDED, Origin.LIVE, DURING, Reason.ENDED, Reason.ENDED),
        (EditionState.DRAFT, Origin.TEST, BEFORE, None, None),
        (EditionState.PAUSED, Origin.TEST, DURING, None, None),
    ],
)
def test_posters_may_be_printed_before_the_doors_open_but_no_receipt_earns_a_code_then(
    state: EditionState,
    origin: Origin,
    now: datetime,
    issued: Reason | None,
    handed_out: Reason | None,
) -> None:
    assert reason(may_issue(an_edition(state), ZONE, origin, now)) is issued
    assert reason(may_hand_out(an_edition(state), ZONE, origin, now)) is handed_out


def test_test_and_live_never_meet_and_a_shopper_on_the_web_meets_both() -> None:
    callers = {origin: Caller("c", "k", "b", origin) for origin in (Origin.LIVE, Origin.TEST, None)}
    met = {
        (who, what): meets(caller, what) is None for who, caller in callers.items() for what in tuple(Origin)
    }
    assert {pair for pair, allowed in met.items() if allowed} == {
        (Origin.LIVE, Origin.LIVE),
        (Origin.TEST, Origin.TEST),
        (None, Origin.LIVE),
        (None, Origin.TEST),
        (None, Origin.SAMPLE),
    }


@pytest.mark.parametrize(
    "total, minimum, allowed", [(500, None, True), (500, 500, True), (499, 500, False), (0, 0, True)]
)
def test_an_order_must_reach_the_minimum_basket(total: int, minimum: int | None, allowed: bool) -> None:
    assert (may_spend_on(total, minimum) is None) is allowed


def test_the_first_refusal_is_found_although_refusals_are_false() -> None:
    late, early = Refused(Reason.ENDED), Refused(Reason.PAUSED)
    assert first_refusal(None, early, late) is early
    assert first_refusal(None, None) is None


def test_every_possible_code_has_a_page_and_a_recall_or_her_own_claim_comes_first() -> None:
    for state, origin, recalled, phase, now, stock in product(
        EditionState, Origin, (True, False), CodePhase, MOMENTS, (True, False)
    ):
        code = a_code(state=state, origin=origin, is_recalled=recalled, phase=phase)
        claim = a_claim() if phase in (CodePhase.CLAIMED, CodePhase.REDEEMED) else None
        page = page_state(code, claim, now, has_stock=stock)
        if recalled:
            assert page is PageState.VOIDED
        elif phase is CodePhase.REDEEMED:
            assert page is PageState.REDEEMED
        elif phase is CodePhase.CLAIMED:
            assert page is (PageState.EXPIRED if now is AFTER_USE else PageState.UNLOCKED)
        elif (refused := may_unlock(code, now)) is None:
            assert page is (PageState.OFFER if stock else PageState.OUT_OF_STOCK)
        else:
            assert page.value in (refused.reason.value, "not-started")


@pytest.mark.parametrize(
    "state, now, page",
    [
        (EditionState.LIVE, DURING, PageState.OFFER),
        (EditionState.LIVE, BEFORE, PageState.NOT_STARTED),
        (EditionState.DRAFT, DURING, PageState.NOT_STARTED),
        (EditionState.PAUSED, DURING, PageState.PAUSED),
        (EditionState.LIVE, AFTER_UNLOCK, PageState.ENDED),
        (EditionState.ENDED, DURING, PageState.ENDED),
    ],
)
def test_an_untouched_code_says_where_its_offer_stands(
    state: EditionState, now: datetime, page: PageState
) -> None:
    assert page_state(a_code(state=state), None, now, has_stock=True) is page


def test_a_claim_ends_after_the_last_use_day_of_its_market() -> None:
    assert expiry_of(an_edition(), ZONE) == datetime(2026, 12, 14, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "code, policy, is_from_exchange, now, expected",
    [
        (a_code(), Exchange.SWAP, False, DURING, None),
        (a_code(), Exchange.SHOW, False, DURING, Reason.NO_EXCHANGE),
        (a_code(), Exchange.SWAP, True, DURING, Reason.NO_EXCHANGE),
        (a_code(phase=CodePhase.CLAIMED), Exchange.NONE, False, DURING, Reason.ALREADY_CLAIMED),
        (a_code(phase=CodePhase.EXCHANGED), Exchange.SWAP, False, DURING, Reason.EXCHANGED),
        (a_code(state=EditionState.PAUSED), Exchange.SWAP, False, DURING, Reason.PAUSED),
        (a_code(), Exchange.SWAP, False, AFTER_UNLOCK, Reason.ENDED),
    ],
)
def test_a_code_is_given_up_once_while_it_could_be_unlocked(
    code: CodeInLife, policy: Exchange, is_from_exchange: bool, now: datetime, expected: Reason | None
) -> None:
    assert reason(may_exchange(code, policy, now, is_from_exchange=is_from_exchange)) is expected


@pytest.mark.parametrize(
    "state, origin, now, takes",
    [
        (EditionState.LIVE, Origin.LIVE, DURING, True),
        (EditionState.LIVE, Origin.LIVE, day_after(LAST_ISSUE, ZONE), False),
        (EditionState.PAUSED, Origin.LIVE, DURING, False),
        (EditionState.DRAFT, Origin.LIVE, DURING, False),
        (EditionState.DRAFT, Origin.TEST, BEFORE, True),
        (EditionState.ENDED, Origin.TEST, DURING, False),
    ],
)
def test_an_edition_takes_exchanged_codes_where_a_receipt_would_earn_one(
    state: EditionState, origin: Origin, now: datetime, takes: bool
) -> None:
    assert takes_exchanged(an_edition(state), ZONE, origin, now) is takes


# The last second of a day and the first instant after it, worked out by hand from the zones' own rules.
MIDNIGHTS = [
    ("Asia/Tokyo", date(2026, 11, 30), datetime(2026, 11, 30, 15, tzinfo=UTC)),
    ("Asia/Riyadh", date(2026, 11, 30), datetime(2026, 11, 30, 21, tzinfo=UTC)),
    ("Asia/Kolkata", date(2026, 11, 30), datetime(2026, 11, 30, 18, 30, tzinfo=UTC)),
    # A day of 25 hours, and one of 23.
    ("Europe/Paris", date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ("Europe/Paris", date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),
    ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 2, 5, tzinfo=UTC)),
    # Midnight itself is skipped, and the last hour of a day comes twice.
    ("America/Santiago", date(2026, 9, 5), datetime(2026, 9, 6, 4, tzinfo=UTC)),
    ("Africa/Cairo", date(2026, 10, 29), datetime(2026, 10, 29, 22, tzinfo=UTC)),
]
STAGES = list(Stage)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("zone, last, over", MIDNIGHTS, ids=str)
@pytest.mark.parametrize("ending", range(1, 5), ids=STAGES[1:5])
def test_each_end_comes_after_the_last_second_of_its_day_there(
    zone: str, last: date, over: datetime, ending: int
) -> None:
    days = [last + timedelta(days=2 * (end - ending)) for end in range(1, 5)]
    edition = an_edition()
    edition.opens_on = last - timedelta(days=30)
    edition.last_issue_on, edition.last_unlock_on, edition.last_use_on, edition.returns_until_on = days
    assert stage_of(edition, zone, over - SECOND) is STAGES[ending]
    assert stage_of(edition, zone, over) is STAGES[ending + 1]


@pytest.mark.parametrize("zone, last, opens", MIDNIGHTS, ids=str)
def test_an_edition_opens_with_the_first_instant_of_its_day_there(
    zone: str, last: date, opens: datetime
) -> None:
    edition = an_edition()
    edition.opens_on = last + timedelta(days=1)
    assert stage_of(edition, zone, opens - SECOND) is Stage.COMING
    assert stage_of(edition, zone, opens) is not Stage.COMING


def test_ends_on_one_day_come_together_and_an_early_end_hands_out_nothing_more() -> None:
    edition = an_edition()
    edition.last_issue_on = edition.last_unlock_on
    assert stage_of(edition, ZONE, AFTER_UNLOCK - SECOND) is Stage.HANDING_OUT
    assert stage_of(edition, ZONE, AFTER_UNLOCK) is Stage.USING
    for now in (BEFORE, DURING):
        assert stage_of(an_edition(EditionState.ENDED), ZONE, now) is Stage.USING


def a_price(amount: int, valid_from: datetime, valid_until: datetime | None = None, **fields: int) -> Price:
    recorded_at = valid_from + timedelta(hours=fields.pop("recorded_after_hours", 0))
    return Price(
        market_id="jp",
        item="tea",
        amount_minor=amount,
        currency="JPY",
        valid_from=valid_from,
        valid_until=valid_until,
        recorded_at=recorded_at,
        source="tests",
        **fields,
    )


def test_a_price_holds_from_its_first_instant_and_no_longer_at_its_last() -> None:
    until = DURING + timedelta(days=1)
    prices = [a_price(100, DURING, until), a_price(200, until)]
    moments = (DURING - timedelta(microseconds=1), DURING, until - timedelta(microseconds=1), until)
    assert [price_at(prices, "tea", at) for at in moments] == [None, 100, 100, 200]
    assert price_at(prices, "coffee", DURING) is None


def test_of_prices_that_hold_the_one_recorded_last_speaks_and_of_equals_the_later_row() -> None:
    slip = a_price(100, DURING, id=1)
    correction = a_price(90, DURING, id=2, recorded_after_hours=1)
    again = a_price(80, DURING, id=3, recorded_after_hours=1)
    assert price_at([slip, correction], "tea", DURING) == 90
    assert price_at([again, correction, slip], "tea", DURING) == 80
    assert price_at([correction, a_price(70, DURING + timedelta(hours=9), id=4)], "tea", DURING) == 90
