"""What a pass changed, as notifications for other services. Pure.

Each has an event type, `autoscale.<noun>.<what>.<phase>`, and a payload of
plain JSON without secrets. A phase is start, end or error; every end of an
action has had a start.
"""

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from autoscale.model import action as actions
from autoscale.model import changes as changes_module
from autoscale.model import cluster as clusters
from autoscale.model import facts
from autoscale.model import node as nodes

START = 'start'
END = 'end'
ERROR = 'error'

CREATE = 'create'  # a server is asked for, and in service
DRAIN = 'drain'  # a lifecycle hook is out, and over
DELETE = 'delete'  # the server is asked to go, and gone


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    event_type: str
    payload: dict[str, Any]
    request_id: str | None

    def is_error(self) -> bool:
        return self.event_type.endswith('.' + ERROR)


def of(
    before: facts.Facts, changes: changes_module.Changes, after: facts.Facts
) -> list[Notice]:
    """What came to be between the two: starts, then nodes, then ends."""
    old_actions = {each.id: each for each in before.actions}
    by_id = {each.id: each for each in after.actions}
    cluster = _cluster(after.cluster)
    starts: list[Notice] = []
    ends: list[Notice] = []
    for action in after.actions:
        for phase in _phases(old_actions.get(action.id), action):
            made = _about_action(cluster, action, phase)
            (starts if phase == START else ends).append(made)
    moved = [
        _about_node(cluster, node, old, what, phase, by_id)
        for node, old in _changed(before, changes, after)
        for what, phase in _moves(old, node, changes.nodes.get(node.id, {}))
    ]
    return [*starts, *moved, *ends]


def _changed(
    before: facts.Facts, changes: changes_module.Changes, after: facts.Facts
) -> Iterable[tuple[nodes.Node, nodes.Node | None]]:
    """(now, before) of each node that the changes are about."""
    known = {each.id: each for each in before.nodes}
    for node in after.nodes:
        if node.id in changes.nodes or node.id not in known:
            yield node, known.get(node.id)


def _phases(old: actions.Action | None, new: actions.Action) -> Iterable[str]:
    was = actions.QUEUED if old is None else old.status
    if was == new.status:
        return
    if was == actions.QUEUED:
        yield START
    if new.status in (actions.FAILED, actions.REFUSED):
        yield ERROR
    elif new.status not in actions.OPEN:
        yield END


def _moves(
    old: nodes.Node | None, new: nodes.Node, columns: dict[str, Any]
) -> Iterable[tuple[str, str]]:
    """What begins or ends for a node by its move, as (what, phase)."""
    was, now = None if old is None else old.status, new.status
    if was == now:
        if columns.get('status_reason') and now in _TRIED_AGAIN:
            yield _TRIED_AGAIN[now], ERROR
        return
    if was == nodes.DRAINING:
        yield DRAIN, END
    if was in _NOT_MADE and now in _FAILED.get(was, ()):
        yield CREATE, ERROR
    elif now == nodes.BUILDING:
        yield CREATE, START
    elif now == nodes.ACTIVE and was in (nodes.BUILDING, nodes.ERROR):
        yield CREATE, END
    elif now == nodes.DRAINING:
        yield DRAIN, START
    elif now == nodes.DELETING:
        yield DELETE, START
    elif now == nodes.GONE and was not in (None, nodes.PENDING):
        if was != nodes.DELETING:
            yield DELETE, START
        yield DELETE, END


#: A failure that leaves the node where it is: it is tried again.
_TRIED_AGAIN = {nodes.BUILDING: CREATE, nodes.DELETING: DELETE}

_NOT_MADE = (nodes.PENDING, nodes.BUILDING)

#: Moves of a node that is not in service yet which mean that it failed.
_FAILED = {
    nodes.PENDING: {nodes.ERROR},
    nodes.BUILDING: {nodes.ERROR, nodes.PENDING, nodes.LOST},
}


def _about_action(
    cluster: dict[str, Any], action: actions.Action, phase: str
) -> Notice:
    if phase == START:
        # As it was when it began, should it have ended in the same moment.
        action = dataclasses.replace(
            action,
            status=actions.RUNNING,
            status_reason=None,
            ended_at=None,
        )
    return Notice(
        event_type=f'autoscale.action.{action.kind}.{phase}',
        payload={'cluster': cluster, 'action': _action(action)},
        request_id=action.request_id,
    )


def _about_node(
    cluster: dict[str, Any],
    node: nodes.Node,
    old: nodes.Node | None,
    what: str,
    phase: str,
    by_id: dict[str, actions.Action],
) -> Notice:
    action_id = node.action_id or (old.action_id if old else None)
    action = by_id.get(action_id or '')
    return Notice(
        event_type=f'autoscale.node.{what}.{phase}',
        payload={
            'cluster': cluster,
            'node': {**_node(node), 'action_id': action_id},
        },
        request_id=None if action is None else action.request_id,
    )


def _cluster(cluster: clusters.Cluster) -> dict[str, Any]:
    return {
        'id': cluster.id,
        'name': cluster.name,
        'project_id': cluster.project_id,
        'user_id': cluster.user_id,
        'status': cluster.status,
        'status_reason': cluster.status_reason,
        'min_size': cluster.min_size,
        'max_size': cluster.max_size,
        'desired_capacity': cluster.desired_capacity,
        'profile_id': cluster.profile_id,
    }


def _action(action: actions.Action) -> dict[str, Any]:
    return {
        'id': action.id,
        'kind': action.kind,
        'status': action.status,
        'status_reason': action.status_reason,
        'inputs': action.inputs,
        'cause': action.cause,
        'user_id': action.user_id,
        'request_id': action.request_id,
        'created_at': _iso(action.created_at),
        'started_at': _iso(action.started_at),
        'ended_at': _iso(action.ended_at),
    }


def _node(node: nodes.Node) -> dict[str, Any]:
    return {
        'id': node.id,
        'name': node.name,
        'index': node.index,
        'status': node.status,
        'status_reason': node.status_reason,
        'fault': node.fault,
        'server_id': node.server_id,
        'keep_server': node.keep_server,
        'profile_id': node.profile_id,
        'hook_id': node.hook_id,
        'zone': node.zone,
        'created_at': _iso(node.created_at),
        'active_at': _iso(node.active_at),
        'left_at': _iso(node.left_at),
    }


def _iso(when: datetime | None) -> str | None:
    return None if when is None else when.strftime('%Y-%m-%dT%H:%M:%S.%fZ')
