"""Asking the engine: an action is kept, its cluster due, an engine woken.

The row is committed before anyone is told; a wake that gets lost costs
seconds, never the request.
"""

import logging
from typing import Any

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api.schemas import action as schemas
from autoscale.db import cluster as clusters
from autoscale.db import request
from autoscale.model import action
from autoscale.model import cluster

LOG = logging.getLogger(__name__)


def new(
    call: calls.Call,
    target: cluster.Cluster,
    kind: str,
    inputs: dict[str, Any],
) -> action.Action:
    """An action that the caller asks of a cluster."""
    return action.Action(
        sequence=None,
        id=call.new_id(),
        project_id=target.project_id,
        user_id=call.context.user_id,
        cluster_id=target.id,
        cluster_name=target.name,
        kind=kind,
        status=action.QUEUED,
        status_reason=None,
        inputs=inputs,
        cause=call.cause(),
        decision=None,
        request_id=call.request_id,
        created_at=call.now(),
        started_at=None,
        ended_at=None,
    )


def accepted(
    call: calls.Call, queued: action.Action, **more: Any
) -> answer.Answer:
    """The 202 that says where to follow the action."""
    return answer.Answer(
        status=202,
        body={'action': schemas.show(queued), **more},
        headers=(('Location', f'{call.base_url}/v1/actions/{queued.id}'),),
    )


def living(conn: Any, call: calls.Call, ref: str) -> cluster.Cluster:
    """The cluster; ClusterIsDeleting if it is on its way out."""
    found = clusters.get(conn, call.project_id, ref)
    if found.is_deleting:
        raise exceptions.ClusterIsDeleting(ref=found.name)
    return found


def queue(
    conn: Any,
    call: calls.Call,
    target: cluster.Cluster,
    kind: str,
    inputs: dict[str, Any],
) -> answer.Answer:
    """Keep the request, in the caller's transaction."""
    wanted = new(call, target, kind, inputs)
    return accepted(call, request.accept(conn, wanted))


def announce(call: calls.Call, said: answer.Answer) -> answer.Answer:
    """Wake an engine for the action in `said`, after the commit."""
    told = said.body.get('action') if said.body else None
    if told is not None and said.status == 202:
        call.services.waker.wake(told['cluster_id'])
        LOG.info(
            'cluster %s: %s asked for, action %s',
            told['cluster_id'],
            told['kind'],
            told['id'],
        )
    return said
