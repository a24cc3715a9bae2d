"""Asking the engine: an action is kept, its cluster due, an engine woken.

The row is committed before anyone is told; a wake that gets lost costs
seconds, never the request.
"""

import logging
from collections.abc import Callable
from typing import Any

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import delegation
from autoscale.api.schemas import action as schemas
from autoscale.db import cluster as clusters
from autoscale.db import credential as credentials
from autoscale.db import event as events
from autoscale.db import request
from autoscale.model import action
from autoscale.model import cluster
from autoscale.model import event

LOG = logging.getLogger(__name__)


class _NoCredential(exceptions.CredentialRequired):
    """Nothing is kept that the engine could act with."""


def write(
    call: calls.Call,
    work: Callable[[Any], answer.Answer],
    secrets: tuple[str, ...] = (),
) -> answer.Answer:
    """`call.write`, for what an engine has to act upon later.

    When `work` finds that there is no credential for that, one is seen to
    and `work` is done again. Raises CredentialRequired.
    """
    try:
        return call.write(work, secrets)
    except _NoCredential as lack:
        try:
            call.services.delegation.see_to(
                delegation.Caller(call.environ), call.new_id
            )
        except exceptions.CredentialRequired:
            if not lack.facts['may_wait']:
                raise
            call.may_wait = True
    return call.write(work, secrets)


def need_own(conn: Any, call: calls.Call) -> None:
    """What is made will be the caller's: so must be the credential."""
    if call.services.delegation.is_on and not _works(
        conn, call, call.context.user_id
    ):
        raise _NoCredential(reason='yours does not work', may_wait=False)


def need(conn: Any, call: calls.Call, target: cluster.Cluster) -> None:
    """The engine must be able to act upon this cluster.

    Its owner's credential will do. When that does not work, the cluster
    becomes the caller's, who is of the same project and has one that does;
    or else the request waits until the owner's works again.
    """
    if not call.services.delegation.is_on or call.may_wait:
        return
    if _works(conn, call, target.user_id):
        return
    caller = call.context.user_id
    if target.user_id == caller or not _works(conn, call, caller):
        known = credentials.standing(conn, target.user_id, call.project_id)
        raise _NoCredential(
            reason="its owner's does not work", may_wait=known is not None
        )
    clusters.change(conn, target.id, user_id=caller)
    events.record(conn, [_taken_over(call, target)])


def _works(conn: Any, call: calls.Call, user_id: str | None) -> bool:
    found = credentials.standing(conn, user_id, call.project_id)
    return found is not None and found.is_working


def _taken_over(call: calls.Call, target: cluster.Cluster) -> event.Event:
    return event.Event(
        sequence=None,
        id=call.new_id(),
        project_id=target.project_id,
        cluster_id=target.id,
        node_id=None,
        action_id=None,
        level=event.WARNING,
        type='cluster.owner_changed',
        message=f'the credential of user {target.user_id} does not work; '
        f"'{target.name}' is user {call.context.user_id}'s from now on",
        details={'from': target.user_id, 'to': call.context.user_id},
        created_at=call.now(),
    )


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
    """Keep the request, in the caller's transaction; see `write`."""
    need(conn, call, target)
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
