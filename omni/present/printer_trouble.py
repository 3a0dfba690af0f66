"""What is wrong with a printer, in one sentence for whoever stands before it."""

from __future__ import annotations

import socket

from omni.domain.printer_address import PrinterAddress, Way


class LineTrouble(Exception):
    """A printer could not be reached, or stopped taking slips: one sentence that says what to look at."""


def in_words(address: PrinterAddress, failure: OSError) -> str:
    """A failure of the system in the words of somebody who stands before the printer."""
    if address.way is Way.FILE:
        return _of_device(address, failure)
    match failure:
        case socket.gaierror():
            return f"the printer's host {address.place} is not known: check its name"
        case ConnectionRefusedError():
            return f"the printer {address} does not answer (connection refused): is it on?"
        case TimeoutError():
            return f"the printer {address} does not answer: is it on, and has it paper?"
        case ConnectionError():
            return f"the printer {address} broke off the line: look at what came out"
    return f"the printer {address} does not answer ({failure.strerror or failure}): is it on?"


def _of_device(address: PrinterAddress, failure: OSError) -> str:
    if isinstance(failure, FileNotFoundError):
        return f"there is no printer at {address}: is it plugged in and on?"
    if isinstance(failure, PermissionError):
        return f"this user may not write to {address}: add them to its group, which is often lp"
    if isinstance(failure, TimeoutError):
        return f"the printer {address} takes nothing: has it paper, is its cover shut?"
    return f"the printer {address} does not answer ({failure.strerror or failure}): is it on?"
