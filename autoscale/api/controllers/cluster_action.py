"""What is asked of a cluster: actions, and previews of them."""

import hashlib
from typing import Any

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import paging
from autoscale.api import place
from autoscale.api.controllers import action as actions_of_all
from autoscale.api.controllers import listed
from autoscale.api.controllers import request
from autoscale.api.schemas import action as schemas
from autoscale.api.schemas import hook as hook_schemas
from autoscale.db import action as actions
from autoscale.db import cluster as clusters
from autoscale.db import hook as hooks
from autoscale.model import hook

LISTING = paging.Listing(
    filters=actions_of_all.FILTERS,
    sorts=actions_of_all.SORTS,
    default_sort=actions_of_all.NEWEST_FIRST,
    crosses_projects=False,
)


def _asked(call: calls.Call) -> tuple[str, dict[str, Any]]:
    """The one thing that the body asks for, and its inputs."""
    ((kind, inputs),) = call.body.items()
    schemas.check_inputs(kind, inputs, at=kind)
    return kind, inputs


class ClusterActions(place.Place):
    @place.operation(
        'GET',
        'The history of a cluster, the newest action first',
        rule='action:list',
        listing=LISTING,
        answers={200: ('actions', schemas.SHOWN)},
        faults=(404, 409),
    )
    def index(self, call: calls.Call) -> answer.Answer:
        found = call.read(
            clusters.get, call.project_id, call.refs['cluster_id']
        )
        return listed.page(
            call,
            LISTING,
            'actions',
            actions.page,
            schemas.show,
            cluster_id=found.id,
        )

    @place.operation(
        'POST',
        'Ask for a change: exactly one key says which',
        rule='cluster:act',
        body=schemas.REQUEST,
        answers={202: ('action', schemas.SHOWN)},
        faults=(404, 409),
    )
    def act(self, call: calls.Call) -> answer.Answer:
        kind, inputs = _asked(call)
        if kind == schemas.COMPLETE_LIFECYCLE:
            return _complete_lifecycle(call, inputs)

        def work(conn: Any) -> answer.Answer:
            found = request.living(conn, call, call.refs['cluster_id'])
            return request.queue(conn, call, found, kind, inputs)

        return request.announce(call, request.write(call, work))


def _complete_lifecycle(
    call: calls.Call, inputs: dict[str, Any]
) -> answer.Answer:
    """Answer one of the cluster's hooks; the action is what it belongs to."""
    token = inputs['lifecycle_action_token']
    token_hash = hashlib.sha256(token.encode()).hexdigest()
    result = inputs.get('result', hook.CONTINUE)

    def work(conn: Any) -> answer.Answer:
        found = clusters.get(conn, call.project_id, call.refs['cluster_id'])
        held = hooks.by_token(conn, call.project_id, found.id, token_hash)
        held = hooks.answer(
            conn, held.id, token_hash, result, inputs.get('reason')
        )
        shown = hook_schemas.show(held)
        try:
            if held.action_id is None:
                raise exceptions.NotFound(noun='action', ref='')
            owner = actions.get(conn, call.project_id, held.action_id)
        except exceptions.NotFound:  # pruned, or it has none
            return answer.Answer(
                status=202, body={'action': None, 'hook': shown}
            )
        return request.accepted(call, owner, hook=shown)

    said = call.write(work)
    call.services.waker.wake(said.body['hook']['cluster_id'])
    return said


class Preview(place.Place):
    @place.operation(
        'POST',
        'What would be decided now; nothing is done',
        rule='cluster:preview',
        body=schemas.PREVIEW,
        answers={200: ('decision', None)},
        faults=(404, 409, 503),
    )
    def preview(self, call: calls.Call) -> answer.Answer:
        _asked(call)
        found = call.read(request.living, call, call.refs['cluster_id'])
        decision = call.services.waker.preview(found.id, call.body)
        return answer.Answer(body={'decision': decision})
