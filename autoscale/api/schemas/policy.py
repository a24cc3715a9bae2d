"""Policies: what is accepted, and what is shown."""

from typing import Any

from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape
from autoscale.model import policy

CREATE = Shape(
    'PolicyCreate',
    fields.of(
        {
            'name': fields.NAME,
            'type': fields.TYPE,
            'spec': {
                'type': 'object',
                'description': "As the type's own schema says.",
            },
            'metadata': fields.METADATA,
        },
        'name',
        'type',
        'spec',
    ),
)
CHANGE = Shape(
    'PolicyChange',
    fields.of(
        {'name': fields.NAME, 'metadata': fields.METADATA}, minProperties=1
    ),
)
SHOWN = Shape(
    'Policy',
    fields.shown(
        {
            'id': fields.ID,
            'project_id': fields.TEXT,
            'user_id': fields.MAYBE_TEXT,
            'name': fields.TEXT,
            'type': fields.TEXT,
            'spec': fields.OBJECT,
            'metadata': fields.METADATA,
            'created_at': fields.WHEN,
            'updated_at': fields.MAYBE_WHEN,
        }
    ),
)


def show(each: policy.Policy) -> dict[str, Any]:
    return {
        'id': each.id,
        'project_id': each.project_id,
        'user_id': each.user_id,
        'name': each.name,
        'type': each.type,
        'spec': each.spec,
        'metadata': each.metadata,
        'created_at': fields.moment(each.created_at),
        'updated_at': fields.moment(each.updated_at),
    }
