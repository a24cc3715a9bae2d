"""What a request's query may say.

Each operation lists its parameters; any other is an error that says which
there are.
"""

import dataclasses
import re
import urllib.parse
from collections.abc import Iterable
from typing import Any

from autoscale import exceptions
from autoscale.api.schemas import shape

_INTEGER = re.compile('-?[0-9]+')
_TRUE = {'true', '1', 'yes', 'on', ''}
_FALSE = {'false', '0', 'no', 'off'}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    name: str
    description: str
    type: str = 'string'  #: 'string', 'integer' or 'boolean'
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    many: bool = False  #: may be given several times; the value is a list

    def schema(self) -> dict[str, Any]:
        """Its JSON schema, for the OpenAPI document."""
        one: dict[str, Any] = {'type': self.type}
        if self.choices:
            one['enum'] = list(self.choices)
        if self.minimum is not None:
            one['minimum'] = self.minimum
        if self.maximum is not None:
            one['maximum'] = self.maximum
        return {'type': 'array', 'items': one} if self.many else one

    def read(self, text: str) -> Any:
        """The value of one occurrence; InvalidQuery says what is wrong."""
        if self.type == 'boolean':
            return self._boolean(text)
        if self.type == 'integer':
            return self._integer(text)
        if self.choices and text not in self.choices:
            self._refuse('must be one of ' + ', '.join(self.choices))
        return text

    def _boolean(self, text: str) -> bool:
        word = text.lower()
        if word not in _TRUE | _FALSE:
            self._refuse('must be true or false')
        return word in _TRUE

    def _integer(self, text: str) -> int:
        if not _INTEGER.fullmatch(text):
            self._refuse('must be a whole number')
        number = int(text[:20])
        if self.minimum is not None and number < self.minimum:
            self._refuse(f'must be at least {self.minimum}')
        if self.maximum is not None and number > self.maximum:
            self._refuse(f'must be at most {self.maximum}')
        return number

    def _refuse(self, reason: str) -> None:
        raise exceptions.InvalidQuery(parameter=self.name, reason=reason)


def pairs(query_string: str) -> list[tuple[str, str]]:
    """The names and values of a query, decoded; Invalid if they cannot be."""
    try:
        found = urllib.parse.parse_qsl(
            query_string,
            keep_blank_values=True,
            errors='strict',
            max_num_fields=100,
        )
    except ValueError:
        raise exceptions.Invalid(
            reason='The query is not UTF-8, or has more than 100 parameters.'
        ) from None
    for name, value in found:
        if '\0' in name or '\0' in value:
            raise exceptions.InvalidQuery(
                parameter=shape.clip(name), reason='has a NUL character'
            )
    return found


def read(query_string: str, parameters: Iterable[Parameter]) -> dict[str, Any]:
    """The values that a query gives, by name; InvalidQuery names a fault."""
    known = {each.name: each for each in parameters}
    values: dict[str, Any] = {}
    for name, text in pairs(query_string) if query_string else ():
        parameter = known.get(name)
        if parameter is None:
            raise exceptions.InvalidQuery(
                parameter=shape.clip(name),
                reason='is unknown; allowed here: '
                + (', '.join(sorted(known)) or 'nothing'),
            )
        value = parameter.read(text)
        if parameter.many:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise exceptions.InvalidQuery(
                parameter=name, reason='is given more than once'
            )
        else:
            values[name] = value
    return values
