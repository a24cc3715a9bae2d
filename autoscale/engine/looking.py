"""Nova's truth about what moves, for as few and as small lists as will do.

Lists are dear in Nova. It is asked about launches that move, never about a
whole cluster unless a check was asked for, and not more often than `pacing`
says. Who still builds is followed by what changed since the last look, so
that each server is described about twice, however long its launch takes.

What is remembered here is a hint: an engine that knows nothing asks for all.
"""

import dataclasses
import logging
import threading
from collections.abc import Iterable
from datetime import datetime
from datetime import timedelta
from typing import Any

from autoscale import exceptions
from autoscale.clients import nova as nova_client
from autoscale.db import gathering
from autoscale.engine import doors
from autoscale.engine import steps
from autoscale.engine.planning import pacing
from autoscale.model import action as actions
from autoscale.model import facts
from autoscale.model import node as nodes
from autoscale.model import server as servers

LOG = logging.getLogger(__name__)

#: Launch tags in one list call; more make the URL too long for some proxies.
TAGS_A_CALL = 20
#: Seconds that two looks overlap: the cloud's hosts have clocks of their own.
OVERLAP = 5
#: Seconds after which everything is listed again, should a change be missed.
ALL_AGAIN = 60


@dataclasses.dataclass
class _Memory:
    """What an engine remembers of a cluster that moves."""

    asked_at: datetime
    followed: frozenset[str] = frozenset()  #: launches listed since
    listed_at: datetime | None = None  #: when they were listed whole
    changed_at: datetime | None = None  #: the last change, by Nova's clock


class Looker:
    def __init__(self, cloud: doors.Doors, settings: facts.Settings) -> None:
        self._doors = cloud
        self._settings = settings
        self._guard = threading.Lock()
        self._memories: dict[str, _Memory] = {}

    def look(
        self, rest: gathering.Rest, now: datetime
    ) -> tuple[facts.Truth | None, datetime | None]:
        """What Nova says; or None, and when it may be asked again."""
        moving = _moving(rest, now)
        is_check = any(
            each.kind == actions.CHECK and each.status == actions.QUEUED
            for each in rest.actions
        )
        if not (moving.building or moving.doomed):
            self.forget(rest.cluster.id)
        elif self._seconds_to_wait(rest, now) > 0:
            again = now + timedelta(seconds=self._seconds_to_wait(rest, now))
            if not (moving.unknown or is_check):
                return None, again
            moving = _Moving(unknown=moving.unknown)
        if not (moving.building or moving.doomed or is_check):
            return None, None
        return self._ask(rest, moving, is_check, now), None

    def forget(self, cluster_id: str) -> None:
        with self._guard:
            self._memories.pop(cluster_id, None)

    def _seconds_to_wait(self, rest: gathering.Rest, now: datetime) -> float:
        """Until Nova may be asked about this cluster again."""
        memory = self._memories.get(rest.cluster.id)
        if memory is None:
            return 0.0
        since = min(
            (
                each.updated_at or each.created_at
                for each in rest.nodes
                if each.status in (nodes.BUILDING, nodes.DELETING)
            ),
            default=now,
        )
        pause = pacing.poll_seconds(
            self._settings, (now - since).total_seconds()
        )
        # A timer may ring a little early; do not wait once more for that.
        return pause - (now - memory.asked_at).total_seconds() - 0.02

    def _ask(
        self,
        rest: gathering.Rest,
        moving: '_Moving',
        is_check: bool,
        now: datetime,
    ) -> facts.Truth:
        with self._guard:
            memory = self._memories.setdefault(
                rest.cluster.id, _Memory(asked_at=now)
            )
            memory.asked_at = now
        try:
            nova = self._doors.nova(rest.cluster)
            described = self._follow(nova, memory, moving, now)
            doomed = _list(nova, moving.doomed - moving.sought)
            truth = facts.Truth(
                listed_launches=moving.sought | moving.doomed,
                listed=(*described, *doomed),
                arrived=frozenset(
                    each.id
                    for each in described
                    if each.status not in _NOT_ARRIVED
                ),
                broken=_broken(described),
            )
            return _checked(nova, rest, truth) if is_check else truth
        except exceptions.CloudError as error:
            LOG.warning(
                'cluster %s: Nova could not be asked: %s',
                rest.cluster.id,
                error,
            )
            return facts.Truth(
                trouble=str(error), retry_after=error.retry_after
            )

    def _follow(
        self,
        nova: Any,
        memory: _Memory,
        moving: '_Moving',
        now: datetime,
    ) -> list[servers.Server]:
        """Servers of launches that build, or what changed among them."""
        if not moving.building:
            return []
        is_known = (
            not moving.sought
            and memory.changed_at is not None
            and memory.listed_at is not None
            and moving.building <= memory.followed
            and now - memory.listed_at < timedelta(seconds=ALL_AGAIN)
        )
        since = {}
        if is_known and memory.changed_at is not None:
            since['changed_since'] = memory.changed_at - timedelta(
                seconds=OVERLAP
            )
        found = _list(nova, moving.building, detailed=True, **since)
        if not is_known:
            memory.followed, memory.listed_at = moving.building, now
            memory.changed_at = None
        changes = [each.changed_at for each in found if each.changed_at]
        if memory.changed_at is not None:
            changes.append(memory.changed_at)
        memory.changed_at = max(changes, default=None)
        return found


_NOT_ARRIVED = (servers.BUILD, servers.ERROR, servers.DELETED, None)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Moving:
    """Launches of which something moves."""

    #: Some servers are not known, and should be there; all are listed.
    unknown: frozenset[str] = frozenset()
    #: The same, but Nova may not have made them yet.
    awaited: frozenset[str] = frozenset()
    followed: frozenset[str] = frozenset()  #: all are known, and some build
    doomed: frozenset[str] = frozenset()  #: servers are on their way out

    @property
    def sought(self) -> frozenset[str]:
        return self.unknown | self.awaited

    @property
    def building(self) -> frozenset[str]:
        return self.sought | self.followed


def _moving(rest: gathering.Rest, now: datetime) -> _Moving:
    unknown: set[str] = set()
    awaited: set[str] = set()
    followed: set[str] = set()
    doomed: set[str] = set()
    for node in rest.nodes:
        if node.launch_id is None:
            continue
        is_due = node.look_at is None or node.look_at <= now
        if node.status in (nodes.BUILDING, nodes.DELETING) and (
            node.server_id is None
        ):
            (unknown if is_due else awaited).add(node.launch_id)
        elif node.status == nodes.BUILDING:
            followed.add(node.launch_id)
        elif node.status == nodes.DELETING and node.look_at is not None:
            doomed.add(node.launch_id)
    return _Moving(
        unknown=frozenset(unknown),
        awaited=frozenset(awaited),
        followed=frozenset(followed),
        doomed=frozenset(doomed),
    )


def _checked(
    nova: Any, rest: gathering.Rest, truth: facts.Truth
) -> facts.Truth:
    """The truth with all servers of the cluster, and those that broke."""
    tag = steps.cluster_tag(rest.cluster.id)
    present = nova.list_servers(tag=tag)
    broken = nova.list_servers(tag=tag, status=servers.ERROR, detailed=True)
    return dataclasses.replace(
        truth,
        members=frozenset(each.id for each in present),
        broken=(*truth.broken, *_broken(broken)),
    )


def _list(
    nova: Any, launches: Iterable[str], **filters: Any
) -> list[servers.Server]:
    tags = [steps.launch_tag(each) for each in sorted(launches)]
    found: list[servers.Server] = []
    for start in range(0, len(tags), TAGS_A_CALL):
        part = tags[start : start + TAGS_A_CALL]
        found += nova.list_servers(tags_any=part, **filters)
    return found


def _broken(found: Iterable[servers.Server]) -> tuple[servers.Server, ...]:
    """Those in ERROR, their faults with the class that they are of."""
    return tuple(
        dataclasses.replace(
            each,
            fault={
                **(each.fault or {}),
                'kind': nova_client.classify_fault(each.fault),
            },
        )
        for each in found
        if each.status == servers.ERROR
    )
