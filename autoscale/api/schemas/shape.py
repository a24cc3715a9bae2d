"""A JSON schema with a name, and what is said when a value does not fit.

The same schemas validate requests and make the OpenAPI document. What
jsonschema would say repeats the value that it was given, whatever its size;
here the words are ours, and short.
"""

import functools
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

import jsonschema
from jsonschema import validators

from autoscale import exceptions

_TYPES = {
    'object': 'an object',
    'array': 'a list',
    'string': 'a text',
    'integer': 'a whole number',
    'number': 'a number',
    'boolean': 'true or false',
    'null': 'null',
}


def _is_integer(checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


#: JSON Schema counts 2.0 as an integer; what we store and add up does not.
_Validator = validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        'integer', _is_integer
    ),
)


class Shape:
    """A named JSON schema (2020-12), compiled when first used."""

    def __init__(self, name: str, schema: dict[str, Any]) -> None:
        self.name = name  #: of its component in the OpenAPI document
        self.schema = schema

    @functools.cached_property
    def _validator(self) -> Any:
        return _Validator(
            self.schema, format_checker=jsonschema.FormatChecker()
        )

    def check(self, value: object, at: str = '') -> None:
        """Raise UnknownField or InvalidField, naming the field, or return.

        `at` is the path of the value in the body, for the message.
        """
        if self._validator.is_valid(value):
            return
        errors = sorted(self._validator.iter_errors(value), key=_rank)
        raise fault(errors[0], at)


def _rank(error: Any) -> tuple[bool, int, str]:
    """Unknown fields first: they explain what else is missing."""
    known = error.validator != 'additionalProperties'
    return known, len(error.absolute_path), error.json_path


def fault(error: Any, at: str = '') -> exceptions.Invalid:
    """Our error for one of jsonschema's."""
    if error.validator in ('oneOf', 'anyOf'):
        # What comes deepest fitted the form that was meant the furthest.
        within = [each for each in error.context if each.relative_path]
        if within:
            return fault(
                max(within, key=lambda each: len(each.relative_path)), at
            )
    where = path_of(error.absolute_path, at)
    if error.validator == 'additionalProperties':
        allowed = error.schema.get('properties', {})
        unknown = sorted(set(map(str, error.instance)) - set(allowed))
        name = unknown[0] if unknown else '?'
        return exceptions.UnknownField(
            field=clip(f'{where}.{name}' if where else name),
            allowed=', '.join(sorted(allowed)) or 'nothing',
        )
    if error.validator == 'required':
        missing = next(
            each
            for each in error.validator_value
            if each not in error.instance
        )
        where = f'{where}.{missing}' if where else missing
        return exceptions.InvalidField(field=clip(where), reason='is required')
    return exceptions.InvalidField(
        field=clip(where or 'body'), reason=_reason(error)
    )


def path_of(parts: Iterable[str | int], at: str = '') -> str:
    """'spec.networks[0].uuid' of ['spec', 'networks', 0, 'uuid']."""
    path = at
    for part in parts:
        if isinstance(part, int):
            path += f'[{part}]'
        else:
            path += f'.{part}' if path else part
    return path


def clip(text: object, length: int = 80) -> str:
    """At most `length` printable characters of what a caller sent."""
    shown = str(text)
    if not shown.isprintable():
        shown = ''.join(each if each.isprintable() else '?' for each in shown)
    return shown if len(shown) <= length else shown[: length - 1] + '…'


def _type(error: Any) -> str:
    wanted = error.validator_value
    names = [wanted] if isinstance(wanted, str) else wanted
    return 'must be ' + ' or '.join(_TYPES.get(each, each) for each in names)


_REASONS: dict[str, Callable[[Any], str]] = {
    'type': _type,
    'enum': lambda e: (
        'must be one of ' + ', '.join(map(str, e.validator_value))
    ),
    'const': lambda e: f'must be {e.validator_value}',
    'minimum': lambda e: f'must be at least {e.validator_value}',
    'maximum': lambda e: f'must be at most {e.validator_value}',
    'exclusiveMinimum': lambda e: f'must be more than {e.validator_value}',
    'exclusiveMaximum': lambda e: f'must be less than {e.validator_value}',
    'minLength': lambda e: (
        'must not be empty'
        if e.validator_value == 1
        else f'must have at least {e.validator_value} characters'
    ),
    'maxLength': lambda e: f'must have at most {e.validator_value} characters',
    'minItems': lambda e: f'must have at least {e.validator_value} items',
    'maxItems': lambda e: f'must have at most {e.validator_value} items',
    'uniqueItems': lambda e: 'must not name anything twice',
    'minProperties': lambda e: (
        f'must have at least {e.validator_value} of: '
        + (', '.join(sorted(e.schema.get('properties', {}))) or 'any field')
    ),
    'maxProperties': lambda e: (
        f'must have at most {e.validator_value} of: '
        + (', '.join(sorted(e.schema.get('properties', {}))) or 'any field')
    ),
    'pattern': lambda e: e.schema.get(
        'x-pattern-means', f'must match {e.validator_value}'
    ),
    'format': lambda e: f'must be a valid {e.validator_value}',
    'propertyNames': lambda e: 'has a key that is not allowed',
    'dependentRequired': lambda e: e.message,
    'oneOf': lambda e: 'has none of the forms that are allowed',
    'anyOf': lambda e: 'has none of the forms that are allowed',
}


def _reason(error: Any) -> str:
    words = _REASONS.get(error.validator)
    return words(error) if words else clip(error.message, 200)
