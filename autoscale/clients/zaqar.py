"""The door to Zaqar: messages onto queues, in sets, and whether they got on.

zaqarclient speaks. On its own it takes 413, 429, 502 and 504 for success,
waits for ever, forgets the TLS settings of the session, and never renews a
token; so its HTTP is replaced here by the session's, and every answer is
held to what was asked.
"""

import json
import re
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import TypeVar

import requests
from keystoneauth1 import adapter
from keystoneauth1 import exceptions as keystone
from zaqarclient.queues.v2 import client as zaqarclients
from zaqarclient.queues.v2 import core
from zaqarclient.transport import http

from autoscale import exceptions
from autoscale.clients import failure
from autoscale.clients import tracing
from autoscale.metrics import calls

SERVICE = 'zaqar'

#: What a queue may be named.
QUEUE_NAME = '^[A-Za-z0-9_-]{1,64}$'

#: The shortest and the longest life of a message, in seconds.
LIVES = (60, 1_209_600)

#: Messages a post. Zaqar as shipped takes more; operators lower it.
MESSAGES_A_POST = 20

#: Bytes a post: Zaqar takes 262,144 with what it wraps around ours.
_BYTES_A_POST = 200_000

T = TypeVar('T')


def batches(
    items: Sequence[T], body_of: Callable[[T], Any]
) -> Iterator[list[T]]:
    """The items in the posts that they go out with, in their order."""
    batch: list[T] = []
    weight = 0
    for item in items:
        size = len(json.dumps(body_of(item)))
        is_full = len(batch) == MESSAGES_A_POST
        if batch and (is_full or weight + size > _BYTES_A_POST):
            yield batch
            batch, weight = [], 0
        batch.append(item)
        weight += size
    if batch:
        yield batch


class Zaqar:
    """One project's Zaqar in one region; safe to share between threads.

    Every method raises `exceptions.CloudError`s.
    """

    def __init__(
        self,
        session: Any,
        auth: Any,
        region_name: str | None = None,
        interface: str = 'public',
        *,
        timeout: float = 10.0,
    ) -> None:
        """`timeout` is in seconds, for each call."""
        self._door = adapter.Adapter(
            session,
            service_type='messaging',
            auth=auth,
            region_name=region_name,
            interface=interface,
            user_agent='autoscale',
        )
        self._timeout = timeout

    @calls.operation(SERVICE)
    def post(self, queue: str, messages: Sequence[Mapping[str, Any]]) -> None:
        """Put `messages`, each {'body', 'ttl'}, on the queue.

        Each of `batches` is one post, which is taken or refused whole. On an
        error the earlier ones are on the queue; and so may this one be when
        `happened` is None.
        """
        for batch in batches(messages, lambda message: message['body']):
            self._post(queue, batch)

    def _post(self, queue: str, batch: list[Mapping[str, Any]]) -> None:
        def post(client: Any) -> None:
            answer = _queue(client, queue).post(batch)
            if len(answer['resources']) != len(batch):
                raise ValueError('not as many as were posted')

        self._ask('post messages', post)

    @calls.operation(SERVICE)
    def share(
        self,
        queue: str,
        *,
        paths: Sequence[str] = ('messages',),
        methods: Sequence[str] = ('GET',),
        ttl: int = 3600,
    ) -> dict[str, Any]:
        """A signature that lets its bearer use the queue for `ttl` seconds.

        {'paths', 'methods', 'project', 'expires', 'signature'}.
        """

        def share(client: Any) -> dict[str, Any]:
            answer = _queue(client, queue).signed_url(
                paths=list(paths), ttl_seconds=ttl, methods=list(methods)
            )
            return {key: answer[key] for key in _SHARED}

        return self._ask('share a queue', share)

    @calls.operation(SERVICE)
    def messages(self, queue: str, *, limit: int = 20) -> list[dict[str, Any]]:
        """The first messages that nobody claimed: {'id', 'body', 'ttl', …}."""

        def messages(client: Any) -> list[dict[str, Any]]:
            found = _queue(client, queue).messages(echo=True, limit=limit)
            return [_message(each) for each in found]

        return self._ask('list messages', messages)

    @calls.operation(SERVICE)
    def claim(
        self, queue: str, *, ttl: int = 300, limit: int = 10
    ) -> list[dict[str, Any]]:
        """Take messages for `ttl` seconds; after that they are free again."""

        def claim(client: Any) -> list[dict[str, Any]]:
            found = _queue(client, queue).claim(
                ttl=ttl, grace=_GRACE, limit=limit
            )
            return [_message(each) for each in found]

        return self._ask('claim messages', claim)

    @calls.operation(SERVICE)
    def delete_message(
        self, queue: str, message_id: str, claim_id: str | None = None
    ) -> None:
        """Take a message off the queue; a claimed one with its claim."""

        def delete(client: Any) -> None:
            request, transport = client._request_and_transport()
            core.message_delete(
                transport, request, queue, message_id, claim_id
            )

        self._ask('delete a message', delete)

    def _ask(self, operation: str, call: Callable[[Any], T]) -> T:
        """The answer to one call; a stale token is renewed, once."""
        with failure.told_as(SERVICE, operation):
            client = _Client(self._door, self._timeout)
            try:
                return call(client)
            except failure.BadAnswer as answer:
                if answer.status != 401 or not self._door.invalidate():
                    raise
            return call(client)


class _Client(zaqarclients.Client):  # type: ignore[misc]
    """zaqarclient on the HTTP of a keystoneauth session."""

    def __init__(self, door: adapter.Adapter, timeout: float) -> None:
        endpoint = door.get_endpoint()
        if endpoint is None:
            raise keystone.EndpointNotFound(
                'The catalogue has no messaging service in this region.'
            )
        super().__init__(
            url=endpoint.rstrip('/').removesuffix('/v2'), session=door
        )
        self._transport = http.HttpTransport(self.conf)
        self._transport.client = _Wire(door, timeout)

    def _get_transport(self, request: Any) -> http.HttpTransport:
        return self._transport


class _Wire:
    """What a transport of zaqarclient needs of HTTP, and no more."""

    def __init__(self, door: adapter.Adapter, timeout: float) -> None:
        self._session = door.session
        self._timeout = timeout

    def request(
        self,
        method: str,
        *,
        url: str,
        params: Any,
        headers: Mapping[str, str],
        data: Any,
        verify: Any,
    ) -> requests.Response:
        """`verify` is not looked at: the session knows how it verifies."""
        response = self._session.request(
            url,
            method,
            params=params,
            headers={**headers, **tracing.headers()},
            data=data,
            timeout=self._timeout,
            authenticated=False,  # the token is among the headers
            raise_exc=False,
            redirect=False,
            log=False,  # completion tokens are in it
        )
        if not 200 <= response.status_code < 300:
            raise failure.bad_answer(response)
        return response


_SHARED = ('paths', 'methods', 'project', 'expires', 'signature')

#: Seconds that a claimed message lives on at least, once its claim is over.
_GRACE = 60


def _queue(client: _Client, name: str) -> Any:
    if not re.fullmatch(QUEUE_NAME, name):
        raise exceptions.RequestIsWrong(
            service=SERVICE,
            operation='name a queue',
            reason=f'{name!r} is not the name of a queue',
        )
    return client.queue(name, auto_create=False)


def _message(found: Any) -> dict[str, Any]:
    return {
        key: getattr(found, key, None)
        for key in ('id', 'body', 'ttl', 'age', 'claim_id')
    }
