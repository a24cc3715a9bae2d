"""Policies: who may do what."""

from oslo_policy import policy

from autoscale.api.rules import base


def list_rules() -> list[policy.RuleDefault]:
    return [
        base.rule(
            'policy:list',
            base.READER,
            'List policies',
            'GET /v1/policies',
        ),
        base.rule(
            'policy:create',
            base.MEMBER,
            'Create a policy',
            'POST /v1/policies',
        ),
        base.rule(
            'policy:show',
            base.READER,
            'Show a policy',
            'GET /v1/policies/{policy_id}',
        ),
        base.rule(
            'policy:change',
            base.MEMBER,
            'Change name or metadata of a policy',
            'PATCH /v1/policies/{policy_id}',
        ),
        base.rule(
            'policy:delete',
            base.MEMBER,
            'Delete a policy',
            'DELETE /v1/policies/{policy_id}',
        ),
        base.rule(
            'policy:types',
            base.READER,
            'See the types of policies and their schemas',
            'GET /v1/policy-types',
            'GET /v1/policy-types/{type}',
        ),
    ]
