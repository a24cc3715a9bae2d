"""Webhooks: what is accepted, and what is shown; never a token.

The URL with its secret is added once by the controller, at creation and at
rotation.
"""

from typing import Any

from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape
from autoscale.model import action
from autoscale.model import alarm
from autoscale.model import webhook

#: What an alarm may ask for.
ACTIONS = (action.SCALE_OUT, action.SCALE_IN, action.RESIZE)

_WISHES = {
    'name': fields.NAME,
    'params': {
        'type': 'object',
        'description': "The action's inputs, as in POST …/actions.",
    },
    'states': {
        'type': 'array',
        'items': {'type': 'string', 'enum': list(alarm.STATES)},
        'minItems': 1,
        'uniqueItems': True,
        'default': [alarm.ALARM],
        'description': 'The alarm states that trigger.',
    },
    'enabled': {**fields.BOOLEAN, 'default': True},
    'expires_at': {
        'type': ['string', 'null'],
        'maxLength': 64,
        'description': 'ISO 8601; null: never.',
    },
    'allowed_cidrs': {
        'type': 'array',
        'items': {'type': 'string', 'minLength': 1, 'maxLength': 64},
        'maxItems': 64,
        'uniqueItems': True,
        'description': 'Networks that may trigger; empty: all.',
    },
}

CREATE = Shape(
    'WebhookCreate',
    fields.of(
        {
            **_WISHES,
            'cluster_id': fields.REF,
            'action': {'type': 'string', 'enum': list(ACTIONS)},
        },
        'name',
        'cluster_id',
        'action',
    ),
)
CHANGE = Shape('WebhookChange', fields.of(_WISHES, minProperties=1))

_SHOWN = {
    'id': fields.ID,
    'project_id': fields.TEXT,
    'user_id': fields.MAYBE_TEXT,
    'name': fields.TEXT,
    'cluster_id': fields.ID,
    'action': {'type': 'string', 'enum': list(ACTIONS)},
    'params': fields.OBJECT,
    'states': {'type': 'array', 'items': fields.TEXT},
    'enabled': fields.BOOLEAN,
    'expires_at': fields.MAYBE_WHEN,
    'allowed_cidrs': {'type': 'array', 'items': fields.TEXT},
    'triggered': fields.INTEGER,
    'ignored': fields.INTEGER,
    'last_triggered_at': fields.MAYBE_WHEN,
    'created_at': fields.WHEN,
    'updated_at': fields.MAYBE_WHEN,
}
SHOWN = Shape('Webhook', fields.shown(_SHOWN))
SHOWN_ONCE = Shape(
    'WebhookWithSecret',
    fields.shown(
        {
            **_SHOWN,
            'alarm_url': {
                'type': ['string', 'null'],
                'description': (
                    'The URL with its secret, shown this once; null in the '
                    'repeated answer to an Idempotency-Key: rotate then.'
                ),
            },
        }
    ),
)
TRIGGERED = Shape(
    'Triggered',
    fields.of(
        {
            'action': {
                'type': ['object', 'null'],
                'properties': {
                    'id': fields.ID,
                    'kind': fields.TEXT,
                    'status': fields.TEXT,
                },
            },
            'ignored': {
                'type': 'string',
                'description': 'Why nothing was asked for.',
            },
        },
        'action',
    ),
)


def show(each: webhook.Webhook) -> dict[str, Any]:
    return {
        'id': each.id,
        'project_id': each.project_id,
        'user_id': each.user_id,
        'name': each.name,
        'cluster_id': each.cluster_id,
        'action': each.action,
        'params': each.params,
        'states': each.states,
        'enabled': each.enabled,
        'expires_at': fields.moment(each.expires_at),
        'allowed_cidrs': each.allowed_cidrs,
        'triggered': each.triggered,
        'ignored': each.ignored,
        'last_triggered_at': fields.moment(each.last_triggered_at),
        'created_at': fields.moment(each.created_at),
        'updated_at': fields.moment(each.updated_at),
    }
