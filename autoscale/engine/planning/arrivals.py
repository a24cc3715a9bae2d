"""What Nova's truth means for the members: who arrived, failed, or is gone.

A launch makes servers that are alike, so the servers found by a launch's tag
are matched to its nodes in any order.
"""

from typing import Any

from autoscale.engine import steps
from autoscale.engine.planning import draft as drafts
from autoscale.engine.planning import trouble
from autoscale.model import event as events
from autoscale.model import facts
from autoscale.model import hook as hooks
from autoscale.model import node as nodes
from autoscale.model import server as servers


def settle(draft: drafts.Draft) -> None:
    """Apply what Nova said to every member that moves."""
    _promise_again(draft)
    truth = draft.facts.truth
    if truth is None:
        return
    for launch_id in sorted(truth.listed_launches):
        _adopt(draft, launch_id, truth)
    _finish_building(draft, truth)
    _confirm_deleted(draft, truth)
    if truth.trouble:
        draft.look_in(truth.retry_after or draft.settings.retry_backoff)


def _promise_again(draft: drafts.Draft) -> None:
    """Those that Nova refused to make for now, when it is time."""
    for node in draft.of_status(nodes.BUILDING):
        if node.launch_id is not None or node.server_id is not None:
            continue
        if node.look_at is None or node.look_at <= draft.now:
            draft.move(node, nodes.PENDING, look_at=None)


def _adopt(draft: drafts.Draft, launch_id: str, truth: facts.Truth) -> None:
    """Match a launch's servers to its nodes; note who got none."""
    mine = [
        each for each in draft.nodes.values() if each.launch_id == launch_id
    ]
    known = {each.server_id for each in mine} | draft.facts.held
    found = sorted(
        (
            each
            for each in truth.listed
            if each.id not in known and _is_of(each, launch_id, mine, truth)
        ),
        key=lambda each: each.name or '',
    )
    waiting = sorted(
        (
            each
            for each in mine
            if each.server_id is None
            and each.status in (nodes.BUILDING, nodes.DELETING)
        ),
        key=lambda each: (each.status != nodes.BUILDING, each.index),
    )
    for node, server in zip(waiting, found, strict=False):
        draft.move(node, server_id=server.id, look_at=None)
    for node in waiting[len(found) :]:
        _no_server(draft, draft.nodes[node.id], truth)


def _is_of(
    server: servers.Server,
    launch_id: str,
    mine: list[nodes.Node],
    truth: facts.Truth,
) -> bool:
    """Whether a listed server was made by this launch.

    A plain list has no tags, so the name tells: that of its only node, or
    one made from the launch's id.
    """
    if server.tags is not None:
        return steps.launch_tag(launch_id) in server.tags
    if len(truth.listed_launches) == 1:
        return True
    name = server.name or ''
    return f'-{launch_id[:8]}-' in name or (
        len(mine) == 1 and name == mine[0].name
    )


def _no_server(
    draft: drafts.Draft, node: nodes.Node, truth: facts.Truth
) -> None:
    """The launch was carried out, or tried, and this node has no server."""
    if node.status == nodes.DELETING:
        draft.move(node, nodes.GONE, left_at=draft.now, action_id=None)
        return
    if node.look_at is not None and node.look_at > draft.now:
        # The call's end is unknown; Nova may still be at it.
        draft.look_at(node.look_at)
        return
    # launching.py asks for the shortfall.
    draft.move(node, nodes.PENDING, look_at=None)


def _finish_building(draft: drafts.Draft, truth: facts.Truth) -> None:
    broken = {each.id: each for each in truth.broken}
    building = [
        each
        for each in draft.of_status(nodes.BUILDING)
        if each.server_id is not None
    ]
    for node in building:
        server = broken.get(node.server_id or '')
        if server is not None:
            _failed(draft, node, server)
        elif node.server_id in truth.arrived:
            draft.move(
                node,
                nodes.ACTIVE,
                active_at=draft.now,
                status_reason=None,
                fault=None,
                look_at=None,
                launch_attempts=0,
                action_id=None,
            )
        elif _is_overdue(draft, node):
            _overdue(draft, node)


def _failed(
    draft: drafts.Draft, node: nodes.Node, server: servers.Server
) -> None:
    fault = server.fault or {}
    reason = str(fault.get('message') or 'the server went to ERROR')
    kind = str(fault.get('kind') or 'transient')
    trouble.node_failed(draft, node, kind, reason)


def _is_overdue(draft: drafts.Draft, node: nodes.Node) -> bool:
    asked = node.updated_at or node.created_at
    age = (draft.now - asked).total_seconds()
    return age > draft.settings.build_timeout


def _overdue(draft: drafts.Draft, node: nodes.Node) -> None:
    limit = draft.settings.build_timeout
    trouble.node_failed(
        draft,
        node,
        'transient',
        f'its server was not ACTIVE within {limit:g} seconds',
    )


def _confirm_deleted(draft: drafts.Draft, truth: facts.Truth) -> None:
    """Servers that are no longer listed are gone."""
    present = {each.id for each in truth.listed}
    for node in draft.of_status(nodes.DELETING, nodes.ERROR):
        if (
            node.server_id is None
            or node.launch_id not in truth.listed_launches
            or node.server_id in present
        ):
            continue
        server_gone(draft, node)


def server_gone(draft: drafts.Draft, node: nodes.Node) -> None:
    """Nova no longer has its server."""
    if node.status == nodes.DELETING:
        draft.move(
            node,
            nodes.GONE,
            left_at=draft.now,
            action_id=None,
            status_reason=None,
        )
    elif node.status == nodes.ERROR:
        draft.move(node, server_id=None, look_at=None)


_HAVE_SERVERS = (
    nodes.BUILDING,
    nodes.ACTIVE,
    nodes.UNHEALTHY,
    nodes.DRAINING,
)


def compare(
    draft: drafts.Draft, truth: facts.Truth
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Mark members whose servers vanished or broke; answers who they are."""
    lost, unwell = [], []
    broken = {each.id: each for each in truth.broken}
    members = truth.members or frozenset()
    members_now = [
        each
        for each in draft.of_status(*_HAVE_SERVERS)
        if each.server_id is not None
    ]
    for node in members_now:
        word = {
            'node_id': node.id,
            'name': node.name,
            'server_id': node.server_id,
        }
        if node.server_id not in members:
            _vanished(draft, node)
            lost.append(word)
        elif node.server_id in broken and node.status == nodes.ACTIVE:
            reason = str(
                (broken[node.server_id].fault or {}).get('message')
                or 'its server is in ERROR'
            )
            draft.move(node, nodes.UNHEALTHY, status_reason=reason)
            unwell.append({**word, 'reason': reason})
        elif node.status == nodes.UNHEALTHY:
            draft.move(node, nodes.ACTIVE, status_reason=None)
    return lost, unwell


def _vanished(draft: drafts.Draft, node: nodes.Node) -> None:
    """A server that nobody of us deleted is not there any more."""
    draft.note(
        'node.lost',
        f"'{node.name}': its server {node.server_id} vanished",
        level=events.WARNING,
        node=node,
    )
    hook = draft.hooks.get(node.hook_id or '')
    if hook is not None and hook.status in hooks.OPEN:
        draft.end_hook(hook, hooks.RESCINDED, next_attempt_at=None, token=None)
    draft.move(
        node,
        nodes.LOST,
        status_reason='its server vanished',
        action_id=None,
    )


def bury(draft: drafts.Draft) -> None:
    """Members found lost by an earlier pass are only a record now."""
    for node in draft.of_status(nodes.LOST):
        draft.move(node, nodes.GONE, left_at=draft.now)
