"""Under which host and key codes are printed from now on, market by market."""

from __future__ import annotations

from collections.abc import Mapping

from omni.domain.keyring import Keyring
from omni.domain.market import Market
from omni.services.issuing import Seal
from omni.settings import Settings, is_public_https


def seals(settings: Settings, keyring: Keyring, markets: Mapping[str, Market]) -> dict[str, Seal]:
    """The seal of each market: its own host, else the installation's, and the current key."""
    return {market.id: _seal(settings.host_for(market.host), keyring) for market in markets.values()}


def _seal(host: str, keyring: Keyring) -> Seal:
    return Seal(host, keyring.current_id, must_be_reached=is_public_https(host))
