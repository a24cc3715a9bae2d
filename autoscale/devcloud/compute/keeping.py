"""Keypairs and server groups: small things that servers refer to."""

import dataclasses
import hashlib
import threading
import uuid
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import journal
from autoscale.devcloud import shape

#: Everyone has it from the start.
READY_KEY = 'demo'


@dataclasses.dataclass(frozen=True, kw_only=True)
class Group:
    id: str
    name: str
    policy: str
    project_id: str
    user_id: str
    rules: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Keypair:
    name: str
    user_id: str
    public_key: str

    @property
    def fingerprint(self) -> str:
        digest = hashlib.sha256(self.public_key.encode()).hexdigest()[:32]
        return ':'.join(digest[i : i + 2] for i in range(0, 32, 2))

    def show(self) -> dict[str, Any]:
        return {
            'name': self.name,
            'public_key': self.public_key,
            'fingerprint': self.fingerprint,
            'type': 'ssh',
            'user_id': self.user_id,
        }


class Keeping:
    """What the projects keep besides servers."""

    def __init__(self, log: journal.Journal):
        self.lock = threading.Lock()
        self._journal = log
        self._groups: dict[str, Group] = {}
        self._keypairs: dict[tuple[str, str], Keypair] = {}

    def groups(self, project_id: str | None) -> list[Group]:
        return [
            group
            for group in self._groups.values()
            if group.project_id == project_id
        ]

    def group(self, project_id: str | None, group_id: str) -> Group | None:
        group = self._groups.get(group_id)
        return group if group and group.project_id == project_id else None

    def add_group(
        self, caller: exchange.Caller, body: dict[str, Any]
    ) -> Group:
        policies = shape.texts(body.get('policies'), 'policies') or ['']
        group = Group(
            id=str(uuid.uuid4()),
            name=shape.text(body.get('name'), 'name'),
            policy=str(body.get('policy') or policies[0]),
            project_id=caller.project_id or '',
            user_id=caller.user_id,
            rules=shape.an_object(body.get('rules'), 'rules'),
        )
        self._apply('group.created', group=dataclasses.asdict(group))
        return group

    def remove_group(self, group_id: str) -> None:
        self._apply('group.deleted', id=group_id)

    def keypairs(self, user_id: str) -> list[Keypair]:
        own = [
            keypair
            for keypair in self._keypairs.values()
            if keypair.user_id == user_id
        ]
        return [_ready(user_id), *own]

    def keypair(self, user_id: str, name: str) -> Keypair | None:
        if name == READY_KEY:
            return _ready(user_id)
        return self._keypairs.get((user_id, name))

    def add_keypair(self, keypair: Keypair) -> None:
        self._apply('keypair.created', keypair=dataclasses.asdict(keypair))

    def remove_keypair(self, user_id: str, name: str) -> None:
        self._apply('keypair.deleted', user_id=user_id, name=name)

    def _apply(self, kind: str, **fields: Any) -> None:
        with self.lock:
            self.replay({'kind': kind, **fields})
            self._journal.append(kind, **fields)

    def replay(self, record: journal.Record) -> bool:
        """Make a change again; False when it is none of ours."""
        match record['kind']:
            case 'group.created':
                group = Group(**record['group'])
                self._groups[group.id] = group
            case 'group.deleted':
                self._groups.pop(record['id'], None)
            case 'keypair.created':
                keypair = Keypair(**record['keypair'])
                self._keypairs[keypair.user_id, keypair.name] = keypair
            case 'keypair.deleted':
                self._keypairs.pop((record['user_id'], record['name']), None)
            case _:
                return False
        return True

    def dump(self) -> Iterable[journal.Record]:
        """The fewest records that say what is true now."""
        for group in self._groups.values():
            yield {'kind': 'group.created', 'group': dataclasses.asdict(group)}
        for keypair in self._keypairs.values():
            yield {
                'kind': 'keypair.created',
                'keypair': dataclasses.asdict(keypair),
            }


def _ready(user_id: str) -> Keypair:
    return Keypair(
        name=READY_KEY,
        user_id=user_id,
        public_key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA demo@devcloud',
    )
