"""Actions: what can be asked of a cluster, and what is shown of it.

The inputs of each kind are checked alike wherever they come from: a person's
request, a preview, or the parameters of a webhook.
"""

from typing import Any

from autoscale import exceptions
from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape
from autoscale.model import action
from autoscale.model import hook
from autoscale.model import proposal

COMPLETE_LIFECYCLE = 'complete_lifecycle'

_NODES = {
    'type': 'array',
    'items': fields.REF,
    'minItems': 1,
    'maxItems': 1000,
    'uniqueItems': True,
    'description': 'Ids, names, server ids or addresses of who leaves.',
}
_NUMBER = {
    'type': 'integer',
    'minimum': -fields.MOST,
    'maximum': fields.MOST,
}

INPUTS: dict[str, dict[str, Any]] = {
    action.SCALE_OUT: fields.of({'count': fields.COUNT}),
    action.SCALE_IN: fields.of({'count': fields.COUNT, 'nodes': _NODES}),
    action.RESIZE: fields.of(
        {
            'adjustment_type': {
                'type': 'string',
                'enum': list(proposal.ADJUSTMENTS),
            },
            'number': _NUMBER,
            'min_size': fields.SIZE,
            'max_size': fields.MAX_SIZE,
            'min_step': fields.COUNT,
            'strict': fields.BOOLEAN,
        },
        minProperties=1,
    ),
    action.REMOVE_NODES: fields.of(
        {
            'nodes': _NODES,
            'destroy': {
                **fields.BOOLEAN,
                'description': 'false: the servers are kept.',
            },
            'reduce_desired_capacity': {
                **fields.BOOLEAN,
                'description': 'false: others take their places.',
            },
            'force': {**fields.BOOLEAN, 'description': 'true: no hooks.'},
        },
        'nodes',
    ),
}

COMPLETION = fields.of(
    {
        'lifecycle_action_token': fields.TOKEN,
        'result': {
            'type': 'string',
            'enum': [hook.CONTINUE, hook.ABANDON],
            'default': hook.CONTINUE,
        },
        'reason': {
            'type': 'string',
            'maxLength': 1024,
            'description': "The application's own words.",
        },
    },
    'lifecycle_action_token',
)

_SHAPES = {
    kind: Shape(
        ''.join(part.title() for part in kind.split('_')) + 'Inputs', schema
    )
    for kind, schema in {**INPUTS, COMPLETE_LIFECYCLE: COMPLETION}.items()
}

PREVIEW = Shape(
    'ActionPreview',
    fields.of(dict(INPUTS), minProperties=1, maxProperties=1),
)
REQUEST = Shape(
    'ActionRequest',
    fields.of(
        {**INPUTS, COMPLETE_LIFECYCLE: COMPLETION},
        minProperties=1,
        maxProperties=1,
    ),
)

SHOWN = Shape(
    'Action',
    fields.shown(
        {
            'id': fields.ID,
            'project_id': fields.TEXT,
            'user_id': fields.MAYBE_TEXT,
            'cluster_id': fields.ID,
            'cluster_name': fields.TEXT,
            'kind': {'type': 'string', 'enum': list(action.KINDS)},
            'status': {'type': 'string', 'enum': list(action.STATUSES)},
            'status_reason': fields.MAYBE_TEXT,
            'inputs': fields.OBJECT,
            'cause': {
                'type': 'object',
                'description': 'Who asked, and what moved them.',
            },
            'decision': {
                'type': ['object', 'null'],
                'description': 'What was decided, and why.',
            },
            'request_id': fields.MAYBE_TEXT,
            'created_at': fields.WHEN,
            'started_at': fields.MAYBE_WHEN,
            'ended_at': fields.MAYBE_WHEN,
        }
    ),
)


def check_inputs(kind: str, inputs: Any, at: str = '') -> None:
    """Raise Invalid, naming the field, unless `kind` takes these inputs."""
    _SHAPES[kind].check(inputs, at)
    prefix = f'{at}.' if at else ''
    if kind == action.SCALE_IN and {'count', 'nodes'} <= set(inputs):
        raise exceptions.InvalidField(
            field=f'{prefix}count',
            reason='cannot go with nodes: who is named is who leaves',
        )
    if kind == action.RESIZE:
        _check_resize(inputs, prefix)


def _check_resize(inputs: dict[str, Any], prefix: str) -> None:
    if ('adjustment_type' in inputs) != ('number' in inputs):
        given, missing = (
            ('adjustment_type', 'number')
            if 'adjustment_type' in inputs
            else ('number', 'adjustment_type')
        )
        raise exceptions.InvalidField(
            field=f'{prefix}{missing}', reason=f'is required with {given}'
        )
    exact = inputs.get('adjustment_type') == proposal.EXACT_CAPACITY
    if exact and inputs['number'] < 0:
        raise exceptions.InvalidField(
            field=f'{prefix}number',
            reason='must be at least 0 with EXACT_CAPACITY',
        )
    percent = inputs.get('adjustment_type') == proposal.CHANGE_IN_PERCENTAGE
    if 'min_step' in inputs and not percent:
        raise exceptions.InvalidField(
            field=f'{prefix}min_step',
            reason='goes only with CHANGE_IN_PERCENTAGE',
        )
    if 'min_size' in inputs and 'max_size' in inputs:
        fields.check_sizes(inputs['min_size'], inputs['max_size'], at=prefix)


def show(each: action.Action) -> dict[str, Any]:
    return {
        'id': each.id,
        'project_id': each.project_id,
        'user_id': each.user_id,
        'cluster_id': each.cluster_id,
        'cluster_name': each.cluster_name,
        'kind': each.kind,
        'status': each.status,
        'status_reason': each.status_reason,
        'inputs': each.inputs,
        'cause': each.cause,
        'decision': each.decision,
        'request_id': each.request_id,
        'created_at': fields.moment(each.created_at),
        'started_at': fields.moment(each.started_at),
        'ended_at': fields.moment(each.ended_at),
    }
