"""Printers as people at a desk have them: named, tried, and asked what came out."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from omni.cli import queue_driving
from tests.support.commands import Omni
from tests.support.installations import Clock
from tests.support.printers import FakePrinter, a_printer, switched_off

POP_UP = ("--edition", "double-11/fr", "--placement", "fr-paris-popup")
TILL = ("--placement", "fr-paris-till-1")


WRONG = {
    "add Till tcp://till-1": "small letters",
    "add till https://till-1": "write tcp://",
    "add till tcp://till-1 --profile nonsense": "no printer profile 'nonsense'",
    "test attic": "printer attic is not known",
    "test cups://-x": "write tcp://",
    "resume 9 --last none": "print job 9 is not known",
    "resume 9": "Missing option '--last'",
    "drop 9": "print job 9 is not known",
    "reprint 9": "print job 9 is not known",
}


@pytest.fixture
def engine_name() -> str:
    """One engine is enough: the queue itself is tried on both."""
    return "sqlite"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_driving, "PATIENCE_SECONDS", 0.5)


def printed(omni: Omni, address: str, *, copies: int = 5, profile: str = "TM-T88V") -> list[str]:
    """The codes of a batch that goes to a printer named `till`."""
    omni("issue", *POP_UP, "--count", str(copies))
    assert omni("printers", "add", "till", address, "--profile", profile).code == 0
    said = omni("print", "1", "--printer", "till")
    assert re.search(r"run 1, job 1", said.out), said
    listed = omni("print", "1", "--as", "csv", "-o", "-").out.splitlines()[1:]
    return [line.split(",")[1] for line in listed]


def test_a_printer_is_added_listed_with_what_it_can_do_and_forgotten(fresh_omni: Omni) -> None:
    assert fresh_omni("printers", "list").out == "Nothing yet.\n"
    added = fresh_omni("printers", "add", "till", "tcp://till-1.example", "--profile", "TM-T88V")
    assert (added.code, "omni printers test till" in added.out) == (0, True)
    assert "there is a printer till" in fresh_omni("printers", "add", "till", "tcp://till-2").err
    fresh_omni("printers", "add", "labels", "cups://zebra", "--profile", "zpl-203")
    heads, labels, till = fresh_omni("printers", "list").out.splitlines()
    assert heads.split() == ["name", "address", "profile", "width", "symbols", "slips", "queue"]
    assert re.fullmatch(r"labels +cups://zebra +zpl-203 +104 mm +draws QR +does not confirm +no jobs", labels)
    assert re.fullmatch(r"till +tcp://till-1.example +TM-T88V +72 mm +draws QR +confirms +no jobs", till)
    assert [fresh_omni("printers", "remove", "till").code for _ in range(2)] == [0, 2]


def test_what_cannot_be_is_one_line_and_exit_code_2(fresh_omni: Omni) -> None:
    for line, complaint in WRONG.items():
        said = fresh_omni("printers", *line.split())
        assert (said.code, said.out, said.err.count("\n")) == (2, "", 1), line
        assert complaint in said.err


def test_the_test_page_says_what_the_printer_is_taken_for(fresh_omni: Omni, tmp_path: Path) -> None:
    with a_printer(FakePrinter(answers=True)) as printer:
        fresh_omni("printers", "add", "till", printer.address, "--profile", "TM-T88V")
        assert "came out on till" in fresh_omni("printers", "test", "till").out
        assert "was sent on" in fresh_omni("printers", "test", "till", "--profile", "58mm-raster").out
    for words in (b"TEST", b"TM-T88V", b"72.2 mm", b"cp437: ", b"https://go.larkfell.example"):
        assert words in printer.paper
    device = tmp_path / "lp0"
    device.touch()
    fresh_omni("printers", "add", "labels", str(device), "--profile", "zpl-203")
    fresh_omni("printers", "test", "labels")
    assert b"^FDQA,HTTPS://GO.LARKFELL.EXAMPLE^FS" in device.read_bytes()
    said = fresh_omni("printers", "test", switched_off())
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert "does not answer (connection refused): is it on?" in said.err


def test_a_batch_comes_out_and_its_reprint_is_the_same_codes_in_a_run_of_its_own(omni: Omni) -> None:
    with a_printer(FakePrinter(answers=True)) as printer:
        codes = printed(omni, printer.address)
        assert printer.codes == codes
        assert omni("printers", "jobs").out == "Nothing yet.\n"
        assert "done" in omni("printers", "jobs", "--all").out
        said = omni("printers", "reprint", "1", "--from", "4")
        # The list of codes was run 2.
        assert (said.code, said.out) == (0, "Run 3, job 2.\n2 slips printed on till.\n")
        assert omni("printers", "reprint", "1", "--from", "6").code == 2
    assert printer.codes == codes + codes[3:]
    assert (printer.paper.count(b"#1\n"), printer.paper.count(b"#3\n")) == (5, 2)


@pytest.mark.parametrize("last", ["the code", "3"])
def test_after_a_printer_stopped_exactly_the_rest_is_printed(omni: Omni, last: str) -> None:
    with a_printer(FakePrinter(answers=True, silent_after=2)) as printer:
        codes = printed(omni, printer.address)
        job = omni("printers", "jobs").out.splitlines()[1]
        assert re.match(r" *1 +till +1 +5 +2 +asking", job)
        assert "1 asking" in omni("printers", "list").out
        for wrong in ("4711", "BCDFG-23456-HJKLM", "six"):
            assert omni("printers", "resume", "1", "--last", wrong).code == 2
        printer.silent_after = None
        said = omni("printers", "resume", "1", "--last", printer.codes[-1] if last == "the code" else last)
        assert (said.code, said.out) == (0, "5 slips printed on till.\n")
    assert printer.codes == codes


def test_a_printer_that_stops_says_what_to_do_in_one_line(omni: Omni) -> None:
    omni("issue", *POP_UP, "--count", "3")
    with a_printer(FakePrinter(answers=True, silent_after=1)) as printer:
        omni("printers", "add", "till", printer.address, "--profile", "TM-T88V")
        said = omni("print", "1", "--printer", "till")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "1 of 3 slips left us" in said.err
    assert "`omni printers resume 1 --last CODE|N|none`" in said.err


def test_a_job_that_is_given_up_takes_its_slips_off_the_count(omni: Omni) -> None:
    printed(omni, switched_off())
    assert "waiting" in omni("printers", "jobs").out
    assert omni("printers", "drop", "1").out == "Job 1 is given up after 0 of 5 slips.\n"
    assert [omni("worker", "--once").code, omni("reconcile").code] == [0, 0]
    assert omni("printers", "drop", "1").code == 2


def test_the_worker_prints_what_waits_once_the_printer_is_on(omni: Omni, clock: Clock) -> None:
    address = switched_off()
    codes = printed(omni, address)
    clock.at += timedelta(minutes=1)
    with a_printer(FakePrinter(answers=True, port=int(address.rpartition(":")[2]))) as printer:
        assert omni("worker", "--once").code == 0
    assert printer.codes == codes


def test_the_slip_of_a_receipt_comes_out_or_waits_two_minutes(omni: Omni, clock: Clock) -> None:
    with a_printer() as printer:
        omni("printers", "add", "till", printer.address)
        said = omni("receipt", *TILL, "--receipt-no", "1", "--printer", "till")
        assert said.out == "1 slip printed on till.\n"
        assert omni("receipt", *TILL, "--printer", printer.address, "--as", "json").code == 0
    assert len(printer.codes) == 2
    late = omni("receipt", *TILL, "--printer", switched_off())
    assert (late.code, late.out, late.err.count("\n")) == (1, "", 1)
    assert "Job 3 waits 2 minutes" in late.err
    clock.at += timedelta(minutes=2)
    omni("worker", "--once")
    assert omni("printers", "jobs").out == "Nothing yet.\n"
    assert "dropped" in omni("printers", "jobs", "--all").out


def test_every_command_has_an_example(command: Omni) -> None:
    for name in ("add", "list", "test", "jobs", "resume", "drop", "reprint", "remove"):
        assert "omni printers" in command("printers", name, "--help").out.partition("Example")[2]
