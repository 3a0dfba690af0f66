"""A price that rises above paper: asked first, honoured by default, or recalled line by line."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from omni.app import Installation, build_app
from omni.domain.batch import Batch
from omni.domain.people import Role
from omni.domain.placement import Placement
from omni.domain.record import Origin
from omni.domain.refusal import Reason, Refused, Unknown
from omni.domain.repricing import PrintedPrice, RecallLine, Repricing
from omni.services import launching, opening, taking_down
from omni.services.claiming import Claimed
from omni.services.repricing import Rise, Undecided
from omni.store import finders
from tests.integration.test_authoring import in_france
from tests.support import paper, surfaces
from tests.support.codes import a_batch, a_receipt_code, code_of
from tests.support.commands import Omni
from tests.support.installations import Clock, author
from tests.support.journeys import unlock, unlock_poster
from tests.support.repricing import print_codes, reprice, withdraw
from tests.support.shopper import Shopper
from tests.support.staff import signed_in

HONOUR, RECALL = PrintedPrice.HONOUR, PrintedPrice.RECALL
OLD, NEW = 469_00, 489_00
LATER = timedelta(hours=1)


def price_of(place: Installation, batch: Batch, index: int = 0) -> int | None:
    catalogue = place.catalogue.fresh()
    with place.db.reading() as session:
        now, number = place.world.now(), batch.first_number + index
        return opening.look(session, now, catalogue=catalogue, batch=batch, number=number).price_minor


def undecided(rise: Callable[[], object]) -> list[Rise]:
    with pytest.raises(Undecided) as asked:
        rise()
    return list(asked.value.rises)


def decisions(place: Installation) -> list[PrintedPrice]:
    with place.db.reading() as session:
        return [each.decision for each in session.exec(select(Repricing).order_by(Repricing.id))]


def lines(place: Installation) -> list[RecallLine]:
    with place.db.reading() as session:
        return taking_down.lines(session, finders.edition_by_key(session, "double-11/fr"))


def end(place: Installation) -> None:
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        launching.end(tx, place.world.now(), edition=edition, by="tests")


def the_place(place: Installation, slug: str) -> Placement:
    with place.db.reading() as session:
        return finders.placement_by_slug(session, slug)


def tick_first(place: Installation) -> None:
    first = lines(place)[0]
    with place.db.writing() as tx:
        taking_down.tick(
            tx, place.world.now(), line_id=first.line.id or 0, placement=first.placement, by="Tom"
        )


def raise_in_a_file(clock: Clock) -> None:
    rows = f"fr,double-11/ski,489.00,{clock.at.isoformat()}\n"
    Path("prices.csv").write_text(f"market,item,amount,valid_from\n{rows}")


@contextmanager
def statements(place: Installation) -> Iterator[tuple[Session, list[str]]]:
    """A session for reading, and what is asked through it."""
    said: list[str] = []
    with place.db.reading() as session:
        engine = session.get_bind()

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            said.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield session, said
        finally:
            event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def engine_name() -> str:
    """Paper is decided about by rows alone; where the engines could differ a test names both."""
    return "sqlite"


# Asking


def test_a_rise_above_paper_is_asked_about_before_anything_is_kept(
    installation: Installation, clock: Clock
) -> None:
    batch = a_batch(installation, count=30)
    print_codes(installation, batch)
    clock.at += LATER
    (rise,) = undecided(lambda: reprice(installation, NEW, printed=None))
    assert (rise.edition, rise.bundle, rise.price_minor) == ("double-11/fr", "ski", NEW)
    (out,) = rise.paper
    assert (out.placement, out.form, out.layout) == ("fr-paris-popup", "pdf", "L7160")
    assert (out.copies, out.price_minor, out.hangs) == (30, OLD, True)
    assert decisions(installation) == []
    assert price_of(installation, batch) == OLD


def test_a_campaign_file_asks_as_a_price_file_does_and_decides_in_the_same_transaction(
    installation: Installation, clock: Clock
) -> None:
    print_codes(installation, a_batch(installation))
    clock.at += LATER
    dearer = in_france(prices={**in_france().markets["fr"].prices, "ski": Decimal(489)})
    with pytest.raises(Undecided) as asked, installation.db.writing() as tx:
        author(tx, clock.at, dearer, printed=None)
    assert [rise.edition for rise in asked.value.rises] == ["double-11/fr"]
    with installation.db.writing() as tx:
        applied = {done.key: done for done in author(tx, clock.at, dearer)}
    assert [rise.decision for rise in applied["double-11/fr"].rises] == [HONOUR]
    assert decisions(installation) == [HONOUR]


@pytest.mark.parametrize(
    "gone",
    [
        lambda place, batch: None,
        lambda place, batch: print_codes(place, batch, made=0),
        lambda place, batch: print_codes(place, batch) and withdraw(place, batch),
        lambda place, batch: print_codes(place, batch) and end(place),
    ],
    ids=["nothing was printed", "the printer made none", "its codes were withdrawn", "the offer ended"],
)
def test_paper_that_is_not_out_there_asks_nothing(
    installation: Installation, clock: Clock, gone: Callable[[Installation, Batch], object]
) -> None:
    gone(installation, a_batch(installation))
    clock.at += LATER
    assert reprice(installation, NEW, printed=None).rises == ()


def test_test_paper_and_a_lower_price_ask_nothing(installation: Installation, clock: Clock) -> None:
    print_codes(installation, a_batch(installation, origin=Origin.TEST))
    clock.at += LATER
    assert reprice(installation, NEW, printed=None).rises == ()
    print_codes(installation, a_batch(installation))
    clock.at += LATER
    assert reprice(installation, OLD, printed=None).rises == ()


def test_only_what_came_out_and_is_still_good_is_counted(installation: Installation, clock: Clock) -> None:
    batch = a_batch(installation, count=30)
    print_codes(installation, batch, made=20)
    withdraw(installation, batch, first=11, count=5)
    clock.at += LATER
    (rise,) = undecided(lambda: reprice(installation, NEW, printed=None))
    assert [out.copies for out in rise.paper] == [15]


def test_what_was_decided_about_is_not_asked_again(installation: Installation, clock: Clock) -> None:
    print_codes(installation, a_batch(installation))
    clock.at += LATER
    assert [rise.decision for rise in reprice(installation, NEW).rises] == [HONOUR]
    clock.at += LATER
    assert reprice(installation, NEW + 10_00, printed=None).rises == ()


def test_a_price_that_begins_later_is_decided_for_now_and_for_what_is_printed_until_then(
    installation: Installation, clock: Clock
) -> None:
    early, between = a_batch(installation), a_batch(installation)
    print_codes(installation, early)
    begins = clock.at + timedelta(days=2)
    (rise,) = reprice(installation, NEW, at=begins, printed=RECALL).rises
    assert rise.begins_at == begins
    assert decisions(installation) == [RECALL, HONOUR]
    clock.at += timedelta(days=1)
    print_codes(installation, between)
    assert (price_of(installation, early), price_of(installation, between)) == (OLD, OLD)
    clock.at = begins
    assert (price_of(installation, early), price_of(installation, between)) == (NEW, OLD)


def test_a_dearer_price_in_between_is_asked_about_although_a_later_one_was_announced(
    installation: Installation, clock: Clock
) -> None:
    reprice(installation, NEW + 20_00, at=clock.at + timedelta(days=9))
    print_codes(installation, a_batch(installation))
    clock.at += LATER
    assert len(undecided(lambda: reprice(installation, NEW, printed=None))) == 1


# Honouring


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_honoured_paper_keeps_its_price_on_the_page_and_in_the_claim_and_new_paper_does_not(
    installation: Installation, clock: Clock
) -> None:
    batch = a_batch(installation, count=20)
    print_codes(installation, batch, copies=10)
    clock.at += LATER
    reprice(installation, NEW)
    clock.at += LATER
    print_codes(installation, batch, first=10)
    assert (price_of(installation, batch, 9), price_of(installation, batch, 10)) == (OLD, NEW)
    claimed = unlock(installation, batch, batch.first_number, price_minor=OLD)
    assert isinstance(claimed, Claimed)
    assert claimed.claim.price_minor == OLD
    assert sum(each.price_minor for each in claimed.entitlements) == OLD
    refused = unlock(installation, batch, batch.first_number + 10, price_minor=OLD)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.TERMS_CHANGED


def test_whoever_unlocks_a_honoured_poster_has_the_posters_price(
    installation: Installation, clock: Clock
) -> None:
    poster = a_batch(installation, shared=True)
    print_codes(installation, poster, copies=1)
    clock.at += LATER
    reprice(installation, NEW)
    claimed = unlock_poster(installation, poster, "a token")
    assert isinstance(claimed, Claimed)
    assert claimed.claim.price_minor == OLD


def test_codes_the_printer_never_made_have_no_paper_to_honour(
    installation: Installation, clock: Clock
) -> None:
    batch = a_batch(installation)
    print_codes(installation, batch, made=4)
    clock.at += LATER
    reprice(installation, NEW)
    assert [price_of(installation, batch, index) for index in (3, 4)] == [OLD, NEW]


def test_a_slip_from_the_till_is_honoured_when_what_hangs_is_recalled(
    installation: Installation, clock: Clock
) -> None:
    poster = a_batch(installation, shared=True, bundle="tea")
    print_codes(installation, poster, copies=1)
    code = a_receipt_code(installation)
    opened = installation.keyring.open(code)
    assert opened is not None
    roll = installation.catalogue.fresh().batch_of(opened.number)
    assert roll is not None
    slip = print_codes(
        installation, roll, first=opened.number - roll.first_number, copies=1, form="slip", layout=None
    )
    clock.at += LATER
    dearer = slip.price_minor + 10_00
    (rise,) = reprice(installation, dearer, bundle="double-11/tea", printed=RECALL).rises
    assert {out.form: out.hangs for out in rise.paper} == {"pdf": True, "slip": False}
    assert surfaces.on_page(build_app(installation), code, {}) == slip.price_minor
    assert price_of(installation, poster) == dearer
    assert [line.run.form for line in lines(installation)] == ["pdf"]


def test_the_page_of_honoured_paper_shows_the_conditions_that_name_its_price(
    installation: Installation, clock: Clock
) -> None:
    batch = a_batch(installation, count=20)
    print_codes(installation, batch, copies=10)
    clock.at += LATER
    dearer = in_france(prices={**in_france().markets["fr"].prices, "ski": Decimal(489)})
    with installation.db.writing() as tx:
        author(tx, clock.at, dearer)
    installation.catalogue.fresh()
    app = build_app(installation)
    honoured, new = (
        app.test_client().get(f"/c/{code_of(installation, batch, index)}?lang=fr").text for index in (0, 10)
    )
    assert "469,00" in honoured
    assert "489,00" not in honoured
    assert "489,00" in new
    assert "469,00" not in new
    voucher = Shopper(installation, app.test_client()).voucher(code_of(installation, batch))
    assert voucher
    with installation.db.reading() as session:
        claim = finders.claim_of(session, batch.first_number)
        edition = finders.edition_by_key(session, "double-11/fr")
        first = finders.published(session, edition, 1)
    assert claim is not None
    assert (claim.price_minor, claim.terms_id) == (OLD, first.terms[claim.locale].id)


@pytest.mark.parametrize("is_repriced", [False, True], ids=["never repriced", "repriced"])
def test_opening_a_code_asks_one_thing_more_only_where_a_price_rose_above_paper(
    installation: Installation, clock: Clock, is_repriced: bool
) -> None:
    batch = a_batch(installation)
    print_codes(installation, batch)
    clock.at += LATER
    if is_repriced:
        reprice(installation, NEW)
    catalogue = installation.catalogue.fresh()
    with statements(installation) as (session, said):
        opening.look(session, clock.at, catalogue=catalogue, batch=batch, number=batch.first_number)
    assert sum("FROM code_state" in statement for statement in said) == 1
    assert sum("FROM print_run" in statement for statement in said) == is_repriced
    assert not any("FROM repricing" in statement for statement in said)


# Recalling


def test_a_recall_writes_a_line_for_what_hangs_and_its_codes_show_the_new_price(
    installation: Installation, clock: Clock
) -> None:
    poster, labels = a_batch(installation, shared=True), a_batch(installation, placement="fr-paris-till-2")
    print_codes(installation, poster, copies=1, form="pdf", layout="a4")
    print_codes(installation, labels)
    print_codes(installation, labels, form="shown", copies=1, layout=None)
    clock.at += LATER
    reprice(installation, NEW, printed=RECALL)
    found = {line.placement.slug: line for line in lines(installation)}
    assert {slug: line.copies for slug, line in found.items()} == {"fr-paris-popup": 1, "fr-paris-till-2": 10}
    assert {line.line.because for line in found.values()} == {"469.00 → 489.00 EUR"}
    assert price_of(installation, poster) == price_of(installation, labels, 1) == NEW
    assert price_of(installation, labels, 0) == OLD


def test_withdrawn_codes_have_lines_too_and_paper_that_waits_gets_no_second_one(
    installation: Installation,
) -> None:
    batch = a_batch(installation, count=30)
    print_codes(installation, batch)
    print_codes(installation, batch, form="escpos", layout=None)
    withdraw(installation, batch, first=11, count=5, reason="wrong picture")
    withdraw(installation, batch, first=21, count=5)
    (line,) = lines(installation)
    assert (line.copies, line.line.because, line.recall is not None) == (5, "wrong picture", True)
    practice = a_batch(installation, origin=Origin.TEST)
    print_codes(installation, practice)
    withdraw(installation, practice)
    assert len(lines(installation)) == 1


def test_a_line_is_ticked_once_by_somebody_of_its_own_store(installation: Installation, clock: Clock) -> None:
    batch = a_batch(installation)
    print_codes(installation, batch)
    withdraw(installation, batch)
    (line,) = lines(installation)
    here, elsewhere = (the_place(installation, slug) for slug in ("fr-paris-till-1", "de-berlin-till-1"))
    clock.at += timedelta(hours=3)
    with installation.db.writing() as tx, pytest.raises(Unknown):
        taking_down.tick(tx, clock.at, line_id=line.line.id or 0, placement=elsewhere, by="Eve")
    for name in ("Ada", "Tom"):
        with installation.db.writing() as tx:
            was_first = taking_down.tick(tx, clock.at, line_id=line.line.id or 0, placement=here, by=name)
        assert was_first == (name == "Ada")
        clock.at += LATER
    (done,) = lines(installation)
    assert done.done is not None
    assert done.done.done_by == "Ada"
    assert done.waits(clock.at) == timedelta(hours=3)


def test_the_till_shows_what_has_to_come_down_until_it_is_ticked(
    installation: Installation, clock: Clock
) -> None:
    batch = a_batch(installation)
    print_codes(installation, batch)
    clock.at += LATER
    reprice(installation, NEW, printed=RECALL)
    neighbour, elsewhere = (
        signed_in(installation, name, till=till)
        for name, till in (("Tom", "fr-paris-till-2"), ("Eva", "de-berlin-till-1"))
    )
    home = neighbour.get("/till/")
    assert "It says 469,00\xa0€, and 489,00\xa0€ is the new price." in home.text
    assert "Please take this down" not in elsewhere.get("/till/").text
    action = f"/take-down/{lines(installation)[0].line.id}"
    assert neighbour.client.post(f"/till{action}").status_code == 400
    assert elsewhere.press(elsewhere.get("/till/"), "/till/codes").status_code == 303
    done = neighbour.press_and_follow(home, action)
    assert "Please take this down" not in done.text
    (line,) = lines(installation)
    assert line.done is not None
    assert (line.done.done_by, line.done.done_at) == ("Tom", clock.at)


def test_practice_knows_of_no_recall(installation: Installation, clock: Clock) -> None:
    print_codes(installation, a_batch(installation))
    clock.at += LATER
    reprice(installation, NEW, printed=RECALL)
    till = signed_in(installation, till="fr-paris-till-1")
    practice = till.press_and_follow(till.get("/till/"), "/till/practice")
    assert "Please take this down" not in practice.text


def test_the_studio_says_how_far_a_recall_has_come_and_hands_out_the_sheet(
    installation: Installation, clock: Clock
) -> None:
    for placement in ("fr-paris-popup", "fr-paris-till-2"):
        print_codes(installation, a_batch(installation, placement=placement))
    clock.at += LATER
    reprice(installation, NEW, printed=RECALL)
    clock.at += 5 * LATER
    tick_first(installation)
    studio = signed_in(installation, "Ada", Role.OWNER)
    assert "1 of 2 taken down · 5 hours" in studio.get("/studio/campaigns").text
    page = studio.get("/studio/campaigns/double-11/fr/take-down").text
    assert "· Tom" in page
    assert "omni print 2 --as pdf --layout L7160 --from 1 --count 10" in page
    sheet = studio.get("/studio/campaigns/double-11/fr/take-down/fr-paris-popup")
    assert sheet.mimetype == "application/pdf"
    text = " ".join(paper.text_of(sheet.data).split())
    assert "469,00 €" in text
    assert "Caisse 2" in text
    assert "Boutique éphémère" not in text
    assert studio.get("/studio/campaigns/double-11/fr/take-down/de-berlin-popup").status_code == 404


# The command line


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Somebody sits at the terminal and types this."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def sit(typed: str) -> None:
        monkeypatch.setattr(sys, "stdin", Terminal(f"{typed}\n"))

    return sit


@pytest.fixture
def printed_omni(omni: Omni, clock: Clock) -> Omni:
    """The command with thirty labels out, and a price file that raises their price."""
    issued = ("--edition", "double-11/fr", "--placement", "fr-paris-popup", "--count", "30")
    assert omni("issue", *issued).code == 0
    assert omni("print", "1", "-o", "labels.pdf").code == 0
    clock.at += LATER
    raise_in_a_file(clock)
    return omni


def test_without_a_terminal_paper_is_honoured_and_the_output_says_so(printed_omni: Omni) -> None:
    said = printed_omni("import", "prices.csv")
    assert said.code == 0
    assert "double-11/fr, ski: €489.00, and paper says less:" in said.out
    assert "  fr-paris-popup: 30 × pdf L7160, €469.00 -> €489.00" in said.out
    assert "What is printed is honoured (the default; --printed recall takes it down)" in said.out
    assert printed_omni("recalls").out == "Nothing yet.\n"


def test_at_a_terminal_it_asks_and_the_answer_is_what_is_kept(
    printed_omni: Omni, at_a_terminal: Callable[[str], None]
) -> None:
    at_a_terminal("recall")
    said = printed_omni("import", "prices.csv")
    assert said.code == 0
    assert "30 × pdf L7160, €469.00 -> €489.00" in said.err
    assert "Honour what is printed, or recall it?" in said.err
    assert "Next: omni recall-sheets double-11/fr" in said.out
    assert "0 of 1 are done." in printed_omni("recalls").out


def test_an_answer_given_with_the_import_is_not_asked_for_and_sheets_are_made_by_store(
    printed_omni: Omni, at_a_terminal: Callable[[str], None], tmp_path: Path
) -> None:
    at_a_terminal("")
    said = printed_omni("import", "prices.csv", "--printed", "recall")
    assert (said.code, said.err) == (0, "")
    made = printed_omni("recall-sheets", "double-11/fr", "-o", "sheets")
    assert "take-down-fr-paris.pdf: 1 to take down" in made.out
    assert "Boutique éphémère" in paper.text_of((tmp_path / "sheets/take-down-fr-paris.pdf").read_bytes())


def test_withdrawing_codes_writes_lines_as_well(printed_omni: Omni) -> None:
    assert printed_omni("void", "1", "--from", "11", "--count", "5", "--reason", "wrong picture").code == 0
    listed = printed_omni("recalls", "double-11/fr").out
    assert "wrong picture" in listed
    assert "open" in listed
    assert printed_omni("recall-sheets", "double-11/de").code == 1


def test_a_reprint_says_the_kept_price_and_codes_of_two_prices_are_printed_apart(
    omni: Omni, clock: Clock, tmp_path: Path
) -> None:
    issued = ("--edition", "double-11/fr", "--placement", "fr-paris-popup", "--count", "20")
    assert omni("issue", *issued).code == 0
    assert omni("print", "1", "--count", "10", "-o", "labels.pdf").code == 0
    clock.at += LATER
    raise_in_a_file(clock)
    assert omni("import", "prices.csv").code == 0
    both = omni("print", "1", "-o", "both.pdf")
    assert (both.code, "print them apart" in both.err) == (2, True)
    for part, amount in (("--count", "469,00"), ("--from", "489,00")):
        assert omni("print", "1", part, {"--count": "10", "--from": "11"}[part], "-o", "again.pdf").code == 0
        assert amount in paper.text_of((tmp_path / "again.pdf").read_bytes())
