"""A QR symbol in text: two rows of modules to a line, half blocks, quiet zone included."""

from __future__ import annotations

from omni.present.qr import QUIET_ZONE, Symbol

# (upper module dark, lower module dark) -> the character that inks exactly those halves.
_BLOCKS = {
    (False, False): " ",
    (True, False): "\N{UPPER HALF BLOCK}",
    (False, True): "\N{LOWER HALF BLOCK}",
    (True, True): "\N{FULL BLOCK}",
}

# Black on white by the palette's fixed entries 16 and 231: themes may recolour the first sixteen.
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
_RESET = "\x1b[0m"


def half_blocks(symbol: Symbol) -> str:
    """Draw a symbol in dark ink on light paper, for a text that will be printed or copied."""
    span = range(-QUIET_ZONE, symbol.size + QUIET_ZONE)
    return "\n".join(
        "".join(_BLOCKS[symbol.is_dark(x, y), symbol.is_dark(x, y + 1)] for x in span) for y in span[::2]
    )


def on_screen(symbol: Symbol) -> str:
    """Draw a symbol for a terminal, black on white whatever colours the terminal has."""
    return "\n".join(f"{_BLACK_ON_WHITE}{line}{_RESET}" for line in half_blocks(symbol).split("\n"))
