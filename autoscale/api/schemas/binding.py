"""Bindings: what is accepted, and what is shown."""

from typing import Any

from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape
from autoscale.model import binding

_WISHES = {
    'enabled': {**fields.BOOLEAN, 'description': 'Whether it speaks at all.'},
    'observe_only': {
        **fields.BOOLEAN,
        'description': 'Its word is recorded and not followed.',
    },
    'priority': {
        'type': 'integer',
        'minimum': 0,
        'maximum': 1000,
        'description': 'Lower speaks first.',
    },
}

ATTACH = Shape('BindingAttach', fields.of(_WISHES))
CHANGE = Shape('BindingChange', fields.of(_WISHES, minProperties=1))
SHOWN = Shape(
    'Binding',
    fields.shown(
        {
            'cluster_id': fields.ID,
            'policy_id': fields.ID,
            'policy_name': fields.TEXT,
            'policy_type': fields.TEXT,
            'enabled': fields.BOOLEAN,
            'observe_only': fields.BOOLEAN,
            'priority': fields.INTEGER,
            'cooldown_until': fields.MAYBE_WHEN,
            'created_at': fields.WHEN,
            'updated_at': fields.MAYBE_WHEN,
        }
    ),
)


def show(each: binding.Binding) -> dict[str, Any]:
    return {
        'cluster_id': each.cluster_id,
        'policy_id': each.policy_id,
        'policy_name': each.policy_name,
        'policy_type': each.policy_type,
        'enabled': each.enabled,
        'observe_only': each.observe_only,
        'priority': each.priority,
        'cooldown_until': fields.moment(each.cooldown_until),
        'created_at': fields.moment(each.created_at),
        'updated_at': fields.moment(each.updated_at),
    }
