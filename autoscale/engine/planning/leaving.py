"""The one door through which members leave, and how they come back in.

Everything that takes a member away comes through `leave`: it alone knows of
hooks, of grace periods and of servers that outlive their membership.
"""

from datetime import timedelta
from typing import Any

from autoscale.engine.planning import draft as drafts
from autoscale.model import action as actions
from autoscale.model import hook as hooks
from autoscale.model import node as nodes
from autoscale.model import proposal as proposals

_NEVER_SERVED = (nodes.PENDING, nodes.BUILDING, nodes.ERROR, nodes.LOST)


def leave(
    draft: drafts.Draft,
    node: nodes.Node,
    leaving: proposals.Leaving,
    action: actions.Action | None,
) -> str:
    """Send a member on its way; answers how, in words for the decision."""
    action_id = action.id if action else None
    columns: dict[str, Any] = {
        'action_id': action_id,
        'is_forced': leaving.is_forced,
        'look_at': None,
    }
    if node.status in (nodes.PENDING, nodes.LOST) or (
        node.status == nodes.ERROR and node.server_id is None
    ):
        draft.move(node, nodes.GONE, left_at=draft.now, action_id=None)
        return 'it has no server'
    if node.status in _NEVER_SERVED:
        draft.move(node, nodes.DELETING, **columns)
        return 'no hook: its server never became ACTIVE'
    columns['keep_server'] = leaving.keep_server
    if leaving.is_forced:
        draft.move(node, nodes.DELETING, **columns)
        return 'no hook: the request forces it'
    if leaving.hook is not None:
        hook = _hook(draft, node, leaving, leaving.hook, action)
        draft.hooks[hook.id] = hook
        draft.move(node, nodes.DRAINING, hook_id=hook.id, **columns)
        return f'told by {hook.type}; waits for the answer until the deadline'
    if leaving.grace_period > 0:
        draft.move(
            node,
            nodes.DRAINING,
            delete_at=draft.now + timedelta(seconds=leaving.grace_period),
            **columns,
        )
        return f'leaves after a grace period of {leaving.grace_period} s'
    draft.move(node, nodes.DELETING, **columns)
    return 'leaves at once: no hook is asked for'


def finish_draining(draft: drafts.Draft, node: nodes.Node) -> None:
    """The drain is over: the server goes, after its grace period."""
    hook = draft.hooks.get(node.hook_id or '')
    grace = hook.grace_period if hook else 0
    if grace > 0 and node.delete_at is None and hook is not None:
        ended = hook.ended_at or draft.now
        delete_at = ended + timedelta(seconds=grace)
        if delete_at > draft.now:
            draft.move(node, hook_id=None, delete_at=delete_at)
            return
    draft.move(node, nodes.DELETING, delete_at=None, look_at=None)


def return_to_service(draft: drafts.Draft, node: nodes.Node) -> None:
    """It stays after all."""
    draft.move(
        node,
        nodes.ACTIVE,
        action_id=None,
        hook_id=None,
        delete_at=None,
        keep_server=False,
        is_forced=False,
        look_at=None,
    )


def take_back(draft: drafts.Draft, node: nodes.Node) -> bool:
    """Rescind a drain that nobody has answered; says whether it could."""
    if node.hook_id is None:
        if node.delete_at is None:
            return False
        return_to_service(draft, node)
        return True
    hook = draft.hooks.get(node.hook_id)
    if hook is None or hook.status not in hooks.OPEN:
        return False
    if all(each.id != hook.id for each in draft.facts.hooks):
        # Minted by this very plan: nobody can have heard of it.
        draft.end_hook(hook, hooks.RESCINDED, next_attempt_at=None, token=None)
    else:
        # Even a message that was never noted as sent may have been: an
        # engine can die between the two. So the application is told.
        draft.end_hook(hook, hooks.RESCINDED, next_attempt_at=draft.now)
    return_to_service(draft, node)
    return True


def force(
    draft: drafts.Draft, node: nodes.Node, action: actions.Action
) -> None:
    """End a drain without waiting for it."""
    hook = draft.hooks.get(node.hook_id or '')
    if hook is not None and hook.status in hooks.OPEN:
        draft.end_hook(hook, hooks.RESCINDED, next_attempt_at=None, token=None)
    draft.move(
        node,
        nodes.DELETING,
        action_id=action.id,
        is_forced=True,
        delete_at=None,
        look_at=None,
    )


def _hook(
    draft: drafts.Draft,
    node: nodes.Node,
    leaving: proposals.Leaving,
    spec: proposals.HookSpec,
    action: actions.Action | None,
) -> hooks.Hook:
    hook_id = draft.chance.new_id()
    token = draft.chance.new_token()
    return hooks.Hook(
        id=hook_id,
        project_id=draft.cluster.project_id,
        cluster_id=draft.cluster.id,
        node_id=node.id,
        action_id=action.id if action else None,
        status=hooks.PENDING,
        token=token,
        token_hash=draft.chance.hash_token(token),
        type=spec.type,
        params=spec.params,
        body=_body(draft, node, hook_id, action),
        timeout=spec.timeout,
        grace_period=leaving.grace_period,
        heartbeat_limit=spec.heartbeat_limit,
        on_timeout=spec.on_timeout,
        deadline=draft.now + timedelta(seconds=spec.timeout),
        attempts=0,
        last_error=None,
        next_attempt_at=draft.now,
        sent_at=None,
        heartbeat_at=None,
        ended_at=None,
        answer=None,
        reason=None,
        created_at=draft.now,
    )


def _body(
    draft: drafts.Draft,
    node: nodes.Node,
    hook_id: str,
    action: actions.Action | None,
) -> dict[str, Any]:
    """The message, without its token, transition and deadline.

    The first four fields of the message are those that drain daemons
    written for Senlin read (its lifecycle hook message); the rest is ours.
    """
    base = f'{draft.settings.public_url}/v1/hooks/{hook_id}'
    cause = dict(action.cause) if action else {'type': actions.ENGINE}
    return {
        'node_id': node.id,
        'resource_id': node.server_id,
        'cluster_id': draft.cluster.id,
        'cluster_name': draft.cluster.name,
        'node_name': node.name,
        'hook_id': hook_id,
        'complete_url': f'{base}/complete',
        'heartbeat_url': f'{base}/heartbeat',
        'cause': {'action': action.kind, **cause} if action else cause,
    }
