"""The checker of histories: right ones pass, and each kind of wrong one is caught."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.histories import Call, History, Verb, Wrong, faults, read


def call(verb: Verb, began: float, ended: float, **changed: Any) -> Call:
    """Something one client was answered about a code; a success unless told otherwise."""
    fields: dict[str, Any] = {"client": "one", "key": f"{verb}-{began}", "status": 201, "body": "{}"}
    return Call(verb=verb, code="C", began=began, ended=ended, **fields | changed)


def claim(began: float, ended: float, **changed: Any) -> Call:
    return call(Verb.CLAIM, began, ended, **changed)


def redeem(began: float, ended: float, order: str = "A", **changed: Any) -> Call:
    return call(Verb.REDEEM, began, ended, order=order, **changed)


def reverse(began: float, ended: float, order: str = "A", **changed: Any) -> Call:
    return call(Verb.REVERSE, began, ended, order=order, **changed)


def refused(reason: str, status: int = 409) -> dict[str, Any]:
    return {"status": status, "body": json.dumps({"code": reason})}


def lost() -> dict[str, Any]:
    return {"status": None, "body": ""}


def replayed(body: str = "{}") -> dict[str, Any]:
    return {"status": 200, "is_replay": True, "body": body}


def look(began: float, ended: float, *uses: str, back: tuple[str, ...] = ()) -> Call:
    """A look that shows an unlocked code with these uses, some of them taken back."""
    events = [{"what": "claimed"}]
    events += [{"what": "redeemed", "redemption": f"R-{use}", "order_ref": use} for use in uses]
    events += [{"what": "reversed", "redemption": f"R-{use}"} for use in back]
    return call(Verb.LOOK, began, ended, status=200, body=json.dumps({"history": events}))


RIGHT = {
    "a life": [
        redeem(0, 1, **refused("not-unlocked")),
        claim(2, 3),
        claim(4, 5, **refused("already-claimed")),
        redeem(6, 7),
        redeem(8, 9, "B", **refused("exhausted")),
        reverse(10, 11),
        reverse(12, 13, **refused("invalid-input", 422)),
        redeem(14, 15, "B"),
        look(16, 17, "A", "B", back=("A",)),
    ],
    "racers, of whom the loser was answered first": [
        claim(0, 1),
        redeem(2, 9, "A"),
        redeem(3, 4, "B", **refused("exhausted")),
    ],
    "a look in the middle of a use": [claim(0, 1), redeem(2, 9), look(3, 4), look(5, 6, "A")],
    "a lost answer that was done, and asked for again": [
        claim(0, 1),
        redeem(2, 3, key="k", **lost()),
        look(4, 5, "A"),
        redeem(6, 7, key="k", **replayed()),
    ],
    "a lost answer that was not done, and asked for again": [
        claim(0, 1),
        redeem(2, 3, key="k", status=503),
        look(4, 5),
        redeem(6, 7, key="k"),
    ],
    "a lost answer nobody asked for again, done long after": [
        claim(0, 1),
        redeem(2, 3, **lost()),
        look(4, 5),
        redeem(6, 7, "B", **refused("exhausted")),
    ],
    "a press twice, of which the second was answered first": [
        claim(0, 1),
        redeem(2, 9, key="k"),
        redeem(3, 4, key="k", **replayed()),
        redeem(5, 6, "B", **refused("exhausted")),
    ],
}

WRONG = {
    "two winners": (Wrong.NO_ORDER, [claim(0, 1), redeem(2, 5, "A"), redeem(3, 4, "B")]),
    "a winner after the winner": (Wrong.NO_ORDER, [claim(0, 1), redeem(2, 3, "A"), redeem(4, 5, "B")]),
    "a lost winner beside the winner": (
        Wrong.NO_ORDER,
        [claim(0, 1), redeem(2, 3, "A", **lost()), redeem(4, 5, "B"), look(6, 7, "A", "B")],
    ),
    "exhausted before anybody spent it": (
        Wrong.NO_ORDER,
        [claim(0, 1), redeem(2, 3, "A", **refused("exhausted")), redeem(4, 5, "B")],
    ),
    "an acknowledged use that is gone": (Wrong.NO_ORDER, [claim(0, 1), redeem(2, 3), look(4, 5)]),
    "an acknowledged return that is gone": (
        Wrong.NO_ORDER,
        [claim(0, 1), redeem(2, 3), reverse(4, 5), look(6, 7, "A")],
    ),
    "a use that was seen and is gone": (
        Wrong.NO_ORDER,
        [claim(0, 1), redeem(2, 9, **lost()), look(3, 4, "A"), look(5, 6)],
    ),
    "an unlocking that is gone": (
        Wrong.NO_ORDER,
        [claim(0, 1), redeem(2, 3, **refused("not-unlocked"))],
    ),
    "unlocked by two": (Wrong.NO_ORDER, [claim(0, 1), claim(2, 3, client="two")]),
    "taken back twice": (Wrong.NO_ORDER, [claim(0, 1), redeem(2, 3), reverse(4, 5), reverse(6, 7)]),
    "done twice under one key": (
        Wrong.DONE_TWICE,
        [claim(0, 1), redeem(2, 3, key="k"), redeem(4, 5, key="k")],
    ),
    "another answer the second time": (
        Wrong.REPLAYED_OTHERWISE,
        [claim(0, 1), redeem(2, 3, key="k"), redeem(4, 5, key="k", **replayed("{ }"))],
    ),
    "a replay of nothing": (Wrong.NEVER_ASKED, [claim(0, 1), redeem(2, 3, **replayed())]),
    "a failure of its own": (Wrong.BROKEN, [claim(0, 1, **refused("internal", 500))]),
    "a refusal that belongs elsewhere": (Wrong.BROKEN, [claim(0, 1, **refused("exhausted"))]),
}


@pytest.mark.parametrize("calls", RIGHT.values(), ids=RIGHT.keys())
def test_what_one_ledger_can_have_told_is_right(calls: list[Call]) -> None:
    assert faults(calls) == []


@pytest.mark.parametrize("what, calls", WRONG.values(), ids=WRONG.keys())
def test_what_no_ledger_can_have_told_is_found(what: Wrong, calls: list[Call]) -> None:
    assert [fault.what for fault in faults(calls)] == [what]


def test_one_wrong_code_is_found_among_right_ones_in_whatever_order_a_file_has_them(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    _, wrong = WRONG["two winners"]
    right = [replace(made, code="D", key=f"{made.key} of D") for made in RIGHT["a life"]]
    for made in reversed([*wrong, *right]):
        history.add(made)
    history.close()
    assert [fault.calls for fault in faults(read(history.path))] == [wrong]


def test_sixty_four_racers_on_one_use_are_judged_at_once() -> None:
    racers = [redeem(1, 100 + n, f"{n}", **refused("exhausted")) for n in range(62)]
    calls = [claim(0, 0.5), *racers, redeem(2, 99, "W")]
    assert faults(calls) == []
    assert [fault.what for fault in faults([*calls, redeem(3, 98, "second")])] == [Wrong.NO_ORDER]
