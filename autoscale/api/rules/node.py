"""Nodes: who may do what."""

from oslo_policy import policy

from autoscale.api.rules import base


def list_rules() -> list[policy.RuleDefault]:
    return [
        base.rule(
            'node:list',
            base.READER,
            'List nodes',
            'GET /v1/nodes',
            'GET /v1/clusters/{cluster_id}/nodes',
        ),
        base.rule(
            'node:show',
            base.READER,
            'Show a node',
            'GET /v1/nodes/{node_id}',
        ),
        base.rule(
            'node:change',
            base.MEMBER,
            'Change name, metadata or protection of a node',
            'PATCH /v1/nodes/{node_id}',
        ),
        base.rule(
            'node:delete',
            base.MEMBER,
            'Drain and delete a node',
            'DELETE /v1/nodes/{node_id}',
        ),
    ]
