"""Letting people and machines in: one-time links for the first, keys for the second."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import compare_digest

from sqlmodel import Session, col, select, update

from omni.domain.people import ApiClient, Person, Role, Scope, SignIn, SignInLink
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Reason, Unknown
from omni.store.rows import insert_if_absent, rows_changed

Mint = Callable[[int], bytes]

LINK_LIFE = timedelta(days=1)
SIGN_IN_LIFE = timedelta(hours=12)


def token_hash(token: str) -> str:
    """What is stored of a token: it has 192 random bits, so a plain hash cannot be walked back."""
    return sha256(token.encode()).hexdigest()


def add_person(
    tx: Session, now: datetime, *, name: str, role: Role, placement_id: int | None = None
) -> Person:
    """Add somebody who may sign in. Raises BadInput when the name is taken."""
    if not insert_if_absent(tx, Person, name=name, role=role, placement_id=placement_id, added_at=now):
        raise _taken(name)
    return person_named(tx, name)


def person_named(session: Session, name: str) -> Person:
    """A person by name. Raises Unknown."""
    person = session.exec(select(Person).where(Person.name == name)).first()
    if person is None:
        raise Unknown(Reason.NOT_FOUND, name)
    return person


def people(session: Session) -> Sequence[Person]:
    """Everybody, by name."""
    return session.exec(select(Person).order_by(col(Person.name))).all()


def disable_person(tx: Session, now: datetime, *, name: str) -> Person:
    """Shut somebody out: no new sign-in, and every present one ends."""
    person = person_named(tx, name)
    person.disabled_at = now
    rows_changed(tx, update(SignIn).where(col(SignIn.person_id) == person.id).values(ends_at=now))
    return person


def make_link(tx: Session, now: datetime, mint: Mint, *, person: Person) -> str:
    """A one-time way in for a person, valid for a day: the token of its address.

    Raises BadInput for somebody who was shut out.
    """
    if person.disabled_at is not None:
        raise BadInput("name", f"{person.name} was shut out and cannot sign in")
    token = mint(24).hex()
    link = SignInLink(
        token_hash=token_hash(token), person_id=person.id or 0, made_at=now, expires_at=now + LINK_LIFE
    )
    tx.add(link)
    return token


def spend_link(tx: Session, now: datetime, mint: Mint, *, token: str) -> str | None:
    """Sign in with a link, once: the token of the sign-in; None when the link is spent, old or not ours."""
    spent = (
        update(SignInLink)
        .where(col(SignInLink.token_hash) == token_hash(token))
        .where(col(SignInLink.spent_at).is_(None), col(SignInLink.expires_at) > now)
        .values(spent_at=now)
    )
    if rows_changed(tx, spent) != 1:
        return None
    person = tx.get_one(Person, tx.get_one(SignInLink, token_hash(token)).person_id)
    if person.disabled_at is not None:
        return None
    signed_in = mint(24).hex()
    tx.add(
        SignIn(
            token_hash=token_hash(signed_in),
            person_id=person.id or 0,
            signed_in_at=now,
            ends_at=now + SIGN_IN_LIFE,
        )
    )
    return signed_in


def who(session: Session, now: datetime, *, token: str) -> Person | None:
    """Who is signed in with this token."""
    row = session.get(SignIn, token_hash(token))
    if row is None or row.ends_at <= now:
        return None
    person = session.get_one(Person, row.person_id)
    return None if person.disabled_at is not None else person


def sign_out(tx: Session, now: datetime, *, token: str) -> None:
    """End one sign-in."""
    rows_changed(tx, update(SignIn).where(col(SignIn.token_hash) == token_hash(token)).values(ends_at=now))


def add_client(
    tx: Session, now: datetime, mint: Mint, *, name: str, scopes: Sequence[Scope], origin: Origin
) -> str:
    """Give a till system or shop a key, told once and never again. Raises BadInput when the name is taken."""
    key = f"omni_{origin.value}_{mint(24).hex()}"
    is_new = insert_if_absent(
        tx,
        ApiClient,
        name=name,
        key_hash=token_hash(key),
        scopes=[scope.value for scope in scopes],
        origin=origin,
        added_at=now,
    )
    if not is_new:
        raise _taken(name)
    return key


def client_of(session: Session, key: str) -> ApiClient | None:
    """The machine that holds this key, unless it was revoked."""
    hashed = token_hash(key)
    client = session.exec(select(ApiClient).where(ApiClient.key_hash == hashed)).first()
    if client is None or client.revoked_at is not None or not compare_digest(client.key_hash, hashed):
        return None
    return client


def clients(session: Session) -> Sequence[ApiClient]:
    """Every machine with a key, by name."""
    return session.exec(select(ApiClient).order_by(col(ApiClient.name))).all()


def revoke_client(tx: Session, now: datetime, *, name: str) -> None:
    """Take a machine's key away. Raises Unknown."""
    client = tx.exec(select(ApiClient).where(ApiClient.name == name)).first()
    if client is None:
        raise Unknown(Reason.NOT_FOUND, name)
    client.revoked_at = now


def _taken(name: str) -> BadInput:
    return BadInput("name", f"{name} is already here; choose another name")
