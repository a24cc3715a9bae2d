"""Actions of all clusters."""

import logging
from typing import Any

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import paging
from autoscale.api import place
from autoscale.api.controllers import listed
from autoscale.api.query import Parameter
from autoscale.api.schemas import action as schemas
from autoscale.db import action as actions
from autoscale.model import action

LOG = logging.getLogger(__name__)

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
        'Cancel an action that no engine has begun',
        rule='action:cancel',
        answers={200: ('action', schemas.SHOWN)},
        faults=(404, 409),
    )
    def cancel(self, call: calls.Call) -> answer.Answer:
        def work(conn: Any) -> answer.Answer:
            found = actions.get(conn, call.project_id, call.refs['action_id'])
            won = actions.cancel(conn, found.id)
            found = actions.get(conn, call.project_id, found.id)
            if not won and found.status != action.CANCELLED:
                raise exceptions.ActionNotCancellable(
                    ref=found.id, reason=f'it is {found.status}'
                )
            return answer.Answer(body={'action': schemas.show(found)})

        said = call.write(work)
        LOG.info('action %s: cancelled', said.body['action']['id'])
        return said


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
