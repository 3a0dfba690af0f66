"""Every failure is a page with a way on, and machines are told how this one is."""

from dataclasses import replace

import pytest
from flask import Flask, abort

from omni.app import build_app
from omni.domain.refusal import BadInput, Reason, Unknown
from omni.store.engine import Database, StoreBusy
from tests.support.codes import a_receipt_code
from tests.support.shopper import Shopper, headline

pytestmark = pytest.mark.pages

SECRET = "a secret in an exception"


def breaking(shopper: Shopper, failure: Exception | int) -> Flask:
    """The application with one more page, which fails."""
    app = build_app(shopper.place)

    @app.get("/breaks")
    def breaks() -> str:
        if isinstance(failure, int):
            abort(failure)
        raise failure

    return app


@pytest.mark.parametrize(
    "failure,status,said",
    [
        (404, 404, "There is nothing at this address"),
        (413, 413, "That was too much at once"),
        (429, 429, "Too many tries from this network"),
        (StoreBusy(SECRET), 503, "Many people are here right now"),
        (RuntimeError(SECRET), 500, "Something went wrong on our side"),
        (Unknown(Reason.UNKNOWN_EDITION, SECRET), 404, "There is nothing at this address"),
        (BadInput("field", SECRET), 422, "This could not be understood"),
    ],
)
def test_a_failure_is_a_page_that_says_what_can_be_done(
    shopper: Shopper, failure: Exception | int, status: int, said: str
) -> None:
    answer = breaking(shopper, failure).test_client().get("/breaks", headers={"Accept-Language": "en"})
    assert (answer.status_code, headline(answer)) == (status, said)
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "failure,may_pass", [(404, False), (429, True), (503, True), (RuntimeError(SECRET), True)]
)
def test_what_may_pass_can_be_tried_again(
    shopper: Shopper, failure: Exception | int, *, may_pass: bool
) -> None:
    answer = breaking(shopper, failure).test_client().get("/breaks?lang=fr")
    assert ('<a class="go" href="/breaks?lang=fr">' in answer.text) is may_pass


def test_a_fault_of_ours_is_logged_with_the_reference_people_are_told(
    shopper: Shopper, caplog: pytest.LogCaptureFixture
) -> None:
    answer = breaking(shopper, RuntimeError(SECRET)).test_client().get("/breaks")
    (record,) = [record for record in caplog.records if record.name == "omni.web.errors"]
    incident = record.getMessage().split()[1]
    assert incident in answer.text
    assert record.exc_info is not None


def test_the_wrong_verb_says_which_are_right(shopper: Shopper) -> None:
    answer = shopper.client.delete("/")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_an_overlong_form_is_refused_by_a_page(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    answer = shopper.client.post(f"/c/{code}/claim", data={"token": "x" * 2_000_000})
    assert answer.status_code == 413


def test_it_says_that_it_lives_and_that_it_can_serve(shopper: Shopper) -> None:
    assert shopper.open("/healthz").text == "alive\n"
    assert (shopper.open("/readyz").status_code, shopper.open("/readyz").text) == (200, "ready\n")


def test_it_is_alive_but_not_ready_without_its_database(shopper: Shopper) -> None:
    nobody = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    client = build_app(replace(shopper.place, db=nobody)).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database\n")
    assert "omni_database_up 0" in client.get("/metrics").text


def test_numbers_are_for_this_machine_only(shopper: Shopper) -> None:
    shopper.open(f"/c/{a_receipt_code(shopper.place)}")
    text = shopper.open("/metrics").text
    waiting = int(text.split("omni_spool_unfolded_bytes ")[-1].split()[0])
    assert waiting > 0
    assert "omni_scans_lost_total 0" in text
    assert shopper.open("/metrics", X_Forwarded_For="203.0.113.7").status_code == 404
    outside = shopper.client.get("/metrics", environ_overrides={"REMOTE_ADDR": "203.0.113.7"})
    assert outside.status_code == 404
