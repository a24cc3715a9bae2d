"""Nodes: the members of clusters."""

import logging
from typing import Any

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import paging
from autoscale.api import place
from autoscale.api.controllers import listed
from autoscale.api.controllers import request
from autoscale.api.query import Parameter
from autoscale.api.schemas import action as action_schemas
from autoscale.api.schemas import fields
from autoscale.api.schemas import node as schemas
from autoscale.db import cluster as clusters
from autoscale.db import node as nodes
from autoscale.model import action
from autoscale.model import node

LOG = logging.getLogger(__name__)

_FILTERS = (
    Parameter(name='name', description='Exactly this name.'),
    Parameter(
        name='status',
        description='In this status; without it, all but GONE.',
        choices=node.STATUSES,
    ),
    Parameter(name='server_id', description='With this server.'),
    Parameter(name='profile_id', description='With this profile.'),
    Parameter(name='zone', description='In this availability zone.'),
)
_SORTS = ('name', 'index', 'status', 'created_at', 'updated_at')

LISTING = paging.Listing(
    filters=(
        Parameter(name='cluster_id', description='Of this cluster.'),
        *_FILTERS,
    ),
    sorts=_SORTS,
)
OF_CLUSTER = paging.Listing(
    filters=_FILTERS,
    sorts=_SORTS,
    default_sort=(('index', 'asc'),),
    crosses_projects=False,
)


class Node(place.Place):
    ref = 'node_id'

    @place.operation(
        'GET',
        'Show a node',
        rule='node:show',
        answers={200: ('node', schemas.SHOWN)},
        faults=(404, 409),
    )
    def show(self, call: calls.Call) -> answer.Answer:
        found = call.read(nodes.get, call.project_id, call.refs['node_id'])
        return answer.Answer(body={'node': schemas.show(found)})

    @place.operation(
        'PATCH',
        'Change name, metadata or protection of a node',
        rule='node:change',
        root='node',
        body=schemas.CHANGE,
        answers={200: ('node', schemas.SHOWN)},
        faults=(404, 409),
    )
    def change(self, call: calls.Call) -> answer.Answer:
        asked = dict(call.body)
        if 'protected_until' in asked:
            asked['protected_until'] = fields.read_moment(
                'protected_until', asked['protected_until']
            )
        now = call.now()

        def work(conn: Any) -> answer.Answer:
            found = nodes.get(conn, call.project_id, call.refs['node_id'])
            nodes.change(conn, found.id, **asked, updated_at=now)
            changed = nodes.get(conn, call.project_id, found.id)
            return answer.Answer(body={'node': schemas.show(changed)})

        said = call.write(work)
        LOG.info('node %s: changed', said.body['node']['id'])
        return said

    @place.operation(
        'DELETE',
        'Drain and delete a node',
        rule='node:delete',
        query=(
            Parameter(
                name='force',
                type='boolean',
                description='No lifecycle hook: it just goes.',
            ),
            Parameter(
                name='reduce_desired_capacity',
                type='boolean',
                description='false: another takes its place.',
            ),
        ),
        answers={202: ('action', action_schemas.SHOWN)},
        faults=(404, 409),
    )
    def delete(self, call: calls.Call) -> answer.Answer:
        wishes = {
            'reduce_desired_capacity': call.query.get(
                'reduce_desired_capacity', True
            ),
            'force': call.query.get('force', False),
        }

        def work(conn: Any) -> answer.Answer:
            found = nodes.get(conn, call.project_id, call.refs['node_id'])
            if found.status == node.GONE:
                raise exceptions.NotFound(noun='node', ref=found.id)
            cluster = request.living(conn, call, found.cluster_id)
            inputs = {'nodes': [found.id], **wishes}
            return request.queue(
                conn, call, cluster, action.REMOVE_NODES, inputs
            )

        return request.announce(call, request.write(call, work))


class Nodes(place.Place):
    item = Node

    @place.operation(
        'GET',
        'List nodes',
        rule='node:list',
        listing=LISTING,
        answers={200: ('nodes', schemas.SHOWN)},
    )
    def index(self, call: calls.Call) -> answer.Answer:
        return listed.page(call, LISTING, 'nodes', nodes.page, schemas.show)


class ClusterNodes(place.Place):
    @place.operation(
        'GET',
        'The members of a cluster',
        rule='node:list',
        listing=OF_CLUSTER,
        answers={200: ('nodes', schemas.SHOWN)},
        faults=(404, 409),
    )
    def index(self, call: calls.Call) -> answer.Answer:
        found = call.read(
            clusters.get, call.project_id, call.refs['cluster_id']
        )
        return listed.page(
            call,
            OF_CLUSTER,
            'nodes',
            nodes.page,
            schemas.show,
            cluster_id=found.id,
        )
