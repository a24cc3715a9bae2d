"""One run of a scenario: what is asked, what is answered, and what came.

Everything here is seen from outside: by the API, as users do, and by the
cloud's own record of what it was asked.
"""

import contextlib
import dataclasses
import time
import uuid
from typing import Any

from tests.fakes import listener as listeners
from tests.functional.standalone import process as processes
from tests.functional.standalone.process import eventually
from tests.kills.universe import Universe

TERMINATION = 'termination'


@dataclasses.dataclass(frozen=True)
class Answer:
    result: str
    time: float  #: not later than the API heard of it


class Story:
    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.cloud = universe.cloud
        self.queue = str(uuid.uuid4())
        self.cluster = ''
        #: actions that were accepted, in their order
        self.asked: list[str] = []
        #: what the application said, by server
        self.answers: dict[str, Answer] = {}
        #: servers that others made, and that look like the cluster's
        self.strangers = 0
        self._since = self.cloud.last_request()
        self._began = time.time()
        self._heard: list[dict[str, Any]] = []

    # -- what users do

    def make(self, size: int, **how: Any) -> None:
        """Ask for the cluster of this story."""
        self.cluster, action = self.universe.ask_cluster(size, **how)
        self.asked.append(action)

    def ask(self, kind: str, **inputs: Any) -> str:
        action = self.universe.ask(self.cluster, kind, **inputs)
        self.asked.append(action)
        return action

    def delete(self) -> str:
        said = self.universe.call('DELETE', f'/v1/clusters/{self.cluster}')
        assert said.status_code == 202, said.text
        self.asked.append(said.json()['action']['id'])
        return self.asked[-1]

    def await_ends(self) -> None:
        for each in self.asked:
            self.universe.end_of(each)

    # -- what the application does

    def answer(self, count: int, result: str = 'continue') -> None:
        """Answer `count` more messages, once each of them is there."""
        told = eventually(lambda: self._unanswered(count), f'{count} messages')
        for server, message in told.items():
            self.answers[server] = Answer(result, time.time())
            said = self.universe.complete(message, result)
            assert said.status_code == 200, said.text

    def await_messages(self, count: int) -> None:
        eventually(lambda: self._unanswered(count), f'{count} messages')

    def _unanswered(self, count: int) -> dict[str, dict[str, Any]]:
        """By server, and at least `count` of them, or none."""
        found = {
            each['resource_id']: each
            for each in self.messages()
            if each['lifecycle_transition_type'] == TERMINATION
            and each['resource_id'] not in self.answers
        }
        return found if len(found) >= count else {}

    def listen(self, listener: listeners.Listener) -> None:
        """Messages come by this, and not by the queue."""
        self._heard = listener.bodies

    def messages(self) -> list[dict[str, Any]]:
        """All that the application was told, the same more than once."""
        return [*self._heard, *self.cloud.messages(self.queue)]

    # -- what others do

    def break_in(self) -> None:
        """Somebody makes a server that looks like the cluster's."""
        self.strangers += 1
        self.cloud.create_server(self.cluster)

    # -- what came of it

    def servers_made(self) -> dict[str, float]:
        """When the cloud was asked for each server of this story.

        A request is known once it ended; a slow one of an earlier story may
        end in this one.
        """
        return {
            server: each['time']
            for each in self.cloud.asked('create_servers', self._since)
            if each['time'] >= self._began
            for server in each['ids']
        }

    def await_servers_made(self, count: int) -> int:
        """How many were made, once there are so many or none is to come."""
        with contextlib.suppress(AssertionError):
            eventually(lambda: len(self.servers_made()) >= count, 'it', 5)
        return len(self.servers_made())

    def deletions(self) -> dict[str, float]:
        """When the cloud was first asked to delete each server."""
        found: dict[str, float] = {}
        for each in self.cloud.asked('delete_server', self._since):
            for server in each['ids']:
                found.setdefault(server, each['time'])
        return found

    def deadlines(self) -> dict[str, float]:
        """What the application was told last, by server."""
        return {
            each['resource_id']: processes.moment_of(each['deadline'])
            for each in self.messages()
        }
