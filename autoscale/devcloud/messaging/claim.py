"""The doors of a queue's claims: make, look, renew, release."""

from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import routing
from autoscale.devcloud.messaging import bounds
from autoscale.devcloud.messaging import message as messages
from autoscale.devcloud.messaging import queue as queues


class Claims:
    """Answers everything below /v2/queues/{name}/claims."""

    def __init__(self, store: queues.Queues):
        self._store = store

    def routes(self) -> Iterable[routing.Route]:
        path = '/v2/queues/{name}/claims'
        one = path + '/{id}'
        yield routing.Route('POST', path, 'create_claim', self.create)
        yield routing.Route('GET', one, 'show_claim', self.show)
        yield routing.Route('PATCH', one, 'update_claim', self.update)
        yield routing.Route('DELETE', one, 'delete_claim', self.delete)

    def create(self, request: exchange.Request, name: str) -> exchange.Answer:
        ttl, grace = _times(request)
        limit = bounds.limit(request)
        with self._store.lock:
            key = messages.key(request, name)
            claim = self._store.claim(key, ttl=ttl, grace=grace, limit=limit)
            if claim is None:
                return exchange.Answer(204)
            request.ids = list(claim.message_ids)
            shown = self._messages(request, name, claim)
        location = f'/v2/queues/{name}/claims/{claim.id}'
        return exchange.Answer(
            201, {'messages': shown}, (('location', location),)
        )

    def show(
        self, request: exchange.Request, name: str, claim_id: str
    ) -> exchange.Answer:
        with self._store.lock:
            claim, now = self._claim(request, name, claim_id)
            return exchange.Answer(
                200,
                {
                    'href': f'/v2/queues/{name}/claims/{claim.id}',
                    'ttl': claim.ttl,
                    'grace': claim.grace,
                    'age': int(now - claim.made_at),
                    'messages': self._messages(request, name, claim),
                },
            )

    def update(
        self, request: exchange.Request, name: str, claim_id: str
    ) -> exchange.Answer:
        ttl, grace = _times(request)
        with self._store.lock:
            claim, _ = self._claim(request, name, claim_id)
            self._store.renew(
                messages.key(request, name), claim, ttl=ttl, grace=grace
            )
        return exchange.Answer(204)

    def delete(
        self, request: exchange.Request, name: str, claim_id: str
    ) -> exchange.Answer:
        with self._store.lock:
            self._store.release(messages.key(request, name), claim_id)
        return exchange.Answer(204)

    def _claim(
        self, request: exchange.Request, name: str, claim_id: str
    ) -> tuple[queues.Claim, float]:
        queue, now = self._store.find(messages.key(request, name))
        claim = queue.claims.get(claim_id) if queue else None
        if claim is None:
            raise exchange.Refused(
                404, f'Claim {claim_id} does not exist for queue {name}'
            )
        return claim, now

    def _messages(
        self, request: exchange.Request, name: str, claim: queues.Claim
    ) -> list[dict[str, Any]]:
        queue, now = self._store.find(messages.key(request, name))
        assert queue is not None
        return [
            messages.show(queue.messages[each], name, now)
            for each in claim.message_ids
            if each in queue.messages
        ]


def _times(request: exchange.Request) -> tuple[int, int]:
    """Time to live and grace, from the body or by default."""
    body = request.json() if request.body else {}
    if not isinstance(body, dict):
        raise exchange.Refused(400, 'A claim must be an object.')
    times = []
    for name, default in (
        ('ttl', bounds.DEFAULT_CLAIM_TTL),
        ('grace', bounds.DEFAULT_CLAIM_GRACE),
    ):
        value = body.get(name)
        times.append(
            bounds.seconds(
                default if value is None else value,
                f'{name} for a claim',
                least=bounds.LEAST_CLAIM,
                most=bounds.MOST_CLAIM,
            )
        )
    return times[0], times[1]
