"""Policies attached to clusters: who may do what."""

from oslo_policy import policy

from autoscale.api.rules import base


def list_rules() -> list[policy.RuleDefault]:
    return [
        base.rule(
            'binding:list',
            base.READER,
            'List the policies of a cluster',
            'GET /v1/clusters/{cluster_id}/policies',
        ),
        base.rule(
            'binding:show',
            base.READER,
            'Show a policy of a cluster',
            'GET /v1/clusters/{cluster_id}/policies/{policy_id}',
        ),
        base.rule(
            'binding:attach',
            base.MEMBER,
            'Attach a policy to a cluster',
            'PUT /v1/clusters/{cluster_id}/policies/{policy_id}',
        ),
        base.rule(
            'binding:change',
            base.MEMBER,
            'Enable, order or only observe a policy of a cluster',
            'PATCH /v1/clusters/{cluster_id}/policies/{policy_id}',
        ),
        base.rule(
            'binding:detach',
            base.MEMBER,
            'Detach a policy from a cluster',
            'DELETE /v1/clusters/{cluster_id}/policies/{policy_id}',
        ),
    ]
