"""The wallets of phones, and where people have which."""

from __future__ import annotations

from enum import StrEnum

from omni.domain.visit import DeviceClass


class Wallet(StrEnum):
    """A phone's own place for tickets and vouchers."""

    APPLE = "apple"
    GOOGLE = "google"


_WITHOUT = frozenset({"CN"})
"""Countries where neither is offered: phones sold there carry no Google services, and people keep pictures
(general knowledge, unchecked). Hong Kong and Taiwan have both."""

_ON_DEVICE = {DeviceClass.IOS: (Wallet.APPLE,), DeviceClass.ANDROID: (Wallet.GOOGLE,)}


def wallets_for(country: str, device: DeviceClass) -> tuple[Wallet, ...]:
    """The wallets worth offering in a country (ISO 3166-1) to somebody with such a device, likeliest first.

    A desktop may belong to the owner of either phone.

    >>> wallets_for("FR", DeviceClass.IOS)
    (<Wallet.APPLE: 'apple'>,)
    """
    return () if country in _WITHOUT else _ON_DEVICE.get(device, tuple(Wallet))
