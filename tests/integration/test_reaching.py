"""Paper is for ever: nothing real is printed with an address through which no code was opened."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from flask import Flask

from omni.app import create_app
from omni.settings import read_settings
from tests.support.commands import Omni
from tests.support.installations import Clock
from tests.support.outside import Outside, answering, silent, talking_nonsense

HOST = "https://go.larkfell.example"
POP_UP = ("issue", "--edition", "double-11/fr", "--placement", "fr-paris-popup", "--count", "1")


@pytest.fixture
def omni(unreached_omni: Omni, outside: Outside, certificate: Path) -> Omni:
    """The command at an address nobody has opened, whose certificates are believed."""
    outside.authority = certificate.with_suffix(".crt")
    return unreached_omni


@pytest.fixture
def app(omni: Omni, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """This installation's own pages."""
    made = create_app(read_settings(data_dir=tmp_path / "data"), clock.world)
    yield made
    made.extensions["omni"].db.close()


def addresses(omni: Omni) -> list[dict[str, str]]:
    found = json.loads(omni("doctor", "--reach", "--json").out)
    return [one for one in found if one["what"].endswith("address")]


def the_address(omni: Omni) -> tuple[str, str]:
    (found,) = addresses(omni)
    return found["standing"], found["told"].removeprefix(f"{HOST}: ")


def test_real_codes_wait_until_one_was_opened_through_the_public_address(
    omni: Omni, app: Flask, outside: Outside, certificate: Path
) -> None:
    refused = omni(*POP_UP)
    assert (refused.code, "omni doctor --reach [not-reached" in refused.err) == (1, True)
    receipt = ("receipt", "--placement", "fr-paris-till-1", "--as", "json")
    assert "not-reached" in omni(*receipt).err
    assert omni(*POP_UP, "--test").code == 0
    assert "never opened from outside" in omni("doctor").out
    with answering(app, certificate) as outside.ports["go.larkfell.example"]:
        standing, told = the_address(omni)
    assert (standing, told.startswith("opened a code of its own; certificate good for ")) == ("ok", True)
    assert omni(*POP_UP).code == 0
    assert omni(*receipt).code == 0
    assert f"{HOST}: was opened from outside" in omni("doctor").out


def test_the_code_that_is_opened_is_issued_once_and_counts_nowhere(
    omni: Omni, app: Flask, outside: Outside, certificate: Path
) -> None:
    with answering(app, certificate) as outside.ports["go.larkfell.example"]:
        assert [the_address(omni)[0] for _ in range(2)] == ["ok", "ok"]
    assert omni("print", "1", "--as", "csv", "-o", "-").out.count("\n") == 2
    assert omni("print", "2", "-o", "-").code == 2
    omni("worker", "--once")
    assert json.loads(omni("stats", "double-11", "--as", "json").out)["rows"] == []


def test_addresses_of_earlier_years_are_opened_too(
    omni: Omni, app: Flask, outside: Outside, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNI_OLD_HOSTS", "old.larkfell.example, https://gone.larkfell.example")
    with answering(app, certificate) as port:
        outside.ports |= {"go.larkfell.example": port, "old.larkfell.example": port}
        found = addresses(omni)
    assert [(one["what"], one["standing"]) for one in found] == [
        ("printed address", "ok"),
        ("old address", "ok"),
        ("old address", "mend"),
    ]
    assert "nobody knows the name gone.larkfell.example" in found[-1]["told"]


def test_what_is_wrong_with_an_address_is_one_line_with_its_remedy(
    omni: Omni, app: Flask, outside: Outside, certificate: Path
) -> None:
    with silent() as closed:
        pass
    with silent() as outside.ports["go.larkfell.example"]:
        outside.patience_seconds = 0.2
        assert the_address(omni) == ("mend", "no answer within 10 s: open its port to the outside")
    outside.patience_seconds = None
    for situation, remedy in (
        (answering(app), "it does not speak https ("),
        (talking_nonsense(certificate), "what answers there is no web server"),
        (answering(parked(), certificate), "another page answers there (status 200)"),
        (answering(leading_on(), certificate), "it sends phones on to www.larkfell.example: "),
        (nullcontext(closed), "nobody answers there (Connection refused)"),
    ):
        with situation as outside.ports["go.larkfell.example"]:
            standing, told = the_address(omni)
        assert (standing, told[: len(remedy)]) == ("mend", remedy)
    outside.authority = None
    with answering(app, certificate) as outside.ports["go.larkfell.example"]:
        assert the_address(omni)[1].startswith("its certificate is not accepted (self-signed")
    outside.ports.clear()
    assert the_address(omni)[1] == "nobody knows the name go.larkfell.example: enter it in the DNS"
    assert omni(*POP_UP).code == 1


def parked() -> Flask:
    """A page for sale that only echoes its address."""
    made = Flask("parked")
    made.add_url_rule("/C/<code>", "page", lambda code: f"Buy this domain! You asked for {code}.")
    return made


def leading_on() -> Flask:
    """A server that sends everybody elsewhere."""
    made = Flask("elsewhere")
    away = {"Location": "https://www.larkfell.example/"}
    made.add_url_rule("/C/<code>", "page", lambda code: ("", 302, away))
    return made


def test_a_sandbox_needs_no_reach(omni: Omni, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_BASE_URL", "http://127.0.0.1:8000")
    assert omni(*POP_UP).code == 0
    assert "note  printed address" in omni("doctor").out
