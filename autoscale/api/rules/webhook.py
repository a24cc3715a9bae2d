"""Webhooks: who may do what."""

from oslo_policy import policy

from autoscale.api.rules import base


def list_rules() -> list[policy.RuleDefault]:
    return [
        base.rule(
            'webhook:list',
            base.READER,
            'List webhooks',
            'GET /v1/webhooks',
        ),
        base.rule(
            'webhook:create',
            base.MEMBER,
            'Create a webhook',
            'POST /v1/webhooks',
        ),
        base.rule(
            'webhook:show',
            base.READER,
            'Show a webhook',
            'GET /v1/webhooks/{webhook_id}',
        ),
        base.rule(
            'webhook:change',
            base.MEMBER,
            'Change a webhook',
            'PATCH /v1/webhooks/{webhook_id}',
        ),
        base.rule(
            'webhook:rotate',
            base.MEMBER,
            'Give a webhook a new secret',
            'POST /v1/webhooks/{webhook_id}/rotate',
        ),
        base.rule(
            'webhook:delete',
            base.MEMBER,
            'Delete a webhook',
            'DELETE /v1/webhooks/{webhook_id}',
        ),
    ]
