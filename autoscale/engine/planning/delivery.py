"""Which messages are owed to applications now, and what is in them."""

from datetime import datetime
from typing import Any

from autoscale.engine import steps
from autoscale.engine.planning import draft as drafts
from autoscale.model import hook as hooks


def deliver(draft: drafts.Draft) -> None:
    """Post every message that is due; the same token again if repeated."""
    owed = [
        each
        for each in draft.hooks.values()
        if each.next_attempt_at is not None
        and each.next_attempt_at <= draft.now
        and each.status in (*hooks.OPEN, hooks.RESCINDED)
        and each.token is not None
    ]
    if owed:
        owed.sort(key=lambda each: (each.created_at, each.id))
        draft.steps.append(steps.SendHooks(hooks=tuple(owed)))


def message(hook: hooks.Hook) -> dict[str, Any]:
    """The message as the application reads it, with its secret token."""
    transition = (
        hooks.RESCIND if hook.status == hooks.RESCINDED else hooks.TERMINATION
    )
    return {
        'lifecycle_action_token': hook.token,
        'lifecycle_transition_type': transition,
        **hook.body,
        'timeout': hook.timeout,
        'deadline': _iso(hook.deadline),
    }


def _iso(when: datetime) -> str:
    return when.strftime('%Y-%m-%dT%H:%M:%SZ')
