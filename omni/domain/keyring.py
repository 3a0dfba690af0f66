"""The keys that seal and open every printed code, and how they travel in one setting."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Self

from omni.domain.code import SEALED_PURPOSES, Purpose, normalise, seal, seal_all, show, unseal

MOST_KEYS = 4
SECRET_BYTES = 32


class KeyringProblem(ValueError):
    """The keys of this installation cannot be used; the message is one line that says what to do.

    No message ever contains a secret or a part of one.
    """


@dataclass(frozen=True, slots=True)
class CodeKey:
    """One secret that codes are sealed with, and the small id a batch remembers it by.

    Raises KeyringProblem unless the id is 1 to 4 and the secret has 32 bytes.
    """

    id: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.id <= MOST_KEYS:
            raise KeyringProblem(f"Key ids go from 1 to {MOST_KEYS}: give key {self.id} a free one of these.")
        if len(self.secret) != SECRET_BYTES:
            raise KeyringProblem(
                f"Key {self.id} has {len(self.secret)} bytes instead of {SECRET_BYTES}: "
                "copy it again from the recovery sheet."
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key written as `id:base64url`, as in the setting and on the recovery sheet."""
        key_id, colon, encoded = text.strip().partition(":")
        if not colon or not (key_id.isascii() and key_id.isdigit()):
            raise KeyringProblem(
                "OMNI_CODE_KEYS must read id:secret, separated by commas: copy it from the recovery sheet."
            )
        try:
            secret = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except ValueError:
            secret = b""
        # Python's decoder skips what it does not know; a key read with a slip in it must not pass for a key.
        if _base64url(secret) != encoded.rstrip("="):
            raise KeyringProblem(f"Key {key_id} has a slip in it: copy it again from the recovery sheet.")
        return cls(int(key_id), secret)

    def as_setting(self) -> str:
        """The key as `id:base64url`. A secret: only for the setting and the recovery sheet."""
        return f"{self.id}:{_base64url(self.secret)}"


def new_key(key_id: int, mint: Callable[[int], bytes]) -> CodeKey:
    """A fresh key with this id."""
    return CodeKey(key_id, mint(SECRET_BYTES))


def fingerprint(key: CodeKey) -> str:
    """Sixteen hexadecimal digits that name a key without giving it away; the database keeps them."""
    return blake2b(key=key.secret, digest_size=8, person=b"fingerprint").hexdigest()


@dataclass(frozen=True, slots=True)
class Opened:
    """What a text turned out to be: which kind of sealed number, and under which key."""

    purpose: Purpose
    number: int
    key_id: int


@dataclass(frozen=True)
class Keyring:
    """At most four keys: one seals what is printed from now on, all of them open.

    Raises KeyringProblem for no key, too many, the same id or secret twice, or a current id without its key.
    """

    keys: tuple[CodeKey, ...]
    current_id: int

    def __post_init__(self) -> None:
        ids = [key.id for key in self.keys]
        if not ids:
            raise KeyringProblem("There are no code keys: run `omni init`, or set OMNI_CODE_KEYS.")
        if len(ids) > MOST_KEYS:
            raise KeyringProblem(f"There are {len(ids)} code keys and at most {MOST_KEYS} fit: retire one.")
        if len(set(ids)) < len(ids):
            raise KeyringProblem("Two code keys have the same id: give each an id of its own.")
        if len({key.secret for key in self.keys}) < len(ids):
            raise KeyringProblem("Two code keys are the same secret: remove one of them.")
        if self.current_id not in ids:
            raise KeyringProblem(f"The current key {self.current_id} is not in the keyring: add it.")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The keyring of the setting OMNI_CODE_KEYS, `1:base64url,2:base64url`; the last key is current."""
        keys = tuple(CodeKey.parse(entry) for entry in text.split(",") if entry.strip())
        return cls(keys, keys[-1].id if keys else 0)

    def as_setting(self) -> str:
        """The keyring as `parse` reads it. A secret."""
        others = (key for key in self.keys if key.id != self.current_id)
        return ",".join(key.as_setting() for key in (*others, self._key(None)))

    def fingerprints(self) -> dict[int, str]:
        """The fingerprint of each key by its id."""
        return {key.id: fingerprint(key) for key in self.keys}

    def seal(self, number: int, purpose: Purpose, key_id: int | None = None) -> str:
        """The sealed number as people read it, under the current key or the one named.

        Raises ValueError for a number that does not fit or a purpose that seals none, and KeyringProblem for
        a key that is not here.
        """
        return show(seal(number, self._key(key_id).secret, purpose), purpose)

    def seal_all(self, numbers: Iterable[int], purpose: Purpose, key_id: int | None = None) -> Iterator[str]:
        """What `seal` gives for each number, one at a time, at half its cost."""
        letters = seal_all(numbers, self._key(key_id).secret, purpose)
        return (show(each, purpose) for each in letters)

    def open(self, text: str) -> Opened | None:
        """What somebody typed or scanned, or None when it is not ours; asks no database.

        Purposes and keys are tried in turn, the current key first, so a stranger's text passes for one of
        ours with 2^-32 for each pair: at most twelve.
        """
        letters = normalise(text)
        if letters is None:
            return None
        for purpose in SEALED_PURPOSES:
            for key in self._current_first:
                number = unseal(letters, key.secret, purpose)
                if number is not None:
                    return Opened(purpose, number, key.id)
        return None

    def secret_for(self, purpose: Purpose, key_id: int | None = None) -> bytes:
        """The 32-byte secret for signing or hashing of one purpose, under the current key or the one named.

        A hash that must be found again after the keys change has to name its key.
        """
        return _sub_key(self._key(key_id), purpose)

    def secrets_for(self, purpose: Purpose) -> tuple[bytes, ...]:
        """Every secret a signature of this purpose may still carry, the current one first."""
        return tuple(_sub_key(key, purpose) for key in self._current_first)

    @cached_property
    def _current_first(self) -> Sequence[CodeKey]:
        return sorted(self.keys, key=lambda key: key.id != self.current_id)

    def _key(self, key_id: int | None) -> CodeKey:
        wanted = self.current_id if key_id is None else key_id
        for key in self.keys:
            if key.id == wanted:
                return key
        raise KeyringProblem(f"Key {wanted} is not in the keyring: add it from its recovery sheet.")


@lru_cache(maxsize=64)
def _sub_key(key: CodeKey, purpose: Purpose) -> bytes:
    if purpose in SEALED_PURPOSES:
        raise ValueError(f"{purpose} seals numbers; it signs nothing")
    return blake2b(key=key.secret, digest_size=SECRET_BYTES, person=f"{purpose}:secret".encode()).digest()


def _base64url(secret: bytes) -> str:
    return urlsafe_b64encode(secret).rstrip(b"=").decode()
