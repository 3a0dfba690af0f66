"""People who sign in and fill in forms as a browser would: hidden fields, ticks and tokens as they come."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from omni.app import Installation, build_app
from omni.domain.people import Role
from omni.services import admitting


@dataclass
class Form:
    """One form of a page, with what it would send untouched."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(told.get("action", "")))
        if not self.forms:
            return
        form, name = self.forms[-1], told.get("name", "")
        if tag in ("input", "select", "button") and name:
            form.names.add(name)
        if tag == "input" and name and (told.get("type") != "checkbox" or "checked" in told):
            form.fields[name] = told.get("value", "")
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and ("selected" in told or self._select not in form.fields):
            form.fields[self._select] = told["value"]


def forms(page: TestResponse) -> list[Form]:
    """Every form of a page."""
    parser = _Forms()
    parser.feed(page.text)
    return parser.forms


class Browser:
    """A browser somebody works in; it keeps its cookies and follows nothing by itself."""

    def __init__(self, client: FlaskClient, language: str = "en") -> None:
        self.client = client
        self.headers = {"Accept-Language": language}

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path, headers=self.headers)

    def press(self, page: TestResponse, action: str, **fields: Any) -> TestResponse:
        """Send the form of a page whose address ends so, with some fields filled in; None leaves one out."""
        form = next(form for form in forms(page) if form.action.endswith(action))
        sent = {name: value for name, value in {**form.fields, **fields}.items() if value is not None}
        return self.client.post(form.action, data=sent, headers=self.headers)

    def press_and_follow(self, page: TestResponse, action: str, **fields: Any) -> TestResponse:
        """Send a form and open the page it leads to."""
        answer = self.press(page, action, **fields)
        assert answer.status_code == 303, answer.text
        return self.get(answer.location)


def a_link(place: Installation, name: str = "Tom", role: Role = Role.STAFF) -> str:
    """A fresh one-time link of somebody, who is added when new."""
    with place.db.writing() as tx:
        known = {person.name: person for person in admitting.people(tx)}
        person = known.get(name) or admitting.add_person(tx, place.world.now(), name=name, role=role)
        token = admitting.make_link(tx, place.world.now(), place.world.mint, person=person)
    return f"/sign-in/{token}"


def signed_in(
    place: Installation, name: str = "Tom", role: Role = Role.STAFF, *, language: str = "en", till: str = ""
) -> Browser:
    """Somebody who has pressed the button of a link, and perhaps chosen a till."""
    browser = Browser(build_app(place).test_client(), language)
    link = a_link(place, name, role)
    browser.press_and_follow(browser.get(link), link)
    if till:
        browser.press_and_follow(browser.get("/till/place"), "/till/place", place=till)
    return browser
