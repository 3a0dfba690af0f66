"""The vouchers this phone unlocked, in one signed cookie; there is none before the first."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request

from omni.domain import holder_cookie
from omni.domain.batch import Batch
from omni.domain.code import Purpose
from omni.web import here

COOKIE = "omni_held"


def held() -> tuple[str, ...]:
    """The vouchers this phone has unlocked, the newest first."""
    return holder_cookie.read(request.cookies.get(COOKIE, ""), here().keyring.secrets_for(Purpose.HOLDER))


def held_of(batch: Batch) -> str | None:
    """The newest voucher this phone has of a batch, so that a poster opens it again instead of another."""
    keyring = here().keyring
    for voucher in held():
        opened = keyring.open(voucher)
        if opened is not None and batch.has(opened.number):
            return voucher
    return None


def numbers_of(vouchers: tuple[str, ...]) -> list[int]:
    """The numbers of those vouchers that still open."""
    opened = map(here().keyring.open, vouchers)
    return [each.number for each in opened if each is not None]


def remember(response: Response, vouchers: tuple[str, ...], *, until: datetime) -> None:
    """Let the phone keep these vouchers until the last of them ends."""
    place = here()
    response.set_cookie(
        COOKIE,
        holder_cookie.write(vouchers, place.keyring.secret_for(Purpose.HOLDER)),
        expires=until,
        httponly=True,
        samesite="Lax",
        secure=place.settings.base_url.startswith("https"),
    )
