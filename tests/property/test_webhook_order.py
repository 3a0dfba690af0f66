"""Whatever fails, dies or comes back: a subscriber hears everything, and of each code in its order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from omni.domain.delivery_rule import LONGEST_PAUSE, Answer
from omni.domain.hook import Delivery, DeliveryState, Hook, Topic
from omni.domain.record import Origin
from omni.services import delivering, hooking
from omni.store.engine import Database
from omni.store.outbox import announce
from tests.support.installations import FESTIVAL, KEYRING
from tests.support.proofs import share_of

STREAMS, WORKERS = 3, 2
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("happens"), st.integers(0, STREAMS - 1)),
        st.tuples(st.just("hand over"), st.integers(1, 3)),
        st.tuples(st.just("take"), st.integers(0, WORKERS - 1)),
        st.tuples(st.just("send"), st.integers(0, WORKERS * 16 - 1)),
        st.tuples(st.just("send and die"), st.integers(0, WORKERS - 1)),
        st.tuples(st.just("gone by"), st.sampled_from([1, 10, 130, 20_000])),
        st.tuples(st.just("replay"), st.just(0)),
    ),
    min_size=10,
    max_size=60,
)

_names = count(1)


@dataclass
class World:
    """One subscriber with a few codes of its own, and workers that each hold what they took."""

    db: Database
    now: datetime = FESTIVAL
    run: int = field(default_factory=lambda: next(_names))
    happened: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    held: list[list[Delivery]] = field(default_factory=lambda: [[] for _ in range(WORKERS)])
    heard: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        with self.db.writing() as tx:
            hook: Hook = hooking.add_hook(
                tx,
                self.now - timedelta(days=1),
                name=f"shop-{self.run}",
                url="https://shop.example/",
                topics=[Topic.REDEMPTION_RECORDED],
                keyring=KEYRING,
                allows_http=False,
                by="tests",
            )
        self.hook_id = hook.id or 0

    def does(self, step: str, what: int) -> None:
        """Take one step."""
        match step:
            case "happens":
                self.announce(what)
            case "hand over":
                with self.db.writing() as tx:
                    delivering.hand_over(tx, self.now, limit=what)
            case "take":
                with self.db.writing() as tx:
                    ids = delivering.due(tx, self.now, hook_id=self.hook_id)
                    self.held[what] += delivering.take(tx, self.now, ids=ids)
            case "send":
                self.send(what % WORKERS, what // WORKERS)
            case "send and die":
                self.hear(self.held[what])
                self.held[what] = []
            case "gone by":
                self.now += timedelta(seconds=what)
            case "replay":
                with self.db.writing() as tx:
                    hooking.replay(tx, self.now, hook_id=self.hook_id)

    def announce(self, stream: int) -> None:
        """One more fact of a code."""
        number = self.run * STREAMS + stream
        turn = self.happened[number]
        self.happened[number] += 1
        # The clocks of two machines need not agree: only the turns count.
        at = self.now - timedelta(seconds=turn)
        with self.db.writing() as tx:
            announce(
                tx,
                Topic.REDEMPTION_RECORDED,
                f"{number}:{turn}",
                at=at,
                number=number,
                origin=Origin.LIVE,
                cells=[],
                body={},
                turn=turn,
            )

    def send(self, worker: int, failing: int) -> None:
        """A worker sends all it holds and writes down what came back; bits of `failing` say what did not."""
        with self.db.writing() as tx:
            for place, taken in enumerate(self.held[worker]):
                status = 500 if failing >> place % 4 & 1 else 200
                self.hear([taken] if status == 200 else [])
                delivering.settle(tx, self.now, taken=taken, answer=Answer(status), dice=0.5)
        self.held[worker] = []

    def hear(self, taken: Sequence[Delivery]) -> None:
        """What arrives at the subscriber; it knows again what it has heard before."""
        for each in taken:
            if each.message_id not in self.heard[each.stream]:
                self.heard[each.stream].append(each.message_id)

    def calm_down(self) -> None:
        """From here on everything works."""
        self.does("hand over", 10_000)
        while self.is_waiting():
            self.now += LONGEST_PAUSE
            self.does("take", 0)
            self.does("send", 0)
            self.does("replay", 0)

    def is_waiting(self) -> bool:
        """Whether anything has not arrived yet."""
        with self.db.reading() as session:
            open_ones = select(Delivery).where(
                Delivery.hook_id == self.hook_id, Delivery.state != DeliveryState.DELIVERED
            )
            return session.exec(open_ones).first() is not None


@pytest.fixture
def engine_name() -> str:
    """Workers that take at the same moment are tried on both engines elsewhere."""
    return "sqlite"


@settings(
    max_examples=share_of(200),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_everything_arrives_and_each_code_in_its_order(
    database: Database, steps: list[tuple[str, int]]
) -> None:
    world = World(database)
    for step, what in steps:
        world.does(step, what)
    world.calm_down()
    for number, turns in world.happened.items():
        told = [f"redemption.recorded:{number}:{turn}" for turn in range(turns)]
        assert world.heard[f"code:{number}"] == told
