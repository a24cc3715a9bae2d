"""Actions of all clusters."""

from typing import Any

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import paging
from autoscale.api import place
from autoscale.api.controllers import listed
from autoscale.api.controllers import request
from autoscale.api.query import Parameter
from autoscale.api.schemas import action as schemas
from autoscale.db import action as actions
from autoscale.db import cluster as clusters
from autoscale.model import action

FILTERS = (
    Parameter(name='kind', description='Of this kind.', choices=action.KINDS),
    Parameter(
        name='status', description='In this status.', choices=action.STATUSES
    ),
)
SORTS = ('created_at', 'started_at', 'ended_at', 'kind', 'status')
NEWEST_FIRST = (('sequence', 'desc'),)

LISTING = paging.Listing(
    filters=(
        Parameter(name='cluster_id', description='Of this cluster.'),
        *FILTERS,
    ),
    sorts=SORTS,
    default_sort=NEWEST_FIRST,
)


class Cancel(place.Place):
    @place.operation(
        'POST',
        'Cancel an action: 200 if no engine has begun it, else 202 and what '
        'can still be taken back is: members that drain return to service, '
        'members that are not built yet are not',
        rule='action:cancel',
        answers={
            200: ('action', schemas.SHOWN),
            202: ('action', schemas.SHOWN),
        },
        faults=(404, 409),
    )
    def cancel(self, call: calls.Call) -> answer.Answer:
        def work(conn: Any) -> answer.Answer:
            found = actions.get(conn, call.project_id, call.refs['action_id'])
            won = actions.cancel(conn, found.id)
            found = actions.get(conn, call.project_id, found.id)
            if won or found.status == action.CANCELLED:
                return answer.Answer(body={'action': schemas.show(found)})
            if found.status not in action.STARTED:
                raise exceptions.ActionNotCancellable(
                    ref=found.id, reason=f'it is {found.status}'
                )
            if found.kind in (action.DELETE, action.CANCEL, action.CHECK):
                raise exceptions.ActionNotCancellable(
                    ref=found.id, reason=f'a {found.kind} cannot be taken back'
                )
            target = clusters.get(conn, found.project_id, found.cluster_id)
            inputs = {'action_id': found.id}
            return request.queue(conn, call, target, action.CANCEL, inputs)

        return request.announce(call, request.write(call, work))


class Action(place.Place):
    ref = 'action_id'
    places = {'cancel': Cancel}

    @place.operation(
        'GET',
        'Show an action: what was asked, what was decided, and why',
        rule='action:show',
        answers={200: ('action', schemas.SHOWN)},
        faults=(404,),
    )
    def show(self, call: calls.Call) -> answer.Answer:
        found = call.read(actions.get, call.project_id, call.refs['action_id'])
        return answer.Answer(body={'action': schemas.show(found)})


class Actions(place.Place):
    item = Action

    @place.operation(
        'GET',
        'List actions, the newest first',
        rule='action:list',
        listing=LISTING,
        answers={200: ('actions', schemas.SHOWN)},
    )
    def index(self, call: calls.Call) -> answer.Answer:
        return listed.page(
            call, LISTING, 'actions', actions.page, schemas.show
        )
