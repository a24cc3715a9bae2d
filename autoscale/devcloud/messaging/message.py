"""The doors of a queue's messages: post, list, look, delete, pop."""

import urllib.parse
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import routing
from autoscale.devcloud import settings
from autoscale.devcloud.messaging import bounds
from autoscale.devcloud.messaging import queue as queues


class Messages:
    """Answers everything below /v2/queues/{name}/messages."""

    def __init__(
        self,
        store: queues.Queues,
        current_settings: Callable[[], settings.Settings],
    ):
        self._store = store
        self._settings = current_settings

    def routes(self) -> Iterable[routing.Route]:
        path = '/v2/queues/{name}/messages'
        one = path + '/{id}'
        yield routing.Route('POST', path, 'post_messages', self.post)
        yield routing.Route('GET', path, 'list_messages', self.list_all)
        yield routing.Route('DELETE', path, 'delete_messages', self.clear)
        yield routing.Route('GET', one, 'show_message', self.show)
        yield routing.Route('DELETE', one, 'delete_message', self.delete)

    def post(self, request: exchange.Request, name: str) -> exchange.Answer:
        if len(request.body) > bounds.MOST_BYTES:
            raise exchange.Refused(
                400,
                'Message collection size is too large. Max size '
                f'{bounds.MOST_BYTES}',
            )
        posted = self._posted(request.json())
        with self._store.lock:
            ids = self._store.post(
                key(request, name), posted, request.header('Client-ID') or ''
            )
        request.ids = ids
        path = f'/v2/queues/{name}/messages'
        return exchange.Answer(
            201,
            {'resources': [f'{path}/{each}' for each in ids]},
            (('location', f'{path}?ids={",".join(ids)}'),),
        )

    def _posted(self, document: Any) -> list[dict[str, Any]]:
        listed = (
            document.get('messages') if isinstance(document, dict) else None
        )
        if listed is None:
            raise exchange.Refused(
                400, 'No messages were found in the request body.'
            )
        if not isinstance(listed, list) or not listed:
            raise exchange.Refused(400, 'No messages to enqueu.')
        most = self._settings().messages_per_post
        if most and len(listed) > most:
            raise exchange.Refused(
                400,
                'Bad request: limit must be at least 1 and no greater than '
                f'{most}.',
            )
        return [_message(each) for each in listed]

    def list_all(
        self, request: exchange.Request, name: str
    ) -> exchange.Answer:
        ids = _ids(request)
        with self._store.lock:
            queue, now = self._store.find(key(request, name))
            held = list(queue.messages.values()) if queue else []
            if ids is not None:
                return self._by_ids(name, held, ids, now)
            return self._page(request, name, held, now)

    def _by_ids(
        self,
        name: str,
        held: list[queues.Message],
        ids: list[str],
        now: float,
    ) -> exchange.Answer:
        wanted = set(ids)
        found = [message for message in held if message.id in wanted]
        if not found:
            raise exchange.Refused(
                404, f'No messages with IDs: {ids} found in the queue {name}.'
            )
        shown = [show(message, name, now) for message in found]
        return exchange.Answer(200, {'messages': shown})

    def _page(
        self,
        request: exchange.Request,
        name: str,
        held: list[queues.Message],
        now: float,
    ) -> exchange.Answer:
        limit = bounds.limit(request)
        marker = _marker(request)
        echo = request.flag('echo')
        with_claimed = request.flag('include_claimed')
        client_id = request.header('Client-ID')
        page = []
        for message in held:
            if message.number <= marker:
                continue
            if not echo and message.client_id == client_id:
                continue
            if not with_claimed and message.is_claimed(now):
                continue
            page.append(message)
            if len(page) == limit:
                break
        links = []
        if page:
            query = {
                'marker': page[-1].id,
                'limit': limit,
                'echo': str(echo).lower(),
                'include_claimed': str(with_claimed).lower(),
            }
            href = (
                f'/v2/queues/{name}/messages?{urllib.parse.urlencode(query)}'
            )
            links = [{'rel': 'next', 'href': href}]
        shown = [show(message, name, now) for message in page]
        return exchange.Answer(200, {'messages': shown, 'links': links})

    def show(
        self, request: exchange.Request, name: str, message_id: str
    ) -> exchange.Answer:
        with self._store.lock:
            queue, now = self._store.find(key(request, name))
            message = queue.messages.get(message_id) if queue else None
            if message is None:
                raise exchange.Refused(
                    404,
                    f'Message {message_id} does not exist in queue {name}',
                )
            return exchange.Answer(200, show(message, name, now))

    def delete(
        self, request: exchange.Request, name: str, message_id: str
    ) -> exchange.Answer:
        claim_id = request.parameter('claim_id')
        request.ids = [message_id]
        with self._store.lock:
            queue, now = self._store.find(key(request, name))
            message = queue.messages.get(message_id) if queue else None
            if message is not None:
                _check_claim(message, claim_id, now)
                self._store.remove(key(request, name), [message_id])
        return exchange.Answer(204)

    def clear(self, request: exchange.Request, name: str) -> exchange.Answer:
        """Delete by ids, or pop the oldest."""
        ids, pop = _ids(request), bounds.number(request, 'pop')
        if (ids is None) == (pop is None):
            raise exchange.Refused(
                400, 'The request should have either "ids" or "pop".'
            )
        with self._store.lock:
            if pop is None:
                request.ids = ids or []
                self._store.remove(key(request, name), request.ids)
                return exchange.Answer(204)
            bounds.check_limit(pop)
            queue, now = self._store.find(key(request, name))
            held = queue.messages.values() if queue else ()
            free = [each for each in held if not each.is_claimed(now)][:pop]
            shown = [show(message, name, now) for message in free]
            request.ids = [message.id for message in free]
            self._store.remove(key(request, name), request.ids)
        return exchange.Answer(200, {'messages': shown})


def key(request: exchange.Request, name: str) -> queues.Key:
    """Where the store keeps this caller's queue of that name."""
    assert request.caller is not None
    return request.caller.project_id or '', name


def show(message: queues.Message, name: str, now: float) -> dict[str, Any]:
    """A message as Zaqar shows it."""
    href = f'/v2/queues/{name}/messages/{message.id}'
    if message.is_claimed(now):
        href += f'?claim_id={message.claim_id}'
    return {
        'id': message.id,
        'href': href,
        'ttl': message.ttl,
        'age': int(now - message.posted_at),
        'body': message.body,
        'claim_count': message.claim_count,
    }


def _message(posted: Any) -> dict[str, Any]:
    if not isinstance(posted, dict):
        raise exchange.Refused(400, 'A message must be an object.')
    if 'body' not in posted:
        raise exchange.Refused(400, 'Missing "body" field.')
    if 'delay' in posted:
        bounds.seconds(
            posted['delay'],
            'Delay TTL for a message',
            least=0,
            most=bounds.MOST_DELAY,
        )
    ttl = bounds.seconds(
        posted.get('ttl', bounds.DEFAULT_TTL),
        'TTL for a message',
        least=bounds.LEAST_TTL,
        most=bounds.MOST_TTL,
    )
    return {'body': posted['body'], 'ttl': ttl}


def _marker(request: exchange.Request) -> int:
    """The number after which the page begins."""
    text = request.parameter('marker')
    if not text:
        return 0
    try:
        return queues.number_of(text)
    except ValueError:
        raise exchange.Refused(400, 'The marker is no message id.') from None


def _ids(request: exchange.Request) -> list[str] | None:
    values = request.query.get('ids')
    if values is None:
        return None
    # Zaqar reads ids=a,b; its own client sends ids=a&ids=b.
    ids = [each for value in values for each in value.split(',') if each]
    bounds.check_limit(len(ids))
    return ids


def _check_claim(
    message: queues.Message, claim_id: str | None, now: float
) -> None:
    if claim_id is None:
        if message.is_claimed(now):
            raise exchange.Refused(
                403,
                'This message is claimed; it cannot be deleted without a '
                'valid claim ID.',
                title='Unable to delete',
            )
    elif not message.is_claimed(now):
        raise exchange.Refused(
            400,
            'A claim was specified, but the message is not currently claimed.',
            title='Unable to delete',
        )
    elif message.claim_id != claim_id:
        raise exchange.Refused(
            403,
            'This message is claimed; it cannot be deleted without a valid '
            'claim ID.',
            title='Unable to delete',
        )
