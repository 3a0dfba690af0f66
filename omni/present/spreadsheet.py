"""Text that other people's spreadsheets open: what somebody else wrote is never run as a formula."""

from __future__ import annotations

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain_cell(text: str) -> str:
    """A text as a cell of a CSV; one that a spreadsheet would take for a formula is marked as text.

    The apostrophe in front is what spreadsheets themselves write (OWASP, CSV injection).

    >>> plain_cell("A-1"), plain_cell("=1+1")
    ('A-1', "'=1+1")
    """
    return f"'{text}" if text.startswith(_FORMULAS) else text
