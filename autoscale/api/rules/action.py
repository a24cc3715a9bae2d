"""Actions: who may do what."""

from oslo_policy import policy

from autoscale.api.rules import base


def list_rules() -> list[policy.RuleDefault]:
    return [
        base.rule(
            'action:list',
            base.READER,
            'List actions',
            'GET /v1/actions',
            'GET /v1/clusters/{cluster_id}/actions',
        ),
        base.rule(
            'action:show',
            base.READER,
            'Show an action',
            'GET /v1/actions/{action_id}',
        ),
        base.rule(
            'action:cancel',
            base.MEMBER,
            'Cancel an action that has not begun',
            'POST /v1/actions/{action_id}/cancel',
        ),
    ]
