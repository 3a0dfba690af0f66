"""Under which host and key codes are printed from now on, market by market."""

from __future__ import annotations

from collections.abc import Mapping

from omni.domain.keyring import Keyring
from omni.domain.market import Market
from omni.services.issuing import Seal
from omni.settings import Settings


def seals(settings: Settings, keyring: Keyring, markets: Mapping[str, Market]) -> dict[str, Seal]:
    """The seal of each market: its own host, else the installation's, and the current key."""
    return {
        market.id: Seal(host=settings.host_for(market.host), key_id=keyring.current_id)
        for market in markets.values()
    }
