"""Lifecycle hooks: seen by their owners, answered by whoever has the token.

Answer and heartbeat are public doors. Both may be repeated without harm, so
an Idempotency-Key is accepted and makes no difference.
"""

import logging
from typing import Any

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import body as bodies
from autoscale.api import call as calls
from autoscale.api import capability
from autoscale.api import paging
from autoscale.api import place
from autoscale.api import query as queries
from autoscale.api.controllers import listed
from autoscale.api.query import Parameter
from autoscale.api.schemas import hook as schemas
from autoscale.api.schemas import shape
from autoscale.db import cluster as clusters
from autoscale.db import hook as hooks
from autoscale.model import hook

LOG = logging.getLogger(__name__)

_FILTERS = (
    Parameter(
        name='status', description='In this status.', choices=hook.STATUSES
    ),
    Parameter(name='node_id', description='Of this node.'),
    Parameter(name='action_id', description='Of this action.'),
)
_SORTS = ('status', 'deadline', 'created_at', 'ended_at')

LISTING = paging.Listing(
    filters=(
        Parameter(name='cluster_id', description='Of this cluster.'),
        *_FILTERS,
    ),
    sorts=_SORTS,
)
OF_CLUSTER = paging.Listing(
    filters=_FILTERS, sorts=_SORTS, crosses_projects=False
)

_TOKEN = Parameter(name='token', description='Or in a header, or in the body.')


def _right(call: calls.Call, body: shape.Shape) -> str:
    """Read and check the body; the hash of the token that came along."""
    query = dict(queries.pairs(call.environ.get('QUERY_STRING', '')))
    call.raw = bodies.read(call.environ)
    call.body = bodies.parse_object(call.raw)
    body.check(call.body)
    token = call.body.get('lifecycle_action_token') or capability.carried(
        call.environ, query
    )
    if not token:
        raise exceptions.InvalidField(
            field='lifecycle_action_token', reason='is required'
        )
    return capability.hash_of(token)


class Complete(place.Place):
    @place.operation(
        'POST',
        'Answer a lifecycle hook: let the server go, or keep it',
        is_public=True,
        body=schemas.COMPLETE,
        query=(_TOKEN,),
        answers={200: ('hook', schemas.SHOWN)},
        faults=(404, 409),
    )
    def complete(self, call: calls.Call) -> answer.Answer:
        token_hash = _right(call, schemas.COMPLETE)
        said: hook.Hook = call.services.database.write_together(
            hooks.answer_all,
            hooks.Answering(
                call.refs['hook_id'],
                token_hash,
                call.body.get('result', hook.CONTINUE),
                call.body.get('reason'),
            ),
        )
        call.services.waker.wake(said.cluster_id)
        LOG.info('hook %s: answered %s', said.id, said.answer)
        return answer.Answer(body={'hook': schemas.show(said)})


class Heartbeat(place.Place):
    @place.operation(
        'POST',
        'Ask for more time before answering a lifecycle hook',
        is_public=True,
        body=schemas.HEARTBEAT,
        query=(_TOKEN,),
        answers={200: ('hook', schemas.SHOWN)},
        faults=(404, 409),
    )
    def heartbeat(self, call: calls.Call) -> answer.Answer:
        token_hash = _right(call, schemas.HEARTBEAT)
        said: hook.Hook = call.services.database.write(
            hooks.heartbeat,
            call.refs['hook_id'],
            token_hash,
            call.body.get('extend'),
        )
        call.services.waker.wake(said.cluster_id)
        LOG.info('hook %s: now waits until %s', said.id, said.deadline)
        return answer.Answer(body={'hook': schemas.show(said)})


class Hook(place.Place):
    ref = 'hook_id'
    places = {'complete': Complete, 'heartbeat': Heartbeat}

    @place.operation(
        'GET',
        'Show a lifecycle hook',
        rule='hook:show',
        answers={200: ('hook', schemas.SHOWN)},
        faults=(404,),
    )
    def show(self, call: calls.Call) -> answer.Answer:
        found = call.read(hooks.get, call.project_id, call.refs['hook_id'])
        return answer.Answer(body={'hook': schemas.show(found)})


class Hooks(place.Place):
    item = Hook

    @place.operation(
        'GET',
        'List lifecycle hooks',
        rule='hook:list',
        listing=LISTING,
        answers={200: ('hooks', schemas.SHOWN)},
    )
    def index(self, call: calls.Call) -> answer.Answer:
        return listed.page(call, LISTING, 'hooks', hooks.page, schemas.show)


class ClusterHooks(place.Place):
    @place.operation(
        'GET',
        'The lifecycle hooks of a cluster',
        rule='hook:list',
        listing=OF_CLUSTER,
        answers={200: ('hooks', schemas.SHOWN)},
        faults=(404, 409),
    )
    def index(self, call: calls.Call) -> answer.Answer:
        def look(conn: Any) -> str:
            ref = call.refs['cluster_id']
            return clusters.get(conn, call.project_id, ref).id

        return listed.page(
            call,
            OF_CLUSTER,
            'hooks',
            hooks.page,
            schemas.show,
            cluster_id=call.read(look),
        )
