"""The addresses the outside relies on are there, and no GET changes anything, whoever sends it."""

import pytest
from flask import Flask
from sqlmodel import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule

from omni import web
from omni.app import Installation
from omni.domain.offer import Picture
from omni.domain.people import Role, Scope
from omni.services import admitting
from omni.store.tables import METADATA
from tests.support.codes import a_batch, a_receipt_code, code_of, voucher_of
from tests.support.machines import BASE, Machine, a_key
from tests.support.pools import a_pool
from tests.support.repricing import print_codes, withdraw
from tests.support.staff import signed_in

PAGES = {
    "/": {"GET", "POST"},
    "/C/23456789BCDFGHJ": {"GET", "HEAD"},
    "/c/23456789BCDFGHJ": {"GET", "HEAD"},
    "/c/23456789BCDFGHJ/claim": {"POST"},
    "/v/V-XXXX-XXXX-XXXX-XXX": {"GET"},
    "/v/V-XXXX-XXXX-XXXX-XXX/shop": {"POST"},
    "/p/popup": {"GET"},
    "/privacy/23456789BCDFGHJ": {"GET"},
    "/fr/fr/double-11/": {"GET", "HEAD"},
    "/fr/fr/double-11/tea/": {"GET", "HEAD"},
    "/feeds/fr/fr.json": {"GET", "HEAD"},
    "/feeds/fr/fr.xml": {"GET", "HEAD"},
    "/sitemap.xml": {"GET", "HEAD"},
    "/robots.txt": {"GET", "HEAD"},
    "/screen/fr-paris-screen": {"GET", "HEAD"},
    "/till": {"GET"},
    "/studio": {"GET"},
    "/healthz": {"GET"},
    "/readyz": {"GET"},
    "/metrics": {"GET"},
    "/255/9521100200110": {"GET", "HEAD"},
    "/01/09521100000048": {"GET", "HEAD"},
    "/414/9521100100014": {"GET", "HEAD"},
    "/.well-known/gs1resolver": {"GET", "HEAD"},
}

SENDERS = {
    "a phone": {"User-Agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/130.0 Mobile Safari/537.36"},
    "a preview bot": {"User-Agent": "WhatsApp/2.23.20.0"},
    "a prefetching browser": {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"},
}


# What a page is asked with, where it must be.
ASKED = {
    "api.show_funnel": {"campaign": "double-11"},
    "api.list_redemptions": {"order_ref": "A-1"},
    "studio.figures": {"campaign": "double-11", "period": "all"},
}


@pytest.fixture(scope="module")
def routed() -> Flask:
    """Every page's address, and nothing behind it."""
    app = Flask("routes", static_folder=None)
    web.furnish(app, busy=RuntimeError)
    return app


@pytest.fixture
def filled_in(app: Flask, installation: Installation, shop: Machine) -> dict[str, list[str]]:
    """What stands in the addresses: codes and vouchers at every stage of their life, and all around them."""
    fresh, unlocked, spent = (a_receipt_code(installation, number=str(number)) for number in range(3))
    for code in (unlocked, spent):
        assert shop.post(f"/codes/{code}/claim", {"locale": "fr"}).status_code == 201
    order = {"voucher": voucher_of(installation, spent), "order_ref": "A-1"}
    redeemed = shop.post("/redemptions", {**order, "order_total_minor": 60_000, "currency": "EUR"})
    assert redeemed.status_code == 201, redeemed.json
    reference = str(redeemed.json["id"])
    poster = a_batch(installation, shared=True)
    labels = a_batch(installation)
    print_codes(installation, labels)
    withdraw(installation, labels)
    with installation.db.writing() as tx:
        person = admitting.add_person(tx, installation.world.now(), name="Nina", role=Role.STAFF)
        link = admitting.make_link(tx, installation.world.now(), installation.world.mint, person=person)
        drawn = tx.exec(select(Picture.digest)).first()
    with app.test_request_context():
        asset = app.jinja_env.globals["asset_url"]("staff.css").split("/")[2]
    return {
        "code": [fresh, unlocked, spent, code_of(installation, poster), "nothing of ours"],
        "voucher": [voucher_of(installation, code) for code in (fresh, unlocked, spent)],
        "token": [link, "nothing of ours"],
        "reference": [reference],
        "slug": ["fr-paris-popup"],
        "placement": ["fr-paris-popup", "fr-paris-screen", "nowhere"],
        "campaign": ["double-11"],
        "market": ["fr"],
        "gcn": ["9521100200110", "95211002001104711", "nothing of ours"],
        "gtin": ["09521100000048", "09521100000048/10/L1"],
        "gln": ["9521100100014"],
        "bundle": ["ski", "none"],
        "part": ["ski", "terms", "privacy", "stores"],
        "form": ["json", "xml"],
        "step": ["pause", "resume", "launch", "end"],
        "digest": [asset, drawn],
        "locale": ["fr", "en-FR"],
        "name": ["staff.css", drawn],
        "id": [str(poster.id), reference, str(a_pool(shop)["id"])],
        "number": [str(poster.id)],
    }


def contents(place: Installation) -> dict[str, list[str]]:
    """Every row of every table."""
    with place.db.reading() as session:
        return {
            table.name: sorted(map(repr, session.exec(select(table)))) for table in METADATA.sorted_tables
        }


def readable(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]


def addresses(app: Flask, rule: Rule, filled_in: dict[str, list[str]]) -> list[str]:
    """A rule's addresses, one for each thing that can stand in it."""
    rounds = max((len(filled_in[name]) for name in rule.arguments), default=1)
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        return [
            urls.build(rule.endpoint, ASKED.get(rule.endpoint, {}) | _standing(rule, filled_in, turn))
            for turn in range(rounds)
        ]


def _standing(rule: Rule, filled_in: dict[str, list[str]], turn: int) -> dict[str, str]:
    return {name: (filled_in[name] * (turn + 1))[turn] for name in rule.arguments}


def answers(app: Flask, address: str, method: str) -> bool:
    try:
        return app.url_map.bind("localhost").match(address, method=method) is not None
    except RequestRedirect:
        return True
    except HTTPException:
        return False


def test_every_page_that_is_promised_and_built_answers(routed: Flask) -> None:
    silent = [
        (method, address)
        for address, methods in PAGES.items()
        for method in methods
        if not answers(routed, address, method)
    ]
    assert silent == []


def test_no_get_changes_anything(
    app: Flask, installation: Installation, filled_in: dict[str, list[str]]
) -> None:
    person = signed_in(installation, "Olga", Role.OWNER, till="fr-paris-till-1").client
    key = {"Authorization": f"Bearer {a_key(installation, scopes=list(Scope))}"}
    before = contents(installation)
    for rule in readable(app):
        statuses = []
        for address in addresses(app, rule, filled_in):
            for sender in SENDERS.values():
                headers = sender | (key if address.startswith(BASE) else {})
                statuses.append(person.get(address, headers=headers).status_code)
                statuses.append(person.head(address, headers=headers).status_code)
        # Where every address is refused, nothing has been tried.
        assert min(statuses) < 400, rule
        assert max(statuses) < 500, rule
        assert contents(installation) == before, rule


def test_a_changed_row_is_noticed(installation: Installation) -> None:
    before = contents(installation)
    a_receipt_code(installation)
    assert contents(installation) != before
