"""Every place a bundle's price is written, and the minor units read back from the words that stand there."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any

from flask import Flask
from sqlmodel import col, select

from omni.app import Installation
from omni.domain.print_run import PrintRun
from tests.support.machines import Machine
from tests.support.staff import Browser

_TOTAL = re.compile(r'class="total">.*?<bdi class="amount">(.*?)</bdi>', re.DOTALL)
_TEXTS = re.compile(r">([^<>]+)<")
_LETTERS = re.compile(r"[^\W\d]{5}|-")


def minor_units(written: str) -> int:
    """The amount a written price states: its digits, in whatever script, are its minor units."""
    return int("".join(str(unicodedata.digit(mark)) for mark in written if mark.isdecimal()))


def on_page(app: Flask, code: str, headers: Mapping[str, str], *, cookie: str | None = None) -> int:
    """The total on the shopper's page of a code."""
    client = app.test_client()
    if cookie is not None:
        client.set_cookie("omni_held", cookie)
    answer = client.get(f"/c/{code}", headers=dict(headers))
    return total_of(answer.text)


def total_of(page: str) -> int:
    """The total of the first bundle on a page of the shopper's."""
    found = _TOTAL.search(page)
    assert found is not None, page[:2000]
    return minor_units(unescape(found.group(1)))


def on_site(app: Flask, campaign: str, bundle: str, headers: Mapping[str, str]) -> dict[str, int]:
    """The price of a bundle all over the public site, from the address of its campaign's page on."""
    market, locale = campaign.strip("/").split("/")[:2]
    page = _public(app, f"{campaign}{bundle}/", headers)
    home, feed, ads = (
        _public(app, address, headers)
        for address in (campaign, f"/feeds/{market}/{locale}.json", f"/feeds/{market}/{locale}.xml")
    )
    linked = linked_data(page)["offers"]
    listed = next(offer for offer in json.loads(feed)["offers"] if offer["bundle"] == bundle)
    in_ads = re.search(rf"/{bundle}</g:id>.*?<g:price>(.*?)</g:price>", ads, re.DOTALL)
    in_list = re.search(rf'href="{campaign}{bundle}/".*?<bdi class="amount">(.*?)</bdi>', home, re.DOTALL)
    assert in_ads is not None
    assert in_list is not None
    return {
        "site": total_of(page),
        "home": minor_units(unescape(in_list[1])),
        "linked data": minor_units(linked["price"]),
        "its specification": minor_units(linked["priceSpecification"]["price"]),
        "feed": listed["price_minor"],
        "feed in words": minor_units(listed["price"]),
        "ads": minor_units(in_ads[1]),
    }


def linked_data(page: str) -> dict[str, Any]:
    """What a page tells search engines."""
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found is not None, page[:2000]
    told: dict[str, Any] = json.loads(found[1])
    return told


def _public(app: Flask, address: str, headers: Mapping[str, str]) -> str:
    answer = app.test_client().get(address, headers=dict(headers))
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.text


def on_screen(app: Flask, placement: str, headers: Mapping[str, str]) -> int:
    """The price on a place's screen, the same in each of its languages."""
    page = app.test_client().get(f"/screen/{placement}", headers=dict(headers)).text
    # What follows is shown instead of the offer, never beside it.
    return _price_in(page.partition("</main>")[0])


def at_till(till: Browser, code: str) -> dict[str, int]:
    """The price beside a code on the till's screen, and on the slip it prints."""
    return {
        "till": _price_in(till.get(f"/till/codes/{code}").text),
        "slip": _price_in(till.get(f"/till/codes/{code}/slip").text),
    }


def for_machines(pos: Machine, code: str, receipt: Mapping[str, str] | None = None) -> dict[str, int]:
    """The price on the slip page of a code, and on the lines a point of sale prints on its receipt."""
    said = {"api_slip": _price_in(pos.get(f"/codes/{code}/slip").text)}
    if receipt is not None:
        answer = pos.post("/receipts", receipt).get_json()
        assert answer["code"] == code
        said["slip_text"] = price_among(answer["slip_text"])
    return said


def printed(place: Installation) -> int:
    """The price written down with what was printed last."""
    with place.db.reading() as session:
        newest = session.exec(select(PrintRun).order_by(col(PrintRun.id).desc())).first()
    assert newest is not None
    return newest.price_minor


def price_among(lines: Iterable[str]) -> int:
    """The one amount among lines of text, in however many languages it is written."""
    amounts = {minor_units(line) for line in lines if _is_price(line)}
    assert len(amounts) == 1, amounts
    return amounts.pop()


def _price_in(page: str) -> int:
    return price_among(unescape(text).strip() for text in _TEXTS.findall(page.partition("<body")[2]))


def _is_price(line: str) -> bool:
    """Whether a line is an amount with its currency and nothing else."""
    has_currency = any(unicodedata.category(mark) in {"Sc", "Lo", "Lu"} for mark in line)
    has_digits = any(mark.isdecimal() for mark in line)
    return len(line) < 24 and has_currency and has_digits and _LETTERS.search(line) is None
