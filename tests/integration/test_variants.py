"""Variants: which code shows which, that page, poster, screen and figures agree, and what is told of them."""

import re
from datetime import date, timedelta

import pytest

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.people import Role
from omni.domain.published import PublishedBundle
from omni.domain.variant import bundle_shown, variant_shown
from omni.services.counting import funnel
from omni.services.reconciling import reconcile
from omni.services.recounting import rebuild_cube
from omni.services.redeeming import Redeemed
from omni.services.reversing import Reversed
from tests.support.codes import a_batch, code_of
from tests.support.installations import Clock
from tests.support.journeys import fold, spend, take_back
from tests.support.shopper import Shopper
from tests.support.staff import signed_in
from tests.support.variants import POP_UP, POP_UPS, RECEIPTS, TILL, found, happened, vary


def bundle_of(place: Installation, batch: Batch) -> PublishedBundle:
    return place.catalogue.fresh().contents[batch.edition_id].bundle(batch.bundle_id)


def variant_of(place: Installation, batch: Batch, number: int) -> str | None:
    placement = place.catalogue.fresh().placements[batch.placement_id]
    return variant_shown(bundle_of(place, batch), batch, number, placement)


def by_variant(place: Installation) -> dict[str, tuple[int, int, int, int, int]]:
    with place.db.reading() as session:
        rows = funnel(session, campaign="double-11", by=("variant",)).rows
    return {
        row.keys["variant"]: (row.issued, row.scanned, row.unlocked, row.redeemed, row.reversed)
        for row in rows
    }


def told(page: str) -> list[str]:
    """What stands in the rows of the variants, without markup."""
    rows = re.findall(r"<tr data-variant=.*?</tr>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", re.sub("</?bdi>", "", row)).split()) for row in rows]


def test_scans_unlocks_uses_and_returns_are_counted_with_the_variant_of_their_code(shopper: Shopper) -> None:
    place = shopper.place
    vary(place, day={}, night={})
    batch = a_batch(place, count=12)
    expected = {"default": [12, 0, 0, 0, 0], "day": [0] * 5, "night": [0] * 5}
    for index in range(12):
        number = batch.first_number + index
        counts = expected[variant_of(place, batch, number) or ""]
        assert shopper.open(f"/c/{code_of(place, batch, index)}").status_code == 200
        counts[1] += 1
        if index < 9:
            shopper.voucher(code_of(place, batch, index))
            counts[2] += 1
        if index < 6:
            assert isinstance(spend(place, batch, number), Redeemed)
            counts[3] += 1
        if index < 4:
            assert isinstance(take_back(place, batch, number, amount_minor=100), Reversed)
            counts[4] += 1
    fold(place)
    assert by_variant(place) == {name: tuple(counts) for name, counts in expected.items()}
    assert all(expected["day"][1:]), "each step has some of both"
    assert all(expected["night"][1:])
    with place.db.reading() as session:
        assert reconcile(session) == []
    with place.db.writing() as tx:
        rebuild_cube(tx)
    assert by_variant(place) == {name: tuple(counts) for name, counts in expected.items()}


@pytest.mark.pages
def test_each_kind_of_place_shows_its_own_variants_and_others_none(shopper: Shopper) -> None:
    place = shopper.place
    vary(place, day=RECEIPTS, night=POP_UPS)
    parcel = code_of(place, a_batch(place, placement="fr-paris-screen"))
    codes = {
        "By night": code_of(place, a_batch(place, placement=POP_UP)),
        "By day": code_of(place, a_batch(place, placement=TILL)),
    }
    # Twice, for pages are drawn once and kept: one place's must not be shown at another.
    for _ in "ab":
        for alt, code in codes.items():
            page = shopper.open(f"/c/{code}").text
            assert [words for words in ("By day", "By night") if words in page] == [alt]
        assert "By day" not in (plain := shopper.open(f"/c/{parcel}").text)
        assert "By night" not in plain
    shopper.voucher(codes["By day"])
    shopper.voucher(codes["By night"])
    shopper.voucher(parcel)
    fold(place)
    assert {name: counts[2] for name, counts in by_variant(place).items()} == {
        "day": 1,
        "night": 1,
        "default": 1,
    }


@pytest.mark.pages
def test_posters_show_one_variant_each_on_page_and_screen(shopper: Shopper) -> None:
    place = shopper.place
    vary(place, day={}, night={})
    posters: dict[str | None, Batch] = {}
    while len(posters) < 2:
        poster = a_batch(place, placement="fr-paris-screen", shared=True, count=20)
        posters[variant_of(place, poster, poster.first_number)] = poster
    for name, poster in posters.items():
        page = shopper.open(f"/c/{code_of(place, poster)}").text
        assert f"By {name}" in page
        placement = place.catalogue.fresh().placements[poster.placement_id]
        shown = bundle_shown(bundle_of(place, poster), poster, poster.first_number, placement)
        assert f"/pictures/{shown.picture}" in page
        if place.catalogue.fresh().posters["fr-paris-screen"] == poster:
            assert f"/pictures/{shown.picture}" in shopper.open("/screen/fr-paris-screen").text


def test_a_trial_has_its_own_codes_and_its_own_days(installation: Installation, clock: Clock) -> None:
    vary(installation, day={}, night={})
    assert found(installation) == [], "nothing was issued"
    a_batch(installation)
    a_batch(installation, placement="fr-paris-screen", shared=True, count=20)
    for name in ("day", "night"):
        happened(installation, name, scanned=30, unlocked=20, used=10)
        happened(installation, name, scanned=500, unlocked=400, at="fr-paris-screen")
    happened(installation, "default", scanned=7)
    (trial,) = found(installation)
    assert [(each.variant.slug, each.scanned, each.unlocked, each.used) for each in trial.shown] == [
        ("day", 30, 20, 10),
        ("night", 30, 20, 10),
    ]
    assert (trial.markets, trial.has_posters, trial.since) == ({"fr"}, True, None)
    assert (trial.is_split_wrongly, trial.differs_in_unlocks, trial.differs_in_uses) == (False, False, False)
    clock.at += timedelta(hours=1)
    vary(installation, day={}, night={})
    assert found(installation)[0].since is None, "published again, and nothing of this changed"
    vary(installation, day={"weight": 3}, night={})
    clock.at += timedelta(days=1)
    happened(installation, "day", scanned=3, unlocked=2)
    (trial,) = found(installation)
    assert [each.scanned for each in trial.shown] == [3, 0]
    assert (trial.since, trial.differs_in_uses) == (date(2026, 11, 12), None)


@pytest.mark.pages
def test_what_is_not_shown_side_by_side_is_not_compared(installation: Installation) -> None:
    vary(installation, day={}, night=POP_UPS)
    a_batch(installation)
    a_batch(installation, placement=TILL)
    happened(installation, "day", scanned=90, at=TILL)
    happened(installation, "day", scanned=5)
    happened(installation, "night", scanned=6)
    trials = {tuple(sorted(trial.touchpoints)): trial for trial in found(installation)}
    assert {kinds: [each.scanned for each in trial.shown] for kinds, trial in trials.items()} == {
        ("pop-up",): [5, 6],
        ("receipt",): [90],
    }
    assert not any(trial.is_split_wrongly for trial in trials.values())


MAY_BE_CHANCE = "Offers taken: the difference may still be chance."
IS_NOT_CHANCE = "Offers taken: chance alone does not explain the difference."
WRONG_SPLIT = "The weights cannot have led to these shares of scanned codes."


@pytest.mark.pages
def test_the_figures_say_of_variants_what_can_be_said_by_now(installation: Installation) -> None:
    browser = signed_in(installation, "Ada", Role.MARKETER)
    assert 'id="variants"' not in browser.get("/studio/").text
    vary(installation, day={}, night={})
    a_batch(installation)

    def said() -> list[str]:
        page = browser.get("/studio/").text
        assert ("Uses: the difference may still be chance." in page) == (WRONG_SPLIT not in page)
        return [words for words in (MAY_BE_CHANCE, IS_NOT_CHANCE, WRONG_SPLIT) if words in page]

    happened(installation, "day", scanned=100, unlocked=31)
    happened(installation, "night", scanned=96, unlocked=28)
    assert said() == [MAY_BE_CHANCE]
    happened(installation, "day", scanned=900, unlocked=470)
    happened(installation, "night", scanned=904, unlocked=300)
    assert said() == [IS_NOT_CHANCE]
    assert len(told(browser.get("/studio/?open=fr").text)) == 2
    assert told(browser.get("/studio/?open=jp").text) == []
    happened(installation, "day", scanned=1000)
    assert said() == [WRONG_SPLIT]


@pytest.mark.pages
def test_a_row_has_both_shares_both_rates_and_their_ranges(installation: Installation) -> None:
    vary(installation, day={"weight": 3}, night={})
    a_batch(installation)
    happened(installation, "day", scanned=81, unlocked=40, used=3)
    happened(installation, "night", scanned=19, unlocked=20)
    rows = told(signed_in(installation, "Ada", Role.MARKETER).get("/studio/").text)
    assert rows == [
        "day 81 81% (planned: 75%) 40 49% (38%–61%) 3 3% (1%–11%) 49% (38%–61%)",
        "night 19 19% (planned: 25%) 20 – 0 0% (0%–17%)",
    ]
