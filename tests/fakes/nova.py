"""A Nova in memory, with the face of `autoscale.clients.nova.Nova`.

It passes the same contract suite as the real door. Its servers are built
and deleted as the clock moves.
"""

import dataclasses
import datetime
import uuid
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from autoscale import exceptions
from autoscale.model import server
from tests.fakes.failing import Failing

NO_VALID_HOST = (
    'No valid host was found. There are not enough hosts available.'
)


@dataclasses.dataclass
class FakeServer:
    id: str
    name: str
    tags: list[str]
    spec: dict[str, Any]
    metadata: dict[str, str]
    zone: str | None
    address: str
    order: int  #: the create call that made it
    created_at: datetime.datetime
    placed_at: datetime.datetime
    built_at: datetime.datetime
    changed_at: datetime.datetime
    fault: dict[str, Any] | None = None
    gone_at: datetime.datetime | None = None
    is_given_up: bool = False
    is_lost: bool = False  #: listed, and not to be found

    def status(self, now: datetime.datetime) -> str:
        if self.gone_at is not None and self.gone_at <= now:
            return server.DELETED
        if self.is_given_up or self.built_at > now:
            return server.BUILD
        return server.ACTIVE if self.fault is None else server.ERROR

    def is_being_placed(self, now: datetime.datetime) -> bool:
        return self.gone_at is None and (
            self.is_given_up or self.placed_at > now
        )


class FakeNova(Failing):
    """One project's Nova. Everything that is public may be looked into."""

    def __init__(
        self,
        clock: Callable[[], datetime.datetime],
        *,
        build_seconds: float = 1.0,
        delete_seconds: float = 1.0,
        placing_seconds: float = 0.0,
        quota: int | None = None,
    ) -> None:
        """`quota` is the servers that there may be; None: any number."""
        super().__init__()
        self.clock = clock
        self.build_seconds = build_seconds
        self.delete_seconds = delete_seconds
        self.placing_seconds = placing_seconds
        self.quota = quota
        self.servers: dict[str, FakeServer] = {}
        #: by id: the name
        self.flavors = {'1': 'tiny', '2': 'small'}
        self.images = {'image-1': 'cirros', 'image-2': 'ubuntu'}
        self.networks = {'network-1': 'private'}
        self.keypairs = {'key'}
        self._next_faults: list[str] = []
        self._next_address = 1
        self._orders_taken = 0

    # -- what a test does to it

    def break_builds(self, count: int, message: str = NO_VALID_HOST) -> None:
        """The next `count` servers end in ERROR when they are built."""
        self._next_faults += [message] * count

    def break_down(self, server_id: str, message: str = 'It broke.') -> None:
        """A server is in ERROR."""
        self.servers[server_id].fault = {'code': 500, 'message': message}
        self.servers[server_id].changed_at = self.clock()

    def vanish(self, server_id: str) -> None:
        """A server is gone, and nobody was told."""
        self.servers[server_id].gone_at = self.clock()

    def changed(
        self, since: datetime.datetime, tag: str | None = None
    ) -> list[FakeServer]:
        """The servers that were built, broken or deleted since."""
        return [
            each
            for each in self.servers.values()
            if (tag is None or tag in each.tags)
            and self._changed_at(each) >= since
        ]

    def alive(self, tag: str | None = None) -> list[FakeServer]:
        """The servers that there are now, also those on their way out."""
        now = self.clock()
        return [
            each
            for each in self.servers.values()
            if (each.gone_at is None or each.gone_at > now)
            and (tag is None or tag in each.tags)
        ]

    # -- the face of the door

    def create_servers(
        self,
        spec: Mapping[str, Any],
        *,
        name: str,
        count: int,
        tags: Iterable[str],
        zone: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        tags = list(tags)
        with self._call(
            'create_servers',
            spec=dict(spec),
            name=name,
            count=count,
            tags=tags,
            zone=zone,
            metadata=metadata,
        ):
            self._refuse_what_is_unknown(spec)
            got = self._within_quota(count)
            self._orders_taken += 1
            for index in range(1, got + 1):
                self._create(
                    spec,
                    name if count == 1 else f'{name}-{index}',
                    tags,
                    zone or spec.get('availability_zone'),
                    {**spec.get('metadata', {}), **(metadata or {})},
                )

    def list_servers(
        self,
        *,
        tags_any: Iterable[str] | None = None,
        tag: str | None = None,
        status: str | None = None,
        ip: str | None = None,
        changed_since: datetime.datetime | None = None,
        detailed: bool = False,
    ) -> list[server.Server]:
        any_of = None if tags_any is None else set(tags_any)
        with self._call(
            'list_servers',
            tags_any=any_of,
            tag=tag,
            status=status,
            ip=ip,
            detailed=detailed,
        ):
            now = self.clock()
            return [
                self._show(each, detailed or ip is not None, status)
                for each in (
                    self.alive(tag)
                    if changed_since is None
                    else self.changed(changed_since, tag)
                )
                if (any_of is None or any_of.intersection(each.tags))
                and status in (None, each.status(now))
                and ip in (None, each.address)
            ]

    def is_being_placed(self, server_id: str, *, within: float) -> bool:
        with self._call('is_being_placed', server_id=server_id):
            now = self.clock()
            found = self.servers.get(server_id)
            return (
                found is not None
                and not found.is_lost
                and found.is_being_placed(now)
                and (now - found.created_at).total_seconds() <= within
            )

    def delete_server(self, server_id: str) -> bool:
        with self._call('delete_server', server_id=server_id):
            now = self.clock()
            found = self.servers.get(server_id)
            if found is None or found.status(now) == server.DELETED:
                return False
            if found.is_given_up:
                was_found, found.is_lost = not found.is_lost, True
                return was_found
            if found.is_being_placed(now):
                self._give_up_the_others(found, now)
            if found.gone_at is None:
                found.gone_at = now + _seconds(self.delete_seconds)
            return True

    def untag_server(self, server_id: str, tag: str) -> None:
        with self._call('untag_server', server_id=server_id, tag=tag):
            found = self.servers.get(server_id)
            if found is not None and tag in found.tags:
                found.tags.remove(tag)

    def now(self) -> datetime.datetime:
        return self.clock().replace(microsecond=0)

    def find_flavor(self, ref: str) -> str:
        with self._call('find_flavor', ref=ref):
            return self._find('flavor', ref, self.flavors)

    def find_image(self, ref: str) -> str:
        with self._call('find_image', ref=ref):
            return self._find('image', ref, self.images)

    def find_network(self, ref: str) -> str:
        with self._call('find_network', ref=ref):
            return self._find('network', ref, self.networks)

    def has_keypair(self, name: str) -> bool:
        with self._call('has_keypair', name=name):
            return name in self.keypairs

    def limits(self) -> dict[str, int]:
        with self._call('limits'):
            return {
                'maxTotalInstances': -1 if self.quota is None else self.quota,
                'totalInstancesUsed': len(self.alive()),
            }

    # -- within

    def _give_up_the_others(
        self, found: FakeServer, now: datetime.datetime
    ) -> None:
        for each in self.servers.values():
            if each.order == found.order and each is not found:
                each.is_given_up = each.is_being_placed(now)

    def _refuse_what_is_unknown(self, spec: Mapping[str, Any]) -> None:
        if spec['flavor'] not in self.flavors:
            raise _wrong(
                'create servers',
                f'Flavor {spec["flavor"]} could not be found.',
            )
        if spec.get('image') and spec['image'] not in self.images:
            raise _wrong('create servers', 'Can not find requested image')

    def _within_quota(self, count: int) -> int:
        if self.quota is None:
            return count
        room = self.quota - len(self.alive())
        if room <= 0:
            raise exceptions.NoCapacity(
                service='nova',
                operation='create servers',
                reason=(
                    f'Quota exceeded for instances: Requested {count}, but '
                    f'already used {len(self.alive())} of {self.quota} '
                    'instances'
                ),
                status=403,
            )
        return min(count, room)

    def _create(
        self,
        spec: Mapping[str, Any],
        name: str,
        tags: list[str],
        zone: str | None,
        metadata: dict[str, str],
    ) -> None:
        message = self._next_faults.pop(0) if self._next_faults else None
        now = self.clock()
        placed_at = now + _seconds(self.placing_seconds)
        made = FakeServer(
            id=str(uuid.uuid4()),
            name=name,
            tags=list(tags),
            spec=dict(spec),
            metadata=metadata,
            zone=zone,
            address=f'10.0.{self._next_address // 250}.'
            f'{self._next_address % 250 + 1}',
            order=self._orders_taken,
            created_at=now,
            placed_at=placed_at,
            built_at=max(placed_at, now + _seconds(self.build_seconds)),
            changed_at=now,
            fault=message and {'code': 500, 'message': message},
        )
        self._next_address += 1
        self.servers[made.id] = made

    def _changed_at(self, each: FakeServer) -> datetime.datetime:
        now = self.clock()
        times = [each.changed_at, each.built_at, each.gone_at]
        return max(time for time in times if time and time <= now)

    def _show(
        self, each: FakeServer, detailed: bool, status: str | None
    ) -> server.Server:
        if not detailed:
            return server.Server(id=each.id, name=each.name, status=status)
        now = self.clock()
        word = each.status(now)
        return server.Server(
            id=each.id,
            name=each.name,
            status=word,
            fault=each.fault if word == server.ERROR else None,
            tags=tuple(each.tags),
            addresses=(each.address,) if word == server.ACTIVE else (),
            zone=each.zone or 'nova',
            changed_at=self._changed_at(each).replace(microsecond=0),
        )

    def _find(self, kind: str, ref: str, known: dict[str, str]) -> str:
        if ref in known:
            return ref
        named = [each for each, name in known.items() if name == ref]
        if len(named) == 1:
            return named[0]
        raise _wrong(
            f'find {kind}',
            f"{len(named)} {kind}s are named '{ref}': use an id"
            if named
            else f"there is no {kind} '{ref}'",
        )


def _wrong(operation: str, reason: str) -> exceptions.RequestIsWrong:
    return exceptions.RequestIsWrong(
        service='nova', operation=operation, reason=reason, status=400
    )


def _seconds(seconds: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=seconds)
