"""A database knows which keys its paper was sealed with."""

from datetime import datetime

import pytest

from omni.domain.keyring import CodeKey, Keyring, KeyringProblem
from omni.domain.refusal import BadInput
from omni.services import keeping_keys
from omni.store.engine import Database

ONE, TWO, OTHER = CodeKey(1, b"1" * 32), CodeKey(2, b"2" * 32), CodeKey(1, b"x" * 32)


@pytest.fixture
def sealed_with_one(database: Database, now: datetime) -> Database:
    with database.writing() as tx:
        keeping_keys.remember_keys(tx, now, Keyring((ONE,), 1))
    return database


def check(db: Database, *keys: CodeKey) -> None:
    with db.reading() as session:
        keeping_keys.check_keys(session, Keyring(keys, keys[-1].id))


def test_a_fresh_database_takes_any_key(database: Database) -> None:
    with database.reading() as session:
        assert not keeping_keys.has_keys(session)
    check(database, OTHER)


def test_the_keys_it_knows_and_new_ones_beside_them_are_welcome(sealed_with_one: Database) -> None:
    check(sealed_with_one, ONE)
    check(sealed_with_one, ONE, TWO)


@pytest.mark.parametrize("key", [TWO, OTHER])
def test_a_missing_key_or_another_one_in_its_place_is_named_with_the_remedy(
    sealed_with_one: Database, key: CodeKey
) -> None:
    with pytest.raises(KeyringProblem, match=r"key 1 .* recovery sheet"):
        check(sealed_with_one, key)


def test_remembering_twice_keeps_the_first(sealed_with_one: Database, now: datetime) -> None:
    with sealed_with_one.writing() as tx:
        keeping_keys.remember_keys(tx, now, Keyring((OTHER, TWO), 2))
    check(sealed_with_one, ONE, TWO)
    with pytest.raises(KeyringProblem):
        check(sealed_with_one, ONE)


def test_a_retired_key_is_missed_no_more_and_retired_once(sealed_with_one: Database, now: datetime) -> None:
    with sealed_with_one.writing() as tx:
        keeping_keys.retire_key(tx, now, key_id=1)
    check(sealed_with_one, TWO)
    with pytest.raises(BadInput, match="key"), sealed_with_one.writing() as tx:
        keeping_keys.retire_key(tx, now, key_id=1)
