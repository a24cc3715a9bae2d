"""Credentials of callers: who may do what with their own."""

from oslo_policy import policy

from autoscale.api.rules import base


def list_rules() -> list[policy.RuleDefault]:
    return [
        base.rule(
            'credential:show',
            base.READER,
            "Show one's own credential, without its secret",
            'GET /v1/credential',
        ),
        base.rule(
            'credential:store',
            base.MEMBER,
            'Store an application credential, or make a trust',
            'PUT /v1/credential',
        ),
        base.rule(
            'credential:delete',
            base.MEMBER,
            "Remove one's own credential",
            'DELETE /v1/credential',
        ),
    ]
