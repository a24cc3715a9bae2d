"""Plug-ins that users name, and the specs that they take."""

import functools
from typing import Any

from autoscale import exceptions
from autoscale import plugins
from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape

SHOWN = Shape(
    'PluginType',
    fields.shown(
        {
            'name': fields.TEXT,
            'description': fields.TEXT,
            'schema': {
                'type': 'object',
                'description': 'The JSON schema of its spec.',
            },
        }
    ),
)


def show(name: str, plug_in: Any) -> dict[str, Any]:
    words = (plug_in.__doc__ or '').strip().splitlines()
    return {
        'name': name,
        'description': words[0] if words else '',
        'schema': plug_in.schema,
    }


@functools.cache
def _shape(namespace: str, name: str) -> Shape:
    return Shape(name, plugins.get(namespace, name).schema)


def check_spec(namespace: str, name: str, spec: Any) -> dict[str, Any]:
    """The spec as its plug-in will read it, defaults filled in.

    Raises UnknownPlugin, UnknownField or InvalidField, naming the field.
    """
    plug_in = plugins.get(namespace, name)
    _shape(namespace, name).check(spec, at='spec')
    try:
        checked: dict[str, Any] = plug_in.check(spec)
    except exceptions.InvalidField as error:
        field = str(error.facts['field'])
        if field == 'spec' or field.startswith('spec.'):
            raise
        raise exceptions.InvalidField(
            field=f'spec.{field}', reason=error.facts['reason']
        ) from None
    return checked
