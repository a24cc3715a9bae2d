"""The defaults of a JSON schema, written into what a person left out.

Plug-ins keep their defaults in their schemas, where people read them; this
is the one place that applies them.
"""

import copy
from collections.abc import Mapping
from typing import Any


def filled(schema: Mapping[str, Any], value: Any) -> Any:
    """`value` with every default that `schema` states; `value` is kept.

    Follows `properties` and `items`; a property without a default stays
    away if it was left out.
    """
    if isinstance(value, Mapping):
        return _object(schema, value)
    if isinstance(value, list) and isinstance(schema.get('items'), Mapping):
        return [filled(schema['items'], each) for each in value]
    return value


def _object(
    schema: Mapping[str, Any], value: Mapping[str, Any]
) -> dict[str, Any]:
    properties = schema.get('properties', {})
    complete = {
        key: copy.deepcopy(rule['default'])
        for key, rule in properties.items()
        if 'default' in rule
    }
    complete.update(value)
    return {
        key: filled(properties[key], each) if key in properties else each
        for key, each in complete.items()
    }
