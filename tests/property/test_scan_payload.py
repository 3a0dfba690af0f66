"""A scan written in a hurry says what its record would have said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from omni.domain.code import NUMBER_BITS
from omni.domain.record import Origin
from omni.domain.scan_record import ScanRecord
from omni.domain.visit import DeviceClass, VisitKind

zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(datetime(2000, 1, 1), datetime(2199, 1, 1), timezones=zones)  # noqa: DTZ001


@given(
    instants,
    st.integers(0, (1 << NUMBER_BITS) - 1),
    st.sampled_from(VisitKind),
    st.sampled_from(DeviceClass),
    st.sampled_from(Origin),
    st.booleans(),
    st.text('abcdefghijklmnopqrstuvwxyz-_é"\\', max_size=16),
)
def test_a_scan_written_in_a_hurry_is_read_as_its_record(at, number, kind, device, origin, shared, locale):
    fields = {"kind": kind, "device": device, "origin": origin, "shared": shared, "locale": locale}
    fields |= {"batch_id": 7, "edition_id": 3, "placement_id": 9, "touchpoint": "till", "revision": 2}
    alike = ScanRecord(at=datetime.fromtimestamp(0, UTC), number=0, **fields)
    assert ScanRecord.from_payload(alike.payload_of(number, at)) == ScanRecord(at=at, number=number, **fields)
