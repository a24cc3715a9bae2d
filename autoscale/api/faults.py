"""From errors to answers: the one table of classes and HTTP statuses.

Every answer of 400 and above leaves in the form that the API-SIG guideline
asks for, whoever said it: our controllers, pecan, keystonemiddleware. What
nobody foresaw is logged with its traceback and answered 500 without one. A
part of ours that does not answer is logged in a line.
"""

import logging
from collections.abc import Iterable
from typing import Any

from autoscale import exceptions
from autoscale.api import answer

LOG = logging.getLogger(__name__)

SERVICE = 'autoscaling'

#: Where in the WSGI environment the headers of every answer are.
HEADERS = 'autoscale.headers'


class NoSuchPath(exceptions.NotFound):
    message = "There is nothing at '{path}'."
    code = 'path_not_found'


class MethodNotAllowed(exceptions.AutoscaleError):
    message = 'There is no {method} here; allowed: {allowed}.'
    code = 'method_not_allowed'


class NotJSON(exceptions.AutoscaleError):
    message = "The body must be application/json, not '{given}'."
    code = 'unsupported_media_type'


class VersionNotAvailable(exceptions.AutoscaleError):
    message = (
        'Version {asked} is not available; there are {min_version} to '
        '{max_version}.'
    )
    code = 'version_not_available'


#: The first class of an error's own line of descent that is here counts.
STATUSES: dict[type[Exception], int] = {
    exceptions.Invalid: 400,
    exceptions.Unauthenticated: 401,
    exceptions.Forbidden: 403,
    exceptions.NotFound: 404,
    MethodNotAllowed: 405,
    VersionNotAvailable: 406,
    exceptions.Conflict: 409,
    exceptions.Refused: 409,
    exceptions.TooLarge: 413,
    NotJSON: 415,
    exceptions.CloudError: 502,
    exceptions.RateLimited: 503,
    exceptions.Unavailable: 503,
}

#: Seconds after which to try again when a part of us does not answer.
RETRY_AFTER = 5

#: Codes for what others answer in our name.
_CODES = {
    400: 'bad_request',
    401: 'unauthenticated',
    403: 'forbidden',
    404: 'path_not_found',
    405: 'method_not_allowed',
    406: 'not_acceptable',
    413: 'body_too_large',
    415: 'unsupported_media_type',
    503: 'unavailable',
}


def status_of(error: Exception) -> int:
    for each in type(error).__mro__:
        if each in STATUSES:
            return STATUSES[each]
    return 500


def code_of(error: Exception) -> str:
    """The part after 'autoscaling.'; frozen once it is published."""
    if isinstance(error, exceptions.NotFound) and error.code == 'not_found':
        if not isinstance(error, exceptions.CapabilityNotFound):
            return error.noun.replace(' ', '_') + '_not_found'
    if isinstance(error, exceptions.AutoscaleError):
        return error.code
    return 'internal_error'


def answer_of(error: Exception, request_id: str) -> answer.Answer:
    """What a client is told of `error`."""
    status = status_of(error)
    facts = getattr(error, 'facts', {})
    detail = str(error)
    if status == 500:
        detail = (
            f'Something went wrong here; the log knows it as {request_id}.'
        )
    more = {
        key: facts[key]
        for key in ('min_version', 'max_version')
        if key in facts
    }
    return answer.Answer(
        status=status,
        body=document(
            status,
            'internal_error' if status == 500 else code_of(error),
            detail,
            request_id,
            **more,
        ),
        headers=tuple(_headers(error, facts)),
    )


def _headers(
    error: Exception, facts: dict[str, Any]
) -> Iterable[answer.Header]:
    if isinstance(error, MethodNotAllowed):
        yield 'Allow', str(facts['allowed'])
    if isinstance(error, exceptions.Unauthenticated) and 'challenge' in facts:
        yield 'WWW-Authenticate', str(facts['challenge'])
    if isinstance(error, exceptions.RateLimited):
        yield 'Retry-After', str(facts['retry_after'])
    if isinstance(error, exceptions.Unavailable):
        yield 'Retry-After', str(facts.get('retry_after', RETRY_AFTER))


def document(
    status: int, code: str, detail: str, request_id: str, **more: Any
) -> dict[str, Any]:
    """The body of an error, as the API-SIG guideline has it."""
    return {
        'errors': [
            {
                'request_id': request_id,
                'code': f'{SERVICE}.{code}',
                'status': status,
                'title': code.replace('_', ' ').capitalize(),
                'detail': detail,
                'links': [],
                **more,
            }
        ]
    }


class Faults:
    """The edge of a request: nothing passes it but an answer.

    A layer within puts into `environ[HEADERS]` what every answer shall have,
    errors included.
    """

    def __init__(self, app: answer.WSGIApp) -> None:
        self.app = app

    def __call__(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        foreign: list[tuple[int, list[answer.Header]]] = []

        def start(
            status: str, headers: list[answer.Header], exc_info: Any = None
        ) -> Any:
            if int(status[:3]) < 400 or _is_json(headers):
                headers = [*headers, *environ.get(HEADERS, ())]
                return start_response(status, headers, exc_info)
            foreign.append((int(status[:3]), headers))
            return lambda written: None

        request_id = environ.get('openstack.request_id', '')
        try:
            body = self.app(environ, start)
        except Exception as error:
            if status_of(error) == 500:
                LOG.exception('request %s failed', request_id)
            elif isinstance(error, exceptions.Unavailable):
                LOG.warning('request %s: %s', request_id, _why(error))
            return answer_of(error, request_id).send(environ, start)
        if not foreign:
            return body
        close = getattr(body, 'close', None)
        if close is not None:
            close()
        return _ours(*foreign[-1], request_id).send(environ, start)


def _why(error: exceptions.Unavailable) -> str:
    """What does not answer, and what it or its driver said.

    Only that: a statement and what was bound in it are nobody's to read.
    """
    cause: Any = error.__cause__
    cause = getattr(cause, 'inner_exception', None) or cause
    cause = getattr(cause, 'orig', None) or cause
    said = '' if cause is None else f': {type(cause).__name__}: {cause}'
    return f'the {error.facts["part"]} does not answer{said}'


def _is_json(headers: list[answer.Header]) -> bool:
    return any(
        name.lower() == 'content-type' and value.startswith(answer.JSON)
        for name, value in headers
    )


def _ours(
    status: int, headers: list[answer.Header], request_id: str
) -> answer.Answer:
    """What somebody else answered, in our form; what they asked for stays."""
    code = _CODES.get(status, 'internal_error')
    kept = ('allow', 'retry-after', 'www-authenticate', 'vary')
    return answer.Answer(
        status=status,
        body=document(status, code, answer.phrase(status), request_id),
        headers=tuple(each for each in headers if each[0].lower() in kept),
    )
