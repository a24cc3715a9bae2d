"""Profiles: who may do what."""

from oslo_policy import policy

from autoscale.api.rules import base


def list_rules() -> list[policy.RuleDefault]:
    return [
        base.rule(
            'profile:list',
            base.READER,
            'List profiles',
            'GET /v1/profiles',
        ),
        base.rule(
            'profile:create',
            base.MEMBER,
            'Create a profile',
            'POST /v1/profiles',
        ),
        base.rule(
            'profile:show',
            base.READER,
            'Show a profile',
            'GET /v1/profiles/{profile_id}',
        ),
        base.rule(
            'profile:change',
            base.MEMBER,
            'Change name or metadata of a profile',
            'PATCH /v1/profiles/{profile_id}',
        ),
        base.rule(
            'profile:delete',
            base.MEMBER,
            'Delete a profile',
            'DELETE /v1/profiles/{profile_id}',
        ),
        base.rule(
            'profile:types',
            base.READER,
            'See the types of profiles and their schemas',
            'GET /v1/profile-types',
            'GET /v1/profile-types/{type}',
        ),
    ]
