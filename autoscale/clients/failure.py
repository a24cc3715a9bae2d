"""What went wrong at another service, in the few words that we act on.

Every call of this room goes through `told_as`, so that the rest of the
service knows the classes of `exceptions.CloudError` and no library's own.
"""

import contextlib
import email.utils
import html
import logging
import re
from collections.abc import Iterator
from collections.abc import Mapping
from urllib import parse

import requests
import urllib3.exceptions
from keystoneauth1 import exceptions as keystone

from autoscale import exceptions

LOG = logging.getLogger(__name__)

#: Said with a 403 or a 400, these words mean that there is no room.
NO_ROOM = re.compile(
    r'quota|exceed|limit reached|no valid host|not enough|no more |'
    r'no fixed ip|zero fixed ips|insufficient|exhausted',
    re.IGNORECASE,
)

#: Said with a 409, these mean that we have to ask in other words.
_ASK_OTHERWISE = re.compile('multiple possible networks|more specific', re.I)

_LONGEST = 1000  # characters of a service's words that are kept

_REQUEST_IDS = ('x-openstack-request-id', 'x-compute-request-id')

#: Of an error page: its title, which its text says again, and its tags.
_NOT_WORDS = re.compile(r'<title>.*?</title>|<[^>]*>', re.I | re.S)

_NOT_FOR_US = (400, 401, 403, 404)  # what Keystone says to a credential

_OVERLOADED = (408, 413, 425, 429)

#: What libraries raise on a body of another shape than they hope for.
_UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class BadAnswer(Exception):
    """An answer of 400 or more, or one that is not what it should be.

    `words` is None when the service itself would have spoken otherwise: a
    proxy did, or nobody.
    """

    def __init__(
        self,
        status: int,
        words: str | None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f'{status}: {words}')
        self.status = status
        self.words = words
        self.retry_after = retry_after


def bad_answer(response: requests.Response) -> BadAnswer:
    """The answer, read as far as it can be."""
    return BadAnswer(
        response.status_code, _words(response), _delay(response.headers)
    )


@contextlib.contextmanager
def told_as(
    service: str, operation: str, *, is_creation: bool = False
) -> Iterator[None]:
    """Whatever fails within is raised as a CloudError.

    `is_creation`: what a 403 or 404 is about is what we asked for.
    """

    def told(
        kind: type[exceptions.CloudError],
        reason: str,
        *,
        retry_after: float | None = None,
        happened: bool | None = False,
        status: int | None = None,
    ) -> exceptions.CloudError:
        return kind(
            service=service,
            operation=operation,
            reason=reason,
            retry_after=retry_after,
            happened=happened,
            status=status,
        )

    try:
        yield
    except BadAnswer as answer:
        raise told(
            _kind(answer, is_creation),
            answer.words or f'HTTP {answer.status} without an explanation',
            retry_after=answer.retry_after,
            happened=None if _may_have_happened(answer.status) else False,
            status=answer.status,
        ) from answer
    except keystone.HttpError as error:
        # The services' own answers come as BadAnswer: this is Keystone's.
        status = error.http_status
        raise told(
            exceptions.CredentialDoesNotWork
            if status in _NOT_FOR_US
            else exceptions.CloudIsUnwell,
            f'Keystone: {error.message}',
            status=status,
        ) from error
    except (
        keystone.AuthorizationFailure,
        keystone.AuthPluginException,
    ) as error:
        raise told(
            exceptions.CredentialDoesNotWork, f'Keystone: {error}'
        ) from error
    except (keystone.CatalogException, keystone.DiscoveryFailure) as error:
        raise told(exceptions.CloudIsUnwell, str(error)) from error
    except (keystone.ClientException, requests.RequestException) as error:
        reason, happened = _of_connection(error)
        raise told(
            exceptions.CloudIsUnwell, reason, happened=happened
        ) from error
    except _UNREADABLE as error:
        LOG.debug('%s %s: odd answer', service, operation, exc_info=True)
        raise told(
            exceptions.CloudIsUnwell,
            f'the answer cannot be understood ({type(error).__name__})',
            happened=None,
        ) from error


def _kind(answer: BadAnswer, is_creation: bool) -> type[exceptions.CloudError]:
    status, words = answer.status, answer.words
    if status == 401:
        return exceptions.CredentialDoesNotWork
    if status >= 500 or status in _OVERLOADED or words is None:
        return exceptions.CloudIsUnwell
    if status in (400, 403) and is_creation and NO_ROOM.search(words):
        return exceptions.NoCapacity
    if status == 409:
        asked_wrongly = is_creation and _ASK_OTHERWISE.search(words)
        return (
            exceptions.RequestIsWrong
            if asked_wrongly
            else exceptions.CloudIsUnwell
        )
    if status == 404 and not is_creation:
        return exceptions.GoneFromCloud
    if status == 403 and not is_creation:
        return exceptions.CredentialDoesNotWork
    return exceptions.RequestIsWrong


def _may_have_happened(status: int) -> bool:
    """A service that failed may have failed after its work."""
    return status < 400 or status >= 500 or status == 408


def _words(response: requests.Response) -> str | None:
    """The message of an error as OpenStack services spell theirs, or None.

    Nova: {"<kind>": {"message"}}; Zaqar: {"title", "description"};
    middleware: {"message"}; Neutron: {"NeutronError": {"message"}}; Glance: a
    page of HTML.
    """
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return _words_of_page(response)
    if not isinstance(body, Mapping):
        return None
    inner = [each for each in body.values() if isinstance(each, Mapping)]
    for each in (*inner, body):
        for key in ('message', 'description', 'title'):
            words = each.get(key)
            if isinstance(words, str) and words.strip():
                return words.strip()[:_LONGEST]
    return None


def _words_of_page(response: requests.Response) -> str | None:
    """The text of an error page, if the service itself wrote it.

    It has given the request an id then, which a proxy's page lacks.
    """
    if not any(each in response.headers for each in _REQUEST_IDS):
        return None
    text = _NOT_WORDS.sub(' ', response.text[: 10 * _LONGEST])
    return ' '.join(html.unescape(text).split())[:_LONGEST] or None


def _delay(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds; a date is counted from the answer's own."""
    said = headers.get('Retry-After', '').strip()
    if said.isdecimal():
        return float(said[:9])
    try:
        then = email.utils.parsedate_to_datetime(said)
        now = email.utils.parsedate_to_datetime(headers.get('Date', ''))
        return max(0.0, (then - now).total_seconds())
    except (TypeError, ValueError):
        return None


def _of_connection(error: BaseException) -> tuple[str, bool | None]:
    """What to say of it, and whether the call may have been carried out."""
    chain = causes(error)
    host = _host(chain)
    if any(isinstance(each, requests.exceptions.SSLError) for each in chain):
        return f'{host}: TLS failed: {error}'[:_LONGEST], False
    if any(
        isinstance(each, urllib3.exceptions.NewConnectionError)
        for each in chain
    ):
        return f'{host} cannot be connected to', False
    if any(isinstance(each, requests.ConnectTimeout) for each in chain):
        return f'{host} did not take the connection in time', False
    if any(isinstance(each, requests.Timeout) for each in chain):
        return f'{host} did not answer in time', None
    return f'{host} ended the connection without an answer', None


def _host(chain: list[BaseException]) -> str:
    for each in chain:
        url = getattr(getattr(each, 'request', None), 'url', None)
        if url:
            return parse.urlsplit(str(url)).netloc
    return 'the service'


def causes(error: BaseException) -> list[BaseException]:
    """The error and all that it is wrapped around, outermost first."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 20:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or each in found:
            continue
        found.append(each)
        waiting += [
            each.__cause__,
            each.__context__,
            getattr(each, 'reason', None),
            *each.args,
        ]
    return found
