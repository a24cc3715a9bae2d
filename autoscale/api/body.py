"""What a request brings: its bytes within a limit, and the JSON in them."""

import io
import json
import re
from typing import Any

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import faults

#: Levels of nesting that a body may have.
DEEPEST = 32

#: Escapes that make a text which no database can keep.
_SUSPECT = re.compile(rb'\\u(?:0000|[dD][89a-fA-F])')


class SizeLimit:
    """Refuses a body that is larger than `limit` bytes, before it is read.

    A body of unknown length (chunked) is read here up to the limit.
    """

    def __init__(self, app: answer.WSGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    def __call__(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Any:
        length = environ.get('CONTENT_LENGTH') or ''
        if length:
            if not (length.isascii() and length.isdigit()):
                raise exceptions.Invalid(
                    reason='Content-Length must be a whole number.'
                )
            if len(length) > 18 or int(length) > self.limit:
                raise exceptions.TooLarge(limit=self.limit)
        elif environ.get('HTTP_TRANSFER_ENCODING'):
            content = environ['wsgi.input'].read(self.limit + 1)
            if len(content) > self.limit:
                raise exceptions.TooLarge(limit=self.limit)
            environ['wsgi.input'] = io.BytesIO(content)
            environ['CONTENT_LENGTH'] = str(len(content))
        return self.app(environ, start_response)


def read(environ: answer.Environ) -> bytes:
    """The body's bytes; SizeLimit has seen to it that they are few."""
    length = int(environ.get('CONTENT_LENGTH') or 0)
    return environ['wsgi.input'].read(length) if length else b''


def check_type(environ: answer.Environ) -> None:
    """Raise NotJSON unless the request says that its body is JSON.

    Saying so is asked for since a browser does not let other sites' pages
    say it unasked.
    """
    given = environ.get('CONTENT_TYPE') or ''
    kind = given.partition(';')[0].strip().lower()
    if kind != answer.JSON:
        raise faults.NotJSON(given=given[:80])


def parse(raw: bytes) -> Any:
    """The JSON value in `raw`; Invalid names line and column of a mistake."""
    try:
        text = raw.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise exceptions.Invalid(
            reason=f'The body is not UTF-8 at byte {error.start}.'
        ) from None
    try:
        value = json.loads(text, parse_constant=_no_constant)
        if raw.count(b'[') + raw.count(b'{') > DEEPEST:
            _check_depth(value)
        if _SUSPECT.search(raw):
            _check_text(value)
    except json.JSONDecodeError as error:
        raise exceptions.Invalid(
            reason=f'The body is not JSON: {error.msg} at line '
            f'{error.lineno}, column {error.colno}.'
        ) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:  # a number of more digits than Python will read
        raise exceptions.Invalid(
            reason='The body has a number that is too large.'
        ) from None
    return value


def parse_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`; an empty body is an empty object."""
    value = parse(raw) if raw.strip() else {}
    if not isinstance(value, dict):
        raise exceptions.Invalid(reason='The body must be a JSON object.')
    return value


def _no_constant(name: str) -> None:
    raise exceptions.Invalid(reason=f'The body is not JSON: it has {name}.')


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    if level:
        raise _too_deep()


def _too_deep() -> exceptions.Invalid:
    return exceptions.Invalid(
        reason=f'The body is nested more than {DEEPEST} levels deep.'
    )


def _check_text(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise exceptions.Invalid(
            reason='The body has half of a character (a lone surrogate).'
        ) from None
    if '\\u0000' in text.replace('\\\\', ''):
        raise exceptions.Invalid(reason='The body has a NUL character.')
