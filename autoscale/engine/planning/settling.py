"""What is over, how the cluster is doing, and when to look again."""

from collections import Counter
from datetime import timedelta

from autoscale.engine.planning import draft as drafts
from autoscale.engine.planning import trouble
from autoscale.model import action as actions
from autoscale.model import cluster as clusters
from autoscale.model import event as events
from autoscale.model import node as nodes

_LEAVING = (nodes.DRAINING, nodes.DELETING)


def settle(draft: drafts.Draft) -> None:
    """End what is finished; the cluster's status follows from its members."""
    _note_recovery(draft)
    for action in list(draft.actions.values()):
        if action.status in actions.STARTED:
            _settle_action(draft, draft.actions[action.id])
    if draft.cluster.is_deleting and _is_empty(draft):
        _forget(draft)
    status, reason = _status(draft)
    trouble.note_lock(draft, status)
    if (status, reason) != (
        draft.cluster.status,
        draft.cluster.status_reason,
    ):
        draft.resize(status=status, status_reason=reason, updated_at=draft.now)


def _note_recovery(draft: drafts.Draft) -> None:
    """A member of a launch after the trouble arrived: the trouble is over."""
    cluster = draft.cluster
    if cluster.exhausted_since is None and cluster.capacity_failures == 0:
        return
    satisfied = draft.counts[nodes.ACTIVE] >= cluster.desired_capacity
    if satisfied and not draft.counts[nodes.ERROR]:
        trouble.recovered(draft)


def _is_empty(draft: drafts.Draft) -> bool:
    return not any(
        count
        for status, count in draft.counts.items()
        if status not in (nodes.GONE, nodes.LOST)
    )


def _settle_action(draft: drafts.Draft, action: actions.Action) -> None:
    if action.kind == actions.DELETE and not _is_empty(draft):
        _note_waiting(draft, action, draft.counts[nodes.DRAINING])
        return
    moving: dict[str, int] = draft.open_nodes.get(action.id, Counter())
    draining = moving.get(nodes.DRAINING, 0)
    on_the_way = sum(
        count
        for status, count in moving.items()
        if status
        in (nodes.PENDING, nodes.BUILDING, nodes.DRAINING, nodes.DELETING)
    )
    if on_the_way and _only_waits_for_room(draft, moving):
        draft.look_at(draft.cluster.retry_at)
        _let_go(draft, action, nodes.PENDING)
        on_the_way = 0
    if on_the_way:
        _go_on(draft, action, draining)
        return
    failures = (action.decision or {}).get('failures', ())
    if failures:
        draft.end_action(action, actions.FAILED, _failure(draft, failures))
    else:
        draft.end_action(action, actions.SUCCEEDED, None)


def _only_waits_for_room(draft: drafts.Draft, moving: dict[str, int]) -> bool:
    """All that is missing waits for a back-off that may be long."""
    held = (
        draft.cluster.retry_at is not None
        and draft.cluster.retry_at > draft.now
    )
    return held and not any(
        moving.get(status, 0)
        for status in (nodes.BUILDING, nodes.DRAINING, nodes.DELETING)
    )


def _let_go(
    draft: drafts.Draft, action: actions.Action, *statuses: str
) -> None:
    """The action ends; its nodes go on without it."""
    for node in draft.of_status(*statuses):
        if node.action_id == action.id:
            draft.move(node, action_id=None)


def _go_on(draft: drafts.Draft, action: actions.Action, draining: int) -> None:
    started = action.started_at or action.created_at
    limit = started + timedelta(seconds=draft.settings.action_timeout)
    if not draining and limit <= draft.now:
        _let_go(draft, action, *nodes.STATUSES)
        draft.end_action(
            action,
            actions.FAILED,
            f'not finished within {draft.settings.action_timeout:g} s; '
            'the cluster goes on towards its desired capacity',
        )
        return
    if not draining:
        draft.look_at(limit)
    _note_waiting(draft, action, draining)


def _note_waiting(
    draft: drafts.Draft, action: actions.Action, draining: int
) -> None:
    status = actions.WAITING if draining else actions.RUNNING
    if action.status != status:
        draft.act(action, status=status)


def _failure(draft: drafts.Draft, failures: list[str]) -> str:
    have = draft.counts[nodes.ACTIVE]
    wish = draft.cluster.desired_capacity
    return f'{have} of {wish} members are in service: ' + '; '.join(failures)


def _forget(draft: drafts.Draft) -> None:
    """The last member is gone: so is the cluster."""
    for action in list(draft.actions.values()):
        if action.status in actions.OPEN:
            current = draft.actions[action.id]
            done = current.kind == actions.DELETE
            draft.end_action(
                current,
                actions.SUCCEEDED if done else actions.CANCELLED,
                None if done else 'the cluster was deleted',
            )
    draft.forget_cluster = True
    draft.note(
        'cluster.deleted',
        f"'{draft.cluster.name}' is gone",
        level=events.INFO,
    )


def _status(draft: drafts.Draft) -> tuple[str, str | None]:
    """The cluster's status, derived from its members, and why it is so."""
    cluster, counts = draft.cluster, draft.counts
    have = counts[nodes.ACTIVE]
    wish = cluster.desired_capacity
    missing = wish - have
    if draft.facts.locked_reason is not None:
        return clusters.LOCKED_OUT, draft.facts.locked_reason
    if cluster.is_deleting:
        return clusters.DELETING, None
    if cluster.blocked_reason is not None:
        return clusters.ERROR, cluster.blocked_reason
    if cluster.exhausted_since is not None:
        return (
            clusters.EXHAUSTED,
            f'{missing} of {wish} members are missing: '
            f'{cluster.exhausted_reason}',
        )
    creating = any(
        each.kind == actions.CREATE and each.status in actions.OPEN
        for each in draft.actions.values()
    )
    if creating:
        return clusters.CREATING, None
    coming = counts[nodes.PENDING] + counts[nodes.BUILDING]
    going = sum(counts[each] for each in _LEAVING)
    if have + coming < wish:
        return (
            clusters.DEGRADED,
            f'{wish - have - coming} of {wish} members are missing',
        )
    if coming or going:
        return clusters.RESIZING, None
    return clusters.ACTIVE, None
