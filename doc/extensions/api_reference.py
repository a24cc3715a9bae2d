"""The directive ``openapi``: the API's own document, as pages to read.

What the API serves at /v1/openapi.json and what is printed by ``.. openapi::``
is one thing: the document is asked for when the page is built.
"""

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from docutils import statemachine
from sphinx import application
from sphinx.util import docutils
from sphinx.util import nodes as sphinx_nodes

from autoscale.api import openapi
from autoscale.api.controllers import v1

METHODS = ('get', 'post', 'put', 'patch', 'delete')


class OpenAPI(docutils.SphinxDirective):
    def run(self) -> list[nodes.Node]:
        document = openapi.document(v1.Root, '')
        found = nodes.section()
        found.document = self.state.document
        sphinx_nodes.nested_parse_with_titles(
            self.state,
            statemachine.StringList(list(pages(document)), 'openapi.json'),
            found,
        )
        return found.children


def pages(document: dict[str, Any]) -> Iterator[str]:
    """The lines of reStructuredText for a whole document."""
    yield from _errors(document)
    for tag, operations in _by_tag(document).items():
        yield from _title(tag, '=')
        for method, path, operation in operations:
            yield from _operation(document, method, path, operation)
    yield from _title('Bodies', '=')
    for name, schema in sorted(document['components']['schemas'].items()):
        yield from ('', f'.. _{_label(name)}:', '')
        yield from _title(name, '-')
        yield from _schema(schema)


def _by_tag(
    document: dict[str, Any],
) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Tag, or the first word of the path, to (method, path, operation)."""
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, item in document['paths'].items():
        shared = item.get('parameters', [])
        words = [w for w in path.split('/') if w and w != 'v1']
        for method in METHODS:
            if method not in item:
                continue
            operation = dict(item[method])
            operation['parameters'] = [
                *shared,
                *operation.get('parameters', []),
            ]
            tag = (operation.get('tags') or words or ['versions'])[0]
            found.setdefault(tag.capitalize(), []).append(
                (method, path, operation)
            )
    return found


def _title(text: str, line: str) -> Iterator[str]:
    yield from ('', text, line * len(text), '')


def _operation(
    document: dict[str, Any],
    method: str,
    path: str,
    operation: dict[str, Any],
) -> Iterator[str]:
    yield from _title(f'{method.upper()} {path}', '-')
    for key in ('summary', 'description'):
        if operation.get(key):
            yield from (*operation[key].splitlines(), '')
    if operation.get('security') == []:
        yield from ('No Keystone token is needed.', '')
    parameters = [
        each
        for each in (_resolved(document, p) for p in operation['parameters'])
        if each['in'] != 'header'
    ]
    if parameters:
        yield from _table(
            ('parameter', 'in', 'type', 'description'),
            [
                (
                    f'``{each["name"]}``',
                    each['in'],
                    _type(each.get('schema', {})),
                    _described(each),
                )
                for each in parameters
            ],
        )
    body = _resolved(document, operation.get('requestBody', {}))
    for schema in _contents(body):
        yield from (f'Request body: {_type(schema)}', '')
    rows, errors = [], []
    for status, response in _responses(document, operation):
        if _is_error(response):
            errors.append(status)
            continue
        shown = ', '.join(_type(each) for each in _contents(response))
        rows.append((status, response.get('description', ''), shown))
    yield from _table(('status', 'meaning', 'body'), rows)
    if errors:
        yield from (f'Errors: {", ".join(errors)}', '')


def _errors(document: dict[str, Any]) -> Iterator[str]:
    """What each error's status means, once for all operations."""
    meanings = {
        status: response['description']
        for item in document['paths'].values()
        for method in METHODS
        for status, response in _responses(document, item.get(method, {}))
        if _is_error(response)
    }
    yield from _title('Errors', '=')
    yield from _table(('status', 'meaning'), sorted(meanings.items()))


def _responses(
    document: dict[str, Any], operation: dict[str, Any]
) -> list[tuple[str, dict[str, Any]]]:
    return [
        (status, _resolved(document, response))
        for status, response in sorted(operation.get('responses', {}).items())
    ]


def _is_error(response: dict[str, Any]) -> bool:
    return any(
        each.get('$ref', '').endswith('/Errors')
        for each in _contents(response)
    )


def _resolved(document: dict[str, Any], value: dict[str, Any]) -> Any:
    """`value`, or what its $ref names in `document`."""
    if '$ref' not in value:
        return value
    found: Any = document
    for part in value['$ref'].removeprefix('#/').split('/'):
        found = found[part]
    return found


def _contents(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        content['schema']
        for content in value.get('content', {}).values()
        if 'schema' in content
    ]


def _described(value: dict[str, Any]) -> str:
    text = ' '.join(str(value.get('description', '')).split())
    schema = value.get('schema', value)
    if 'default' in schema:
        text += f' Default: ``{schema["default"]!r}``.'
    if value.get('required') is True:
        text = f'Required. {text}'
    return text.replace('|', r'\|').replace('*', r'\*').strip() or '–'


def _schema(schema: dict[str, Any]) -> Iterator[str]:
    if schema.get('description'):
        yield from (schema['description'], '')
    rows = list(_fields(schema, ''))
    if rows:
        yield from _table(('field', 'type', 'description'), rows)
    elif schema:
        yield from (_type(schema), '')


def _fields(
    schema: dict[str, Any], prefix: str
) -> Iterator[tuple[str, str, str]]:
    """(name, type, description) of each property, inner ones with dots."""
    required = schema.get('required', [])
    for name, each in schema.get('properties', {}).items():
        text = _described({**each, 'required': name in required})
        yield f'``{prefix}{name}``', _type(each), text
        yield from _fields(each, f'{prefix}{name}.')


def _label(name: str) -> str:
    return f'schema-{name.lower()}'


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words; one that has a name is linked to it."""
    if '$ref' in schema:
        name = schema['$ref'].rsplit('/', 1)[-1]
        return f':ref:`{name} <{_label(name)}>`'
    for key in ('oneOf', 'anyOf', 'allOf'):
        if key in schema:
            return ' or '.join(_type(each) for each in schema[key])
    if 'enum' in schema:
        return ', '.join(f'``{each}``' for each in schema['enum'])
    kinds = schema.get('type', 'any')
    kinds = ' or '.join(kinds) if isinstance(kinds, list) else kinds
    if kinds == 'array' and 'items' in schema:
        return f'list of {_type(schema["items"])}'
    if set(schema.get('properties', {})) and 'title' not in schema:
        return 'object of ' + ', '.join(
            f'``{name}``: {_type(each)}'
            if '$ref' in str(each)
            else f'``{name}``'
            for name, each in schema['properties'].items()
        )
    bounds = [
        f'{word} {schema[key]}'
        for key, word in (
            ('minimum', 'from'),
            ('maximum', 'to'),
            ('minLength', 'at least'),
            ('maxLength', 'at most'),
        )
        if key in schema
    ]
    return f'{kinds} {" ".join(bounds)}'.strip()


def _table(
    header: tuple[str, ...], rows: list[tuple[str, ...]]
) -> Iterator[str]:
    yield from ('.. list-table::', '   :header-rows: 1', '')
    for row in (header, *rows):
        for number, cell in enumerate(row):
            yield f'   {"*" if number == 0 else " "} - {cell}'
    yield ''


def setup(app: application.Sphinx) -> dict[str, Any]:
    app.add_directive('openapi', OpenAPI)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
