"""Clusters: who may do what."""

from oslo_policy import policy

from autoscale.api.rules import base


def list_rules() -> list[policy.RuleDefault]:
    return [
        base.rule(
            'cluster:list',
            base.READER,
            'List clusters',
            'GET /v1/clusters',
        ),
        base.rule(
            'cluster:create',
            base.MEMBER,
            'Create a cluster',
            'POST /v1/clusters',
        ),
        base.rule(
            'cluster:show',
            base.READER,
            'Show a cluster',
            'GET /v1/clusters/{cluster_id}',
        ),
        base.rule(
            'cluster:change',
            base.MEMBER,
            'Change a cluster',
            'PATCH /v1/clusters/{cluster_id}',
        ),
        base.rule(
            'cluster:delete',
            base.MEMBER,
            'Delete a cluster',
            'DELETE /v1/clusters/{cluster_id}',
        ),
        base.rule(
            'cluster:act',
            base.MEMBER,
            'Ask a cluster for a change of size',
            'POST /v1/clusters/{cluster_id}/actions',
        ),
        base.rule(
            'cluster:preview',
            base.READER,
            'See what would be decided now',
            'POST /v1/clusters/{cluster_id}/preview',
        ),
    ]
