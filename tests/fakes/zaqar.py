"""A Zaqar in memory, with the face of `autoscale.clients.zaqar.Zaqar`.

It passes the same contract suite as the real door.
"""

import dataclasses
import datetime
import re
import uuid
from collections import defaultdict
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from autoscale import exceptions
from autoscale.clients import zaqar
from tests.fakes.failing import Failing


@dataclasses.dataclass
class FakeMessage:
    id: str
    body: Any
    ttl: int
    posted_at: datetime.datetime
    claim_id: str | None = None
    claimed_until: datetime.datetime | None = None


class FakeZaqar(Failing):
    """One project's Zaqar. `calls` has a 'post' for each batch."""

    def __init__(self, clock: Callable[[], datetime.datetime]) -> None:
        super().__init__()
        self.clock = clock
        self.queues: dict[str, list[FakeMessage]] = defaultdict(list)

    # -- what a test looks at

    def bodies(self, queue: str) -> list[Any]:
        """The bodies of all messages that are on the queue, oldest first."""
        return [each.body for each in self._alive(queue)]

    # -- the face of the door

    def post(self, queue: str, messages: Sequence[Mapping[str, Any]]) -> None:
        for batch in zaqar.batches(messages, lambda each: each['body']):
            with self._call('post', queue=queue, messages=list(batch)):
                self._refuse_a_bad_name(queue)
                self._refuse_a_bad_life(batch)
                for each in batch:
                    self.queues[queue].append(
                        FakeMessage(
                            id=uuid.uuid4().hex,
                            body=each['body'],
                            ttl=each['ttl'],
                            posted_at=self.clock(),
                        )
                    )

    def share(
        self,
        queue: str,
        *,
        paths: Sequence[str] = ('messages',),
        methods: Sequence[str] = ('GET',),
        ttl: int = 3600,
    ) -> dict[str, Any]:
        with self._call('share', queue=queue, paths=paths, methods=methods):
            expires = self.clock() + datetime.timedelta(seconds=ttl)
            return {
                'paths': [f'/v2/queues/{queue}/{each}' for each in paths],
                'methods': sorted(methods),
                'project': 'project',
                'expires': expires.strftime('%Y-%m-%dT%H:%M:%S'),
                'signature': uuid.uuid4().hex * 2,
            }

    def messages(self, queue: str, *, limit: int = 20) -> list[dict[str, Any]]:
        with self._call('messages', queue=queue):
            return [self._show(each) for each in self._free(queue)[:limit]]

    def claim(
        self, queue: str, *, ttl: int = 300, limit: int = 10
    ) -> list[dict[str, Any]]:
        with self._call('claim', queue=queue):
            claim_id = uuid.uuid4().hex
            claimed = self._free(queue)[:limit]
            for each in claimed:
                each.claim_id = claim_id
                each.claimed_until = self.clock() + datetime.timedelta(
                    seconds=ttl
                )
            return [self._show(each) for each in claimed]

    def delete_message(
        self, queue: str, message_id: str, claim_id: str | None = None
    ) -> None:
        with self._call('delete_message', message_id=message_id):
            for each in self._alive(queue):
                if each.id != message_id:
                    continue
                if self._is_claimed(each) and each.claim_id != claim_id:
                    raise exceptions.CredentialDoesNotWork(
                        service='zaqar',
                        operation='delete a message',
                        reason='the message is claimed',
                        status=403,
                    )
                self.queues[queue].remove(each)

    # -- within

    def _alive(self, queue: str) -> list[FakeMessage]:
        now = self.clock()
        return [
            each
            for each in self.queues[queue]
            if each.posted_at + datetime.timedelta(seconds=each.ttl) > now
        ]

    def _is_claimed(self, each: FakeMessage) -> bool:
        return each.claimed_until is not None and (
            each.claimed_until > self.clock()
        )

    def _free(self, queue: str) -> list[FakeMessage]:
        return [
            each for each in self._alive(queue) if not self._is_claimed(each)
        ]

    def _show(self, each: FakeMessage) -> dict[str, Any]:
        age = (self.clock() - each.posted_at).total_seconds()
        return {
            'id': each.id,
            'body': each.body,
            'ttl': each.ttl,
            'age': int(age),
            'claim_id': each.claim_id if self._is_claimed(each) else None,
        }

    def _refuse_a_bad_name(self, queue: str) -> None:
        if not re.fullmatch(zaqar.QUEUE_NAME, queue):
            raise _wrong(f'{queue!r} is not the name of a queue')

    def _refuse_a_bad_life(self, batch: list[Mapping[str, Any]]) -> None:
        shortest, longest = zaqar.LIVES
        if not all(shortest <= each['ttl'] <= longest for each in batch):
            raise _wrong(f'the TTL must be {shortest} to {longest} seconds')


def _wrong(reason: str) -> exceptions.RequestIsWrong:
    return exceptions.RequestIsWrong(
        service='zaqar', operation='post messages', reason=reason, status=400
    )
