"""What a command works at: the settings, the installation once it is needed, and who sits there."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from omni.domain.market import Market
from omni.services.issuing import Seal
from omni.settings import Settings, is_public_https

if TYPE_CHECKING:
    from omni.app import Composer, Installation

CLIENT = "cli"
"""How facts name the command line as the one who asked."""


class Desk:
    """One run of the `omni` command. Nothing is opened before a command asks for it."""

    def __init__(self, composer: Composer) -> None:
        self.composer = composer
        self.data_dir: Path | None = None
        self.base_url: str | None = None

    @cached_property
    def settings(self) -> Settings:
        """The settings, with what the command line says otherwise."""
        told = self.composer.settings(self.data_dir)
        return replace(told, base_url=self.base_url) if self.base_url else told

    @cached_property
    def place(self) -> Installation:
        """The installation, ready to serve."""
        return self.composer.installation(self.settings)

    @property
    def by(self) -> str:
        """Who sits here, as far as the machine knows."""
        try:
            return f"{CLIENT}:{getpass.getuser()}"[:128]
        except (OSError, KeyError):
            return CLIENT

    def now(self) -> datetime:
        """This instant."""
        return self.composer.world.now()

    def nonce(self) -> str:
        """A request key nobody used before, for what is asked once and not to be asked again."""
        return self.composer.world.mint(16).hex()

    def seal(self, market: Market) -> Seal:
        """How codes of a market are printed from here on: host and current key."""
        host = self.settings.host_for(market.host)
        return Seal(host, self.place.keyring.current_id, must_be_reached=is_public_https(host))

    def seals(self, markets: Mapping[str, Market]) -> dict[str, Seal]:
        """The same for every market."""
        return {market.id: self.seal(market) for market in markets.values()}

    def close(self) -> None:
        """Give the database back, if a command opened it."""
        if "place" in self.__dict__:
            self.place.db.close()


pass_desk = click.make_pass_decorator(Desk)
