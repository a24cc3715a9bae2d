"""The fields that several nouns share, and how values are shown."""

from datetime import datetime
from datetime import UTC
from typing import Any

from autoscale import exceptions

#: The most that any size, count or number of members can be.
MOST = 100_000

#: No control characters, no line separators, no halves of a character.
PRINTABLE = '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ud800-\\udfff]*$'

NAME = {
    'type': 'string',
    'minLength': 1,
    'maxLength': 255,
    'pattern': PRINTABLE,
    'x-pattern-means': 'must have no control characters',
    'description': 'For people; need not be unique.',
}
REF = {
    'type': 'string',
    'minLength': 1,
    'maxLength': 255,
    'pattern': PRINTABLE,
    'x-pattern-means': 'must have no control characters',
    'description': 'An id, or a name that is unique in the project.',
}
METADATA = {
    'type': 'object',
    'maxProperties': 128,
    'propertyNames': {
        'minLength': 1,
        'maxLength': 255,
        'pattern': PRINTABLE,
    },
    'additionalProperties': {'type': 'string', 'maxLength': 1024},
    'description': 'Texts by name, for the owner; replaced as a whole.',
}
SIZE = {'type': 'integer', 'minimum': 0, 'maximum': MOST}
COUNT = {'type': 'integer', 'minimum': 1, 'maximum': MOST}
MAX_SIZE = {
    'type': 'integer',
    'minimum': -1,
    'maximum': MOST,
    'description': '-1 for no bound.',
}
TYPE = {'type': 'string', 'minLength': 1, 'maxLength': 64}
TOKEN = {
    'type': 'string',
    'minLength': 1,
    'maxLength': 255,
    'description': 'The secret that the lifecycle message carried.',
}

# As shown.
ID = {'type': 'string', 'description': 'UUID'}
TEXT = {'type': 'string'}
MAYBE_TEXT = {'type': ['string', 'null']}
MAYBE_ID = {'type': ['string', 'null'], 'description': 'UUID'}
BOOLEAN = {'type': 'boolean'}
INTEGER = {'type': 'integer'}
OBJECT = {'type': 'object'}
MAYBE_OBJECT = {'type': ['object', 'null']}
WHEN = {
    'type': 'string',
    'format': 'date-time',
    'description': 'ISO 8601 in UTC',
}
MAYBE_WHEN = {**WHEN, 'type': ['string', 'null']}


def of(
    properties: dict[str, Any], *required: str, **more: Any
) -> dict[str, Any]:
    """The schema of an object that has these properties and no others."""
    schema: dict[str, Any] = {
        'type': 'object',
        'properties': properties,
        'additionalProperties': False,
    }
    if required:
        schema['required'] = list(required)
    return {**schema, **more}


def shown(properties: dict[str, Any]) -> dict[str, Any]:
    """The schema of an answer: every property is always there."""
    return of(properties, *properties)


def moment(value: datetime | None) -> str | None:
    """A time as the API shows it: '2026-01-01T00:00:00.000000Z'."""
    if value is None:
        return None
    there = value.astimezone(UTC).replace(tzinfo=None)
    return there.isoformat(timespec='microseconds') + 'Z'


def read_moment(field: str, text: str | None) -> datetime | None:
    """The aware time that a caller wrote; InvalidField if it is none."""
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
        if value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
        return value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise exceptions.InvalidField(
            field=field,
            reason='must be a time in ISO 8601, such as 2026-01-01T00:00:00Z',
        ) from None


def check_sizes(
    min_size: int, max_size: int, desired: int | None = None, at: str = ''
) -> None:
    """Raise InvalidField unless min <= desired <= max; -1 is no maximum.

    `at` is what the names of the fields begin with in the message.
    """
    if 0 <= max_size < min_size:
        raise exceptions.InvalidField(
            field=f'{at}min_size',
            reason=f'{min_size} is more than max_size, {max_size}',
        )
    if desired is None:
        return
    if desired < min_size:
        raise exceptions.InvalidField(
            field=f'{at}desired_capacity',
            reason=f'{desired} is less than min_size, {min_size}',
        )
    if 0 <= max_size < desired:
        raise exceptions.InvalidField(
            field=f'{at}desired_capacity',
            reason=f'{desired} is more than max_size, {max_size}',
        )
