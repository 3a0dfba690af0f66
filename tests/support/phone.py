"""A browser without script, on loopback: gets pages, submits forms, keeps cookies; machines speak JSON."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from tests.support.forms import form_to


class Answer:
    """What came back: never an exception for a status."""

    def __init__(self, status: int, headers: Message, body: bytes, url: str) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def find(self, pattern: str) -> str:
        """The first group of a pattern that must be there."""
        found = re.search(pattern, self.text)
        assert found is not None, f"{pattern} is not in {self.url} ({self.status}): {self.text[:400]}"
        return found.group(1)


class Phone:
    """One person's browser, or with `bearer` one machine's client."""

    def __init__(
        self,
        base: str,
        *,
        language: str = "en",
        user_agent: str = "Mozilla/5.0 test",
        bearer: str | None = None,
    ) -> None:
        self.base = base
        self._headers = {"Accept-Language": language, "User-Agent": user_agent}
        if bearer:
            self._headers["Authorization"] = f"Bearer {bearer}"
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies, urllib.request.ProxyHandler({}))

    def get(self, address: str) -> Answer:
        """Open an address, printed in capitals or not."""
        parts = urlsplit(address)
        path = address if not parts.scheme else f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self._send(urllib.request.Request(self.base + path, headers=self._headers))

    def submit(self, page: Answer, *, action: str, **fields: str) -> Answer:
        """Press the button of a form on a page, with its hidden fields and what was typed."""
        form = form_to(page.text, action)
        data = urlencode({**form.fields, **fields}).encode()
        return self._send(
            urllib.request.Request(urljoin(page.url, form.action), data=data, headers=self._headers)
        )

    def post(self, path: str, body: Mapping[str, Any], *, key: str = "") -> Answer:
        """Send JSON, with an idempotency key where one is given."""
        headers = {**self._headers, "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        data = json.dumps(body).encode()
        return self._send(urllib.request.Request(self.base + path, data=data, headers=headers))

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=20) as answer:
                return Answer(answer.status, answer.headers, answer.read(), answer.url)
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, refusal.headers, refusal.read(), refusal.url)
