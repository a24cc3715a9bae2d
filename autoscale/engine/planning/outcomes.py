"""What came of the steps, as changes: the second transaction of a pass."""

from datetime import timedelta
from typing import Any

from autoscale.engine import steps
from autoscale.engine.planning import arrivals
from autoscale.engine.planning import backoff
from autoscale.engine.planning import draft as drafts
from autoscale.engine.planning import trouble
from autoscale.model import event as events
from autoscale.model import hook as hooks
from autoscale.model import node as nodes

#: Seconds after which an accepted DELETE is sent again.
ASK_DELETE_AGAIN = 30.0
#: Seconds to wait after a refused DELETE.
AFTER_REFUSAL = 5.0
#: Seconds after which a server without a host is looked at again.
UNTIL_PLACED = 1.0

BEING_PLACED = (
    'Nova still seeks a host for its server, which is deleted as soon as it '
    'has one: deleted now, it could strand servers asked for with it'
)


def absorb(draft: drafts.Draft, outcomes: list[steps.Outcome]) -> None:
    """Write down what came of each step."""
    for outcome in outcomes:
        step = outcome.step
        if isinstance(step, steps.Launch):
            _launched(draft, step, outcome)
        elif isinstance(step, steps.SendHooks):
            _sent(draft, outcome)
        else:
            _asked_to_go(draft, outcome)


def _launched(
    draft: drafts.Draft, step: steps.Launch, outcome: steps.Outcome
) -> None:
    members = [draft.nodes[each] for each in step.node_ids]
    if outcome.result == steps.DONE:
        for node in members:
            draft.move(node, look_at=None, status_reason=None)
        return
    reason = outcome.reason or 'the launch failed'
    if outcome.kind == trouble.CAPACITY:
        for node in members:
            draft.move(node, nodes.PENDING, look_at=None, status_reason=reason)
        for action_id in _actions_of(members):
            trouble.exhausted(draft, reason, action_id)
    elif outcome.kind == trouble.REQUEST:
        for node in members:
            trouble.node_failed(draft, node, trouble.REQUEST, reason)
    else:
        _try_again(draft, members, outcome, reason)


def _actions_of(members: list[nodes.Node]) -> list[str | None]:
    return list(dict.fromkeys(each.action_id for each in members))


def _try_again(
    draft: drafts.Draft,
    members: list[nodes.Node],
    outcome: steps.Outcome,
    reason: str,
) -> None:
    """Once Nova has had time; sooner only if it is known to be idle."""
    attempts = max(each.launch_attempts for each in members)
    seconds = outcome.retry_after or backoff.delay(
        attempts,
        draft.settings.retry_backoff,
        draft.settings.retry_backoff_limit,
    )
    again = draft.now + timedelta(seconds=seconds)
    for node in members:
        if outcome.happened is None:
            # It may be at work yet: its servers are looked for meanwhile.
            until = max(again, node.look_at or again)
            draft.move(node, look_at=until, status_reason=reason)
        else:
            draft.move(
                node, launch_id=None, look_at=again, status_reason=reason
            )
    if attempts in (1, 5, 20):
        draft.note(
            'launch.delayed',
            f'asking Nova for {len(members)} servers failed '
            f'{attempts} times and is tried again: {reason}',
            level=events.WARNING,
            action_id=members[0].action_id,
            details={'kind': outcome.kind},
        )


def _asked_to_go(draft: drafts.Draft, outcome: steps.Outcome) -> None:
    node = draft.nodes[outcome.subject]
    if outcome.result == steps.GONE or (
        outcome.result == steps.DONE
        and isinstance(outcome.step, steps.Release)
    ):
        arrivals.server_gone(draft, node)
        return
    if outcome.result == steps.NOT_YET:
        _put_off(draft, node, BEING_PLACED, UNTIL_PLACED, events.INFO)
        return
    if outcome.result == steps.DONE:
        # Who is DELETING is looked for in lists meanwhile: Nova has less work
        # with one than with a DELETE more.
        if node.status == nodes.ERROR:
            seconds, reason = draft.settings.poll_interval, node.status_reason
        else:
            # Whatever it was put off for is over.
            seconds, reason = ASK_DELETE_AGAIN, None
        draft.move(
            node,
            look_at=draft.now + timedelta(seconds=seconds),
            status_reason=reason,
        )
        return
    seconds = outcome.retry_after or AFTER_REFUSAL
    _put_off(
        draft,
        node,
        outcome.reason,
        seconds,
        events.WARNING,
        kind=outcome.kind,
    )


def _put_off(
    draft: drafts.Draft,
    node: nodes.Node,
    reason: str | None,
    seconds: float,
    level: str,
    **details: Any,
) -> None:
    """Its server is asked to go again later; a new reason is said once.

    Who waits for the same as before is as old as before: what is long on
    its way is looked at less often.
    """
    updated_at = node.updated_at
    if node.status_reason != reason:
        updated_at = draft.now
        draft.note(
            'node.delete_delayed',
            f"'{node.name}': {reason}",
            level=level,
            node=node,
            details=details,
        )
    draft.move(
        node,
        look_at=draft.now + timedelta(seconds=seconds),
        status_reason=reason,
        updated_at=updated_at,
    )


def _sent(draft: drafts.Draft, outcome: steps.Outcome) -> None:
    hook = draft.hooks[outcome.subject]
    columns = {'attempts': hook.attempts + 1}
    if outcome.result == steps.DONE:
        if hook.status == hooks.PENDING:
            drafts.replace_hook(
                draft,
                hook,
                status=hooks.SENT,
                sent_at=draft.now,
                deadline=draft.now + timedelta(seconds=hook.timeout),
                next_attempt_at=None,
                last_error=None,
                **columns,
            )
        else:
            drafts.replace_hook(
                draft, hook, next_attempt_at=None, token=None, **columns
            )
        return
    _not_sent(draft, hook, outcome.reason or 'not delivered')


def _not_sent(draft: drafts.Draft, hook: hooks.Hook, reason: str) -> None:
    attempts = hook.attempts + 1
    again = draft.now + timedelta(
        seconds=backoff.delay(
            attempts,
            draft.settings.retry_backoff,
            draft.settings.retry_backoff_limit,
        )
    )
    is_late = hook.status == hooks.RESCINDED and hook.deadline <= draft.now
    drafts.replace_hook(
        draft,
        hook,
        attempts=attempts,
        last_error=reason,
        next_attempt_at=None if is_late else again,
    )
    if attempts == 1:
        node = draft.nodes.get(hook.node_id)
        draft.note(
            'hook.undelivered',
            f'a lifecycle message could not be delivered and is tried '
            f'again until its deadline: {reason}',
            level=events.WARNING,
            node=node,
            details={'hook_id': hook.id},
        )
