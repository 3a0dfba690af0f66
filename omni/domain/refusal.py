"""How rules say no: a stable reason, never a sentence; and the two ways a request can be wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Every reason the API may give; the words are stable, sentences live in the wording table."""

    INVALID_INPUT = "invalid-input"
    KEY_REQUIRED = "key-required"
    MALFORMED = "malformed"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    TOO_LARGE = "too-large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type"
    NOT_SIGNED_IN = "not-signed-in"
    NOT_ALLOWED = "not-allowed"
    NOT_FOUND = "not-found"
    UNKNOWN_CODE = "unknown-code"
    UNKNOWN_CLAIM = "unknown-claim"
    UNKNOWN_REDEMPTION = "unknown-redemption"
    UNKNOWN_BATCH = "unknown-batch"
    UNKNOWN_PLACEMENT = "unknown-placement"
    UNKNOWN_EDITION = "unknown-edition"
    UNKNOWN_RECEIPT = "unknown-receipt"
    UNKNOWN_POOL = "unknown-pool"
    NOT_UNLOCKED = "not-unlocked"
    NOT_LAUNCHED = "not-launched"
    NOT_STARTED = "not-started"
    PAUSED = "paused"
    ENDED = "ended"
    EXPIRED = "expired"
    VOIDED = "voided"
    ALREADY_CLAIMED = "already-claimed"
    ALREADY_BOUND = "already-bound"
    NOT_IN_POOL = "not-in-pool"
    EXCHANGED = "exchanged"
    NO_EXCHANGE = "no-exchange"
    EXHAUSTED = "exhausted"
    CAP_REACHED = "cap-reached"
    OUT_OF_STOCK = "out-of-stock"
    WRONG_MARKET = "wrong-market"
    BELOW_MINIMUM = "below-minimum"
    TERMS_CHANGED = "terms-changed"
    PER_PERSON_LIMIT = "per-person-limit"
    TEST_LIVE_MISMATCH = "test-live-mismatch"
    KEY_REUSED = "key-reused"
    NO_PRICE = "no-price"
    NOT_READY = "not-ready"
    NOT_REACHED = "not-reached"
    NO_RULE_MATCHED = "no-rule-matched"
    CONTROL = "control"
    STALE_EDIT = "stale-edit"
    TOO_MANY_ATTEMPTS = "too-many-attempts"
    STORE_BUSY = "store-busy"
    INTERNAL = "internal"


@dataclass(frozen=True)
class Refused:
    """A rule said no. A return value, never an exception; false in a condition."""

    reason: Reason
    details: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return False


class BadInput(Exception):
    """Something a caller sent cannot be right: names the field and the remedy; nothing was written."""

    def __init__(self, where: str, message: str, reason: Reason = Reason.INVALID_INPUT) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message
        self.reason = reason


class Unknown(Exception):
    """What a caller named does not exist; to a stranger every unknown code reads the same."""

    def __init__(self, reason: Reason, what: str = "") -> None:
        super().__init__(f"{reason.value}: {what}" if what else reason.value)
        self.reason = reason
        self.what = what
