"""Shops whose own discounts stand for vouchers: connecting them, trying them, and what they have in stock."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.cli.mirroring import access_of
from omni.domain.discount import RANDOM_BYTES, Discount, code_from
from omni.domain.policies import Connection
from omni.domain.shop import Shop, ShopCodeState, ShopKind
from omni.outside.admin_api import ShopAway, ShopRefuses, understanding
from omni.outside.shop_kinds import ADMIN_APIS
from omni.services import connecting, mirroring, naming, shop_codes
from omni.settings import shop_token

edition_argument = click.argument("edition", metavar="CAMPAIGN/MARKET")


@example(
    "omni shops add woocommerce --name main --address https://shop.example",
    "omni shops stock double-11/fr",
)
@click.group()
def shops() -> None:
    """Shops that take codes of their own, where ours are mirrored."""


@example(
    "omni shops add woocommerce --name main --address https://shop.example",
    "omni shops add shopify --name main --address https://main.myshopify.com",
)
@shops.command("add")
@click.argument("kind", type=click.Choice([kind.value for kind in ShopKind]))
@click.option("--name", required=True, help="What campaign files call it: `connected_shop: NAME`.")
@click.option("--address", metavar="URL", required=True, help="Where the shop is; https.")
@pass_desk
def shops_add(desk: Desk, kind: str, name: str, address: str) -> None:
    """Connect a shop by its admin API.

    The token is read from OMNI_SHOP_<NAME>_TOKEN, else from standard input, and then kept in the data folder
    where only its owner can read it. WooCommerce's is `consumer key:consumer secret`.
    """
    given = shop_token(name)
    token = given or _asked()
    if not token:
        raise click.UsageError("there is no token on standard input")
    now = desk.now()
    with desk.place.db.writing() as tx:
        shop = connecting.add_shop(tx, now, slug=name, kind=ShopKind(kind), address=address, by=desk.by)
    if not given:
        connecting.keep_token(_keys(desk), name, token)
    click.echo(f"{name} is {shop.kind.value} at {shop.address}.")
    click.echo(f"Next, in the campaign file: connect: mirror, connected_shop: {name}")


@example("omni shops list")
@shops.command("list")
@pass_desk
def shops_list(desk: Desk) -> None:
    """Every connected shop, and whether there is a token for it; never the token."""
    with desk.place.db.reading() as session:
        known = connecting.shops(session)
    saying.table(
        ("name", "kind", "address", "token"),
        [(shop.slug, shop.kind.value, shop.address, _has_token(desk, shop)) for shop in known],
    )


@example("omni shops test double-11/fr")
@shops.command("test")
@edition_argument
@pass_desk
def shops_test(desk: Desk, edition: str) -> None:
    """Make one discount in the edition's shop, ask for it once more, and delete it again."""
    now = desk.now()
    with desk.place.db.reading() as session:
        named = naming.edition_named(session, edition)
        content = connecting.content_of(session, named)
        if content.policies.connection is not Connection.MIRROR or content.policies.connected_shop is None:
            raise saying.NothingDone(f"{edition} is not mirrored: write `connect: mirror` in its file")
        shop = connecting.shop_named(session, content.policies.connected_shop)
        slug = content.offered[0].slug
        discount = mirroring.discount_of(session, now, edition=named, bundle_slug=slug)
    if discount is None:
        raise saying.NothingDone(f"{slug} costs no less than its items one by one: nothing to make")
    _try(desk, shop, replace(discount, code=code_from(desk.composer.world.mint(RANDOM_BYTES))))
    click.echo(f"{shop.slug} makes, finds and deletes a discount of {discount.amount} {discount.currency}.")


@example("omni shops stock double-11/fr")
@shops.command("stock")
@edition_argument
@pass_desk
def shops_stock(desk: Desk, edition: str) -> None:
    """How many of the shop's own codes an edition still has, and where the others are."""
    with desk.place.db.reading() as session:
        named = naming.edition_named(session, edition)
        content = connecting.content_of(session, named)
        levels = shop_codes.levels(session, named.id or 0)
    rows = [
        (bundle.slug, *(levels.get(bundle.id, {}).get(state, 0) for state in ShopCodeState))
        for bundle in content.bundles
        if bundle.id in levels or not bundle.is_withdrawn
    ]
    click.echo(f"{edition} connects its shop by: {content.policies.connection.value}")
    saying.table(("bundle", *(state.value for state in ShopCodeState)), rows)


@example("omni shops remove main")
@shops.command("remove")
@click.argument("name")
@pass_desk
def shops_remove(desk: Desk, name: str) -> None:
    """Disconnect a shop and forget its token, once none of our discounts can be used there."""
    with desk.place.db.writing() as tx:
        connecting.remove_shop(tx, slug=name)
    connecting.forget_token(_keys(desk), name)
    click.echo(f"{name} is disconnected.")


def _try(desk: Desk, shop: Shop, discount: Discount) -> None:
    api = ADMIN_APIS[shop.kind]
    try:
        access = access_of(desk.settings, shop)
        with understanding():
            first, again = api.make(access, discount), api.make(access, discount)
            api.delete(access, discount.code, again)
    except (ShopAway, ShopRefuses) as problem:
        raise saying.NothingDone(f"{shop.slug}: {problem}") from None
    if first != again:
        raise saying.NothingDone(f"{shop.slug} made two discounts of one code; look at what runs there")


def _asked() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Token", hide_input=True)).strip()
    return sys.stdin.readline().strip()


def _has_token(desk: Desk, shop: Shop) -> str:
    kept = shop_token(shop.slug) or connecting.kept_token(_keys(desk), shop.slug)
    return "there" if kept else "missing"


def _keys(desk: Desk) -> Path:
    return desk.settings.data_dir / "keys"


COMMANDS = (shops,)
