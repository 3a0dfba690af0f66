"""What clients saw of a ledger, and whether one exactly-once ledger can have told them so.

Clients log every try of every request, with the instants it began and ended, to a file of JSON lines. Two
things are then proved of the file: whoever asked again was told the same, byte for byte; and for each code
there is an order of all calls, one that respects which ended before which began, in which a plain register
(unlocked or not, spent or not) gives just these answers. So a second winner has no place in any order, nor
has an `exhausted` that nobody had caused yet, nor a look that misses what was acknowledged before.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from math import inf
from pathlib import Path
from threading import Lock
from typing import Any


class Verb(StrEnum):
    """What a client asked."""

    CLAIM = "claim"
    REDEEM = "redeem"
    REVERSE = "reverse"
    LOOK = "look"


@dataclass(frozen=True)
class Call:
    """One try of one request. `order` names the use it makes or takes back; the instants are of one clock.

    Without a status no answer came: whether it was done, nobody knows. The same is true of a 503.
    """

    client: str
    verb: Verb
    code: str
    began: float
    ended: float
    key: str = ""
    order: str = ""
    status: int | None = None
    is_replay: bool = False
    retry_after: str | None = None
    body: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether the client knows what became of its request."""
        return self.status not in (None, 503)

    @property
    def is_done(self) -> bool:
        """Whether it was acknowledged."""
        return self.status in (200, 201)

    @property
    def answer(self) -> Any:
        """The answer as it was meant."""
        return json.loads(self.body)


class History:
    """A file of calls, written by many threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._alone = Lock()
        self._file = path.open("a")

    def add(self, call: Call) -> None:
        """Log one try."""
        with self._alone:
            print(json.dumps(asdict(call)), file=self._file, flush=True)

    def close(self) -> None:
        """End the file."""
        self._file.close()


def read(path: Path) -> list[Call]:
    """The calls of a file, as they were logged."""
    calls = [Call(**json.loads(line)) for line in path.read_text().splitlines()]
    return [replace(call, verb=Verb(call.verb)) for call in calls]


class Wrong(StrEnum):
    """What a history can show."""

    BROKEN = "an answer no rule of the ledger gives"
    DONE_TWICE = "one request was done more than once"
    REPLAYED_OTHERWISE = "asked again, another answer"
    NEVER_ASKED = "a replay of what was asked for the first time"
    NO_ORDER = "no order of these calls explains their answers"


@dataclass(frozen=True)
class Fault:
    """What is wrong, and the calls that show it."""

    what: Wrong
    calls: Sequence[Call]

    def __str__(self) -> str:
        return "\n  ".join([self.what, *map(str, self.calls)])


def faults(calls: Iterable[Call]) -> list[Fault]:
    """Everything in a history that an exactly-once ledger cannot have answered; empty when all is well."""
    by_code: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        by_code[call.code].append(call)
    found = []
    for of_code in by_code.values():
        broken = [call for call in of_code if call.is_answered and _fact_told(call) is None]
        requests = _requests(of_code)
        asked_again = [fault for tries in requests for fault in _faults_of_replay(tries)]
        if broken:
            found.append(Fault(Wrong.BROKEN, broken))
        elif not asked_again and not _has_an_order(_steps(of_code, requests)):
            found.append(Fault(Wrong.NO_ORDER, sorted(of_code, key=lambda call: call.began)))
        found += asked_again
    return found


def _requests(calls: Iterable[Call]) -> list[list[Call]]:
    """The tries of each request: those of one client under one key."""
    by_key: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in calls:
        if call.verb is not Verb.LOOK:
            by_key[call.client, call.key].append(call)
    return list(by_key.values())


def _faults_of_replay(tries: Sequence[Call]) -> Iterator[Fault]:
    done = [call for call in tries if call.is_done]
    if sum(not call.is_replay for call in done) > 1:
        yield Fault(Wrong.DONE_TWICE, done)
    if len({call.body for call in done}) > 1:
        yield Fault(Wrong.REPLAYED_OTHERWISE, done)
    for call in done:
        if call.is_replay and not any(other.began < call.ended for other in tries if other is not call):
            yield Fault(Wrong.NEVER_ASKED, [call])


@dataclass(frozen=True)
class _Register:
    """A code as its facts make it: its uses, each with whether it came back."""

    is_unlocked: bool = False
    uses: frozenset[tuple[str, bool]] = frozenset()

    @property
    def is_spent(self) -> bool:
        return any(not came_back for _, came_back in self.uses)

    def after(self, verb: Verb, order: str) -> _Register | None:
        """The register once a request was done; None when it cannot be done now."""
        match verb:
            case Verb.CLAIM if not self.is_unlocked:
                return replace(self, is_unlocked=True)
            case Verb.REDEEM if self.is_unlocked and not self.is_spent:
                return replace(self, uses=self.uses | {(order, False)})
            case Verb.REVERSE if (order, False) in self.uses:
                return replace(self, uses=self.uses - {(order, False)} | {(order, True)})
        return None


_NOTHING = _Register()


def _fact_told(call: Call) -> str | None:
    """What an answer says of the register; None when it is none the ledger has for this request."""
    if call.is_done:
        return "done"
    reason = call.answer["code"]
    is_known = (call.verb, call.status, reason) in (
        (Verb.CLAIM, 409, "already-claimed"),
        (Verb.REDEEM, 409, "exhausted"),
        (Verb.REDEEM, 409, "not-unlocked"),
        (Verb.REVERSE, 422, "invalid-input"),
    )
    return reason if is_known else None


def _is_true(call: Call, now: _Register) -> bool:
    """Whether a refusal, or a look, tells what the register holds."""
    match call.verb, _fact_told(call):
        case Verb.LOOK, _:
            return seen(call.answer) == now
        case Verb.CLAIM, _:
            return now.is_unlocked
        case Verb.REDEEM, "exhausted":
            return now.is_spent
        case Verb.REDEEM, _:
            return not now.is_unlocked
    return (call.order, True) in now.uses


def seen(answer: Any) -> _Register:
    """A code as a look at it tells: from its history of unlocking, uses and what came back."""
    events = answer["history"]
    orders = {event["redemption"]: event["order_ref"] for event in events if event["what"] == "redeemed"}
    back = {orders[event["redemption"]] for event in events if event["what"] == "reversed"}
    return _Register(
        any(event["what"] == "claimed" for event in events),
        frozenset((order, order in back) for order in orders.values()),
    )


@dataclass(frozen=True)
class _Step:
    """Something that took place at one instant between two; with `call` it only told what was so.

    A request nobody was answered about may have been done at any later time, or never: its end is open.
    """

    began: float
    ended: float
    verb: Verb
    order: str = ""
    call: Call | None = None


def _steps(calls: Sequence[Call], requests: Iterable[Sequence[Call]]) -> list[_Step]:
    told = (call for call in calls if call.is_answered and (call.verb is Verb.LOOK or not call.is_done))
    steps = [_Step(call.began, call.ended, call.verb, call=call) for call in told]
    for tries in requests:
        done = [call for call in tries if call.is_done]
        if done or any(not call.is_answered for call in tries):
            # Done by the try that was answered as the first; where that answer was lost, by any of them.
            began = min(call.began for call in [call for call in done if not call.is_replay] or tries)
            ended = min((call.ended for call in done), default=inf)
            steps.append(_Step(began, ended, tries[0].verb, tries[0].order))
    return steps


def _has_an_order(steps: Sequence[_Step]) -> bool:
    """Whether the steps can be put in a row: after Wing and Gong, with what was tried remembered."""
    tried: set[tuple[frozenset[int], _Register]] = set()

    def goes_on(left: frozenset[int], now: _Register) -> bool:
        # What only tells the truth changes nothing, so it goes first wherever it may.
        while truths := {i for i in _next(steps, left) if (call := steps[i].call) and _is_true(call, now)}:
            left -= truths
        if all(steps[i].ended == inf for i in left):
            return True
        if (left, now) in tried:
            return False
        tried.add((left, now))
        return any(
            (then := now.after(steps[i].verb, steps[i].order)) is not None and goes_on(left - {i}, then)
            for i in _next(steps, left)
            if steps[i].call is None
        )

    return goes_on(frozenset(range(len(steps))), _NOTHING)


def _next(steps: Sequence[_Step], left: Iterable[int]) -> Iterator[int]:
    """Those that no other must precede: none of the rest had ended when they began."""
    left = list(left)
    first_end = min((steps[i].ended for i in left), default=inf)
    return (i for i in left if steps[i].began <= first_end)
