"""Which HTTP status a reason has: one table for pages and API."""

from omni.domain.refusal import Reason

STATUS = {
    Reason.INVALID_INPUT: 422,
    Reason.KEY_REQUIRED: 422,
    Reason.MALFORMED: 400,
    Reason.METHOD_NOT_ALLOWED: 405,
    Reason.TOO_LARGE: 413,
    Reason.UNSUPPORTED_MEDIA_TYPE: 415,
    Reason.NOT_SIGNED_IN: 401,
    Reason.NOT_ALLOWED: 403,
    Reason.NOT_FOUND: 404,
    Reason.UNKNOWN_CODE: 404,
    Reason.UNKNOWN_CLAIM: 404,
    Reason.UNKNOWN_REDEMPTION: 404,
    Reason.UNKNOWN_BATCH: 404,
    Reason.UNKNOWN_PLACEMENT: 404,
    Reason.UNKNOWN_EDITION: 404,
    Reason.UNKNOWN_RECEIPT: 404,
    Reason.UNKNOWN_POOL: 404,
    Reason.ENDED: 410,
    Reason.EXPIRED: 410,
    Reason.VOIDED: 410,
    Reason.TOO_MANY_ATTEMPTS: 429,
    Reason.STORE_BUSY: 503,
    Reason.INTERNAL: 500,
}
"""Every other reason is 409: the request is understood, and the state of things says no."""


def status_of(reason: Reason) -> int:
    """The HTTP status of a reason."""
    return STATUS.get(reason, 409)
