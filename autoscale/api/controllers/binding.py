"""The policies of a cluster: attach, order, observe, detach."""

import logging
from typing import Any

from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import place
from autoscale.api.controllers import request
from autoscale.api.schemas import binding as schemas
from autoscale.db import binding as bindings
from autoscale.db import cluster as clusters
from autoscale.db import policy as policies
from autoscale.model import binding

LOG = logging.getLogger(__name__)


def _ends(conn: Any, call: calls.Call) -> tuple[Any, Any]:
    """The cluster and the policy that the path names."""
    return (
        clusters.get(conn, call.project_id, call.refs['cluster_id']),
        policies.get(conn, call.project_id, call.refs['policy_id']),
    )


class Binding(place.Place):
    ref = 'policy_id'

    @place.operation(
        'GET',
        'Show how a policy is attached to a cluster',
        rule='binding:show',
        answers={200: ('binding', schemas.SHOWN)},
        faults=(404, 409),
    )
    def show(self, call: calls.Call) -> answer.Answer:
        def look(conn: Any) -> binding.Binding:
            cluster, policy = _ends(conn, call)
            return bindings.get(conn, cluster.id, policy.id)

        return answer.Answer(body={'binding': schemas.show(call.read(look))})

    @place.operation(
        'PUT',
        'Attach a policy to a cluster',
        rule='binding:attach',
        root='binding',
        body=schemas.ATTACH,
        body_optional=True,
        answers={201: ('binding', schemas.SHOWN)},
        faults=(404, 409),
    )
    def attach(self, call: calls.Call) -> answer.Answer:
        asked = call.body or {}
        now = call.now()

        def work(conn: Any) -> answer.Answer:
            policy = policies.get(
                conn, call.project_id, call.refs['policy_id']
            )
            cluster = request.living(conn, call, call.refs['cluster_id'])
            made = bindings.attach(
                conn,
                binding.Binding(
                    cluster_id=cluster.id,
                    policy_id=policy.id,
                    policy_name=policy.name,
                    policy_type=policy.type,
                    policy_spec=policy.spec,
                    enabled=asked.get('enabled', True),
                    observe_only=asked.get('observe_only', False),
                    priority=asked.get('priority', binding.DEFAULT_PRIORITY),
                    cooldown_until=None,
                    created_at=now,
                    updated_at=None,
                ),
            )
            return answer.Answer(
                status=201, body={'binding': schemas.show(made)}
            )

        return _told(call.write(work), 'attached')

    @place.operation(
        'PATCH',
        'Enable, order or only observe a policy of a cluster',
        rule='binding:change',
        root='binding',
        body=schemas.CHANGE,
        answers={200: ('binding', schemas.SHOWN)},
        faults=(404, 409),
    )
    def change(self, call: calls.Call) -> answer.Answer:
        now = call.now()

        def work(conn: Any) -> answer.Answer:
            cluster, policy = _ends(conn, call)
            bindings.change(
                conn, cluster.id, policy.id, **call.body, updated_at=now
            )
            changed = bindings.get(conn, cluster.id, policy.id)
            return answer.Answer(body={'binding': schemas.show(changed)})

        return _told(call.write(work), 'changed')

    @place.operation(
        'DELETE',
        'Detach a policy from a cluster',
        rule='binding:detach',
        answers={204: (None, None)},
        faults=(404, 409),
    )
    def detach(self, call: calls.Call) -> answer.Answer:
        def work(conn: Any) -> tuple[str, str]:
            cluster, policy = _ends(conn, call)
            bindings.detach(conn, cluster.id, policy.id)
            return cluster.id, policy.id

        ends = call.services.database.write(work)
        LOG.info('cluster %s: policy %s detached', *ends)
        return answer.Answer(status=204)


def _told(said: answer.Answer, what: str) -> answer.Answer:
    shown = said.body['binding']
    LOG.info(
        'cluster %s: policy %s %s',
        shown['cluster_id'],
        shown['policy_id'],
        what,
    )
    return said


class Bindings(place.Place):
    item = Binding

    @place.operation(
        'GET',
        'The policies of a cluster, in the order in which they speak',
        rule='binding:list',
        answers={200: ('bindings', schemas.SHOWN)},
        faults=(404, 409),
    )
    def index(self, call: calls.Call) -> answer.Answer:
        def look(conn: Any) -> list[binding.Binding]:
            cluster = clusters.get(
                conn, call.project_id, call.refs['cluster_id']
            )
            return bindings.of(conn, cluster.id)

        shown = [schemas.show(each) for each in call.read(look)]
        return answer.Answer(body={'bindings': shown, 'bindings_links': []})
