"""A scan beside a bare Flask handler that returns the same bytes, on one server with the same workers.

What is measured is the page of a personal code, warm, its scan written down, over kept lines (32 clients,
two processes of `omni serve`). Printed are the server's CPU for each request over the bare handler's, the
ratio of requests a second, and p99. Then the same among many batches, receipts and claims: `--large` sets
how many thousandths of 20,000 batches, 5,000,000 receipts and 2,000,000 claims are made (1000: all of them).

    python -m tests.bench.scanning --engine sqlite --large 100
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.request import Request, urlopen

from sqlmodel import col, select

from omni.app import Installation
from omni.domain.batch import Batch, NumberAllocator
from omni.domain.code import Purpose
from omni.domain.receipt import Receipt
from omni.domain.record import bucket_of
from omni.store.catalogue import has_changed
from omni.store.rows import insert_all
from tests.bench.redeeming import a_place
from tests.support.codes import a_batch
from tests.support.redeem_bench import unlocked
from tests.support.scan_bench import app
from tests.support.serving import Served, served

LINES = 32
SECONDS = 4.0
ROUNDS = 5
CODES = 20_000
PHONE = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
    "Accept-Language": "fr-FR,fr;q=0.9",
    "Accept": "text/html",
}


@dataclass(frozen=True)
class Measured:
    """What a load of some seconds told: requests a second, p99 in ms, CPU of the server for each in ms."""

    rate: float
    p99: float
    cpu: float


def main() -> None:
    """Measure both engines, or the one that is asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--engine", choices=["sqlite", "postgresql"])
    asked.add_argument("--large", type=int, default=0, help="thousandths of the large installation")
    options = asked.parse_args()
    for engine in [options.engine] if options.engine else ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as folder, a_place(engine, Path(folder)) as place:
            small = _codes(place, [a_batch(place, count=CODES)])
            _beside_the_bare(engine, place, small)
            if options.large:
                _among_many(engine, place, small, options.large)


def _beside_the_bare(engine: str, place: Installation, codes: Sequence[str]) -> None:
    with _serving(place, codes[0]) as server:
        _load(server, codes, seconds=3)
        rounds = [
            (_load(server, codes, seconds=SECONDS), _load(server, None, seconds=SECONDS))
            for _ in range(ROUNDS)
        ]
    _say(f"{engine:10} scan", "requests a second", [scan.rate for scan, _ in rounds], "{:.0f}")
    _say(f"{engine:10} bare", "requests a second", [bare.rate for _, bare in rounds], "{:.0f}")
    _say(f"{engine:10} scan", "of the bare rate", [scan.rate / bare.rate for scan, bare in rounds], "{:.0%}")
    added = [(scan.cpu - bare.cpu) * 1000 for scan, bare in rounds]
    _say(f"{engine:10} scan", "µs of CPU added", added, "{:.0f}")
    _say(f"{engine:10} bare", "µs of CPU", [bare.cpu * 1000 for _, bare in rounds], "{:.0f}")
    _say(f"{engine:10} scan", "times the bare p99", [scan.p99 / bare.p99 for scan, bare in rounds], "{:.1f}")


def _among_many(engine: str, place: Installation, small: Sequence[str], thousandths: int) -> None:
    """The same codes before and after, alternating codes of one batch with codes of all."""
    batches = _many_batches(place, 20 * thousandths)
    _many_receipts(place, 5_000 * thousandths)
    unlocked(place, 2_000 * thousandths)
    many = _codes(place, random.Random(11).sample(batches, min(len(batches), CODES // 2)))
    with _serving(place, small[0]) as server:
        _load(server, small, seconds=3)
        _load(server, many, seconds=10)
        rounds = [
            (_load(server, small, seconds=SECONDS), _load(server, many, seconds=SECONDS))
            for _ in range(ROUNDS)
        ]
    what = f"{20 * thousandths:,} batches, {5_000 * thousandths:,} receipts, {2_000 * thousandths:,} claims"
    _say(
        f"{engine:10} among {what}:",
        "of the rate of one batch",
        [b.rate / a.rate for a, b in rounds],
        "{:.0%}",
    )
    _say(f"{engine:10} one batch there:", "requests a second", [a.rate for a, _ in rounds], "{:.0f}")


def _say(who: str, what: str, values: Sequence[float], form: str) -> None:
    low, high = form.format(min(values)), form.format(max(values))
    print(f"{who} {form.format(median(values))} {what} ({low} to {high})", flush=True)


@contextmanager
def _serving(place: Installation, code: str) -> Iterator[Served]:
    """The server, with a page of it for the bare handler to return."""
    page = place.settings.data_dir / "page.html"
    with served(place, factory=app) as server:
        asked = Request(f"http://127.0.0.1:{server.port}/c/{code}", headers=PHONE)
        page.write_bytes(urlopen(asked).read())
    with served(place, factory=app) as server:
        yield server


def _load(server: Served, codes: Sequence[str] | None, *, seconds: float) -> Measured:
    paths = (
        ["/bare"] * CODES if codes is None else [f"/c/{code}" for code in random.sample(codes, len(codes))]
    )
    asked = "\n".join(
        json.dumps({"method": "GET", "path": path, "headers": PHONE, "body": ""}) for path in paths
    )
    before = server.cpu_seconds
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.hammer", *map(str, (server.port, LINES, 0, seconds))],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    )
    used = server.cpu_seconds - before
    told: dict[str, Any] = json.loads(done.stdout)
    if set(told["statuses"]) != {"200"}:
        raise SystemExit(f"answers {told['statuses']}")
    count = told["statuses"]["200"]
    return Measured(count / told["seconds"], quantiles(told["latencies_ms"], n=100)[98], used / count * 1000)


def _codes(place: Installation, batches: Sequence[Batch]) -> list[str]:
    """Codes nobody has touched: many of a few batches, or one of each of many."""
    each = max(1, CODES // len(batches))
    return [
        code
        for batch in batches
        for code in place.keyring.seal_all(
            range(batch.first_number, batch.first_number + min(each, batch.size)), Purpose.CODE, batch.key_id
        )
    ]


def _many_batches(place: Installation, count: int) -> list[Batch]:
    """Copies of one batch, each with numbers of its own."""
    model, size = a_batch(place, count=10), 10
    with place.db.writing() as tx:
        allocator = tx.exec(select(NumberAllocator)).one()
        first = allocator.next_number
        allocator.next_number += count * size
        row = {**model.model_dump(), "client": "bench"}
        del row["id"]
        rows = [
            {**row, "first_number": first + at * size, "request_key": f"bench-{at}"} for at in range(count)
        ]
        insert_all(tx, Batch, rows)
        has_changed(tx)
    with place.db.reading() as session:
        return list(session.exec(select(Batch).where(Batch.client == "bench").order_by(col(Batch.id))))


def _many_receipts(place: Installation, count: int) -> None:
    """Receipts of a batch of their own, which nobody scans."""
    batch = a_batch(place, count=count) if count else None
    now = place.world.now()
    for start in range(0, count, 50_000):
        numbers = range(start, min(start + 50_000, count))
        rows = [
            {
                "bucket": bucket_of(batch.first_number + at),
                "number": batch.first_number + at,
                "origin": batch.origin,
                "batch_id": batch.id,
                "placement_id": batch.placement_id,
                "receipt_hash": None,
                "member_hash": None,
                "total_minor": 5_000,
                "currency": "EUR",
                "why": "a bench",
                "printed_at": now - timedelta(minutes=at % 600),
                "recorded_at": now,
                "client": "bench",
            }
            for at in numbers
            if batch is not None
        ]
        with place.db.writing() as tx:
            insert_all(tx, Receipt, rows)


if __name__ == "__main__":
    main()
