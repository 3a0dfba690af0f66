"""A crowd of shops and tills at the same few codes, who ask until they are answered and log every try."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import count
from random import Random
from threading import Condition, Event
from typing import Any

from tests.support.histories import Call, History, Verb

AGAIN_SECONDS = 0.05
PATIENCE_SECONDS = 60
AT_ONCE = 6
"""How many codes are in everybody's hands at a time, and how many answers later there is a new one."""

ORDER = {"order_total_minor": 60_000, "currency": "EUR"}


@dataclass(frozen=True)
class Wish:
    """A request as its client means it: every try of it has this key and this body."""

    verb: Verb
    code: str
    path: str
    key: str = ""
    order: str = ""
    document: Mapping[str, Any] | None = None


def claim(code: str, key: str) -> Wish:
    """Unlock a code."""
    return Wish(Verb.CLAIM, code, f"/codes/{code}/claim", key, document={"locale": "fr-FR"})


def redeem(code: str, order: str, key: str) -> Wish:
    """Spend all that a code has."""
    return Wish(Verb.REDEEM, code, "/redemptions", key, order, {"voucher": code, "order_ref": order, **ORDER})


def reverse(code: str, order: str, redemption: str, key: str) -> Wish:
    """Take the whole of one use back."""
    path = f"/redemptions/{redemption}/reversals"
    return Wish(Verb.REVERSE, code, path, key, order, {"reason": "returned"})


def look(code: str) -> Wish:
    """See what became of a code."""
    return Wish(Verb.LOOK, code, f"/codes/{code}")


class Client:
    """One machine with a key of its own and one line to the server, which may drop at any time."""

    def __init__(self, name: str, port: int, bearer: str, history: History) -> None:
        self.name = name
        self._history = history
        self._line = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self._headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}

    def ask_once(self, wish: Wish) -> Call:
        """Try a request once, and log what came of it."""
        began = time.monotonic()
        told = self._told(wish)
        call = Call(
            self.name, wish.verb, wish.code, began, time.monotonic(), wish.key, order=wish.order, **told
        )
        self._history.add(call)
        return call

    def ask(self, wish: Wish, gave_up: Event) -> Call:
        """Try until there is an answer, or the client gave up."""
        while not (call := self.ask_once(wish)).is_answered:
            if gave_up.wait(AGAIN_SECONDS):
                break
        return call

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _told(self, wish: Wish) -> dict[str, Any]:
        headers = self._headers | ({"Idempotency-Key": wish.key} if wish.key else {})
        try:
            if wish.document is None:
                self._line.request("GET", f"/api/v1{wish.path}", headers=headers)
            else:
                self._line.request("POST", f"/api/v1{wish.path}", json.dumps(wish.document), headers)
            answer = self._line.getresponse()
            body = answer.read().decode()
        except (OSError, HTTPException):
            self._line.close()
            return {}
        return {
            "status": answer.status,
            "is_replay": answer.headers.get("Idempotency-Replayed") == "true",
            "retry_after": answer.headers.get("Retry-After"),
            "body": body,
        }


class Crowd:
    """Clients that unlock, spend, take back and look, several at one code at a time, until told to stop."""

    def __init__(self, clients: Sequence[Client], codes: Sequence[str], dice: Random) -> None:
        self._clients, self._codes = clients, codes
        self._dice = [Random(dice.random()) for _ in clients]
        self._news = Condition()
        self._answers = 0
        self._over, self._gave_up = Event(), Event()
        self._uses: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._at_work: list[Future[None]] = []

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Everybody asks until the block ends; whoever waits for an answer then still gets it.

        When the block fails nobody is waited for.
        """
        with ThreadPoolExecutor(len(self._clients)) as pool:
            self._at_work = [
                pool.submit(self._work, client, dice)
                for client, dice in zip(self._clients, self._dice, strict=True)
            ]
            try:
                yield
                self._over.set()
                wait(self._at_work, PATIENCE_SECONDS, FIRST_EXCEPTION)
            finally:
                self._over.set()
                self._gave_up.set()
        for ended in self._at_work:
            ended.result()

    def wait_for_answers(self, more: int) -> None:
        """Wait until so many more requests were answered."""
        with self._news:
            goal = self._answers + more
            self._news.wait_for(lambda: self._answers >= goal or self._failed(), PATIENCE_SECONDS)
            for failed in self._failed():
                failed.result()
            assert self._answers >= goal, f"{goal - self._answers} answers are missing"

    def touched(self) -> Sequence[str]:
        """The codes that were in somebody's hands."""
        return self._codes[: self._answers // AT_ONCE + AT_ONCE]

    def _failed(self) -> list[Future[None]]:
        return [worker for worker in self._at_work if worker.done()]

    def _work(self, client: Client, dice: Random) -> None:
        done: list[Wish] = []
        for number in count():
            if self._over.is_set():
                break
            wish = self._wish(dice, f"{client.name}-{number}", done)
            call = client.ask(wish, self._gave_up)
            if call.is_done and wish.key and wish not in done:
                done.append(wish)
                if wish.verb is Verb.REDEEM:
                    self._uses[wish.code].append((wish.order, call.answer["id"]))
            with self._news:
                self._answers += 1
                self._news.notify_all()
        client.close()

    def _wish(self, dice: Random, key: str, done: Sequence[Wish]) -> Wish:
        code = dice.choice(self.touched()[-AT_ONCE:])
        uses = self._uses[code]
        match dice.choices(("claim", "redeem", "reverse", "again", "look"), (4, 5, 3, 2, 1))[0]:
            case "claim":
                return claim(code, key)
            case "reverse" if uses:
                return reverse(code, *dice.choice(uses), key)
            case "again" if done:
                return dice.choice(done[-AT_ONCE:])
            case "look":
                return look(code)
        return redeem(code, f"order {key}", key)
