"""Tills and web shops for tests: a key, and JSON spoken to the application in process."""

from collections.abc import Iterable
from secrets import token_hex

import pytest
from flask import Flask
from sqlmodel import func, select
from werkzeug.test import TestResponse

from omni.app import Installation, build_app
from omni.domain.people import Scope
from omni.domain.record import Origin
from omni.services.admitting import add_client
from omni.store.tables import METADATA

BASE = "/api/v1"


class Machine:
    """One client of the API; every POST carries a fresh key unless it is given one."""

    def __init__(self, app: Flask, bearer: str) -> None:
        self._client = app.test_client()
        self._bearer = bearer

    def get(self, path: str, **headers: str) -> TestResponse:
        """Ask for something under /api/v1."""
        return self._client.get(BASE + path, headers=self._headers(headers))

    def post(self, path: str, body: object, *, key: str | None = None, **headers: str) -> TestResponse:
        """Send JSON; an empty `key` sends none."""
        wanted = token_hex(8) if key is None else key
        if wanted:
            headers["Idempotency_Key"] = wanted
        return self._client.post(BASE + path, json=body, headers=self._headers(headers))

    def delete(self, path: str) -> TestResponse:
        """Delete something under /api/v1."""
        return self._client.delete(BASE + path, headers=self._headers({}))

    def send(self, path: str, data: bytes, content_type: str = "application/json") -> TestResponse:
        """Send bytes as they are."""
        headers = self._headers({"Idempotency_Key": token_hex(8)})
        return self._client.post(BASE + path, data=data, content_type=content_type, headers=headers)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        bearer = {"Authorization": f"Bearer {self._bearer}"} if self._bearer else {}
        return bearer | {name.replace("_", "-"): value for name, value in headers.items()}


def a_key(
    place: Installation, *, scopes: Iterable[Scope] = (Scope.POS, Scope.SHOP), origin: Origin = Origin.LIVE
) -> str:
    """A fresh key of a machine with these scopes."""
    with place.db.writing() as tx:
        return add_client(
            tx, place.world.now(), place.world.mint, name=token_hex(8), scopes=list(scopes), origin=origin
        )


def rows_written(place: Installation) -> dict[str, int]:
    """How many rows every table has, to prove that nothing was written."""
    with place.db.reading() as session:
        tables = METADATA.sorted_tables
        return {table.name: session.exec(select(func.count()).select_from(table)).one() for table in tables}


@pytest.fixture
def app(installation: Installation) -> Flask:
    """The application around the demo campaign."""
    return build_app(installation)


@pytest.fixture
def shop(app: Flask, installation: Installation) -> Machine:
    """A web shop that is a till too."""
    return Machine(app, a_key(installation))
