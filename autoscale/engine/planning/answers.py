"""What answers and deadlines mean for members that drain."""

from autoscale.engine.planning import draft as drafts
from autoscale.engine.planning import leaving
from autoscale.model import event as events
from autoscale.model import hook as hooks
from autoscale.model import node as nodes


def heed(draft: drafts.Draft) -> None:
    """Move on every drain that was answered or whose time is up."""
    for node in draft.of_status(nodes.DRAINING):
        hook = draft.hooks.get(node.hook_id or '')
        if hook is not None:
            _heed_hook(draft, node, hook)
        elif node.delete_at is not None and node.delete_at <= draft.now:
            leaving.finish_draining(draft, node)


def _heed_hook(
    draft: drafts.Draft, node: nodes.Node, hook: hooks.Hook
) -> None:
    if _is_late(draft, hook):
        hook = _time_out(draft, node, hook)
    if hook.status in hooks.OPEN:
        return
    if _stays(draft, hook):
        _abandon(draft, node, hook)
    else:
        leaving.finish_draining(draft, node)


def _is_late(draft: drafts.Draft, hook: hooks.Hook) -> bool:
    """Whether the answer, or a way to deliver the message, came too late.

    Not before a delivery was tried: whoever is to tell the application may
    have been away until now, and nobody leaves untold for that.
    """
    was_tried = hook.status == hooks.SENT or hook.attempts > 0
    return (
        hook.status in hooks.OPEN and was_tried and hook.deadline <= draft.now
    )


def _time_out(
    draft: drafts.Draft, node: nodes.Node, hook: hooks.Hook
) -> hooks.Hook:
    draft.end_hook(hook, hooks.TIMED_OUT, next_attempt_at=None, token=None)
    delivered = (
        'was told'
        if hook.status == hooks.SENT
        else f'could not be told ({hook.last_error or "not delivered"})'
    )
    draft.note(
        'hook.timed_out',
        f"'{node.name}' {delivered} and nobody answered within "
        f'{hook.timeout} s: {hook.on_timeout}',
        level=events.WARNING,
        node=node,
        details={'hook_id': hook.id},
    )
    return draft.hooks[hook.id]


def _stays(draft: drafts.Draft, hook: hooks.Hook) -> bool:
    """Whether the end of the hook says that the member stays.

    Nobody stays in a cluster that is going away: there an 'abandon' ends the
    wait, as 'continue' does.
    """
    if draft.cluster.is_deleting:
        return False
    if hook.status == hooks.TIMED_OUT:
        return hook.on_timeout == hooks.ABANDON
    return hook.status in (hooks.ABANDONED, hooks.RESCINDED)


def _abandon(draft: drafts.Draft, node: nodes.Node, hook: hooks.Hook) -> None:
    """The application keeps it: the wish counts it again."""
    wish = draft.cluster.desired_capacity + 1
    if draft.cluster.max_size >= 0:
        wish = min(wish, draft.cluster.max_size)
    draft.resize(desired_capacity=max(wish, draft.cluster.desired_capacity))
    action = draft.actions.get(node.action_id or '')
    if action is not None:
        decision = dict(action.decision or {})
        decision['returned'] = [
            *decision.get('returned', ()),
            {
                'node_id': node.id,
                'name': node.name,
                'reason': hook.reason or hook.status.lower(),
            },
        ]
        draft.act(action, decision=decision)
    draft.note(
        'node.returned',
        f"'{node.name}' stays in service: {hook.reason or 'abandoned'}",
        node=node,
        details={'hook_id': hook.id},
    )
    leaving.return_to_service(draft, node)
