"""What a batch costs as CSV, from the number to the file, on one core; and how much memory a million takes.

Compared in alternation: the listing as `omni print --as csv` writes it, and the same file written code by
code, each sealed on its own and put through `csv.writer`. The figure in bare calls is the cost of one code in
keyed BLAKE2b hashes, three of which are the least a seal can cost.
"""

from __future__ import annotations

import csv
import resource
import sys
from hashlib import blake2b
from pathlib import Path
from statistics import median
from subprocess import run
from tempfile import TemporaryDirectory
from time import process_time
from timeit import timeit

from omni.cli.print_output import Codes, Output
from omni.domain.batch import Batch
from omni.domain.code import Purpose
from omni.domain.keyring import CodeKey, Keyring
from omni.present.listings import COLUMNS, csv_lines
from omni.present.paper import printed_codes

ROUNDS = 5
CODES = 200_000
MILLION = 1_000_000

KEY = b"\x01" * 32
RING = Keyring((CodeKey(1, KEY),), current_id=1)
BATCH = Batch(host="https://go.larkfell.example", first_number=5_000, size=MILLION, key_id=1)


def listed(file: Path, count: int) -> None:
    """The batch as the command writes it."""
    numbers = range(BATCH.first_number, BATCH.first_number + count)
    with Output(str(file)) as out:
        for piece in csv_lines(Codes(printed_codes(RING, BATCH, numbers))):
            out.write(piece.encode())
        out.keep()


def one_by_one(file: Path, count: int) -> None:
    """The same file, each code on its own."""
    with file.open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for place in range(1, count + 1):
            code = RING.seal(BATCH.first_number + place - 1, Purpose.CODE, 1)
            url = f"{BATCH.host.upper()}/C/{code.replace('-', '')}"
            writer.writerow((place, code, url))


def main() -> None:
    """Print codes a second, the ratio, the cost in bare hashes, and the peak memory of a million."""
    with TemporaryDirectory() as folder:
        file, other = Path(folder) / "codes.csv", Path(folder) / "other.csv"
        seconds: dict[str, list[float]] = {"listed": [], "one by one": []}
        for _ in range(ROUNDS):
            for name, work, into in (("listed", listed, file), ("one by one", one_by_one, other)):
                began = process_time()
                work(into, CODES)
                seconds[name].append(process_time() - began)
        assert file.read_bytes() == other.read_bytes(), "both write the same file"
        bare = timeit(lambda: blake2b(b"12345", digest_size=4, key=KEY).digest(), number=CODES)
        ratios = sorted(slow / fast for fast, slow in zip(*seconds.values(), strict=True))
        rates = sorted(CODES / each for each in seconds["listed"])
        print(f"codes a second       {median(rates):9,.0f}  ({rates[0]:,.0f} to {rates[-1]:,.0f})")
        print(f"than one by one      {median(ratios):9.2f} x  ({ratios[0]:.2f} to {ratios[-1]:.2f})")
        print(f"a code in bare calls {median(seconds['listed']) / bare:9.2f} x")
        for count in (10, MILLION):
            child = run([sys.executable, __file__, str(file), str(count)], capture_output=True, text=True)
            print(f"peak memory, {count:>9,} codes {int(child.stdout) / 1024:6.1f} MB")


if __name__ == "__main__":
    if sys.argv[1:]:
        listed(Path(sys.argv[1]), int(sys.argv[2]))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    else:
        main()
