"""Lifecycle messages by HTTP: one POST each to a URL of the application.

The same body as on a queue. What is not taken here within a few seconds the
engine sends again later, so patience is not this file's matter.
"""

import json
import ssl
from concurrent import futures
from typing import Any

import requests
import tenacity
import urllib3.exceptions

from autoscale.hooks import connection
from autoscale.hooks import target as targets
from autoscale.metrics import calls
from autoscale.model.message import Message
from autoscale.model.message import Outcome

_HEADERS = {
    'Content-Type': 'application/json',
    'User-Agent': 'autoscale',
    # An answer that is not read is not kept alive either.
    'Connection': 'close',
}


class WebhookTransport:
    """A POST for each message, several at a time."""

    schema: dict[str, Any] = {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': 'Webhook',
        'description': (
            'The message is posted as JSON to a URL; any 2xx is a delivery. '
            'Redirects are not followed.'
        ),
        'type': 'object',
        'additionalProperties': False,
        'required': ['url'],
        'properties': {
            'url': {
                'title': 'URL',
                'description': (
                    'Where to post. https, unless the operator allows http; '
                    'no user name in it. Public addresses only, unless the '
                    'operator allows others.'
                ),
                'type': 'string',
                'format': 'uri',
                'maxLength': 2048,
                'pattern': r'^https?://[^\s/?#@\\]+([/?][^\s#\\]*)?$',
            },
        },
    }

    def __init__(self, conf: Any, doors: Any) -> None:
        self._allow_private = conf.hooks.allow_private_targets
        self._allow_http = conf.hooks.allow_http
        self._timeout = conf.hooks.webhook_timeout
        self._attempts = conf.hooks.webhook_attempts
        self._seconds = conf.hooks.webhook_seconds
        self._parallel = conf.hooks.webhook_parallel
        self._session = connection.session(
            conf.hooks.ca_file,
            seconds=self._timeout,
            connections=self._parallel,
        )

    def send(self, messages: list[Message]) -> list[Outcome]:
        """One outcome each, in the order of `messages`; never raises."""
        if not messages:
            return []
        with futures.ThreadPoolExecutor(
            max_workers=min(len(messages), self._parallel),
            thread_name_prefix='webhook',
        ) as pool:
            return list(pool.map(self._send_one, messages))

    def _send_one(self, message: Message) -> Outcome:
        try:
            with calls.timed('webhook', 'post'):
                self._patience()(self._post, message)
        except targets.TargetRefused as refused:
            return _undelivered(message, refused, is_permanent=True)
        except targets.TargetUnknown as unknown:
            return _undelivered(message, unknown)
        except _NotTaken as failure:
            return _undelivered(
                message, failure, is_permanent=failure.is_permanent
            )
        return Outcome(hook_id=message.hook_id, delivered=True)

    def _patience(self) -> tenacity.Retrying:
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Passing),
            stop=tenacity.stop_after_attempt(self._attempts)
            | tenacity.stop_after_delay(self._seconds),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=2),
            reraise=True,
        )

    def _post(self, message: Message) -> None:
        """Raises TargetRefused, TargetUnknown, or _NotTaken."""
        target = targets.resolved(
            message.params['url'],
            allow_private=self._allow_private,
            allow_http=self._allow_http,
        )
        body = json.dumps(message.body).encode()
        *others, last = target.addresses
        for address in others:
            try:
                return self._post_to(target, address, body)
            except _NotReached:
                continue
        return self._post_to(target, last, body)

    def _post_to(
        self, target: targets.Target, address: str, body: bytes
    ) -> None:
        try:
            response = self._session.post(
                target.url_of(address),
                data=body,
                headers={**_HEADERS, 'Host': target.authority},
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError) as e:
            raise _in_words(e, target.host) from None
        response.close()
        status = response.status_code
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise _NotTaken(
                f'{target.host} answered {status}; redirects are not followed'
            )
        if status >= 500:
            raise _Passing(f'{target.host} answered {status}')
        raise _NotTaken(
            f'{target.host} answered {status}',
            is_permanent=status == requests.codes.gone,
        )


def _undelivered(
    message: Message, error: Exception, *, is_permanent: bool = False
) -> Outcome:
    return Outcome(
        hook_id=message.hook_id,
        delivered=False,
        error=message.hidden_in(str(error)),
        is_permanent=is_permanent,
    )


class _NotTaken(Exception):
    """The target did not take the message; the text names no secrets."""

    kind = 'request'

    def __init__(self, text: str, *, is_permanent: bool = False) -> None:
        super().__init__(text)
        self.is_permanent = is_permanent


class _Passing(_NotTaken):
    """It may well take it in a moment."""

    kind = 'transient'


class _NotReached(_Passing):
    """No connection: another address of the same host may be better."""


def _in_words(error: Exception, host: str) -> _NotTaken:
    """What went wrong, without the URL: its query may hold secrets."""
    if isinstance(error, requests.exceptions.SSLError):
        return _NotTaken(f'{host}: TLS failed: {_tls_reason(error)}')
    if isinstance(error, requests.ConnectTimeout):
        return _NotReached(f'{host} did not take the connection in time')
    if isinstance(error, requests.Timeout):
        return _NotTaken(f'{host} did not answer in time')
    if _is_refusal(error):
        return _NotReached(f'{host} cannot be connected to')
    if isinstance(error, requests.ConnectionError):
        return _Passing(f'{host} ended the connection without an answer')
    return _NotTaken(f'{host}: {type(error).__name__}')


def _is_refusal(error: BaseException) -> bool:
    return any(
        isinstance(each, urllib3.exceptions.NewConnectionError)
        for each in _causes(error)
    )


def _tls_reason(error: BaseException) -> str:
    for each in _causes(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return each.verify_message
        if isinstance(each, ssl.SSLError) and each.reason:
            return each.reason
    return 'no secure connection'


def _causes(error: BaseException) -> list[BaseException]:
    """The exceptions that an exception of requests is wrapped around."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting and len(found) < 20:
        each = waiting.pop()
        if not isinstance(each, BaseException) or each in found:
            continue
        found.append(each)
        waiting += [*each.args, each.__context__, each.__cause__]
        waiting.append(getattr(each, 'reason', None))
    return found
