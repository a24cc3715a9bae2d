"""All servers of all projects, found by what people ask for.

Lists by tag or reservation look at the servers that have it and at no others.
Servers whose end has come leave when somebody looks; there is no thread.
"""

import bisect
import collections
import heapq
import operator
import threading
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import journal
from autoscale.devcloud.compute import server as servers

#: Deleted servers that changes-since still tells of, over all projects.
_GRAVES = 50_000

_RECORDED = 1000  #: servers in one line of the journal's short form


class Usage:
    """What a project has taken of its quotas."""

    __slots__ = ('cores', 'instances', 'ram')

    def __init__(self) -> None:
        self.instances = self.cores = self.ram = 0

    def add(self, server: servers.Server, times: int = 1) -> None:
        self.instances += times
        self.cores += times * server.flavor.vcpus
        self.ram += times * server.flavor.ram


class Fleet:
    """The servers and their indexes. Hold `lock` while you use it."""

    def __init__(
        self, *, log: journal.Journal, clock: Callable[[], float]
    ) -> None:
        self.lock = threading.RLock()
        self._journal = log
        self._clock = clock
        self._all: dict[str, servers.Server] = {}
        self._by_project: dict[str, dict[str, servers.Server]] = {}
        self._by_tag: dict[tuple[str, str], dict[str, servers.Server]] = {}
        self._by_reservation: dict[str, dict[str, servers.Server]] = {}
        self._usage: dict[str, Usage] = collections.defaultdict(Usage)
        self._ending: list[tuple[float, str]] = []  #: a heap
        self._graves: collections.OrderedDict[str, servers.Server] = (
            collections.OrderedDict()
        )
        self._last_number = 0

    # -- looking

    def sweep(self) -> float:
        """Let go of what is over; the present moment, to go on with."""
        now = self._clock()
        while self._ending and self._ending[0][0] <= now:
            _, server_id = heapq.heappop(self._ending)
            server = self._all.get(server_id)
            if server is not None and server.is_gone(now):
                self._bury(server)
        return now

    def get(self, server_id: str) -> servers.Server | None:
        """The server, unless it is gone."""
        return self._all.get(server_id)

    def grave(self, server_id: str) -> servers.Server | None:
        """The server, if it is gone but remembered."""
        return self._graves.get(server_id)

    def everything(self) -> Iterable[servers.Server]:
        """All servers there are, of all projects."""
        return self._all.values()

    def of_project(self, project_id: str) -> Iterable[servers.Server]:
        """A project's servers, oldest first."""
        return self._by_project.get(project_id, {}).values()

    def with_tag(self, project_id: str, tag: str) -> dict[str, servers.Server]:
        """A project's servers with the tag, by id."""
        return self._by_tag.get((project_id, tag), {})

    def of_reservation(self, reservation_id: str) -> list[servers.Server]:
        """What one create call made."""
        return list(self._by_reservation.get(reservation_id, {}).values())

    def graves(self, since: float) -> list[servers.Server]:
        """Servers gone since then; graves are in the order of burial."""
        found = []
        for server in reversed(self._graves.values()):
            if (server.gone_at or 0.0) < since:
                break
            found.append(server)
        return found

    def usage(self, project_id: str) -> Usage:
        return self._usage[project_id]

    def next_number(self) -> int:
        return self._last_number + 1

    # -- changing: each change is applied here, journalled, and replayed

    def add(self, made: list[servers.Server]) -> None:
        """Take in the servers of one create call."""
        for server in made:
            self._place(server)
        self._journal.append(
            'servers.created', servers=[server.record() for server in made]
        )

    def delete(self, server: servers.Server, seconds: float) -> None:
        """Start the end; asking twice does not put it off.

        When no host is found for it yet, the request that made it fails on
        that, and gives up all of its servers that have none either.
        """
        if server.deleted_at is not None:
            return
        now = self._clock()
        server.deleted_at = server.changed_at = now
        given_up = self._abandoned_with(server, now)
        if not server.is_given_up:
            self._end(server, now + seconds)
        for each in given_up:
            each.is_given_up = True
        self._journal.append(
            'server.deleted',
            id=server.id,
            at=now,
            gone_at=server.gone_at,
            given_up=[each.id for each in given_up],
        )

    def _abandoned_with(
        self, server: servers.Server, now: float
    ) -> list[servers.Server]:
        if server.is_given_up or not server.is_being_placed(now):
            return []
        return [
            each
            for each in self.of_reservation(server.reservation_id)
            if each.is_being_placed(now) and each.deleted_at is None
        ]

    def vanish(self, server: servers.Server) -> None:
        """Gone at once, as when an operator does it behind our back."""
        now = self._clock()
        server.deleted_at = server.deleted_at or now
        self._end(server, now)
        self._journal.append(
            'server.deleted', id=server.id, at=now, gone_at=now
        )
        self._bury(server)

    def break_down(self, server: servers.Server, message: str) -> None:
        """In ERROR at once, whatever it was doing."""
        now = self._clock()
        server.placed_at = min(server.placed_at, now)
        server.built_at = min(server.built_at, now)
        if server.is_given_up:
            server.is_given_up, server.deleted_at = False, None
        server.fault = message
        self.keep(server)

    def retag(self, server: servers.Server, tags: list[str]) -> None:
        """Give the server these tags and no others."""
        self._untag(server)
        server.tags = tags
        self._tag(server)
        self.keep(server)

    def keep(self, server: servers.Server) -> None:
        """Journal a server that was changed in place."""
        server.changed_at = self._clock()
        self._journal.append('server.changed', server=server.record())

    # -- the indexes

    def _place(self, server: servers.Server) -> None:
        self._last_number = max(self._last_number, server.number)
        self._all[server.id] = server
        self._by_project.setdefault(server.project_id, {})[server.id] = server
        self._by_reservation.setdefault(server.reservation_id, {})[
            server.id
        ] = server
        self._tag(server)
        self._usage[server.project_id].add(server)

    def _tag(self, server: servers.Server) -> None:
        for tag in server.tags:
            self._by_tag.setdefault((server.project_id, tag), {})[
                server.id
            ] = server

    def _untag(self, server: servers.Server) -> None:
        for tag in server.tags:
            _drop(self._by_tag, (server.project_id, tag), server.id)

    def _end(self, server: servers.Server, moment: float) -> None:
        server.gone_at = moment
        heapq.heappush(self._ending, (moment, server.id))

    def _bury(self, server: servers.Server) -> None:
        del self._all[server.id]
        _drop(self._by_project, server.project_id, server.id)
        _drop(self._by_reservation, server.reservation_id, server.id)
        self._untag(server)
        server.tags = []  # as in Nova: the tags go with the server
        self._usage[server.project_id].add(server, -1)
        self._graves[server.id] = server
        while len(self._graves) > _GRAVES:
            self._graves.popitem(last=False)

    # -- the journal

    def replay(self, record: journal.Record) -> bool:
        """Make a change again; False when it is none of ours."""
        match record['kind']:
            case 'servers.created':
                for fields in record['servers']:
                    server = servers.Server(**fields)
                    self._place(server)
                    if server.gone_at is not None:
                        self._end(server, server.gone_at)
            case 'server.deleted':
                found = self._all.get(record['id'])
                if found is not None:
                    found.deleted_at = found.deleted_at or record['at']
                    found.changed_at = record['at']
                    if record['gone_at'] is not None:
                        self._end(found, record['gone_at'])
                for each in record.get('given_up', ()):
                    self._all[each].is_given_up = True
            case 'server.changed':
                fields = record['server']
                old = self._all.get(fields['id'])
                if old is not None:
                    self._untag(old)
                    for name, value in fields.items():
                        setattr(old, name, value)
                    self._tag(old)
            case _:
                return False
        return True

    def dump(self) -> Iterable[journal.Record]:
        """The fewest records that say what is true now."""
        now = self.sweep()
        kept = [*self.graves(now - servers.REMEMBERED_SECONDS)]
        kept.extend(self._all.values())
        kept.sort(key=lambda server: server.number)
        for start in range(0, len(kept), _RECORDED):
            part = kept[start : start + _RECORDED]
            yield {
                'kind': 'servers.created',
                'servers': [server.record() for server in part],
            }


def _drop(
    index: dict[Any, dict[str, servers.Server]], key: object, server_id: str
) -> None:
    """Take one server out of one index; an empty entry goes too."""
    entry = index.get(key)
    if entry is not None:
        entry.pop(server_id, None)
        if not entry:
            del index[key]


def newest_first(found: Iterable[servers.Server]) -> list[servers.Server]:
    """Nova's order, when nobody asks for another."""
    return sorted(found, key=operator.attrgetter('number'), reverse=True)


def after(found: list[servers.Server], number: int) -> list[servers.Server]:
    """The part of a newest-first list that follows this number."""
    start = bisect.bisect_right(
        found, -number, key=lambda server: -server.number
    )
    return found[start:]
