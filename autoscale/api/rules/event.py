"""Events: who may do what."""

from oslo_policy import policy

from autoscale.api.rules import base


def list_rules() -> list[policy.RuleDefault]:
    return [
        base.rule(
            'event:list',
            base.READER,
            'List events',
            'GET /v1/events',
        ),
        base.rule(
            'event:show',
            base.READER,
            'Show an event',
            'GET /v1/events/{event_id}',
        ),
    ]
