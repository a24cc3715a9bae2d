"""The applications: they hear that they shall go, and answer in their time.

One reads all queues. What each member does with its message is drawn when
the message is first seen: it answers, keeps itself, says so twice, asks for
more time, comes too late, or never says a word.
"""

import collections
import dataclasses
import heapq
import itertools
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import requests

from tests.chaos.hands import Hands
from tests.chaos.ledger import Ledger
from tests.functional.standalone import cloud as clouds
from tests.functional.standalone.process import moment_of

TERMINATION = 'termination'

#: What members do, and how often, against each other.
MANNERS = {
    'continue': 10,
    'abandon': 2,
    'never': 2,
    'twice': 2,
    'late': 1,
    'heartbeat': 2,
}
#: Seconds after the deadline at which the late are late.
_LATE = 1.0
#: How often an answer that nobody took is given again.
_TRIES = 6


@dataclasses.dataclass
class Told:
    """One hook, as its application knows it."""

    body: dict[str, Any]
    manner: str
    tokens: set[str] = dataclasses.field(default_factory=set)
    deliveries: int = 0
    rescinds: int = 0
    #: (when it was sent, what, status), for each answer that was given
    answers: list[tuple[float, str, int]] = dataclasses.field(
        default_factory=list
    )


class Application:
    def __init__(
        self,
        cloud: clouds.Cloud,
        hands: Hands,
        ledger: Ledger,
        rng: random.Random,
    ) -> None:
        self._cloud = cloud
        self._hands = hands
        self._ledger = ledger
        self._rng = rng
        self._turns = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._lock = threading.Lock()
        #: queue to cluster
        self.queues: dict[str, str] = {}
        self.told: dict[str, Told] = {}

    def open(self, queue: str, cluster: str) -> None:
        """From now on this queue is read."""
        with self._lock:
            self.queues[queue] = cluster

    def live(self, stopping: threading.Event) -> None:
        while not stopping.wait(0.3):
            self.step()

    def step(self) -> None:
        """Read what is there, and say what is due."""
        with self._lock:
            queues = list(self.queues)
        for queue in queues:
            try:
                found = self._cloud.take(queue)
            except requests.RequestException as error:
                # Its requests meet slow weather, too.
                self._ledger.write(f'application: {type(error).__name__}')
                continue
            for body in found:
                self._hear(body)
        while self._due and self._due[0][0] <= time.time():
            heapq.heappop(self._due)[2]()

    def outcomes(self) -> collections.Counter[str]:
        return collections.Counter(each.manner for each in self.told.values())

    def _hear(self, body: dict[str, Any]) -> None:
        token = body['lifecycle_action_token']
        self._ledger.secrets.add(token)
        told = self.told.get(body['hook_id'])
        if told is None:
            manner = self._rng.choices(list(MANNERS), list(MANNERS.values()))
            told = self.told[body['hook_id']] = Told(body, manner[0])
            self._decide(told)
        told.tokens.add(token)
        is_told = body['lifecycle_transition_type'] == TERMINATION
        told.deliveries += is_told
        told.rescinds += not is_told
        self._ledger.write(
            f'application: {body["lifecycle_transition_type"]} of '
            f'{body["node_name"]}, hook {body["hook_id"]}: {told.manner}'
        )

    def _decide(self, told: Told) -> None:
        soon = self._rng.expovariate(1 / 2.0)
        deadline = moment_of(told.body['deadline']) - time.time()
        match told.manner:
            case 'continue' | 'abandon':
                self._later(soon, told, told.manner)
            case 'twice':
                self._later(soon, told, 'continue')
                self._later(soon + 0.5, told, 'continue')
            case 'heartbeat':
                self._later(soon, told, 'heartbeat')
                self._later(soon + 4, told, 'continue')
            case 'late':
                self._later(deadline * 2 + _LATE, told, 'continue')

    def _later(
        self, seconds: float, told: Told, what: str, tries: int = _TRIES
    ) -> None:
        def do() -> None:
            self._say(told, what, tries)

        at = time.time() + seconds
        heapq.heappush(self._due, (at, next(self._turns), do))

    def _say(self, told: Told, what: str, tries: int) -> None:
        body: dict[str, Any] = {
            'lifecycle_action_token': told.body['lifecycle_action_token']
        }
        door = 'heartbeat' if what == 'heartbeat' else 'complete'
        if door == 'complete':
            body['result'] = what
        path = f'/v1/hooks/{told.body["hook_id"]}/{door}'
        sent_at = time.time()
        said = self._hands.ask(
            f'hook: {what}', 'POST', path, body, cluster=self._cluster(told)
        )
        status = 0 if said is None else said.status_code
        told.answers.append((sent_at, what, status))
        if status in (0, 503) and tries > 1:
            self._later(2.0, told, what, tries - 1)

    def _cluster(self, told: Told) -> str:
        return str(told.body['cluster_id'])
