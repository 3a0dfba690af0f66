"""People who sign in and fill in forms as a browser would: hidden fields, ticks and tokens as they come."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from omni.app import Installation, build_app
from omni.domain.people import Role
from omni.services import admitting
from tests.support.forms import form_to


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
        form = form_to(page.text, action)
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
