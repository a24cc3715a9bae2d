"""Failures are classified: each class has one thing that is done about it.

`capacity`: the cloud has no room; the cluster is exhausted, backs off, and
says so once. `request`: what we ask for is wrong; nothing is launched until
somebody asks again. `transient` and `auth`: tried again after a back-off. When
Keystone does not accept the owner's credential, the cluster is locked out.
"""

from datetime import timedelta

from autoscale.engine.planning import backoff
from autoscale.engine.planning import draft as drafts
from autoscale.model import action as actions
from autoscale.model import cluster as clusters
from autoscale.model import event as events
from autoscale.model import node as nodes

CAPACITY = 'capacity'
REQUEST = 'request'


def node_failed(
    draft: drafts.Draft, node: nodes.Node, kind: str, reason: str
) -> None:
    """A member's server failed to build."""
    draft.note(
        'node.error',
        f"'{node.name}': {reason}",
        level=events.ERROR,
        node=node,
        details={'kind': kind, 'server_id': node.server_id},
    )
    action_id = node.action_id
    draft.move(
        node,
        nodes.ERROR,
        status_reason=reason,
        fault={
            'kind': kind,
            'message': reason,
            'at': draft.now.isoformat(),
        },
        look_at=None,
        action_id=None,
    )
    if kind == CAPACITY:
        exhausted(draft, reason, action_id)
    elif kind == REQUEST:
        blocked(draft, reason, action_id)
    else:
        hold_launches(draft)
        fail_action(draft, action_id, reason)


def exhausted(draft: drafts.Draft, reason: str, action_id: str | None) -> None:
    """The cloud has no room: back off, say so once, keep the wish."""
    if draft.cluster.exhausted_since is None:
        draft.resize(exhausted_since=draft.now)
        draft.note(
            'cluster.exhausted',
            f"the cloud has no room for '{draft.cluster.name}': {reason}",
            level=events.WARNING,
            action_id=action_id,
        )
    draft.resize(exhausted_reason=reason)
    hold_launches(draft)
    fail_action(draft, action_id, f'the cloud has no room: {reason}')


def hold_launches(draft: drafts.Draft) -> None:
    """No launch for a while; longer after each failure in a row."""
    if draft.cluster.retry_at is not None and (
        draft.cluster.retry_at > draft.now
    ):
        return  # several failures of one pass count as one
    failures = draft.cluster.capacity_failures + 1
    seconds = backoff.delay(
        failures,
        draft.settings.capacity_backoff,
        draft.settings.capacity_backoff_limit,
    )
    draft.resize(
        capacity_failures=failures,
        retry_at=draft.now + timedelta(seconds=seconds),
    )


def blocked(draft: drafts.Draft, reason: str, action_id: str | None) -> None:
    """What we ask for can never work: stop until somebody asks again."""
    if draft.cluster.blocked_reason is None:
        draft.note(
            'cluster.blocked',
            f"the cloud refuses what '{draft.cluster.name}' is made of: "
            f'{reason}',
            level=events.ERROR,
            action_id=action_id,
        )
    draft.resize(blocked_reason=reason)
    fail_action(draft, action_id, reason)


def recovered(draft: drafts.Draft) -> None:
    """A launch worked: what was wrong with the cloud is over."""
    if draft.cluster.exhausted_since is not None:
        draft.note(
            'cluster.not_exhausted',
            f"the cloud has room for '{draft.cluster.name}' again",
        )
    draft.resize(
        exhausted_since=None,
        exhausted_reason=None,
        blocked_reason=None,
        capacity_failures=0,
        retry_at=None,
    )


def note_lock(draft: drafts.Draft, status: str) -> None:
    """Say once that the owner is locked out, and once that it is over."""
    before, out = draft.cluster.status, clusters.LOCKED_OUT
    if status == out != before:
        draft.note(
            'cluster.locked_out',
            f"nothing can be done for '{draft.cluster.name}', and what is "
            f'asked for waits: {draft.facts.locked_reason}',
            level=events.ERROR,
        )
    elif before == out != status:
        draft.note(
            'cluster.let_in',
            f"there is a credential for '{draft.cluster.name}' again",
        )


def fail_action(
    draft: drafts.Draft, action_id: str | None, reason: str
) -> None:
    """Remember the failure; settling ends the action once nothing moves."""
    action = draft.actions.get(action_id or '')
    if action is None or action.status not in actions.OPEN:
        return
    decision = dict(action.decision or {})
    failures = list(decision.get('failures', ()))
    if reason not in failures:
        failures.append(reason)
    decision['failures'] = failures[-10:]
    draft.act(action, decision=decision)
