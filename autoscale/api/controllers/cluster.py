"""Clusters."""

import logging
from typing import Any

from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import paging
from autoscale.api import place
from autoscale.api.controllers import binding
from autoscale.api.controllers import cluster_action
from autoscale.api.controllers import hook
from autoscale.api.controllers import listed
from autoscale.api.controllers import node
from autoscale.api.controllers import request
from autoscale.api.query import Parameter
from autoscale.api.schemas import action as action_schemas
from autoscale.api.schemas import cluster as schemas
from autoscale.api.schemas import fields
from autoscale.db import cluster as clusters
from autoscale.db import profile as profiles
from autoscale.db import request as requests
from autoscale.model import action
from autoscale.model import cluster

LOG = logging.getLogger(__name__)

LISTING = paging.Listing(
    filters=(
        Parameter(name='name', description='Exactly this name.'),
        Parameter(
            name='status',
            description='In this status.',
            choices=cluster.STATUSES,
        ),
        Parameter(name='profile_id', description='With this profile.'),
    ),
    sorts=(
        'name',
        'status',
        'desired_capacity',
        'created_at',
        'updated_at',
    ),
)


class Cluster(place.Place):
    ref = 'cluster_id'
    places = {
        'actions': cluster_action.ClusterActions,
        'preview': cluster_action.Preview,
        'policies': binding.Bindings,
        'nodes': node.ClusterNodes,
        'hooks': hook.ClusterHooks,
    }

    @place.operation(
        'GET',
        'Show a cluster',
        rule='cluster:show',
        answers={200: ('cluster', schemas.SHOWN)},
        faults=(404, 409),
    )
    def show(self, call: calls.Call) -> answer.Answer:
        found = call.read(
            clusters.get, call.project_id, call.refs['cluster_id']
        )
        return answer.Answer(body={'cluster': schemas.show(found)})

    @place.operation(
        'PATCH',
        'Change a cluster; sizes and profile become an action',
        rule='cluster:change',
        root='cluster',
        body=schemas.CHANGE,
        answers={
            200: ('cluster', schemas.SHOWN),
            202: ('action', action_schemas.SHOWN),
        },
        faults=(404, 409),
    )
    def change(self, call: calls.Call) -> answer.Answer:
        asked = dict(call.body)
        quick = {
            key: asked.pop(key) for key in ('name', 'metadata') if key in asked
        }
        now = call.now()

        def work(conn: Any) -> answer.Answer:
            found = request.living(conn, call, call.refs['cluster_id'])
            if quick:
                clusters.change(conn, found.id, **quick, updated_at=now)
                found = clusters.get(conn, call.project_id, found.id)
            if not any(key in asked for key in schemas.SLOW):
                return answer.Answer(body={'cluster': schemas.show(found)})
            if 'profile_id' in asked:
                profile = profiles.get(
                    conn, call.project_id, asked['profile_id']
                )
                asked['profile_id'] = profile.id
            _check_change(found, asked)
            return request.queue(conn, call, found, action.UPDATE, asked)

        said = request.announce(call, request.write(call, work))
        if said.status == 200:
            LOG.info('cluster %s: changed', said.body['cluster']['id'])
        return said

    @place.operation(
        'DELETE',
        'Delete a cluster: its members are drained, then deleted',
        rule='cluster:delete',
        query=(
            Parameter(
                name='force',
                type='boolean',
                description='No lifecycle hooks: the members just go.',
            ),
        ),
        answers={202: ('action', action_schemas.SHOWN)},
        faults=(404, 409),
    )
    def delete(self, call: calls.Call) -> answer.Answer:
        inputs = {'force': True} if call.query.get('force') else {}

        def work(conn: Any) -> answer.Answer:
            found = clusters.get(
                conn, call.project_id, call.refs['cluster_id']
            )
            return request.queue(conn, call, found, action.DELETE, inputs)

        return request.announce(call, request.write(call, work))


def _check_change(found: cluster.Cluster, asked: dict[str, Any]) -> None:
    """Sizes that contradict each other, or what would be left as it is.

    Lowering the maximum below what is desired now is for the engine to
    refuse or to follow: requests that are still queued may change that.
    """
    fields.check_sizes(
        asked.get('min_size', found.min_size),
        asked.get('max_size', found.max_size),
        asked.get('desired_capacity'),
    )


class Clusters(place.Place):
    item = Cluster

    @place.operation(
        'GET',
        'List clusters',
        rule='cluster:list',
        listing=LISTING,
        answers={200: ('clusters', schemas.SHOWN)},
    )
    def index(self, call: calls.Call) -> answer.Answer:
        return listed.page(
            call, LISTING, 'clusters', clusters.page, schemas.show
        )

    @place.operation(
        'POST',
        'Create a cluster; its first members are built by an action',
        rule='cluster:create',
        root='cluster',
        body=schemas.CREATE,
        answers={202: ('action', action_schemas.SHOWN)},
        faults=(404, 409),
    )
    def create(self, call: calls.Call) -> answer.Answer:
        asked = call.body
        min_size = asked.get('min_size', 0)
        max_size = asked.get('max_size', cluster.UNLIMITED)
        desired = asked.get('desired_capacity', min_size)
        fields.check_sizes(min_size, max_size, desired)
        cluster_id, now = call.new_id(), call.now()

        def work(conn: Any) -> answer.Answer:
            profile = profiles.get(conn, call.project_id, asked['profile_id'])
            made = cluster.Cluster(
                id=cluster_id,
                project_id=call.project_id,
                user_id=call.context.user_id,
                name=asked['name'],
                profile_id=profile.id,
                min_size=min_size,
                max_size=max_size,
                desired_capacity=desired,
                status=cluster.CREATING,
                status_reason=None,
                metadata=asked.get('metadata', {}),
                next_index=1,
                is_deleting=False,
                is_forced=False,
                blocked_reason=None,
                exhausted_since=None,
                exhausted_reason=None,
                capacity_failures=0,
                retry_at=None,
                created_at=now,
                updated_at=None,
            )
            request.need_own(conn, call)
            first = request.new(call, made, action.CREATE, {})
            queued = requests.create_cluster(conn, made, first)
            return request.accepted(call, queued, cluster=schemas.show(made))

        return request.announce(call, request.write(call, work))
