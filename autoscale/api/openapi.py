"""The OpenAPI 3.1 document, made from the tree of places.

The schemas in it are the ones that requests are checked by, and the paths
are the ones that are served; nothing is written twice, so nothing can differ.
"""

import re
from typing import Any

from autoscale.api import health
from autoscale.api import place
from autoscale.api import query as queries
from autoscale.api import versions
from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape

_PHRASES = {
    200: 'Done',
    201: 'Created',
    202: 'Accepted: the action tells what becomes of it',
    204: 'Done; there is nothing to say',
    300: 'The versions to choose from',
    400: 'The request can never work as it was written',
    401: 'Authentication is required',
    403: 'A rule does not allow this to the caller',
    404: 'Nothing of that name is visible to the caller',
    406: 'That version is not available',
    409: 'It could work, but not while things are as they are',
    413: 'The body is too large',
    415: 'The body is not JSON',
    503: 'A part that is needed does not answer; see Retry-After',
}

ERRORS = Shape(
    'Errors',
    fields.of(
        {
            'errors': {
                'type': 'array',
                'items': {
                    'type': 'object',
                    'properties': {
                        'request_id': fields.TEXT,
                        'code': {
                            'type': 'string',
                            'pattern': '^autoscaling\\.[a-z0-9_]+$',
                        },
                        'status': fields.INTEGER,
                        'title': fields.TEXT,
                        'detail': fields.TEXT,
                        'links': {'type': 'array', 'items': fields.OBJECT},
                        'min_version': fields.TEXT,
                        'max_version': fields.TEXT,
                    },
                    'required': [
                        'request_id',
                        'code',
                        'status',
                        'title',
                        'detail',
                        'links',
                    ],
                },
            }
        },
        'errors',
    ),
)


class _Document:
    """Gathers the paths and the schemas that they name."""

    def __init__(self) -> None:
        self.paths: dict[str, dict[str, Any]] = {}
        self.schemas: dict[str, Any] = {}

    def refer(self, shape: Shape) -> dict[str, str]:
        self.schemas[shape.name] = shape.schema
        return {'$ref': f'#/components/schemas/{shape.name}'}

    def add(self, path: str, operation: place.Operation) -> None:
        item = self.paths.setdefault(path, {})
        item[operation.method.lower()] = self._operation(path, operation)

    def _operation(
        self, path: str, operation: place.Operation
    ) -> dict[str, Any]:
        described: dict[str, Any] = {
            'operationId': _operation_id(path, operation.method),
            'summary': operation.summary,
            'tags': [_tag(path)],
            'parameters': [
                *_path_parameters(path),
                *(_query_parameter(each) for each in operation.parameters()),
                *_header_parameters(path, operation),
            ],
            'responses': self._responses(operation),
        }
        if operation.is_public:
            described['security'] = []
        if operation.rule is not None:
            described['x-rule'] = operation.rule
        if operation.body is not None:
            described['requestBody'] = self._body(operation, operation.body)
        return described

    def _body(self, operation: place.Operation, body: Shape) -> dict[str, Any]:
        schema: dict[str, Any] = self.refer(body)
        if operation.root is not None:
            required = () if operation.body_optional else (operation.root,)
            schema = fields.of({operation.root: schema}, *required)
        return {
            'required': not operation.body_optional,
            'content': {'application/json': {'schema': schema}},
        }

    def _responses(self, operation: place.Operation) -> dict[str, Any]:
        responses = {
            str(status): self._answer(operation, status)
            for status in operation.answers
        }
        for status in sorted({*operation.faults, *_faults_of(operation)}):
            responses[str(status)] = {
                'description': _PHRASES[status],
                'content': {
                    'application/json': {'schema': self.refer(ERRORS)}
                },
            }
        return responses

    def _answer(
        self, operation: place.Operation, status: int
    ) -> dict[str, Any]:
        root, shape = operation.answers[status]
        answered: dict[str, Any] = {'description': _PHRASES[status]}
        if status == 202:
            answered['headers'] = {
                'Location': {
                    'description': 'Of the action.',
                    'schema': {'type': 'string'},
                }
            }
        if status == 204:
            return answered
        schema: dict[str, Any] = {'type': 'object'}
        if shape is not None:
            schema = self.refer(shape)
        if root is not None:
            schema = _rooted(operation, root, schema)
        answered['content'] = {'application/json': {'schema': schema}}
        return answered


def _rooted(
    operation: place.Operation, root: str, schema: dict[str, Any]
) -> dict[str, Any]:
    """The whole body: the thing or the list under its key."""
    if not root.endswith('s'):
        return {
            'type': 'object',
            'properties': {root: schema},
            'required': [root],
        }
    properties: dict[str, Any] = {root: {'type': 'array', 'items': schema}}
    if 200 in operation.answers:
        properties[f'{root}_links'] = {
            'type': 'array',
            'items': fields.of(
                {'rel': fields.TEXT, 'href': fields.TEXT}, 'rel', 'href'
            ),
        }
    return {
        'type': 'object',
        'properties': properties,
        'required': list(properties),
    }


def _faults_of(operation: place.Operation) -> list[int]:
    """What every operation of its kind may answer besides."""
    if operation.is_public:
        return [400, 413, 503] if operation.method == 'POST' else [503]
    more = [413, 415] if operation.method != 'GET' else []
    return [400, 401, 403, 406, 503, *more]


def _operation_id(path: str, method: str) -> str:
    words = re.sub(r'[^a-z0-9]+', '_', path.lower()).strip('_')
    return f'{method.lower()}_{words or "root"}'


def _tag(path: str) -> str:
    parts = [each for each in path.split('/') if each]
    return parts[1] if len(parts) > 1 else 'service'


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {
            'name': name,
            'in': 'path',
            'required': True,
            'schema': {'type': 'string'},
        }
        for name in re.findall(r'{(\w+)}', path)
    ]


def _query_parameter(parameter: queries.Parameter) -> dict[str, Any]:
    return {
        'name': parameter.name,
        'in': 'query',
        'description': parameter.description,
        'schema': parameter.schema(),
    }


def _header_parameters(
    path: str, operation: place.Operation
) -> list[dict[str, Any]]:
    names = []
    if operation.method == 'POST':
        names.append('Idempotency-Key')
    if not operation.is_public:
        names.append(versions.HEADER)
    return [
        {'name': name, 'in': 'header', 'schema': {'type': 'string'}}
        for name in names
    ]


def _healthcheck() -> dict[str, Any]:
    """The one path that is a layer, and not a place."""
    return {
        'get': {
            'operationId': 'get_healthcheck',
            'summary': 'Whether the service lives',
            'tags': ['service'],
            'security': [],
            'parameters': [
                {
                    'name': 'detailed',
                    'in': 'query',
                    'description': 'Ask the database and the broker too.',
                    'allowEmptyValue': True,
                    'schema': {'type': 'string'},
                }
            ],
            'responses': {
                '200': {'description': 'It does'},
                '503': {'description': 'Something that it needs does not'},
            },
        }
    }


def document(root: type[place.Place], base_url: str) -> dict[str, Any]:
    """The whole document, for the API as it is reached at `base_url`."""
    made = _Document()
    for path, found in place.walk(root):
        for operation in found.operations.values():
            made.add(path, operation)
    made.paths[health.PATH] = _healthcheck()
    return {
        'openapi': '3.1.0',
        'info': {
            'title': 'autoscale',
            'summary': 'Keeps clusters of Nova servers at the right size',
            'version': str(versions.MAX),
            'license': {'name': 'Apache-2.0', 'identifier': 'Apache-2.0'},
        },
        'servers': [{'url': base_url}],
        'security': [{'token': []}],
        'paths': made.paths,
        'components': {
            'schemas': made.schemas,
            'securitySchemes': {
                'token': {
                    'type': 'apiKey',
                    'in': 'header',
                    'name': 'X-Auth-Token',
                    'description': 'A Keystone token.',
                }
            },
        },
    }
