"""Queues and what is in them; messages and claims end by themselves.

Nothing here knows HTTP. Ends are noticed when somebody looks.
"""

import dataclasses
import heapq
import secrets
import threading
import uuid
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import journal

Key = tuple[str, str]  #: project id, queue name

_RECORDED = 500  #: messages in one line of the journal's short form


@dataclasses.dataclass(slots=True, kw_only=True)
class Message:
    id: str
    number: int  #: order in the queue; the id begins with it
    body: Any
    ttl: int
    posted_at: float
    expires_at: float
    client_id: str
    claim_id: str | None = None
    claimed_until: float = 0.0
    claim_count: int = 0

    def is_claimed(self, now: float) -> bool:
        return self.claim_id is not None and now < self.claimed_until


@dataclasses.dataclass(slots=True, kw_only=True)
class Claim:
    id: str
    ttl: int
    grace: int
    made_at: float
    message_ids: list[str]


class Queue:
    """One queue of one project."""

    __slots__ = ('claims', 'ends', 'messages', 'metadata')

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {}
        self.messages: dict[str, Message] = {}  #: oldest first
        self.claims: dict[str, Claim] = {}
        self.ends: list[tuple[float, str]] = []  #: a heap

    def sweep(self, now: float) -> None:
        """Forget messages and claims whose time is over."""
        while self.ends and self.ends[0][0] <= now:
            _, message_id = heapq.heappop(self.ends)
            message = self.messages.get(message_id)
            # A claim may have given it more time after this was noted.
            if message is not None and message.expires_at <= now:
                del self.messages[message_id]
        over = [
            claim.id
            for claim in self.claims.values()
            if claim.made_at + claim.ttl <= now
        ]
        for claim_id in over:
            del self.claims[claim_id]

    def put(self, message: Message) -> None:
        self.messages[message.id] = message
        heapq.heappush(self.ends, (message.expires_at, message.id))

    def hold(self, claim: Claim) -> None:
        """Let the claim hold its messages as long as it lasts."""
        self.claims[claim.id] = claim
        until = claim.made_at + claim.ttl
        for message_id in claim.message_ids:
            message = self.messages.get(message_id)
            if message is None:
                continue
            message.claim_id = claim.id
            message.claimed_until = until
            # Grace: the message outlives the claim, so that another
            # worker may still have it.
            if message.expires_at < until + claim.grace:
                message.expires_at = until + claim.grace
                message.ttl = claim.ttl + claim.grace
                heapq.heappush(self.ends, (message.expires_at, message_id))


class Queues:
    """All queues. Hold `lock` while you use it."""

    def __init__(
        self, *, log: journal.Journal, clock: Callable[[], float]
    ) -> None:
        self.lock = threading.RLock()
        self._journal = log
        self._clock = clock
        self._queues: dict[Key, Queue] = {}
        self._last_number = 0

    # -- looking

    def find(self, key: Key) -> tuple[Queue | None, float]:
        """The queue, swept, and the present moment."""
        now = self._clock()
        queue = self._queues.get(key)
        if queue is not None:
            queue.sweep(now)
        return queue, now

    def names(self, project_id: str) -> list[str]:
        """A project's queues in alphabetical order."""
        return sorted(
            name for project, name in self._queues if project == project_id
        )

    # -- changing

    def create(self, key: Key, metadata: dict[str, Any]) -> bool:
        """Make the queue or give it metadata; whether it is new."""
        is_new = key not in self._queues
        self._apply('queue.created', queue=key, metadata=metadata)
        return is_new

    def delete(self, key: Key) -> None:
        self._apply('queue.deleted', queue=key)

    def post(
        self, key: Key, posted: list[dict[str, Any]], client_id: str
    ) -> list[str]:
        """Put messages in, the queue too if need be; their ids."""
        now = self._clock()
        first = self._last_number + 1
        records = [
            {
                'id': _message_id(number),
                'number': number,
                'body': each['body'],
                'ttl': each['ttl'],
                'posted_at': now,
                'expires_at': now + each['ttl'],
                'client_id': client_id,
            }
            for number, each in enumerate(posted, start=first)
        ]
        self._apply('messages.posted', queue=key, messages=records)
        return [record['id'] for record in records]

    def remove(self, key: Key, message_ids: list[str]) -> None:
        """Take messages out; ids that are not there are passed over."""
        self._apply('messages.deleted', queue=key, ids=message_ids)

    def claim(
        self, key: Key, *, ttl: int, grace: int, limit: int
    ) -> Claim | None:
        """Claim the oldest free messages; None when there are none."""
        queue, now = self.find(key)
        free: list[str] = []
        for message in queue.messages.values() if queue else ():
            if not message.is_claimed(now):
                free.append(message.id)
                if len(free) == limit:
                    break
        if queue is None or not free:
            return None
        claim_id = uuid.uuid4().hex
        self._claim(key, claim_id, ttl, grace, free, is_new=True)
        return queue.claims[claim_id]

    def renew(self, key: Key, claim: Claim, *, ttl: int, grace: int) -> None:
        """Let a claim start again from now."""
        self._claim(key, claim.id, ttl, grace, claim.message_ids, is_new=False)

    def _claim(
        self,
        key: Key,
        claim_id: str,
        ttl: int,
        grace: int,
        message_ids: list[str],
        *,
        is_new: bool,
    ) -> None:
        self._apply(
            'messages.claimed',
            queue=key,
            id=claim_id,
            ttl=ttl,
            grace=grace,
            made_at=self._clock(),
            message_ids=message_ids,
            is_new=is_new,
        )

    def release(self, key: Key, claim_id: str) -> None:
        """End a claim; its messages are free at once."""
        self._apply('claim.released', queue=key, id=claim_id)

    # -- the journal

    def _apply(self, kind: str, **fields: Any) -> None:
        self.replay({'kind': kind, **fields})
        self._journal.append(kind, **fields)

    def replay(self, record: journal.Record) -> bool:
        """Make a change again; False when it is none of ours."""
        key = tuple(record.get('queue', ()))
        if len(key) != 2:
            return False
        if record['kind'] == 'queue.deleted':
            self._queues.pop(key, None)
            return True
        if record['kind'] in ('queue.created', 'messages.posted'):
            queue = self._queues.setdefault(key, Queue())
        elif key in self._queues:
            queue = self._queues[key]
        else:
            return True
        self._replay_in(queue, record)
        return True

    def _replay_in(self, queue: Queue, record: journal.Record) -> None:
        match record['kind']:
            case 'queue.created':
                queue.metadata = record['metadata']
            case 'messages.posted':
                for fields in record['messages']:
                    message = Message(**fields)
                    queue.put(message)
                    self._last_number = max(self._last_number, message.number)
            case 'messages.deleted':
                for message_id in record['ids']:
                    queue.messages.pop(message_id, None)
            case 'messages.claimed':
                self._replay_claim(queue, record)
            case 'claim.released':
                queue.claims.pop(record['id'], None)
                for message in queue.messages.values():
                    if message.claim_id == record['id']:
                        message.claim_id = None

    def _replay_claim(self, queue: Queue, record: journal.Record) -> None:
        queue.hold(
            Claim(
                id=record['id'],
                ttl=record['ttl'],
                grace=record['grace'],
                made_at=record['made_at'],
                message_ids=record['message_ids'],
            )
        )
        if record['is_new']:
            for message_id in record['message_ids']:
                if message_id in queue.messages:
                    queue.messages[message_id].claim_count += 1

    def dump(self) -> Iterable[journal.Record]:
        """The fewest records that say what is true now."""
        for key in list(self._queues):
            queue, _ = self.find(key)
            assert queue is not None
            yield {
                'kind': 'queue.created',
                'queue': key,
                'metadata': queue.metadata,
            }
            kept = [
                dataclasses.asdict(each) for each in queue.messages.values()
            ]
            for start in range(0, len(kept), _RECORDED):
                part = kept[start : start + _RECORDED]
                yield {
                    'kind': 'messages.posted',
                    'queue': key,
                    'messages': part,
                }
            for claim in queue.claims.values():
                yield {
                    'kind': 'messages.claimed',
                    'queue': key,
                    'is_new': False,
                    **dataclasses.asdict(claim),
                }


#: The low bits of a message's id, which are chance.
_CHANCE = 80


def _message_id(number: int) -> str:
    """An id that says where in the order the message is."""
    chance = secrets.randbits(_CHANCE)
    return str(uuid.UUID(int=number << _CHANCE | chance, version=4))


def number_of(message_id: str) -> int:
    """The number in an id, so that a list goes on after a deleted message.

    ValueError if it is no id.
    """
    return uuid.UUID(message_id).int >> _CHANCE
