"""The demo: a campaign to try, people to try it as, and a code to scan, served at once."""

from __future__ import annotations

import os
import socket
import sys

import click

from omni import demo as demo_content
from omni.cli import bringing, saying, setting_up
from omni.cli.desk import CLIENT, Desk, pass_desk
from omni.cli.handing_out import code_of_receipt
from omni.cli.helping import example
from omni.cli.serving import check_port, serve_until_stopped
from omni.domain.people import Person, Role
from omni.domain.placement import Touchpoint
from omni.domain.record import Origin
from omni.domain.rulebook import Caller
from omni.present import campaign_file, market_file, price_file
from omni.present.paper import printed_code
from omni.present.qr import symbol
from omni.present.terminal import half_blocks, on_screen
from omni.services import admitting, issuing, launching, naming, pricing, sampling

_TILL = "fr-paris-till-1"
_SCREEN = "fr-paris-screen"
_SHOPPERS_OF_A_SCREEN = 1_000
_PEOPLE = (("Ada", Role.OWNER, None, "Campaigns"), ("Tom", Role.STAFF, _TILL, "Till"))


@example("omni demo", "omni demo --host 0.0.0.0 --port 9000", "omni demo --remove-samples")
@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0 for a phone nearby."
)
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on."
)
@click.option("--remove-samples", is_flag=True, help="Remove the sample data instead of serving.")
@pass_desk
def demo(desk: Desk, host: str, port: int, *, remove_samples: bool) -> None:
    """Load the demo campaign once, and serve it."""
    if remove_samples:
        _remove_samples(desk)
        return
    check_port(host, port)
    if not any(os.environ.get(name) for name in ("OMNI_BASE_URL", "OMNI_BASE_URL_FILE")):
        desk.base_url = f"http://{_reachable(host)}:{port}"
    setting_up.prepare(desk)
    _load(desk)
    _light_screens(desk)
    serve_until_stopped(
        desk, host, port, workers=2, threads=4, has_worker=True, when_ready=lambda: _welcome(desk)
    )


def _load(desk: Desk) -> None:
    """The campaign, its people and its sample data, each only when it is not there yet."""
    with desk.place.db.reading() as session:
        is_loaded = bool(naming.editions(session, demo_content.CAMPAIGN))
        known = {person.name for person in admitting.people(session)}
    if not is_loaded:
        click.echo("Loading the demo campaign (once)...")
        _bring(desk)
    for name, role, till, _ in _PEOPLE:
        if name not in known:
            _add(desk, name, role, till)


def _bring(desk: Desk) -> None:
    now, markets = desk.now(), market_file.shipped()
    written = campaign_file.read(demo_content.FILE.read_bytes(), file=demo_content.FILE.name, markets=markets)
    bringing.bring(desk, demo_content.as_of(written, now.date()), demo_content.FILE)
    history = demo_content.prices_as_of(written, now.date()).splitlines()
    prices = price_file.read_prices(history, file=demo_content.PRICES.name, markets=markets)
    with desk.place.db.writing() as tx:
        pricing.record_prices(tx, now, lists=prices, source=demo_content.PRICES.name, by=desk.by)
    with desk.place.db.writing() as tx:
        for found in naming.editions(tx, demo_content.CAMPAIGN):
            done = launching.launch(
                tx,
                now,
                edition=found.edition,
                rules=desk.place.rules,
                is_sandbox=desk.settings.is_sandbox,
                by=desk.by,
            )
            saying.unless_refused(done)
    with desk.place.db.writing() as tx:
        sampling.load_samples(tx, now)


def _light_screens(desk: Desk) -> None:
    """Give every screen a shared code of the address the demo has now; where it has one, that one stays."""
    now, catalogue = desk.now(), desk.place.catalogue.fresh()
    with desk.place.db.writing() as tx:
        for found in naming.editions(tx, demo_content.CAMPAIGN):
            seal = desk.seal(found.market)
            for placement, _ in naming.placements(tx, found.edition):
                shown = catalogue.posters.get(placement.slug)
                if placement.touchpoint is not Touchpoint.SCREEN or (shown and shown.host == seal.host):
                    continue
                # A market whose last day of issue is over keeps its screen dark, and that is right.
                issuing.issue(
                    tx,
                    now,
                    edition=found.edition,
                    placement=placement,
                    bundle_slug=None,
                    count=_SHOPPERS_OF_A_SCREEN,
                    shared=True,
                    origin=Origin.LIVE,
                    seal=seal,
                    caller=Caller(client=CLIENT, key="", body_hash=""),
                    by=desk.by,
                )


def _add(desk: Desk, name: str, role: Role, till: str | None) -> None:
    now = desk.now()
    with desk.place.db.writing() as tx:
        placement = naming.placement_named(tx, till) if till else None
        admitting.add_person(tx, now, name=name, role=role, placement_id=placement.id if placement else None)


def _remove_samples(desk: Desk) -> None:
    with desk.place.db.writing() as tx:
        sampling.remove_samples(tx)
    click.echo("The sample data is gone; what you did yourself stays.")


def _welcome(desk: Desk) -> None:
    """What there is to try, with a code nobody has scanned and links nobody has used."""
    try:
        _show_code(desk)
    except saying.NothingDone as refused:
        click.echo(f"Shopper    {refused.message}")
    click.echo(f"Screen     {desk.settings.base_url}/screen/{_SCREEN}")
    for name, _, _, what in _PEOPLE:
        click.echo(f"{what:10} {_link(desk, name)}   (signs in {name}, once)")
    click.echo(f"API        {desk.settings.base_url}/api/v1/docs")
    click.echo("The past is sample data; `omni demo --remove-samples` removes it. Ctrl-C stops.")


def _show_code(desk: Desk) -> None:
    with desk.place.db.reading() as session:
        till = naming.placement_named(session, _TILL)
    code = code_of_receipt(desk, till, receipt_no=None, total=None, origin=Origin.LIVE)
    printed = printed_code(desk.place.keyring, code.batch, code.number)
    drawing = symbol(printed.url, level="M")
    click.echo(on_screen(drawing) if sys.stdout.isatty() else half_blocks(drawing))
    click.echo(f"Shopper    {printed.url}")


def _link(desk: Desk, name: str) -> str:
    now = desk.now()
    with desk.place.db.writing() as tx:
        person: Person = admitting.person_named(tx, name)
        token = admitting.make_link(tx, now, desk.composer.world.mint, person=person)
    return f"{desk.settings.base_url}/sign-in/{token}"


def _reachable(host: str) -> str:
    """The address by which others reach this machine, when it listens on all of them."""
    if host not in ("0.0.0.0", "::"):
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: connecting a datagram socket only chooses the way out.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


COMMANDS = (demo,)
