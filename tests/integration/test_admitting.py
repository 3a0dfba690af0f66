"""Letting people in by a link, once; and machines by a key, until it is revoked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from omni.domain.people import Person, Role, Scope
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Unknown
from omni.services import admitting
from omni.services.admitting import LINK_LIFE, SIGN_IN_LIFE, Mint
from omni.store.engine import Database


def a_link(db: Database, now: datetime, mint: Mint, *, name: str = "Ada") -> str:
    with db.writing() as tx:
        person = admitting.add_person(tx, now, name=name, role=Role.MARKETER)
        return admitting.make_link(tx, now, mint, person=person)


def spend(db: Database, now: datetime, mint: Mint, link: str) -> str | None:
    with db.writing() as tx:
        return admitting.spend_link(tx, now, mint, token=link)


def who(db: Database, now: datetime, token: str) -> Person | None:
    with db.reading() as session:
        return admitting.who(session, now, token=token)


def signed_in(db: Database, now: datetime, mint: Mint) -> str:
    token = spend(db, now, mint, a_link(db, now, mint))
    assert token is not None
    return token


def test_a_link_signs_in_its_person_once(database: Database, now: datetime, mint: Mint) -> None:
    link = a_link(database, now, mint)
    token = spend(database, now, mint, link)
    assert token is not None
    person = who(database, now, token)
    assert person is not None
    assert (person.name, person.role) == ("Ada", Role.MARKETER)
    assert spend(database, now, mint, link) is None
    assert who(database, now, link) is None


def test_of_eight_who_press_the_button_at_once_one_is_signed_in(
    database: Database, now: datetime, mint: Mint
) -> None:
    link = a_link(database, now, mint)
    with ThreadPoolExecutor(8) as threads:
        tokens = list(threads.map(lambda _: spend(database, now, mint, link), range(16)))
    assert sum(token is not None for token in tokens) == 1


def test_a_link_is_good_for_a_day(database: Database, now: datetime, mint: Mint) -> None:
    assert spend(database, now + LINK_LIFE, mint, a_link(database, now, mint)) is None
    last = now + LINK_LIFE - timedelta(seconds=1)
    assert spend(database, last, mint, a_link(database, now, mint, name="Bo")) is not None


def test_a_link_that_is_not_ours_opens_nothing(database: Database, now: datetime, mint: Mint) -> None:
    assert spend(database, now, mint, "") is None
    assert spend(database, now, mint, "0" * 48) is None


def test_a_sign_in_ends_by_itself_and_by_signing_out(database: Database, now: datetime, mint: Mint) -> None:
    token = signed_in(database, now, mint)
    assert who(database, now + SIGN_IN_LIFE - timedelta(seconds=1), token) is not None
    assert who(database, now + SIGN_IN_LIFE, token) is None
    with database.writing() as tx:
        admitting.sign_out(tx, now, token=token)
    assert who(database, now, token) is None


def test_whoever_is_shut_out_is_out_at_once_and_no_link_leads_back(
    database: Database, now: datetime, mint: Mint
) -> None:
    token = signed_in(database, now, mint)
    with database.writing() as tx:
        old = admitting.make_link(tx, now, mint, person=admitting.person_named(tx, "Ada"))
    with database.writing() as tx:
        admitting.disable_person(tx, now, name="Ada")
    assert who(database, now, token) is None
    assert spend(database, now, mint, old) is None
    with pytest.raises(BadInput, match="shut out"), database.writing() as tx:
        admitting.make_link(tx, now, mint, person=admitting.person_named(tx, "Ada"))


def test_names_are_taken_once_and_strangers_are_unknown(
    database: Database, now: datetime, mint: Mint
) -> None:
    a_link(database, now, mint)
    with pytest.raises(BadInput, match="name"):
        a_link(database, now, mint)
    with pytest.raises(Unknown), database.reading() as session:
        admitting.person_named(session, "Eve")


def test_a_key_says_what_it_is_and_opens_until_it_is_revoked(
    database: Database, now: datetime, mint: Mint
) -> None:
    with database.writing() as tx:
        live = admitting.add_client(tx, now, mint, name="till", scopes=[Scope.POS], origin=Origin.LIVE)
        test = admitting.add_client(tx, now, mint, name="try", scopes=[Scope.SHOP], origin=Origin.TEST)
    assert (live.rpartition("_")[0], test.rpartition("_")[0]) == ("omni_live", "omni_test")
    with database.reading() as session:
        client = admitting.client_of(session, live)
        assert client is not None
        assert (client.name, client.scopes, client.origin) == ("till", ["pos"], Origin.LIVE)
        assert live not in client.model_dump_json()
        assert admitting.client_of(session, live[:-1]) is None
    with database.writing() as tx:
        admitting.revoke_client(tx, now, name="till")
    with database.reading() as session:
        assert admitting.client_of(session, live) is None
        assert admitting.client_of(session, test) is not None


def test_of_eight_who_take_one_name_at_once_one_has_it(database: Database, now: datetime, mint: Mint) -> None:
    def add(which: int) -> bool:
        try:
            with database.writing() as tx:
                if which % 2:
                    admitting.add_person(tx, now, name="Ada", role=Role.STAFF)
                else:
                    admitting.add_client(tx, now, mint, name="till", scopes=[Scope.POS], origin=Origin.LIVE)
        except BadInput:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(add, range(16))) == 2
    with database.reading() as session:
        assert [person.name for person in admitting.people(session)] == ["Ada"]
        assert [client.name for client in admitting.clients(session)] == ["till"]


def test_two_machines_have_two_names(database: Database, now: datetime, mint: Mint) -> None:
    with database.writing() as tx:
        admitting.add_client(tx, now, mint, name="till", scopes=[], origin=Origin.LIVE)
    with pytest.raises(BadInput, match="name"), database.writing() as tx:
        admitting.add_client(tx, now, mint, name="till", scopes=[], origin=Origin.LIVE)
    with pytest.raises(Unknown), database.writing() as tx:
        admitting.revoke_client(tx, now, name="nobody")
