"""A plan in the making: the facts, and all that has been decided so far.

Each part of planning reads the draft as if its decisions were true already.
At the end the draft is compared with the facts, and the difference is the
plan. Nothing outside of one call of `plan` ever sees a draft.
"""

import collections
import dataclasses
import random
from collections.abc import Callable
from collections.abc import Iterable
from datetime import datetime
from datetime import timedelta
from typing import Any

from autoscale.engine import steps
from autoscale.model import action as actions
from autoscale.model import changes
from autoscale.model import cluster as clusters
from autoscale.model import event as events
from autoscale.model import facts as facts_module
from autoscale.model import hook as hooks
from autoscale.model import node as nodes
from autoscale.model import proposal as proposals


@dataclasses.dataclass(frozen=True)
class Chance:
    """What a plan may not make up by itself: ids, secrets and luck."""

    new_id: Callable[[], str]
    new_token: Callable[[], str]
    hash_token: Callable[[str], str]
    random: random.Random


class Draft:
    def __init__(
        self,
        facts: facts_module.Facts,
        now: datetime,
        chance: Chance,
        policy_types: dict[str, Any],
    ) -> None:
        self.facts = facts
        self.now = now
        self.chance = chance
        self.policy_types = policy_types
        self.cluster: clusters.Cluster = facts.cluster
        self.nodes = {node.id: node for node in facts.nodes}
        self.hooks = {hook.id: hook for hook in facts.hooks}
        self.actions = {action.id: action for action in facts.actions}
        self.counts = collections.Counter(facts.counts)
        self.open_nodes: dict[str, collections.Counter[str]] = {
            action: collections.Counter(counts)
            for action, counts in facts.open_nodes.items()
        }
        self.bindings: dict[str, dict[str, Any]] = {}
        self.events: list[events.Event] = []
        self.steps: list[steps.Step] = []
        self.looks: list[datetime] = []
        self.forget_cluster = False
        #: How members leave when no request says otherwise; see requests.
        self.default_leaving = proposals.Leaving()

    @property
    def settings(self) -> facts_module.Settings:
        return self.facts.settings

    def counted(self) -> int:
        """Members that count towards the wish."""
        return sum(self.counts[status] for status in nodes.COUNTED)

    def of_status(self, *statuses: str) -> list[nodes.Node]:
        """The loaded members in one of `statuses`, in order of index."""
        return sorted(
            (each for each in self.nodes.values() if each.status in statuses),
            key=lambda each: each.index,
        )

    def resize(self, **columns: Any) -> None:
        self.cluster = dataclasses.replace(self.cluster, **columns)

    def move(
        self, node: nodes.Node, status: str | None = None, **columns: Any
    ) -> nodes.Node:
        """The node with another state and columns; counts follow."""
        old = self.nodes[node.id]
        new_status = status or old.status
        if (
            new_status != old.status
            and new_status not in nodes.MOVES[old.status]
        ):
            raise AssertionError(
                f'a node cannot move from {old.status} to {new_status}'
            )
        self._count(old, -1)
        columns.setdefault('updated_at', self.now)
        new = dataclasses.replace(old, status=new_status, **columns)
        self.nodes[node.id] = new
        self._count(new, +1)
        return new

    def add_node(self, node: nodes.Node) -> None:
        self.nodes[node.id] = node
        self._count(node, +1)

    def _count(self, node: nodes.Node, step: int) -> None:
        self.counts[node.status] += step
        if node.action_id is not None:
            self.open_nodes.setdefault(node.action_id, collections.Counter())[
                node.status
            ] += step

    def end_hook(self, hook: hooks.Hook, status: str, **columns: Any) -> None:
        if status not in hooks.MOVES[hook.status]:
            raise AssertionError(
                f'a hook cannot move from {hook.status} to {status}'
            )
        self.hooks[hook.id] = dataclasses.replace(
            hook, status=status, ended_at=self.now, **columns
        )

    def act(self, action: actions.Action, **columns: Any) -> actions.Action:
        """The action with other columns."""
        new = dataclasses.replace(self.actions[action.id], **columns)
        self.actions[action.id] = new
        return new

    def end_action(
        self, action: actions.Action, status: str, reason: str | None
    ) -> None:
        old = self.actions[action.id]
        if status not in actions.MOVES[old.status]:
            raise AssertionError(
                f'an action cannot move from {old.status} to {status}'
            )
        self.act(
            action,
            status=status,
            status_reason=reason,
            started_at=old.started_at or self.now,
            ended_at=self.now,
        )
        self.note(
            'action.' + status.lower(),
            f"{old.kind} of '{self.cluster.name}': {status.lower()}"
            + (f': {reason}' if reason else ''),
            level=events.WARNING
            if status in (actions.FAILED, actions.REFUSED)
            else events.INFO,
            action_id=action.id,
        )

    def note(
        self,
        type_: str,
        message: str,
        *,
        level: str = events.INFO,
        node: nodes.Node | None = None,
        action_id: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        self.events.append(
            events.Event(
                sequence=None,
                id=self.chance.new_id(),
                project_id=self.cluster.project_id,
                cluster_id=self.cluster.id,
                node_id=node.id if node else None,
                action_id=action_id or (node.action_id if node else None),
                level=level,
                type=type_,
                message=message,
                details=details or {},
                created_at=self.now,
            )
        )

    def look_in(self, seconds: float) -> None:
        self.look_at(self.now + timedelta(seconds=seconds))

    def look_at(self, when: datetime | None) -> None:
        if when is not None:
            self.looks.append(when)

    def changes(self, *, is_plan: bool = True) -> changes.Changes:
        """The difference between the facts and what was decided."""
        known_nodes = {each.id: each for each in self.facts.nodes}
        known_hooks = {each.id: each for each in self.facts.hooks}
        known_actions = {each.id: each for each in self.facts.actions}
        return changes.Changes(
            cluster_id=self.cluster.id,
            cluster=_difference(self.facts.cluster, self.cluster),
            new_nodes=tuple(
                each
                for each in self.nodes.values()
                if each.id not in known_nodes
            ),
            nodes=_differences(known_nodes, self.nodes),
            new_hooks=tuple(
                each
                for each in self.hooks.values()
                if each.id not in known_hooks
            ),
            hooks=_expected(known_hooks, self.hooks),
            new_actions=tuple(
                each
                for each in self.actions.values()
                if each.id not in known_actions
            ),
            actions=_expected(known_actions, self.actions),
            bindings=dict(self.bindings),
            events=tuple(self.events),
            forget_cluster=self.forget_cluster,
            is_plan=is_plan,
        )


def _difference(old: Any, new: Any) -> dict[str, Any]:
    if old is new:
        return {}
    return {
        field.name: getattr(new, field.name)
        for field in dataclasses.fields(new)
        if getattr(new, field.name) != getattr(old, field.name)
    }


def _changed(
    known: dict[str, Any], drafted: dict[str, Any]
) -> Iterable[tuple[str, Any, dict[str, Any]]]:
    for key, old in known.items():
        columns = _difference(old, drafted[key])
        if set(columns) - {'updated_at'}:
            yield key, old, columns


def _differences(
    known: dict[str, Any], drafted: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    return {key: columns for key, _, columns in _changed(known, drafted)}


def _expected(
    known: dict[str, Any], drafted: dict[str, Any]
) -> dict[str, changes.Expected]:
    return {
        key: changes.Expected(status=old.status, values=columns)
        for key, old, columns in _changed(known, drafted)
    }


def replace_hook(draft: Draft, hook: hooks.Hook, **columns: Any) -> None:
    """The hook with other columns; its end is `Draft.end_hook`'s."""
    draft.hooks[hook.id] = dataclasses.replace(hook, **columns)
