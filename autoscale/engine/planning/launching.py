"""From promise to server: which nodes are asked for now, and in what batch.

A node is BUILDING, with its batch's id, before its server is asked for; so
an engine that finds it so knows what to look for.
"""

import itertools
from datetime import timedelta

from autoscale.engine import steps
from autoscale.engine.planning import draft as drafts
from autoscale.engine.planning import trouble
from autoscale.model import node as nodes


def launch(draft: drafts.Draft) -> None:
    """Ask for servers for every node that is promised one."""
    if draft.cluster.is_deleting:
        return
    _revive(draft)
    pending = draft.of_status(nodes.PENDING)
    if not pending:
        return
    if draft.cluster.blocked_reason is not None:
        _refuse(draft, pending)
        return
    profile = draft.facts.profile
    if profile is not None and profile.id != draft.cluster.profile_id:
        # This pass took up another profile, which the next one will have read.
        draft.look_in(0)
        return
    retry_at = draft.cluster.retry_at
    if retry_at is not None and retry_at > draft.now:
        draft.look_at(retry_at)
        return
    for batch in _batches(pending, draft.settings.launch_batch):
        _launch(draft, batch)


def _revive(draft: drafts.Draft) -> None:
    """Failed members whose servers are gone are tried again, when due."""
    failed = [
        each for each in draft.of_status(nodes.ERROR) if each.server_id is None
    ]
    retry_at = draft.cluster.retry_at
    if draft.cluster.blocked_reason is not None or not failed:
        return
    if retry_at is not None and retry_at > draft.now:
        draft.look_at(retry_at)
        return
    room = draft.cluster.desired_capacity - draft.counted()
    for node in failed[: max(0, room)]:
        draft.move(
            node,
            nodes.PENDING,
            launch_id=None,
            profile_id=draft.cluster.profile_id,
            active_at=None,
        )


def _refuse(draft: drafts.Draft, pending: list[nodes.Node]) -> None:
    """What was promised cannot be had: the cloud refused the like before."""
    reason = draft.cluster.blocked_reason or ''
    for node in pending:
        trouble.fail_action(draft, node.action_id, reason)
        draft.move(
            node,
            nodes.ERROR,
            status_reason=reason,
            fault={
                'kind': trouble.REQUEST,
                'message': reason,
                'at': draft.now.isoformat(),
            },
            action_id=None,
        )


def _batches(
    pending: list[nodes.Node], size: int
) -> list[tuple[nodes.Node, ...]]:
    """Groups that one create call can make: alike, and not too many."""

    def kind(node: nodes.Node) -> tuple[str, str]:
        return (node.profile_id, node.zone or '')

    batches = []
    for _, alike in itertools.groupby(sorted(pending, key=kind), key=kind):
        group = list(alike)
        batches += [
            tuple(group[start : start + size])
            for start in range(0, len(group), size)
        ]
    return batches


def _launch(draft: drafts.Draft, batch: tuple[nodes.Node, ...]) -> None:
    profile = draft.facts.profile
    if profile is None:
        trouble.blocked(draft, 'its profile is gone', batch[0].action_id)
        _refuse(draft, list(batch))
        return
    launch_id = draft.chance.new_id()
    first = batch[0]
    name = (
        first.name
        if len(batch) == 1
        else f'{draft.cluster.name}-{launch_id[:8]}'
    )
    patience = timedelta(seconds=draft.settings.launch_patience)
    for node in batch:
        draft.move(
            node,
            nodes.BUILDING,
            launch_id=launch_id,
            launch_attempts=node.launch_attempts + 1,
            profile_id=profile.id,
            look_at=draft.now + patience,
            status_reason=None,
        )
    draft.steps.append(
        steps.Launch(
            launch_id=launch_id,
            cluster_id=draft.cluster.id,
            profile=profile,
            name=name,
            count=len(batch),
            zone=first.zone,
            node_ids=tuple(each.id for each in batch),
        )
    )
