"""Lifecycle hooks: who may do what."""

from oslo_policy import policy

from autoscale.api.rules import base


def list_rules() -> list[policy.RuleDefault]:
    return [
        base.rule(
            'hook:list',
            base.READER,
            'List lifecycle hooks',
            'GET /v1/hooks',
            'GET /v1/clusters/{cluster_id}/hooks',
        ),
        base.rule(
            'hook:show',
            base.READER,
            'Show a lifecycle hook',
            'GET /v1/hooks/{hook_id}',
        ),
    ]
