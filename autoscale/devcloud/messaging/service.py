"""The doors of the messaging service: queues, shares, and who may pass."""

import http
import re
import uuid
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import routing
from autoscale.devcloud import settings
from autoscale.devcloud import shape
from autoscale.devcloud.messaging import bounds
from autoscale.devcloud.messaging import claim as claims
from autoscale.devcloud.messaging import message as messages
from autoscale.devcloud.messaging import queue as queues
from autoscale.devcloud.messaging import signature


class Messaging:
    """Zaqar v2."""

    name = 'messaging'
    prefix = '/messaging'

    def __init__(
        self,
        store: queues.Queues,
        *,
        signer: signature.Signer,
        identify: Callable[[exchange.Request], None],
        current_settings: Callable[[], settings.Settings],
        clock: Callable[[], float],
    ):
        self._store = store
        self._signer = signer
        self._identify = identify
        self._clock = clock
        self._messages = messages.Messages(store, current_settings)
        self._claims = claims.Claims(store)

    def routes(self) -> Iterable[routing.Route]:
        yield from routing.routes(
            (
                ('GET', '', 'list_versions', self.list_versions),
                ('GET', '/v2', 'show_home', self.show_home),
                ('GET', '/v2/ping', 'ping', self.ping),
            ),
            is_open=True,
        )
        one = '/v2/queues/{name}'
        yield from routing.routes(
            (
                ('GET', '/v2/health', 'health', self.health),
                ('GET', '/v2/queues', 'list_queues', self.list_all),
                ('PUT', one, 'create_queue', self.create),
                ('HEAD', one, 'head_queue', self.refuse_head),
                ('GET', one, 'show_queue', self.show),
                ('PATCH', one, 'update_queue', self.update),
                ('DELETE', one, 'delete_queue', self.delete),
                ('GET', f'{one}/stats', 'show_queue_stats', self.stats),
                ('POST', f'{one}/purge', 'purge_queue', self.purge),
                ('POST', f'{one}/share', 'share_queue', self.share),
            ),
        )
        yield from self._messages.routes()
        yield from self._claims.routes()

    def admit(self, request: exchange.Request, route: routing.Route) -> None:
        if route.is_open:
            return
        if request.header('URL-Signature') is not None:
            self._admit_signed(request)
        else:
            self._identify(request)
        assert request.caller is not None
        if request.caller.project_id is None:
            raise exchange.Refused(400, 'X-PROJECT-ID cannot be an empty')
        if route.operation != 'health':
            _check_client(request)
        parts = request.path.split('/')
        if len(parts) > 4:
            bounds.check_queue_name(parts[4])

    def _admit_signed(self, request: exchange.Request) -> None:
        path = request.path.removeprefix(self.prefix)
        if not self._signer.admits(request, path, self._clock()):
            raise exchange.Refused(404, 'The resource could not be found.')
        request.caller = exchange.Caller(
            user_id='',
            project_id=request.header('X-Project-Id'),
            roles=frozenset({'member', 'reader'}),
        )

    def spell(self, refusal: exchange.Refused) -> Any:
        if refusal.status == 401:
            # Answered by the filter before Zaqar.
            return {
                'error': {
                    'code': 401,
                    'title': 'Unauthorized',
                    'message': refusal.message,
                }
            }
        title = refusal.title or _TITLES.get(
            refusal.status, http.HTTPStatus(refusal.status).phrase
        )
        return {'title': title, 'description': refusal.message}

    def headers(self, request: exchange.Request) -> exchange.Headers:
        return (('x-openstack-request-id', request.request_id),)

    # -- versions and health

    def list_versions(self, request: exchange.Request) -> exchange.Answer:
        href = f'{request.base_url}/messaging/v2/'
        version = {
            'id': '2',
            'status': 'CURRENT',
            'updated': '2014-9-24T04:06:47Z',
            'media-types': [
                {
                    'base': 'application/json',
                    'type': 'application/vnd.openstack.messaging-v2+json',
                }
            ],
            'links': [{'rel': 'self', 'href': href}],
        }
        return exchange.Answer(300, {'versions': [version]})

    def show_home(self, request: exchange.Request) -> exchange.Answer:
        queue = '/v2/queues/{queue_name}'
        resources = {
            'rel/queues': {'href-template': '/v2/queues{?marker,limit}'},
            'rel/queue': {'href-template': queue},
            'rel/messages': {'href-template': f'{queue}/messages'},
            'rel/claims': {'href-template': f'{queue}/claims'},
        }
        return exchange.Answer(200, {'resources': resources})

    def ping(self, request: exchange.Request) -> exchange.Answer:
        return exchange.Answer(204)

    def health(self, request: exchange.Request) -> exchange.Answer:
        return exchange.Answer(
            200, {'catalog_reachable': True, 'redis': {}, 'storage': True}
        )

    # -- queues

    def _queue(self, request: exchange.Request, name: str) -> queues.Queue:
        project_id, _ = key = messages.key(request, name)
        queue, _ = self._store.find(key)
        if queue is None:
            raise exchange.Refused(
                404, f'Queue {name} does not exist for project {project_id}'
            )
        return queue

    def list_all(self, request: exchange.Request) -> exchange.Answer:
        assert request.caller is not None
        limit = bounds.limit(request)
        marker = request.parameter('marker') or ''
        with self._store.lock:
            names = self._store.names(request.caller.project_id or '')
        page = [name for name in names if name > marker][:limit]
        shown = [{'name': name, 'href': f'/v2/queues/{name}'} for name in page]
        links = []
        if page:
            href = f'/v2/queues?marker={page[-1]}&limit={limit}'
            links = [{'rel': 'next', 'href': href}]
        return exchange.Answer(200, {'queues': shown, 'links': links})

    def create(self, request: exchange.Request, name: str) -> exchange.Answer:
        metadata = request.json() if request.body else None
        metadata = metadata or {}
        if not isinstance(metadata, dict):
            raise exchange.Refused(400, 'Queue metadata must be an object.')
        with self._store.lock:
            is_new = self._store.create(messages.key(request, name), metadata)
        return exchange.Answer(
            201 if is_new else 204,
            headers=(('location', f'/v2/queues/{name}'),),
        )

    def show(self, request: exchange.Request, name: str) -> exchange.Answer:
        with self._store.lock:
            shown = {**_RESERVED, **self._queue(request, name).metadata}
        return exchange.Answer(200, shown)

    def refuse_head(
        self, request: exchange.Request, name: str
    ) -> exchange.Answer:
        """Zaqar has no HEAD here; its client takes the refusal for a yes."""
        raise exchange.Refused(405, 'The method is not allowed.')

    def update(self, request: exchange.Request, name: str) -> exchange.Answer:
        changes = request.json()
        if not isinstance(changes, list):
            raise exchange.Refused(
                400, 'Request body must be a JSON array of operation objects.'
            )
        with self._store.lock:
            metadata = {**self._queue(request, name).metadata}
            for change in changes:
                _patch(metadata, change)
            self._store.create(messages.key(request, name), metadata)
        return exchange.Answer(200, {**_RESERVED, **metadata})

    def delete(self, request: exchange.Request, name: str) -> exchange.Answer:
        with self._store.lock:
            self._store.delete(messages.key(request, name))
        return exchange.Answer(204)

    def stats(self, request: exchange.Request, name: str) -> exchange.Answer:
        with self._store.lock:
            queue, now = self._store.find(messages.key(request, name))
            found = list(queue.messages.values()) if queue else []
        claimed = sum(message.is_claimed(now) for message in found)
        return exchange.Answer(
            200,
            {
                'messages': {
                    'total': len(found),
                    'claimed': claimed,
                    'free': len(found) - claimed,
                }
            },
        )

    def purge(self, request: exchange.Request, name: str) -> exchange.Answer:
        body = request.json() if request.body else {}
        kinds = shape.texts(
            shape.an_object(body, 'body').get('resource_types', ['messages']),
            'resource_types',
        )
        if not set(kinds) <= {'messages', 'subscriptions'}:
            raise exchange.Refused(
                400,
                'Resource types must be a sub set of messages, subscriptions.',
            )
        with self._store.lock:
            queue, _ = self._store.find(messages.key(request, name))
            if queue is not None and 'messages' in kinds:
                self._store.remove(
                    messages.key(request, name), list(queue.messages)
                )
        return exchange.Answer(204)

    def share(self, request: exchange.Request, name: str) -> exchange.Answer:
        project_id, _ = messages.key(request, name)
        signed = self._signer.share(
            request.json() if request.body else {},
            queue_path=f'/v2/queues/{name}',
            project_id=project_id,
            now=self._clock(),
        )
        return exchange.Answer(200, signed)


_TITLES = {
    400: 'Invalid API request',
    403: 'Forbidden',
    404: 'Not found',
    503: 'Service temporarily unavailable',
}

_RESERVED = {
    '_max_messages_post_size': bounds.MOST_BYTES,
    '_default_message_ttl': bounds.DEFAULT_TTL,
    '_default_message_delay': 0,
    '_dead_letter_queue': None,
    '_dead_letter_queue_messages_ttl': None,
    '_max_claim_count': None,
}


def _check_client(request: exchange.Request) -> None:
    client_id = request.header('Client-ID')
    if client_id is None:
        raise exchange.Refused(400, 'The header Client-ID is required.')
    try:
        uuid.UUID(client_id)
    except ValueError:
        raise exchange.Refused(400, 'Malformed hexadecimal UUID.') from None


def _patch(metadata: dict[str, Any], change: Any) -> None:
    """Carry out one operation of a JSON patch."""
    change = shape.an_object(change, 'change')
    path = shape.text(change.get('path'), 'path')
    found = re.fullmatch(r'/metadata/([^/]+)', path)
    if found is None:
        raise exchange.Refused(
            400, 'The root of path must be metadata, e.g /metadata/key.'
        )
    match change.get('op'):
        case 'add' | 'replace':
            metadata[found[1]] = change.get('value')
        case 'remove':
            metadata.pop(found[1], None)
        case other:
            raise exchange.Refused(400, f'Invalid operation: `{other}`.')
