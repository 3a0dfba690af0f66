"""Prices and sales from files: all or nothing, asked again for nothing, and never told over what is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from omni.app import Installation
from omni.domain.campaign_file import Compare
from omni.domain.price import DailySale, Price
from omni.domain.price_history import Step, timeline
from omni.domain.price_list import DoesNotFit
from omni.domain.published import PublishedReference
from omni.domain.reference import NoReference, Reference, ReferenceKind
from omni.present import market_file, price_file
from omni.present.file_problems import FileProblems
from omni.services import opening, pricing
from omni.services.pricing import Recorded
from omni.store.catalogue import Catalogue
from tests.support.codes import a_batch
from tests.support.commands import Omni
from tests.support.installations import Clock
from tests.support.journeys import unlock

PRICES = "market,item,amount,valid_from\n"
PARIS_JULY = datetime(2026, 6, 30, 22, tzinfo=UTC)


def written(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def record(place: Installation, text: str) -> Recorded:
    markets = market_file.shipped()
    with place.db.writing() as tx:
        if price_file.kind_of(text.partition("\n")[0]) is price_file.Kind.PRICES:
            prices = price_file.read_prices(written(text), file="p.csv", markets=markets)
            return pricing.record_prices(tx, place.world.now(), lists=prices, source="p.csv", by="tests")
        sales = price_file.read_sales(written(text), file="s.csv", markets=markets)
        return pricing.record_sales(tx, place.world.now(), lists=sales, source="s.csv", by="tests")


def history(place: Installation, item: str, market: str = "fr", **asked: object) -> list[Step]:
    with place.db.reading() as session:
        rows = session.exec(select(Price).where(Price.market_id == market)).all()
    return timeline(rows, item, **asked)


def how_many(session: Session, kind: type[Price] | type[DailySale]) -> int:
    return session.exec(select(func.count()).select_from(kind)).one()


def misfits(place: Installation, text: str) -> list[tuple[int, str]]:
    with place.db.reading() as session:
        before = [how_many(session, kind) for kind in (Price, DailySale)]
    with pytest.raises(DoesNotFit) as refused:
        record(place, text)
    with place.db.reading() as session:
        assert [how_many(session, kind) for kind in (Price, DailySale)] == before
    return [(misfit.line, misfit.field) for misfit in refused.value.misfits]


def test_a_price_holds_from_the_markets_midnight_until_the_next_one(installation: Installation) -> None:
    told = record(installation, PRICES + "fr,pot,40.00,2026-07-01\nfr,pot,35.50,2026-08-01\n")
    assert told == Recorded(added=2, known=0)
    assert history(installation, "pot") == [
        Step(4000, PARIS_JULY, PARIS_JULY + timedelta(days=31)),
        Step(3550, PARIS_JULY + timedelta(days=31), None),
    ]


def test_an_instant_is_taken_with_its_offset_and_yen_without_decimals(installation: Installation) -> None:
    record(installation, PRICES + "jp,pot,6980,2026-07-01T09:00+09:00\n")
    assert history(installation, "pot", "jp") == [Step(6980, datetime(2026, 7, 1, tzinfo=UTC), None)]


def test_the_same_file_again_adds_nothing(installation: Installation) -> None:
    text = PRICES + "fr,pot,40.00,2026-07-01\nfr,pot,35.50,2026-08-01\n"
    record(installation, text)
    assert record(installation, text) == Recorded(added=0, known=2)
    sales = "market,item,day,units,amount\ncn,pot,2026-11-01,12,399.00\n"
    record(installation, sales)
    assert record(installation, sales) == Recorded(added=0, known=1)


def test_what_is_told_late_of_an_earlier_time_ends_where_the_known_begins(installation: Installation) -> None:
    record(installation, PRICES + "fr,pot,40.00,2026-08-01\n")
    record(installation, PRICES + "fr,pot,50.00,2026-07-01\n")
    assert [step.amount_minor for step in history(installation, "pot")] == [5000, 4000]


@pytest.mark.parametrize(
    "line, field",
    [
        ("fr,pot,45.00,2026-08-01,", "valid_from"),
        ("fr,pot,45.00,2026-07-15,2026-07-20", "valid_from"),
        ("fr,pot,45.00,2026-06-15,2026-07-02", "valid_until"),
    ],
)
def test_a_time_whose_price_is_known_is_not_told_over(
    installation: Installation, line: str, field: str
) -> None:
    record(installation, PRICES + "fr,pot,40.00,2026-07-01\nfr,pot,35.50,2026-08-01\n")
    assert misfits(installation, f"market,item,amount,valid_from,valid_until\n{line}\n") == [(2, field)]


def test_lines_of_one_file_may_not_overlap_but_surfaces_and_items_are_apart(
    installation: Installation,
) -> None:
    header = "market,item,amount,valid_from,valid_until,surface\n"
    twice = header + "fr,pot,40,2026-07-01,,\nfr,pot,41,2026-07-01,,\n"
    assert misfits(installation, twice) == [(3, "valid_from")]
    over = header + "fr,pot,40,2026-08-01,,\nfr,pot,41,2026-07-01,2026-08-02,\n"
    assert misfits(installation, over) == [(3, "valid_until")]
    apart = header + "fr,pot,40,2026-07-01,,\nfr,pan,41,2026-07-01,,\nfr,pot,42,2026-07-01,,shop-7\n"
    assert record(installation, apart).added == 3


def test_a_correction_lasts_as_long_as_what_it_corrects_and_history_keeps_both(
    installation: Installation, clock: Clock
) -> None:
    record(installation, PRICES + "fr,pot,40.00,2026-07-01\nfr,pot,35.50,2026-08-01\n")
    known_at = clock.at
    clock.at += timedelta(days=1)
    right = "market,item,amount,valid_from,correction\nfr,pot,39.00,2026-07-10,yes\n"
    assert record(installation, right) == Recorded(added=1, known=0)
    assert record(installation, right) == Recorded(added=0, known=1)
    assert [step.amount_minor for step in history(installation, "pot")] == [4000, 3900, 3550]
    assert [step.amount_minor for step in history(installation, "pot", known_at=known_at)] == [4000, 3550]


def test_a_correction_of_nothing_is_refused(installation: Installation) -> None:
    text = "market,item,amount,valid_from,correction\nfr,pot,39.00,2026-07-10,yes\n"
    assert misfits(installation, text) == [(2, "correction")]


def test_another_number_sold_corrects_the_last_and_one_day_is_told_once(
    installation: Installation, clock: Clock
) -> None:
    header = "market,item,day,units,amount\n"
    record(installation, header + "cn,pot,2026-11-01,12,399.00\n")
    clock.at += timedelta(hours=1)
    assert record(installation, header + "cn,pot,2026-11-01,14,399.00\n") == Recorded(added=1, known=0)
    with installation.db.reading() as session:
        assert [sale.units for sale in session.exec(select(DailySale))] == [12, 14]
    twice = header + "cn,pot,2026-11-02,1,399.00\ncn,pot,2026-11-02,2,399.00\n"
    assert misfits(installation, twice) == [(3, "day")]


WRONG = {
    "an unknown market": ("xx,pot,40,2026-07-01", "market", "not a market"),
    "an item with spaces": ("fr,a pot,40,2026-07-01", "item", "campaign/bundle"),
    "an amount with a comma": ('fr,pot,"40,00",2026-07-01', "amount", "49.90"),
    "an amount too fine": ("fr,pot,40.001,2026-07-01", "amount", "EUR has 2 digits"),
    "a fraction of a yen": ("jp,pot,40.5,2026-07-01", "amount", "JPY has no digits"),
    "a day that is none": ("fr,pot,40,2026-02-30", "valid_from", "year-month-day"),
    "a day out of reason": ("fr,pot,40,0001-01-01", "valid_from", "out of all reason"),
    "an instant without offset": ("fr,pot,40,2026-07-01T09:00", "valid_from", "lacks its offset"),
    "an instant that is none": ("fr,pot,40,2026-07-01Tnoon", "valid_from", "neither a day nor an instant"),
    "a cell too many": ("fr,pot,40,2026-07-01,", "", "has 5 cells; the header has 4"),
}


@pytest.mark.parametrize("line, field, remedy", WRONG.values(), ids=WRONG.keys())
def test_a_mistake_is_told_with_its_line_field_and_remedy(line: str, field: str, remedy: str) -> None:
    text = PRICES + "fr,pot,40,2026-07-01\n\n" + line + "\n"
    with pytest.raises(FileProblems) as refused:
        price_file.read_prices(written(text), file="p.csv", markets=market_file.shipped())
    (problem,) = refused.value.problems
    assert (problem.file, problem.line, problem.field) == ("p.csv", 4, field)
    assert remedy in problem.message


@pytest.mark.parametrize(
    "header, field",
    [
        ("market,item,amount", "valid_from"),
        ("market,item,amount,valid_from,colour", "colour"),
        ("market,item,amount,valid_from,item", ""),
    ],
)
def test_a_header_is_checked_before_the_lines(header: str, field: str) -> None:
    with pytest.raises(FileProblems) as refused:
        price_file.read_prices(written(header + "\n"), file="p.csv", markets=market_file.shipped())
    (problem,) = refused.value.problems
    assert (problem.line, problem.field) == (1, field)


def test_a_spreadsheet_may_write_semicolons_and_its_mark_at_the_beginning() -> None:
    text = "\ufeffmarket;item;amount;valid_from\nfr;pot;40.00;2026-07-01\n"
    (listed,) = price_file.read_prices(written(text), file="p.csv", markets=market_file.shipped())
    assert (listed.key, listed.lines[0].amount_minor) == (("fr", "pot", "any"), 4000)


@pytest.mark.parametrize(
    "header, kind",
    [
        ("market,item,amount,valid_from", "prices"),
        ('"Market";"Item";"Amount"', "prices"),
        ("item,market,day,units,amount", "sales"),
        ("version: 1", None),
        ("", None),
    ],
)
def test_a_file_is_known_by_its_header(header: str, kind: str | None) -> None:
    assert price_file.kind_of(header) == kind


def in_france(place: Installation, compare: Compare) -> Catalogue:
    """The catalogue as if France set its prices against this."""
    known = place.catalogue.fresh()
    edition = known.edition_named("double-11/fr")
    assert edition is not None
    rule = PublishedReference(kind=ReferenceKind.LOWEST, days=30, words="price.lowest", rules=("EU-OMN-30D",))
    content = known.contents[edition.id or 0].model_copy(update={"compare": compare, "reference": rule})
    return replace(known, contents={**known.contents, edition.id or 0: content}, _found={})


def test_an_opened_code_knows_its_earlier_price_and_a_claim_keeps_it(
    installation: Installation, clock: Clock
) -> None:
    batch = a_batch(installation)
    slug = installation.catalogue.fresh().contents[batch.edition_id].bundle(batch.bundle_id).slug
    unlock(installation, batch, batch.first_number)
    clock.at += timedelta(days=2)
    record(installation, PRICES + f"fr,double-11/{slug},9.00,2026-11-12\n")

    def reference(number: int, compare: Compare = Compare.BEFORE) -> Reference | NoReference | None:
        catalogue = in_france(installation, compare)
        with installation.db.reading() as session:
            seen = opening.look(session, clock.at, catalogue=catalogue, batch=batch, number=number)
        unread = opening.look_unread(clock.at, catalogue=catalogue, batch=batch, number=number)
        assert seen.claim is not None or unread.reference is seen.reference
        return seen.reference

    kept, now = reference(batch.first_number), reference(batch.first_number + 1)
    assert kept == Reference(499_00, reduced_on=date(2026, 11, 1))
    assert isinstance(now, Reference)
    assert (now.amount_minor < 499_00, now.reduced_on) == (True, date(2026, 11, 12))
    assert reference(batch.first_number, Compare.SEPARATELY) is None


def test_the_catalogue_holds_no_history_of_what_nobody_offers(installation: Installation) -> None:
    record(installation, PRICES + "fr,pot,40.00,2026-07-01\n")
    assert ("fr", "pot") not in installation.catalogue.fresh().prices


@pytest.fixture
def shop(fresh_omni: Omni) -> Omni:
    """The command with a campaign of its own in France."""
    assert fresh_omni("new", "winter", "--markets", "fr").code == 0
    assert fresh_omni("import", "winter.yaml").code == 0
    return fresh_omni


def test_prices_and_sales_are_imported_by_their_header(shop: Omni, tmp_path: Path) -> None:
    (tmp_path / "july.csv").write_text(PRICES + "fr,pot,40.00,2026-07-01\n")
    (tmp_path / "sold.csv").write_text("market,item,day,units,amount\nfr,pot,2026-07-02,3,40.00\n")
    said = shop("import", "july.csv", "sold.csv")
    assert said.out.splitlines() == [
        "july.csv: 1 prices recorded, 0 known already",
        "sold.csv: 1 sales recorded, 0 known already",
    ]
    assert shop("import", "july.csv").out == "july.csv: 0 prices recorded, 1 known already\n"


@pytest.mark.parametrize(
    "content, told",
    [
        ("store,till\n", "feed.csv:1: is neither prices"),
        (PRICES + "fr,pot,40,2026-07-01\nfr,pan,x,2026-08-01\n", "feed.csv:3: amount: is not an amount"),
        (PRICES + "fr,pot,40,2026-07-01\nfr,pot,41,2026-07-01\n", "feed.csv:3: valid_from: is when"),
        (PRICES + "fr,pot,40,2026-07-01\nde,pot,41,2026-07-01\n", "feed.csv:3: market: no campaign runs"),
        (PRICES + 'fr,"pot,40,2026-07-01\n', "feed.csv:2: is not CSV"),
    ],
)
def test_a_file_with_a_mistake_is_refused_whole(shop: Omni, tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "feed.csv").write_text(content)
    said = shop("import", "feed.csv")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(told), said.err
    (tmp_path / "feed.csv").write_text(PRICES + "fr,pot,40,2026-07-01\n")
    assert "1 prices recorded" in shop("import", "feed.csv").out


def test_what_is_not_utf_8_is_refused(shop: Omni, tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_bytes(PRICES.encode() + b"fr,th\xe9,40,2026-07-01\n")
    assert "is not UTF-8" in shop("import", "feed.csv").err


def test_a_long_file_is_read_with_a_bar(shop: Omni, tmp_path: Path) -> None:
    lines = (f"fr,pot-{number},40.00,2026-07-01\n" for number in range(40_000))
    (tmp_path / "feed.csv").write_text(PRICES + "".join(lines))
    said = shop("import", "feed.csv")
    assert "Reading feed.csv" in said.err
    assert said.out == "feed.csv: 40,000 prices recorded, 0 known already\n"
