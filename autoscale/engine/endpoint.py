"""What can be said to an engine over RPC: two small calls."""

import uuid
from typing import Any

import oslo_messaging
from oslo_messaging.rpc import server as rpc_server

from autoscale import exceptions
from autoscale import plugins
from autoscale.db import database
from autoscale.db import gathering
from autoscale.engine import gather
from autoscale.engine import one_pass
from autoscale.engine import worker
from autoscale.engine.planning import plan as planning
from autoscale.model import action as actions
from autoscale.model import node as nodes
from autoscale.rpc import transport


class Endpoint:
    target = oslo_messaging.Target(version=transport.VERSION)

    def __init__(
        self,
        db: database.Database,
        gatherer: gather.Gatherer,
        hands: worker.Worker,
    ) -> None:
        self._db = db
        self._gatherer = gatherer
        self._worker = hands

    @rpc_server.expose  # type: ignore[untyped-decorator]
    def wake(self, context: dict[str, Any], cluster_ids: list[str]) -> None:
        """Requests for these clusters were committed."""
        for each in cluster_ids:
            self._worker.wake(each)

    @rpc_server.expose  # type: ignore[untyped-decorator]
    def preview(
        self,
        context: dict[str, Any],
        cluster_id: str,
        request: dict[str, Any],
    ) -> dict[str, Any]:
        """What would be decided now; the same code, and nothing is done.

        Answers {'status', 'status_reason', 'decision'} as the action would
        have them, or {'not_found': …}, or {'unavailable': …} when the
        database is.
        """
        try:
            now = self._db.now()
            rest = self._db.read(
                gathering.gather, cluster_id, now, everyone=True
            )
        except exceptions.Unavailable as error:
            return {'unavailable': error.facts['part']}
        if rest is None:
            return {'not_found': cluster_id}
        ((kind, inputs),) = request.items()
        asked = _action(rest, kind, inputs)
        facts = self._gatherer.without_cloud(rest, (*rest.actions, asked))
        plan = planning.plan(
            facts, now, one_pass.chance(), plugins.load(plugins.POLICIES)
        )
        decided = next(
            each for each in plan.after.actions if each.id == asked.id
        )
        return {
            'status': decided.status,
            'status_reason': decided.status_reason,
            'decision': decided.decision,
            'counts': {
                status: count
                for status, count in plan.after.counts.items()
                if status != nodes.GONE and count
            },
        }


def _action(
    rest: gathering.Rest, kind: str, inputs: dict[str, Any]
) -> actions.Action:
    now = rest.cluster.created_at
    return actions.Action(
        sequence=None,
        id=str(uuid.uuid4()),
        project_id=rest.cluster.project_id,
        user_id=None,
        cluster_id=rest.cluster.id,
        cluster_name=rest.cluster.name,
        kind=kind,
        status=actions.QUEUED,
        status_reason=None,
        inputs=inputs,
        cause={'type': actions.PERSON},
        decision=None,
        request_id=None,
        created_at=now,
        started_at=None,
        ended_at=None,
    )
