"""Clusters: what is accepted, and what is shown."""

from typing import Any

from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape
from autoscale.model import cluster

CREATE = Shape(
    'ClusterCreate',
    fields.of(
        {
            'name': fields.NAME,
            'profile_id': fields.REF,
            'min_size': {**fields.SIZE, 'default': 0},
            'max_size': {**fields.MAX_SIZE, 'default': cluster.UNLIMITED},
            'desired_capacity': {
                **fields.SIZE,
                'description': 'min_size if it is not given.',
            },
            'metadata': fields.METADATA,
        },
        'name',
        'profile_id',
    ),
)
#: What takes time: it becomes an action.
SLOW = ('profile_id', 'min_size', 'max_size', 'desired_capacity')
CHANGE = Shape(
    'ClusterChange',
    fields.of(
        {
            'name': fields.NAME,
            'metadata': fields.METADATA,
            'profile_id': fields.REF,
            'min_size': fields.SIZE,
            'max_size': fields.MAX_SIZE,
            'desired_capacity': fields.SIZE,
            'strict': {
                **fields.BOOLEAN,
                'description': (
                    'false: new bounds move the desired capacity along; '
                    'true, the default: they are refused if it is outside.'
                ),
            },
        },
        minProperties=1,
    ),
)
SHOWN = Shape(
    'Cluster',
    fields.shown(
        {
            'id': fields.ID,
            'project_id': fields.TEXT,
            'user_id': fields.MAYBE_TEXT,
            'name': fields.TEXT,
            'profile_id': fields.ID,
            'min_size': fields.INTEGER,
            'max_size': fields.INTEGER,
            'desired_capacity': fields.INTEGER,
            'status': {'type': 'string', 'enum': list(cluster.STATUSES)},
            'status_reason': fields.MAYBE_TEXT,
            'metadata': fields.METADATA,
            'exhausted_since': fields.MAYBE_WHEN,
            'exhausted_reason': fields.MAYBE_TEXT,
            'blocked_reason': fields.MAYBE_TEXT,
            'retry_at': fields.MAYBE_WHEN,
            'created_at': fields.WHEN,
            'updated_at': fields.MAYBE_WHEN,
        }
    ),
)


def show(each: cluster.Cluster) -> dict[str, Any]:
    return {
        'id': each.id,
        'project_id': each.project_id,
        'user_id': each.user_id,
        'name': each.name,
        'profile_id': each.profile_id,
        'min_size': each.min_size,
        'max_size': each.max_size,
        'desired_capacity': each.desired_capacity,
        'status': each.status,
        'status_reason': each.status_reason,
        'metadata': each.metadata,
        'exhausted_since': fields.moment(each.exhausted_since),
        'exhausted_reason': each.exhausted_reason,
        'blocked_reason': each.blocked_reason,
        'retry_at': fields.moment(each.retry_at),
        'created_at': fields.moment(each.created_at),
        'updated_at': fields.moment(each.updated_at),
    }
