"""Printing that ends early: by Ctrl-C, a kill, a full disk or a reader who has seen enough."""

from __future__ import annotations

import fcntl
import os
import resource
import shlex
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from omni.cli.print_output import Output
from tests.support.commands import Omni
from tests.support.installations import KEYRING
from tests.support.paper import pages, read_by_zxing
from tests.support.printers import a_printer
from tests.support.printing import Printshop, number_of

MANY = 5_000_000
"""Half a minute's work at the least, so that whatever happens to it happens in the middle."""


@pytest.fixture
def engine_name() -> str:
    """How a file ends does not depend on the database; how a stop counts is tested on both."""
    return "sqlite"


@pytest.fixture
def shop(command: Omni, live_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Printshop:
    monkeypatch.setenv("OMNI_DATABASE_URL", live_url)
    monkeypatch.setenv("OMNI_CODE_KEYS", KEYRING.as_setting())
    return Printshop(tmp_path, live_url, command)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    until(lambda: condition() or process.poll() is not None)
    assert process.poll() is None, process.communicate()


def is_begun(file: Path) -> bool:
    part = file.with_name(f".{file.name}.part")
    return part.exists() and part.stat().st_size > 0


def test_ctrl_c_leaves_a_whole_file_and_the_command_for_the_rest(shop: Printshop) -> None:
    batch, file = shop.issue(MANY), shop.folder / "codes.csv"
    with shop.process("print", str(batch), "--as", "csv", "-o", "codes.csv") as process:
        wait_until(lambda: is_begun(file), process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 1
    made = file.read_text().count("\n") - 1
    assert 0 < made < MANY
    assert file.read_text().endswith("\n")
    last = err.splitlines()[-1]
    assert last.startswith(
        f"omni: stopped: codes.csv holds {made:,} codes (numbers 1 to {made:,}) of batch 1;"
    )
    manifest = shop.manifest("codes.csv")
    assert (manifest["is_complete"], manifest["count"], manifest["last"]) == (False, made, made)
    assert last.endswith(f"the rest: {manifest['goes_on']}")
    assert not file.with_name(".codes.csv.part").exists()
    assert shop.runs() == [("csv", MANY, made)]
    assert shop.is_reconciled()
    program, *rest = shlex.split(manifest["goes_on"])
    shortened = [str(8) if word == str(MANY - made) else word for word in rest]
    assert (program, len(shortened)) == ("omni", len(rest))
    shop.done(*shortened)
    (row, *_) = (shop.folder / f"codes-from-{made + 1}.csv").read_text().splitlines()[1:]
    assert number_of(row.split(",")[1]) == int(row.split(",")[0]) == made + 1


def test_labels_that_were_stopped_are_a_whole_pdf_and_go_on_at_the_next_free_label(shop: Printshop) -> None:
    batch, file = shop.issue(MANY), shop.folder / "labels.pdf"
    options = ("--layout", "L7163", "--start-slot", "3", "--offset", "-0.5,1")
    with shop.process("print", str(batch), *options, "-o", "labels.pdf") as process:
        wait_until(lambda: file.with_name(".labels.pdf.part").exists(), process)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
    assert process.returncode == 1, err
    manifest = shop.manifest("labels.pdf")
    made = manifest["count"]
    found = sorted(
        number_of(url) for page in pages(file.read_bytes(), dpi=100) for url in read_by_zxing(page)
    )
    assert found == list(range(1, made + 1))
    assert f"labels.pdf: {made:,} code" in out
    goes_on = f"--start-slot {(2 + made) % 14 + 1} --offset -0.5,1 --from {made + 1} --count {MANY - made}"
    assert goes_on in manifest["goes_on"]
    assert shop.runs() == [("pdf", MANY, made)]


def press_ctrl_c_twice(pipe: Path, seen: list[bytes]) -> None:
    """Wait until the pipe is full and its writer waits, then stop it: again once the first was heard."""
    reader = os.open(pipe, os.O_RDONLY)
    seen.append(os.read(reader, 25))
    room = fcntl.fcntl(reader, fcntl.F_GETPIPE_SZ)
    until(lambda: struct.unpack("i", fcntl.ioctl(reader, termios.FIONREAD, b"0000"))[0] > room - 4_096)
    os.kill(os.getpid(), signal.SIGINT)
    until(lambda: signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    os.kill(os.getpid(), signal.SIGINT)
    seen.append(os.read(reader, 100))


def test_a_second_ctrl_c_ends_at_once(shop: Printshop) -> None:
    batch, pipe = shop.issue(MANY), shop.folder / "pipe"
    os.mkfifo(pipe)
    seen: list[bytes] = []
    reader = Thread(target=press_ctrl_c_twice, args=(pipe, seen))
    reader.start()
    said = shop("print", str(batch), "--as", "csv", "-o", "pipe")
    reader.join()
    assert (said.code, said.out, said.err.splitlines()[-1]) == (1, "", "omni: stopped")
    assert (seen[0], seen[1][:2]) == (b"number_in_batch,code,url\n", b"1,")
    assert shop.runs() == [("csv", MANY, 1_000)], "what a broken piece held may have come out, and no more"
    assert not (shop.folder / "pipe.manifest.json").exists()


def test_a_file_that_is_not_kept_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("yesterday's")
    with Output(str(file)) as out:
        out.write(b"half a line")
    assert file.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [file]


def test_a_kill_leaves_only_the_part_and_the_fact_of_the_run(shop: Printshop) -> None:
    batch, file = shop.issue(MANY), shop.folder / "codes.csv"
    with shop.process("print", str(batch), "--as", "csv", "-o", "codes.csv") as process:
        wait_until(lambda: is_begun(file), process)
        process.kill()
    assert sorted(path.name for path in shop.folder.glob("*codes.csv*")) == [".codes.csv.part"]
    assert shop.runs() == [("csv", MANY, MANY)]


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_that_cannot_grow_is_one_line_and_no_half_file(shop: Printshop) -> None:
    batch = shop.issue(200_000)
    with files_no_larger_than(10_000_000):
        said = shop("print", str(batch), "--as", "csv", "-o", "codes.csv")
    assert (said.code, said.out) == (1, "")
    assert said.err == "omni: codes.csv: File too large; nothing was kept, and run 1 counts 0 codes\n"
    assert list(shop.folder.glob("*codes.csv*")) == []
    assert shop.runs() == [("csv", 200_000, 0)]
    assert shop.is_reconciled()


FULL = [("--as", "csv"), (), ("--as", "escpos"), ("--as", "png"), ("--layout", "a6", "--count", "1")]


def test_a_full_disk_is_one_line_in_every_form(shop: Printshop) -> None:
    batch = str(shop.issue(3))
    for run, options in enumerate(FULL, start=1):
        said = shop("print", batch, *options, "-o", "/dev/full")
        told = f"omni: /dev/full: No space left on device; nothing was kept, and run {run} counts 0 codes\n"
        assert (said.code, said.out, said.err) == (1, "", told), options
    assert [made for _, _, made in shop.runs()] == [0] * len(FULL)
    assert Path("/dev/full").is_char_device()


def test_a_place_that_cannot_be_written_prints_nothing(shop: Printshop) -> None:
    batch = str(shop.issue(3))
    (shop.folder / "folder").mkdir()
    for where, why in (("nowhere/codes.csv", "No such file"), ("folder", "Is a directory")):
        said = shop("print", batch, "--as", "csv", "-o", where)
        assert (said.code, said.out, said.err.count("\n"), why in said.err) == (1, "", 1, True), said
    assert shop.runs() == []


def test_a_reader_who_has_seen_enough_is_no_error(shop: Printshop) -> None:
    batch = shop.issue(MANY)
    with shop.process("print", str(batch), "--as", "csv", "-o", "-") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "number_in_batch,code,url\n"
        assert process.stdout.readline().startswith("1,")
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 1
    ((_, _, made),) = shop.runs()
    assert 0 < made < MANY


def test_slips_go_to_a_printer_through_its_queue(shop: Printshop) -> None:
    batch = shop.issue(5)
    with a_printer() as printer:
        said = shop.done("print", str(batch), "--from", "2", "--count", "3", "--printer", printer.address)
    assert [number_of(code) for code in printer.codes] == [2, 3, 4]
    assert said.out.startswith("run 1, job 1\n3 slips printed on ")
    assert shop.runs() == [("escpos", 3, 3)]
    wrong = shop("print", str(batch), "--as", "zpl", "--printer", "tcp://127.0.0.1:9")
    assert (wrong.code, "takes --as escpos, not zpl" in wrong.err) == (2, True)
