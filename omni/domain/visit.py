"""Who opened a page, as little as counting needs: a person or a machine, and on what class of device."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class VisitKind(StrEnum):
    """What stands behind one opening of a page; bots and prefetches are shown beside people, not dropped."""

    HUMAN = "human"
    BOT = "bot"
    PREFETCH = "prefetch"


class DeviceClass(StrEnum):
    """All that is kept of a user agent."""

    IOS = "ios"
    ANDROID = "android"
    DESKTOP = "desktop"
    BOT = "bot"
    OTHER = "other"


class OrphanClass(StrEnum):
    """Why the text behind an orphan scan is not one of our codes; a pile of one class is a misprint alarm."""

    NOT_A_CODE = "not-a-code"
    CUT_OFF = "cut-off"
    TAX_CODE = "tax-code"
    WRONG_CHECK = "wrong-check"
    NOT_ISSUED = "not-issued"


@dataclass(frozen=True, slots=True)
class Visit:
    """One opening of a page, made at the edge. It holds nothing that could tell one person from another."""

    kind: VisitKind
    device: DeviceClass


# Windows phones claim to be Android and iPhone as well, so they are looked for first.
_DEVICES = (
    (re.compile(r"Windows Phone"), DeviceClass.OTHER),
    (re.compile(r"\b(?:iPhone|iPad|iPod)\b"), DeviceClass.IOS),
    (re.compile(r"\bAndroid\b"), DeviceClass.ANDROID),
    (re.compile(r"Windows NT|Macintosh|X11|CrOS"), DeviceClass.DESKTOP),
)

_AHEAD_OF_TIME = re.compile(r"\s*(?:prefetch|prerender|preview)\b", re.IGNORECASE)


def device_of(user_agent: str, kind: VisitKind) -> DeviceClass:
    """The class of device a user agent names.

    A tablet that asks for desktop pages calls itself a desktop, and is counted as one.

    >>> device_of("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/130", VisitKind.HUMAN)
    <DeviceClass.ANDROID: 'android'>
    """
    if kind is VisitKind.BOT:
        return DeviceClass.BOT
    return next((device for sign, device in _DEVICES if sign.search(user_agent)), DeviceClass.OTHER)


def is_ahead_of_time(*, sec_purpose: str, purpose: str, x_purpose: str, x_moz: str) -> bool:
    """Whether a browser says that it loads the page before anybody asked to see it.

    The four are the request headers of the same names, empty when absent: `Sec-Purpose` (Chromium, Firefox),
    `Purpose` and `X-Purpose` (older Safari and Chrome), `X-Moz` (older Firefox). A prerendered page that is
    then shown is not requested again, so a few people stay counted as prefetch.
    """
    return any(_AHEAD_OF_TIME.match(value) for value in (sec_purpose, purpose, x_purpose, x_moz))
