"""The line to Omni: one request and its answer, asked again where that is safe."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests import PreparedRequest, Response

TRY_AGAIN = (429, 502, 503, 504)
"""Statuses after which nothing was done, or the same key finds out what was."""

FIRST_PAUSE_SECONDS = 0.2

_LOST = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


class OmniError(Exception):
    """Omni did not do what was asked."""


@dataclass(frozen=True)
class FieldError:
    """A field that cannot be right, and why."""

    field: str
    message: str


class Refusal(OmniError):
    """Omni answered, and the answer is no.

    `code` is stable and for programs; `detail` is a sentence for staff, in no fixed words. `unlock_url` leads
    a shopper on who typed the code of a receipt that is not unlocked yet. `details` has every other member of
    the answer, such as `left`. With `retry_after` seconds the same request may be allowed later.
    """

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: int | None = None) -> None:
        self.status = status
        self.code = str(problem.get("code", "internal"))
        self.detail = str(problem.get("detail", ""))
        self.unlock_url: str | None = problem.get("unlock_url")
        self.request_id: str | None = problem.get("request_id")
        self.errors = tuple(
            FieldError(wrong["field"], wrong["message"]) for wrong in problem.get("errors") or ()
        )
        self.details = dict(problem)
        self.retry_after = retry_after
        fields = "; ".join(f"{wrong.field}: {wrong.message}" for wrong in self.errors)
        super().__init__(f"{self.code}: {fields or self.detail}")


class Unreachable(OmniError):
    """No answer that can be relied on: the line is down, or Omni is in trouble.

    Whether the request was done is not known. Ask the same again with `key` and find out: it is done once.
    `status` is what answered in Omni's place, if anything did.
    """

    def __init__(self, why: str, key: str, status: int | None = None, retry_after: int | None = None) -> None:
        super().__init__(why)
        self.key = key
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True)
class Answer:
    """What came back: a document, or None where there is nothing to say; and the key it was asked with."""

    document: Any
    key: str


class Wire:
    """A line that keeps its connections, one per thread, and its temper.

    `timeout` is for one try in seconds. A lost connection, 429 and 502 to 504 are tried again with the same
    `Idempotency-Key`, at most `tries` times and never after pauses of more than `patience` seconds in sum.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout: float,
        tries: int,
        patience: float,
        sleep: Callable[[float], object] = time.sleep,
        mint: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.base = base_url.rstrip("/") + "/api/v1"
        self._bearer = _Bearer(key)
        self._timeout, self._tries, self._patience = timeout, tries, patience
        self._sleep, self._mint = sleep, mint
        self._threads = threading.local()

    def ask(
        self, method: str, path: str, *, body: object = None, query: object = None, key: str | None = None
    ) -> Answer:
        """Ask, and ask again while that may help. Raises Refusal or Unreachable."""
        key = key or self._mint(16).hex()
        request = {"method": method, "url": self.base + path, "json": body, "params": query}
        slept = 0.0
        for attempt in range(1, self._tries + 1):
            try:
                return self._once(key, request)
            except (Refusal, Unreachable) as trouble:
                pause = self._pause(attempt, trouble)
                slept += pause
                if attempt == self._tries or slept > self._patience or not _may_pass(trouble):
                    raise
            self._sleep(pause)
        raise ValueError("tries must be at least 1")

    def _once(self, key: str, request: Mapping[str, Any]) -> Answer:
        try:
            response = self._session().request(
                **request,
                headers={"Idempotency-Key": key, "Accept": "application/json"},
                auth=self._bearer,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except _LOST as lost:
            raise Unreachable(f"no answer from {self.base}: {type(lost).__name__}", key) from lost
        return _read(response, key)

    def _pause(self, attempt: int, trouble: Refusal | Unreachable) -> float:
        # Shops that lost Omni at the same moment must not all come back at the same moment.
        pause = FIRST_PAUSE_SECONDS * attempt * (0.5 + self._mint(1)[0] / 255)
        return max(pause, float(trouble.retry_after or 0))

    def _session(self) -> requests.Session:
        # Sessions of `requests` are not made for several threads at once.
        if not hasattr(self._threads, "session"):
            self._threads.session = requests.Session()
        session: requests.Session = self._threads.session
        return session


class _Bearer(requests.auth.AuthBase):
    """The key as a header, put on last: a password for this host in ~/.netrc would replace a plain header."""

    def __init__(self, key: str) -> None:
        self._header = f"Bearer {key}"

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


def _read(response: Response, key: str) -> Answer:
    after = response.headers.get("Retry-After", "")
    retry_after = int(after) if after.isdigit() else None
    try:
        document = response.json() if response.content else None
    except ValueError:
        document = None
    status = response.status_code
    if 400 <= status < 500 and isinstance(document, dict) and "code" in document:
        raise Refusal(status, document, retry_after)
    if status != 204 and (document is None or not 200 <= status < 300):
        raise Unreachable(f"{response.url} answered {status}", key, status, retry_after)
    if isinstance(document, dict):
        document["is_replay"] = response.headers.get("Idempotency-Replayed") == "true"
    return Answer(document, key)


def _may_pass(trouble: Refusal | Unreachable) -> bool:
    """Whether asking again may find another answer."""
    return trouble.status is None or trouble.status in TRY_AGAIN
