"""The line to a printer: what was handed over, exactly, and what is said when it was not."""

import os
import socket
import stat
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from omni.domain.printer_address import PrinterAddress, Way, is_printer_name, printer_address
from omni.domain.written import Printer
from omni.present.printer_line import Handed, hand_over
from omni.present.slip import BadLayout
from tests.support.printers import CUT, STATUS_REQUEST, FakePrinter, a_printer, switched_off

SLIPS = [b"slip %d " % number + b"." * 400 + CUT + b"\x01" for number in range(5)]
BRIEF = 0.3


def send(printer: FakePrinter | str, slips=SLIPS, *, patience_seconds: float = 5.0, **options) -> Handed:
    address = printer if isinstance(printer, str) else printer.address
    return hand_over(printer_address(address), slips, patience_seconds=patience_seconds, **options)


@pytest.mark.parametrize(
    "written, address",
    [
        ("tcp://till-1.example:9101", PrinterAddress(Way.TCP, "till-1.example", 9101)),
        ("tcp://till-1.example", PrinterAddress(Way.TCP, "till-1.example", 9100)),
        ("tcp://[fd00::7]:9100/", PrinterAddress(Way.TCP, "fd00::7", 9100)),
        ("cups://Stock_Room-2", PrinterAddress(Way.CUPS, "Stock_Room-2")),
        ("file:///dev/usb/lp0", PrinterAddress(Way.FILE, "/dev/usb/lp0")),
        ("/dev/usb/lp0", PrinterAddress(Way.FILE, "/dev/usb/lp0")),
    ],
)
def test_an_address_says_which_way_the_printer_is_reached(written: str, address: PrinterAddress) -> None:
    assert printer_address(written) == address


@pytest.mark.parametrize(
    "written",
    [
        "till-1",
        "tcp://",
        "tcp://till-1:0",
        "tcp://till-1:99999",
        "tcp://till 1:9100",
        "tcp://me@till-1",
        "tcp://till-1/path",
        "cups://",
        "cups://-o",
        "cups://a/b",
        "file://host/dev/lp0",
        "file:///",
        "ipp://till-1/ipp",
        "https://till-1",
        "",
    ],
)
def test_what_is_no_printer_is_refused_with_what_to_write(written: str) -> None:
    with pytest.raises(ValueError, match=r"is not a printer; write tcp://"):
        printer_address(written)


@pytest.mark.parametrize("written", ["berlin-till-1", "tcp://till-1:9100", "cups://stock-room"])
def test_a_campaign_names_a_printer_or_its_address(written: str) -> None:
    assert TypeAdapter(Printer).validate_python(written) == written


@pytest.mark.parametrize("written", ["/etc/passwd", "file:///dev/usb/lp0", "Till 1", "ipp://till-1"])
def test_a_campaign_cannot_make_the_server_write_to_a_file(written: str) -> None:
    with pytest.raises(ValidationError, match=r"is a file of the server|is not a printer"):
        TypeAdapter(Printer).validate_python(written)


def test_a_name_is_never_taken_for_an_address() -> None:
    assert is_printer_name("berlin-till-1")
    assert not any(map(is_printer_name, ("tcp://till-1", "/dev/lp0", "Till", "", "-x", "a" * 97)))


def test_a_printer_gets_every_byte_in_order_and_the_account_says_so() -> None:
    told: list[int] = []
    with a_printer() as printer:
        assert send(printer, told=told.append) == Handed(5)
    assert printer.received == b"".join(SLIPS)
    assert told == [1, 2, 3, 4, 5]


def test_a_printer_that_confirms_is_asked_after_each_slip_and_each_is_surely_out() -> None:
    with a_printer(FakePrinter(answers=True)) as printer:
        assert send(printer, confirms=True) == Handed(5)
    assert printer.received == b"".join(slip + STATUS_REQUEST for slip in SLIPS)


def test_a_printer_that_stops_confirming_leaves_one_slip_unsure() -> None:
    with a_printer(FakePrinter(answers=True, silent_after=2)) as printer:
        handed = send(printer, confirms=True, patience_seconds=BRIEF)
    assert (handed.left, handed.is_unsure) == (2, True)
    assert "look at its paper" in handed.trouble


def test_a_printer_that_leaves_after_it_confirmed_leaves_nothing_in_doubt() -> None:
    with a_printer(FakePrinter(answers=True, leaves_after=2)) as printer:
        handed = send(printer, confirms=True, told=lambda left: left < 2 or printer.has_left.wait(5))
    assert (handed.left, handed.is_unsure) == (2, False)
    assert "broke off" in handed.trouble


@pytest.mark.parametrize("words", [b"\x11\x13", b"\x1e"])
def test_flow_control_and_status_nobody_asked_for_are_no_answer(words: bytes) -> None:
    with a_printer(FakePrinter(chatters=words)) as printer:
        handed = send(printer, confirms=True, patience_seconds=BRIEF)
    assert (handed.left, handed.is_unsure) == (0, True)


def test_a_printer_that_dies_says_how_many_left_and_that_nobody_knows_what_came_out() -> None:
    with a_printer(FakePrinter(dies_after=900)) as printer:
        handed = send(printer, [slip * 100 for slip in SLIPS])
    assert handed.is_unsure
    assert handed.left < 5
    assert "broke off" in handed.trouble


def test_a_printer_that_reads_nothing_is_left_after_its_time() -> None:
    with a_printer(FakePrinter(hangs=True)) as printer:
        handed = send(printer, [b"." * 10_000_000], patience_seconds=BRIEF)
    assert handed.is_unsure
    assert handed.left == 0
    assert "does not answer" in handed.trouble


def test_a_printer_that_is_off_was_given_nothing() -> None:
    handed = send(switched_off())
    assert (handed.left, handed.is_unsure) == (0, False)
    assert "does not answer (connection refused): is it on?" in handed.trouble


def test_a_host_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_name(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    handed = send("tcp://till-9.example")
    assert handed == Handed(0, trouble="the printer's host till-9.example is not known: check its name")
    too_long = send(f"tcp://{'a' * 70}.example")
    assert "is not known" in too_long.trouble


def test_slips_that_end_early_leave_a_clean_line() -> None:
    with a_printer() as printer:
        assert send(printer, SLIPS[:2]) == Handed(2)
    assert printer.received == b"".join(SLIPS[:2])


def test_a_slip_that_cannot_be_drawn_stops_after_whole_slips() -> None:
    def drawn():
        yield SLIPS[0]
        raise BadLayout("a word is too wide")

    with a_printer() as printer:
        assert send(printer, drawn()) == Handed(1, trouble="a word is too wide")
    assert printer.received == SLIPS[0]


def test_what_the_listener_raises_goes_through_between_two_slips() -> None:
    def no_more(_left: int) -> None:
        raise KeyError

    with a_printer() as printer:
        with pytest.raises(KeyError):
            send(printer, told=no_more)
        assert printer.got_something.wait(5)
    assert printer.received == SLIPS[0]


def test_a_device_is_written_to_only_when_it_is_there(tmp_path: Path) -> None:
    device = tmp_path / "lp0"
    assert "there is no printer at" in send(str(device)).trouble
    assert not device.exists()
    device.touch()
    assert send(str(device)) == Handed(5)
    assert device.read_bytes() == b"".join(SLIPS)


def test_a_full_device_took_nothing() -> None:
    handed = send("/dev/full")
    assert (handed.left, handed.is_unsure) == (0, False)
    assert "No space left" in handed.trouble


def test_a_device_that_takes_no_more_is_left_after_its_time(tmp_path: Path) -> None:
    pipe = tmp_path / "lp0"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    handed = send(str(pipe), [b"." * 1_000_000], patience_seconds=BRIEF)
    os.close(reader)
    assert (handed.left, handed.is_unsure) == (0, True)
    assert "takes nothing" in handed.trouble


def test_a_print_queue_gets_the_whole_job_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_lp(tmp_path, monkeypatch, 'echo "$@" > "$0.said"; cat > "$0.job"')
    assert send("cups://stock-room") == Handed(5)
    assert (tmp_path / "lp.job").read_bytes() == b"".join(SLIPS)
    assert (tmp_path / "lp.said").read_text() == "-d stock-room -o raw -t Omni\n"


def test_a_print_queue_that_is_not_there_took_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_lp(tmp_path, monkeypatch, "echo 'lp: The printer or class does not exist.' >&2; exit 1")
    handed = send("cups://attic")
    assert (handed.left, handed.is_unsure) == (0, False)
    assert "attic took nothing (lp: The printer or class does not exist.)" in handed.trouble


def test_a_print_queue_that_hangs_may_have_taken_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_lp(tmp_path, monkeypatch, "exec sleep 5")
    handed = send("cups://stock-room", patience_seconds=BRIEF)
    assert (handed.left, handed.is_unsure) == (0, True)


def test_without_a_print_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert send("cups://stock-room") == Handed(
        0, trouble="there is no lp command here: install the CUPS client"
    )


def fake_lp(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    lp = folder / "lp"
    lp.write_text(f"#!/bin/sh\n{script}\n")
    lp.chmod(lp.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
