"""The spool on a real disk: killed writers, full disks, forks, rotation, and files that may go."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import ValidationError

from omni.domain.record import Origin
from omni.domain.scan_record import ScanRecord
from omni.domain.visit import DeviceClass, OrphanClass, VisitKind
from omni.store.frames import DamageReason, frame
from omni.store.spool import SpoolWriter
from omni.store.spool_files import is_abandoned, read_from, remove, spool_files, unfolded_bytes

AT = datetime(2026, 11, 11, 10, tzinfo=UTC)

CHILD = """
import os, sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from omni.domain.scan_record import ScanRecord
from omni.domain.visit import DeviceClass, VisitKind
from omni.store.spool import SpoolWriter

now = datetime(2026, 11, 11, 10, tzinfo=UTC)
writer = SpoolWriter(Path(sys.argv[1]), now, os.urandom, rotate_at=20_000)
for number in count():
    record = ScanRecord(at=now, kind=VisitKind.HUMAN, device=DeviceClass.IOS, number=number)
    assert writer.append(record)
    os.write(1, b"%d\\n" % number)
"""


def scan(number: int = 7, **changed) -> ScanRecord:
    values = {"at": AT, "kind": VisitKind.HUMAN, "device": DeviceClass.IOS, "number": number} | changed
    return ScanRecord(**values)


@pytest.fixture
def open_spool(tmp_path, mint) -> Iterator[Callable[..., SpoolWriter]]:
    writers = []

    def opened(**changed) -> SpoolWriter:
        writers.append(SpoolWriter(tmp_path, AT, mint, **changed))
        return writers[-1]

    yield opened
    for writer in writers:
        writer.close()


def numbers_in(folder: Path) -> list[int]:
    """Every number on the disk, read to the end of each file in small bites."""
    numbers = []
    for spool in spool_files(folder):
        offset = 0
        while (reading := read_from(spool.path, offset, 1)).new_offset > offset:
            assert not [damage for damage in reading.damages if damage.reason is not DamageReason.TORN]
            numbers += [record.number for _, record in reading.records]
            offset = reading.new_offset
        assert offset == spool.path.stat().st_size
    return numbers


def numbers_at(path: Path) -> list[int]:
    return [record.number for _, record in read_from(path, 0).records]


def only_file(folder: Path) -> Path:
    (spool,) = spool_files(folder)
    return spool.path


def test_a_record_comes_back_as_it_was_written():
    full = scan(
        kind=VisitKind.PREFETCH,
        batch_id=1,
        edition_id=2,
        placement_id=3,
        revision=4,
        touchpoint="pop-up",
        variant="b",
        arm="treatment",
        locale="zh_Hans_CN",
        shared=True,
        origin=Origin.TEST,
    )
    orphan = scan(number=None, looks_like=OrphanClass.WRONG_CHECK)
    for record in (scan(), full, orphan):
        assert ScanRecord.from_payload(record.to_payload()) == record


def test_an_instant_is_kept_in_utc_to_the_millisecond():
    tokyo = timezone(timedelta(hours=9))
    record = scan(at=datetime(2026, 11, 11, 19, 0, 0, 123_999, tzinfo=tokyo))
    assert record.at == AT.replace(microsecond=123_000)
    assert ScanRecord.from_payload(record.to_payload()).at == record.at


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": None},
        {"looks_like": OrphanClass.NOT_A_CODE},
        {"number": 1 << 40},
        {"at": AT.replace(tzinfo=None)},
    ],
    ids=["neither code nor orphan", "both code and orphan", "too large a number", "no time zone"],
)
def test_a_record_that_could_not_be_folded_is_never_made(wrong):
    with pytest.raises(ValidationError):
        scan(**wrong)


def test_a_field_of_a_later_version_is_ignored():
    later = scan().to_payload().replace(b"{", b'{"mood":"festive",')
    assert ScanRecord.from_payload(later) == scan()


def test_records_are_read_back_in_order_each_at_its_position(tmp_path, open_spool):
    writer = open_spool()
    for number in range(3):
        assert writer.append(scan(number))
    reading = read_from(only_file(tmp_path), 0)
    assert [record for _, record in reading.records] == [scan(number) for number in range(3)]
    position, record = reading.records[1]
    assert read_from(only_file(tmp_path), position).records[0] == (position, record)
    assert reading.new_offset == only_file(tmp_path).stat().st_size


@pytest.mark.parametrize("pause", [1, 20, 300])
def test_kill_minus_nine_loses_no_acknowledged_scan_and_repeats_none(tmp_path, pause):
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE)
    said = [child.stdout.readline() for _ in range(pause)]
    os.kill(child.pid, signal.SIGKILL)
    said += child.stdout.readlines()
    child.stdout.close()
    child.wait()
    acknowledged = [int(line) for line in said if line.endswith(b"\n")]
    found = sorted(numbers_in(tmp_path))
    assert acknowledged == list(range(len(acknowledged)))
    # The last one may have been written and not yet acknowledged when the end came.
    assert found == list(range(len(found)))
    assert len(found) - len(acknowledged) in {0, 1}
    assert all(is_abandoned(spool.path) for spool in spool_files(tmp_path))


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads that take turns all the time, so that what is not locked shows."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("restless_threads")
def test_many_threads_share_one_file_and_lose_nothing(tmp_path, open_spool):
    writer = open_spool()
    barrier = threading.Barrier(8)

    def work(first: int) -> None:
        barrier.wait()
        for number in range(first, first + 50):
            writer.append(scan(number))

    threads = [threading.Thread(target=work, args=(first,)) for first in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers_in(tmp_path)) == list(range(400))
    assert len(spool_files(tmp_path)) == 1


def test_a_forked_child_goes_on_in_a_file_of_its_own(tmp_path, open_spool):
    writer = open_spool()
    writer.append(scan(1))
    with writer._lock:  # as if another thread were writing in the very moment of the fork
        child = os.fork()
        if child == 0:
            signal.alarm(10)  # a child that waits for a lock nobody holds must end, and fail
            os._exit(0 if writer.append(scan(2)) else 1)
    assert os.waitpid(child, 0)[1] == 0
    writer.append(scan(3))
    abandoned = {is_abandoned(spool.path): numbers_at(spool.path) for spool in spool_files(tmp_path)}
    assert abandoned == {False: [1, 3], True: [2]}


def test_nothing_is_made_on_the_disk_before_the_first_scan(tmp_path, open_spool):
    open_spool()
    assert list(tmp_path.iterdir()) == []
    assert spool_files(tmp_path / "not-yet") == []


def test_all_processes_of_a_machine_share_its_name(tmp_path, open_spool):
    for number in range(2):
        open_spool().append(scan(number))
    machines = {spool.id.split("/")[0] for spool in spool_files(tmp_path)}
    assert machines == {(tmp_path / "machine").read_text().strip()}
    assert {spool.opened_at for spool in spool_files(tmp_path)} == {AT}


def test_a_machine_name_lost_in_a_power_cut_is_minted_again(tmp_path, open_spool):
    (tmp_path / "machine").write_bytes(b"\xff\0")
    assert open_spool().append(scan())
    assert numbers_in(tmp_path) == [7]


def test_a_full_file_is_followed_by_another(tmp_path, open_spool):
    writer = open_spool(rotate_at=300)
    for number in range(20):
        writer.append(scan(number))
    assert len(spool_files(tmp_path)) > 3
    assert sum(not is_abandoned(spool.path) for spool in spool_files(tmp_path)) == 1
    assert sorted(numbers_in(tmp_path)) == list(range(20))


def test_an_unfinished_line_waits_for_its_writer_and_is_set_aside_when_the_writer_is_dead(
    tmp_path, open_spool
):
    writer = open_spool()
    writer.append(scan(1))
    path = only_file(tmp_path)
    whole = path.stat().st_size
    with path.open("ab") as half:
        half.write(frame(scan(2).to_payload())[:-5])
    alive = read_from(path, 0)
    assert (len(alive.records), alive.damages, alive.new_offset) == (1, [], whole)
    writer.close()
    (damage,) = read_from(path, 0).damages
    assert (damage.reason, damage.start, damage.end) == (DamageReason.TORN, whole, path.stat().st_size)


def test_a_line_that_crosses_the_end_of_a_bite_is_read_with_the_next(tmp_path, open_spool):
    writer = open_spool()
    for number in range(1000):
        writer.append(scan(number))
    writer.close()
    path = only_file(tmp_path)
    first = read_from(path, 0, 1)
    second = read_from(path, first.new_offset, 1)
    assert (first.damages, second.damages) == ([], [])
    assert first.new_offset < second.new_offset == path.stat().st_size
    assert len(first.records) + len(second.records) == 1000


def test_damage_in_the_middle_blocks_nothing(tmp_path, open_spool):
    writer = open_spool()
    writer.append(scan(1))
    path = only_file(tmp_path)
    with path.open("ab") as other:
        other.write(b"\nnot a scan" + frame(b'{"number":5}'))
    writer.append(scan(2))
    reading = read_from(path, 0)
    assert [record.number for _, record in reading.records] == [1, 2]
    assert [damage.reason for damage in reading.damages] == [DamageReason.GARBLED, DamageReason.UNREADABLE]


def test_damage_longer_than_any_limit_is_passed(tmp_path, open_spool):
    writer = open_spool()
    writer.append(scan(1))
    path = only_file(tmp_path)
    with path.open("ab") as other:
        other.write(b"\0" * 200_000)
    writer.append(scan(2))
    found, offset = [], 0
    while (reading := read_from(path, offset, 1)).new_offset > offset:
        found += [record.number for _, record in reading.records]
        offset = reading.new_offset
    assert (found, offset) == ([1, 2], path.stat().st_size)


def test_a_disk_without_room_costs_the_count_and_never_the_page(tmp_path, open_spool, monkeypatch, caplog):
    writer = open_spool()
    writer.append(scan(1))
    written = os.write

    def full(file: int, line: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk, caplog.at_level(logging.ERROR):
        disk.setattr(os, "write", full)
        assert not writer.append(scan(2))
        disk.setattr(os, "write", lambda file, line: written(file, line[:20]))
        assert not writer.append(scan(3))
    assert writer.append(scan(4))
    assert writer.lost == 2
    assert len(caplog.records) == 1
    assert numbers_at(only_file(tmp_path)) == [1, 4]
    reading = read_from(only_file(tmp_path), 0)
    assert [damage.reason for damage in reading.damages] == [DamageReason.GARBLED]


def test_a_folder_that_cannot_be_made_costs_the_count_and_never_the_page(tmp_path, mint):
    (tmp_path / "file").touch()
    writer = SpoolWriter(tmp_path / "file" / "spool", AT, mint)
    assert not writer.append(scan())
    assert writer.lost == 1


def test_only_a_folded_file_without_a_writer_is_removed(tmp_path, open_spool):
    writer = open_spool()
    writer.append(scan())
    path = only_file(tmp_path)
    size = path.stat().st_size
    assert not remove(path, folded_to=size)
    writer.close()
    assert not remove(path, folded_to=size - 1)
    assert remove(path, folded_to=size)
    assert remove(path, folded_to=size)
    assert spool_files(tmp_path) == []


def test_a_scan_is_never_written_to_a_file_that_was_removed_under_its_writer(
    tmp_path, open_spool, monkeypatch
):
    """Between making a file and locking it, a folder may take it for a dead writer's empty one."""
    lock, removed = fcntl.flock, []

    def late_lock(file, how: int) -> None:
        if how == fcntl.LOCK_EX and not removed:
            removed.append(only_file(tmp_path))
            assert remove(removed[0], folded_to=0)
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", late_lock)
    assert open_spool().append(scan())
    assert numbers_in(tmp_path) == [7]
    assert removed != [only_file(tmp_path)]


def test_a_restarted_process_never_writes_to_an_old_name(tmp_path):
    """Even a machine without a clock of its own, whose dice repeat themselves."""

    def stuck() -> Callable[[int], bytes]:
        falls = iter(range(9))
        return lambda size: bytes([next(falls)]) * size

    (tmp_path / "machine").write_text("7d9c0e4e-1111-4111-8111-111111111111")
    for number in range(2):
        writer = SpoolWriter(tmp_path, AT, stuck())
        writer.append(scan(number))
        writer.close()
    assert sorted(numbers_in(tmp_path)) == [0, 1]
    assert len(spool_files(tmp_path)) == 2


def test_what_waits_is_counted_in_bytes(tmp_path, open_spool):
    open_spool().append(scan(1))
    open_spool().append(scan(2))
    first, second = spool_files(tmp_path)
    assert unfolded_bytes(tmp_path, {}) == first.size + second.size
    assert unfolded_bytes(tmp_path, {first.id: first.size, second.id: 10}) == second.size - 10
