"""Events: what is shown."""

from typing import Any

from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape
from autoscale.model import event

SHOWN = Shape(
    'Event',
    fields.shown(
        {
            'id': fields.ID,
            'project_id': fields.TEXT,
            'cluster_id': fields.MAYBE_ID,
            'node_id': fields.MAYBE_ID,
            'action_id': fields.MAYBE_ID,
            'level': {'type': 'string', 'enum': list(event.LEVELS)},
            'type': fields.TEXT,
            'message': fields.TEXT,
            'details': fields.OBJECT,
            'created_at': fields.WHEN,
        }
    ),
)


def show(each: event.Event) -> dict[str, Any]:
    return {
        'id': each.id,
        'project_id': each.project_id,
        'cluster_id': each.cluster_id,
        'node_id': each.node_id,
        'action_id': each.action_id,
        'level': each.level,
        'type': each.type,
        'message': each.message,
        'details': each.details,
        'created_at': fields.moment(each.created_at),
    }
