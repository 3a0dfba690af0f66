"""What the bytes of one receipt's slip cost, beside python-escpos making the same slip; in process, one core.

Every slip has its own code and its own run number, as at a till; the words are those of a French till. Ours
says more: python-escpos gets the same lines, centred, and the cut. Its native symbol has no quiet zone of its
own, its drawn one a single module; ours has four. Covered as well: Arabic, whose lines are pictures, and the
first slip of a process, before anything is set in type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from statistics import median
from time import perf_counter

from escpos.constants import QR_ECLEVEL_Q
from escpos.printer import Dummy

from omni.present.escpos import slip_bytes
from omni.present.printer_profile import PROFILES
from omni.present.slip import Paper, PrintedCode
from tests.support.paper import market_paper, some_codes

ROUNDS = 7
SLIPS = 200

FRENCH, ARABIC = market_paper("fr"), market_paper("sa")
CODES = some_codes(ROUNDS * SLIPS)


def runs(paper: Paper) -> Iterator[Paper]:
    """The same words under ever new run numbers."""
    return (replace(paper, run=paper.run.replace("#7", f"#{number}")) for number in count(8))


def ours(paper: Paper, profile: str) -> Callable[[PrintedCode], bytes]:
    """Our slip for a printer."""
    papers = runs(paper)
    return lambda code: slip_bytes(next(papers), code, profile=PROFILES[profile])


def theirs(*, is_native: bool) -> Callable[[PrintedCode], bytes]:
    """The same slip by python-escpos; its printer is made once, its output is emptied for each."""
    printer, papers = Dummy(profile="TM-T88V"), runs(FRENCH)

    def slip(code: PrintedCode) -> bytes:
        printer.clear()
        paper = next(papers)
        printer.set(align="center", bold=True)
        for line in paper.offer:
            printer.textln(line.text)
        printer.set(align="center", bold=False)
        for line in paper.captions:
            printer.textln(line.text)
        printer.qr(code.url, ec=QR_ECLEVEL_Q, size=6, native=is_native)
        for text in (code.code, paper.host, *(line.text for line in (*paper.promises, *paper.terms_lines))):
            printer.textln(text)
        printer.textln(paper.run)
        printer.cut(mode="PART")
        return bytes(printer.output)

    return slip


WORK: dict[str, Callable[[PrintedCode], bytes]] = {
    "ours, the printer draws": ours(FRENCH, "80mm-180dpi"),
    "ours, dot by dot": ours(FRENCH, "80mm-raster"),
    "ours, Arabic, the printer draws": ours(ARABIC, "80mm-180dpi"),
    "ours, Arabic, dot by dot": ours(ARABIC, "80mm-raster"),
    "python-escpos, the printer draws": theirs(is_native=True),
    "python-escpos, dot by dot": theirs(is_native=False),
}


def seconds_a_slip(work: Callable[[PrintedCode], bytes], codes: list[PrintedCode]) -> float:
    """The median of some slips, each timed by itself."""
    taken = []
    for code in codes:
        begins = perf_counter()
        work(code)
        taken.append(perf_counter() - begins)
    return median(taken)


def main() -> None:
    """Print the time of each slip, the first and a usual one, and the ratio of each to ours."""
    first = {}
    for name, work in WORK.items():
        begins = perf_counter()
        work(CODES[0])
        first[name] = perf_counter() - begins
    rounds: dict[str, list[float]] = {name: [] for name in WORK}
    for turn in range(ROUNDS):
        for name, work in WORK.items():
            some = CODES[turn * SLIPS : (turn + 1) * SLIPS]
            rounds[name].append(seconds_a_slip(work, some if "escpos, dot" not in name else some[:20]))
    base = median(rounds["ours, the printer draws"])
    for name, taken in rounds.items():
        print(
            f"{name:<34} {len(WORK[name](CODES[0])):6,} bytes  first {first[name] * 1e3:6.1f} ms  then"
            f" {median(taken) * 1e3:7.3f} ms ({min(taken) * 1e3:.3f} to {max(taken) * 1e3:.3f})"
            f"  {median(taken) / base:7.1f} x"
        )


if __name__ == "__main__":
    main()
