"""Engines: who may do what."""

from oslo_policy import policy

from autoscale.api.rules import base


def list_rules() -> list[policy.RuleDefault]:
    return [
        base.rule(
            'engine:list',
            base.ADMIN,
            'List the engines of the service',
            'GET /v1/engines',
        ),
    ]
