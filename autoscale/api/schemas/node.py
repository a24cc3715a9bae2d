"""Nodes: what is accepted, and what is shown."""

from typing import Any

from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape
from autoscale.model import node

CHANGE = Shape(
    'NodeChange',
    fields.of(
        {
            'name': fields.NAME,
            'metadata': fields.METADATA,
            'protected_until': {
                'type': ['string', 'null'],
                'maxLength': 64,
                'description': (
                    'ISO 8601. No removal by count chooses the node before '
                    'this; null ends the protection.'
                ),
            },
        },
        minProperties=1,
    ),
)
SHOWN = Shape(
    'Node',
    fields.shown(
        {
            'id': fields.ID,
            'cluster_id': fields.ID,
            'project_id': fields.TEXT,
            'name': fields.TEXT,
            'index': fields.INTEGER,
            'profile_id': fields.ID,
            'status': {'type': 'string', 'enum': list(node.STATUSES)},
            'status_reason': fields.MAYBE_TEXT,
            'server_id': fields.MAYBE_ID,
            'zone': fields.MAYBE_TEXT,
            'metadata': fields.METADATA,
            'protected_until': fields.MAYBE_WHEN,
            'fault': fields.MAYBE_OBJECT,
            'action_id': fields.MAYBE_ID,
            'hook_id': fields.MAYBE_ID,
            'created_at': fields.WHEN,
            'updated_at': fields.MAYBE_WHEN,
            'active_at': fields.MAYBE_WHEN,
            'left_at': fields.MAYBE_WHEN,
        }
    ),
)


def show(each: node.Node) -> dict[str, Any]:
    return {
        'id': each.id,
        'cluster_id': each.cluster_id,
        'project_id': each.project_id,
        'name': each.name,
        'index': each.index,
        'profile_id': each.profile_id,
        'status': each.status,
        'status_reason': each.status_reason,
        'server_id': each.server_id,
        'zone': each.zone,
        'metadata': each.metadata,
        'protected_until': fields.moment(each.protected_until),
        'fault': each.fault,
        'action_id': each.action_id,
        'hook_id': each.hook_id,
        'created_at': fields.moment(each.created_at),
        'updated_at': fields.moment(each.updated_at),
        'active_at': fields.moment(each.active_at),
        'left_at': fields.moment(each.left_at),
    }
