"""Asking a shop's admin API: one request, one answer, and the two ways it can fail.

Each kind of shop has a module of its own with the same three functions:

    make(access, discount) -> str            the shop's own name for the discount; asked twice, still one
    delete(access, code, native_id) -> None  no matter whether it is there
    orders_since(access, since, digits) -> Iterator[OrderReport]    `digits` by currency

They are written from the shops' public documentation and were not run against a real shop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import requests

from omni.domain.discount import Discount
from omni.domain.order_report import OrderReport

PATIENCE_SECONDS = 10.0
"""How long a shop may take to connect, and again for each piece of its answer."""

LARGEST_ANSWER = 16_000_000
MOST_PAGES = 1000
"""How many pages of orders are read at most; whatever is behind comes the next time."""

_LONGEST_WAIT = 3600.0


class ShopAway(Exception):
    """The shop does not answer, or asks us to wait; the same again later is right."""

    def __init__(self, message: str, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class ShopRefuses(Exception):
    """The shop answered no: somebody has to look at its settings or at the token."""


@dataclass(frozen=True)
class Access:
    """Where a shop is and what opens it."""

    address: str
    token: str = field(repr=False)


class AdminApi(Protocol):
    """What every kind of shop can do for us."""

    def make(self, access: Access, discount: Discount) -> str:
        """Make a discount, or find the one of this code."""

    def delete(self, access: Access, code: str, native_id: str | None) -> None:
        """Make sure that a discount is not there."""

    def orders_since(
        self, access: Access, since: datetime, digits: Mapping[str, int]
    ) -> Iterator[OrderReport]:
        """What happened to orders that changed since an instant and that named a discount."""


@contextmanager
def understanding() -> Iterator[None]:
    """Take an answer that lacks what its documentation promises for a refusal, not for a fault of ours."""
    try:
        yield
    except (ArithmeticError, LookupError, TypeError, ValueError) as strange:
        raise ShopRefuses(f"the shop's answer is not understood ({type(strange).__name__})") from strange


def ask(
    access: Access,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    allowed: tuple[int, ...] = (),
    **sent: Any,
) -> requests.Response:
    """One request; a status of 4xx that is not `allowed` is a refusal. Raises ShopAway, ShopRefuses.

    Nothing is taken from the environment: a proxy or a .netrc would see or replace the token. No address,
    header or body is ever part of a message.
    """
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.request(
                method,
                access.address + path,
                headers={"User-Agent": "Omni", **(headers or {})},
                auth=auth,
                timeout=PATIENCE_SECONDS,
                allow_redirects=False,
                **sent,
            )
        except requests.RequestException as failure:
            raise ShopAway(f"the shop does not answer ({type(failure).__name__})") from None
    if answer.status_code == 429 or answer.status_code >= 500:
        raise ShopAway(f"the shop asks to wait (status {answer.status_code})", _wait(answer))
    if answer.status_code in (401, 403):
        raise ShopRefuses("the shop does not accept the token, or it may not do this")
    if len(answer.content) > LARGEST_ANSWER:
        raise ShopRefuses("the shop's answer is too long")
    if answer.status_code >= 300 and answer.status_code not in allowed:
        raise ShopRefuses(f"the shop refuses (status {answer.status_code})")
    return answer


def as_json(answer: requests.Response) -> Any:
    """The document of an answer. Raises ShopRefuses when it is none."""
    try:
        return answer.json()
    except requests.JSONDecodeError:
        raise ShopRefuses("what answers there does not speak JSON; look at the address") from None


def _wait(answer: requests.Response) -> float | None:
    written = answer.headers.get("Retry-After", "")
    try:
        return min(max(float(written), 0.0), _LONGEST_WAIT)
    except ValueError:
        return None
