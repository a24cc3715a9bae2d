"""A database of one cluster in memory, for passes by the thousand.

It answers to the few functions of `autoscale.db` that a pass calls, with the
same meaning; the real ones are tested on real databases.
"""

import collections
import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

from autoscale import exceptions
from autoscale.db import commit
from autoscale.db import event as event_rows
from autoscale.db import gathering
from autoscale.db import work as work_rows
from autoscale.model import action as actions
from autoscale.model import cluster as clusters
from autoscale.model import hook as hooks
from autoscale.model import node as nodes
from autoscale.model import profile as profiles
from autoscale.model import work as works


class FakeDatabase:
    """Everything that is public may be looked into and changed by a test."""

    def __init__(
        self,
        clock: Callable[[], datetime.datetime],
        cluster: clusters.Cluster,
        profile: profiles.Profile,
    ) -> None:
        self.clock = clock
        self.cluster = cluster
        self.profile = profile
        self.bindings: list[Any] = []
        self.actions: dict[str, actions.Action] = {}
        self.nodes: dict[str, nodes.Node] = {}
        self.hooks: dict[str, hooks.Hook] = {}
        self.events: list[Any] = []
        self.is_forgotten = False
        self.owner: str | None = None
        self.lease_until = clock()
        self.version = 1
        self._doings: dict[Any, Callable[..., Any]] = {
            work_rows.claim: self._claim,
            work_rows.renew: lambda *_: True,
            work_rows.release: self._release,
            work_rows.delete: lambda *_: None,
            commit.commit: self._commit,
            commit.finish: self._finish,
            event_rows.record: self.events.extend,
            gathering.gather: self._gather,
        }

    def read(self, function: Any, *args: Any, **kw: Any) -> Any:
        return self._doings[function](*args, **kw)

    write = read

    def request(self, action: actions.Action) -> None:
        self.actions[action.id] = dataclasses.replace(
            action, sequence=len(self.actions) + 1
        )
        self.version += 1

    def _claim(
        self, cluster_id: str, owner: str, seconds: float
    ) -> works.Work | None:
        if self.is_forgotten or (
            self.owner is not None and self.lease_until > self.clock()
        ):
            return None
        self.owner = owner
        self.lease_until = self.clock() + datetime.timedelta(seconds=seconds)
        return works.Work(
            cluster_id=cluster_id,
            project_id=self.cluster.project_id,
            look_at=None,
            version=self.version,
            lease_owner=owner,
            lease_until=self.lease_until,
            failures=0,
            now=self.clock(),
        )

    def _release(
        self,
        cluster_id: str,
        owner: str,
        look_at: datetime.datetime | None,
        version: int,
        failures: int,
    ) -> bool:
        assert failures == 0, 'a pass failed'
        if self.owner != owner:
            raise exceptions.LeaseLost(cluster_id=cluster_id)
        self.owner = None
        return version != self.version

    def _gather(
        self, cluster_id: str, now: datetime.datetime
    ) -> gathering.Rest | None:
        if self.is_forgotten:
            return None
        alive = [e for e in self.nodes.values() if e.status != nodes.GONE]
        open_nodes: dict[str, dict[str, int]] = collections.defaultdict(
            lambda: collections.defaultdict(int)
        )
        for each in alive:
            if each.action_id is not None:
                open_nodes[each.action_id][each.status] += 1
        open_hooks = [e for e in self.hooks.values() if e.status in hooks.OPEN]
        return gathering.Rest(
            cluster=self.cluster,
            profile=self.profile,
            bindings=tuple(self.bindings),
            actions=tuple(
                e for e in self.actions.values() if e.status in actions.OPEN
            ),
            counts=dict(collections.Counter(e.status for e in alive)),
            open_nodes={key: dict(each) for key, each in open_nodes.items()},
            nodes=tuple(alive),
            held=frozenset(
                each.server_id
                for each in self.nodes.values()
                if each.server_id is not None
            ),
            hooks=tuple(self.hooks.values()),
            next_deadline=min((e.deadline for e in open_hooks), default=None),
            next_delete_at=None,
            next_attempt_at=None,
        )

    def _commit(self, changes: Any, *, owner: str, **_: Any) -> None:
        if self.owner != owner:
            raise exceptions.LeaseLost(cluster_id=changes.cluster_id)
        self._check(changes)
        self.cluster = dataclasses.replace(self.cluster, **changes.cluster)
        for each in changes.new_actions:
            self.actions[each.id] = each
        for each in changes.new_nodes:
            self.nodes[each.id] = each
        for each in changes.new_hooks:
            self.hooks[each.id] = each
        for key, columns in changes.nodes.items():
            self.nodes[key] = dataclasses.replace(self.nodes[key], **columns)
        for rows, expected in (
            (self.hooks, changes.hooks),
            (self.actions, changes.actions),
        ):
            for key, each in expected.items():
                if rows[key].status == each.status:
                    rows[key] = dataclasses.replace(rows[key], **each.values)
        self.events += changes.events
        self.is_forgotten = self.is_forgotten or changes.forget_cluster

    def _finish(
        self, changes: Any, *, owner: str, version: int, **_: Any
    ) -> bool:
        self._commit(changes, owner=owner)
        return self._release(changes.cluster_id, owner, None, version, 0)

    def _check(self, changes: Any) -> None:
        if not changes.is_plan:
            return
        for rows, expected in (
            (self.hooks, changes.hooks),
            (self.actions, changes.actions),
        ):
            for key, each in expected.items():
                if rows[key].status != each.status:
                    raise exceptions.PassIsStale(
                        cluster_id=changes.cluster_id, what=key
                    )
