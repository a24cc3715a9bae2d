"""Lifecycle hooks: what is accepted, and what is shown; never a token."""

from typing import Any

from autoscale.api.schemas import action
from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape
from autoscale.model import hook

_SAYS_ELSEWHERE = 'Unless the token comes as Authorization: Bearer.'

COMPLETE = Shape(
    'HookComplete',
    {
        key: value
        for key, value in action.COMPLETION.items()
        if key != 'required'
    }
    | {'description': _SAYS_ELSEWHERE},
)
HEARTBEAT = Shape(
    'HookHeartbeat',
    fields.of(
        {
            'lifecycle_action_token': fields.TOKEN,
            'extend': {
                'type': 'integer',
                'minimum': 1,
                'maximum': 30 * 86400,
                'description': (
                    "Seconds from now; the hook's timeout if it is not given."
                ),
            },
        },
        description=_SAYS_ELSEWHERE,
    ),
)
SHOWN = Shape(
    'Hook',
    fields.shown(
        {
            'id': fields.ID,
            'project_id': fields.TEXT,
            'cluster_id': fields.ID,
            'node_id': fields.ID,
            'action_id': fields.MAYBE_ID,
            'status': {'type': 'string', 'enum': list(hook.STATUSES)},
            'type': fields.TEXT,
            'params': fields.OBJECT,
            'timeout': fields.INTEGER,
            'heartbeat_limit': fields.INTEGER,
            'on_timeout': fields.TEXT,
            'deadline': fields.WHEN,
            'attempts': fields.INTEGER,
            'last_error': fields.MAYBE_TEXT,
            'sent_at': fields.MAYBE_WHEN,
            'heartbeat_at': fields.MAYBE_WHEN,
            'ended_at': fields.MAYBE_WHEN,
            'answer': fields.MAYBE_TEXT,
            'reason': fields.MAYBE_TEXT,
            'created_at': fields.WHEN,
        }
    ),
)


def show(each: hook.Hook) -> dict[str, Any]:
    return {
        'id': each.id,
        'project_id': each.project_id,
        'cluster_id': each.cluster_id,
        'node_id': each.node_id,
        'action_id': each.action_id,
        'status': each.status,
        'type': each.type,
        'params': each.params,
        'timeout': each.timeout,
        'heartbeat_limit': each.heartbeat_limit,
        'on_timeout': each.on_timeout,
        'deadline': fields.moment(each.deadline),
        'attempts': each.attempts,
        'last_error': each.last_error,
        'sent_at': fields.moment(each.sent_at),
        'heartbeat_at': fields.moment(each.heartbeat_at),
        'ended_at': fields.moment(each.ended_at),
        'answer': each.answer,
        'reason': each.reason,
        'created_at': fields.moment(each.created_at),
    }
