"""The deletion policy: who leaves first, and how those who leave are told.

It decides on an order and on manners; how many leave is the scaling
policy's, and which of them exactly is planning's.
"""

import dataclasses
from datetime import datetime
from typing import Any
from typing import NoReturn

import jsonschema

from autoscale import exceptions
from autoscale import plugins
from autoscale.model import action
from autoscale.model import defaults
from autoscale.model import hook
from autoscale.model.proposal import CRITERIA
from autoscale.model.proposal import HookSpec
from autoscale.model.proposal import Leaving
from autoscale.model.proposal import OLDEST_FIRST
from autoscale.model.proposal import OLDEST_PROFILE_FIRST
from autoscale.model.proposal import Proposal
from autoscale.model.proposal import RANDOM
from autoscale.model.proposal import View
from autoscale.model.proposal import YOUNGEST_FIRST

_LONGEST_WAIT = 172_800  # seconds; two days
_LONGEST_GRACE = 604_800  # seconds; a week

_IN_WORDS = {
    OLDEST_FIRST: 'the oldest first',
    OLDEST_PROFILE_FIRST: 'those of the oldest profile first',
    YOUNGEST_FIRST: 'the youngest first',
    RANDOM: 'at random',
}

_ALWAYS_REMOVE = (action.SCALE_IN, action.REMOVE_NODES, action.DELETE)


class DeletionPolicy:
    """Who leaves, and how."""

    schema: dict[str, Any] = {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': 'Deletion policy',
        'description': (
            'Which members leave first when a cluster shrinks, and how: '
            'told by a lifecycle hook, after a grace period, deleted or '
            'only let go.'
        ),
        'type': 'object',
        'additionalProperties': False,
        'properties': {
            'criteria': {
                'title': 'Criteria',
                'description': (
                    'Who leaves first; a list is tried in turn, the next '
                    'where the one before cannot tell two members apart. '
                    'Members that are broken or not yet in service always '
                    'leave first.'
                ),
                'oneOf': [
                    {'enum': list(CRITERIA)},
                    {
                        'type': 'array',
                        'items': {'enum': list(CRITERIA)},
                        'minItems': 1,
                        'uniqueItems': True,
                    },
                ],
                'default': OLDEST_FIRST,
            },
            'grace_period': {
                'title': 'Grace period',
                'description': (
                    'Seconds between the end of the hook, or the decision '
                    'when there is no hook, and the deletion of the server; '
                    'zero: at once.'
                ),
                'type': 'integer',
                'minimum': 0,
                'maximum': _LONGEST_GRACE,
                'default': 0,
            },
            'destroy_after_deletion': {
                'title': 'Destroy after deletion',
                'description': (
                    'Delete the server of a member that leaves; when false '
                    'it leaves the cluster and its server stays.'
                ),
                'type': 'boolean',
                'default': True,
            },
            'reduce_desired_capacity': {
                'title': 'Reduce desired capacity',
                'description': (
                    'A member that leaves makes the cluster smaller; when '
                    'false another takes its place.'
                ),
                'type': 'boolean',
                'default': True,
            },
            'rescind': {
                'title': 'Rescind',
                'description': (
                    'When the cluster grows while members drain, take '
                    'those back, and tell them so, before any new server '
                    'is launched.'
                ),
                'type': 'boolean',
                'default': False,
            },
            'hooks': {
                'title': 'Lifecycle hook',
                'description': (
                    'How a member is told that it shall leave. Without it '
                    'members leave untold.'
                ),
                'type': 'object',
                'additionalProperties': False,
                'required': ['type', 'params'],
                'properties': {
                    'type': {
                        'title': 'Transport',
                        'description': (
                            'How the message travels, such as zaqar or '
                            'webhook.'
                        ),
                        'type': 'string',
                        'minLength': 1,
                        'maxLength': 64,
                    },
                    'params': {
                        'title': 'Where to',
                        'description': (
                            "The transport's own parameters: {queue} for "
                            'zaqar, {url} for webhook.'
                        ),
                        'type': 'object',
                    },
                    'timeout': {
                        'title': 'Timeout',
                        'description': (
                            'Seconds from the delivery of the message in '
                            'which an answer is awaited; a heartbeat starts '
                            'them anew.'
                        ),
                        'type': 'integer',
                        'minimum': 1,
                        'maximum': _LONGEST_WAIT,
                        'default': 3600,
                    },
                    'heartbeat_limit': {
                        'title': 'Heartbeat limit',
                        'description': (
                            'Seconds from the first message after which '
                            'heartbeats no longer help.'
                        ),
                        'type': 'integer',
                        'minimum': 1,
                        'maximum': _LONGEST_WAIT,
                        'default': _LONGEST_WAIT,
                    },
                    'on_timeout': {
                        'title': 'On timeout',
                        'description': (
                            'What silence means: continue removes the '
                            'member, abandon keeps it.'
                        ),
                        'enum': [hook.CONTINUE, hook.ABANDON],
                        'default': hook.CONTINUE,
                    },
                },
            },
        },
    }

    @classmethod
    def check(cls, spec: dict[str, Any]) -> dict[str, Any]:
        """`spec` with its defaults; raises InvalidField.

        The caller has held `spec` against the schema already.
        """
        spec = defaults.filled(cls.schema, spec)
        criteria = _as_tuple(spec['criteria'])
        if RANDOM in criteria[:-1]:
            _wrong('criteria', 'nothing is tried after RANDOM: put it last.')
        if 'hooks' in spec:
            _check_hook(spec['hooks'])
        return spec

    def __init__(self, spec: dict[str, Any]) -> None:
        spec = defaults.filled(self.schema, spec)
        told = spec.get('hooks')
        self._criteria = _as_tuple(spec['criteria'])
        self._leaving = Leaving(
            keep_server=not spec['destroy_after_deletion'],
            grace_period=spec['grace_period'],
            reduce_desired_capacity=spec['reduce_desired_capacity'],
            rescind=spec['rescind'],
            hook=HookSpec(**told) if told else None,
        )

    def speaks_to(self, proposal: Proposal) -> bool:
        """Whatever removes; and what grows, as it may take members back.

        A check may need either, to make good what is lost.
        """
        return (
            proposal.kind == action.CHECK
            or _removes(proposal)
            or _grows(proposal)
        )

    def review(
        self, proposal: Proposal, view: View, now: datetime
    ) -> Proposal:
        """The proposal with an order and manners; never refuses.

        To one that only grows it says nothing. What was asked for with
        force stays without hook and grace.
        """
        if proposal.leaving.is_forced:
            leaving = Leaving(
                keep_server=self._leaving.keep_server,
                reduce_desired_capacity=self._leaving.reduce_desired_capacity,
                is_forced=True,
            )
        else:
            leaving = self._leaving
        if not _removes(proposal):
            return dataclasses.replace(proposal, leaving=leaving)
        return proposal.says(
            self._in_words(proposal, leaving),
            criteria=self._criteria,
            leaving=leaving,
        )

    def _in_words(self, proposal: Proposal, leaving: Leaving) -> str:
        order = ', then '.join(_IN_WORDS[each] for each in self._criteria)
        parts = ['those that were named' if proposal.named else order]
        if leaving.hook is not None:
            parts.append(
                f'told by {leaving.hook.type}, {leaving.hook.timeout} seconds '
                f'to answer and then {leaving.hook.on_timeout}'
            )
        if leaving.grace_period:
            parts.append(f'{leaving.grace_period} seconds of grace')
        if leaving.keep_server:
            parts.append('their servers are kept')
        if leaving.is_forced:
            parts.append('by force: no hook, no grace')
        return '; '.join(parts)


def _removes(proposal: Proposal) -> bool:
    return proposal.kind in _ALWAYS_REMOVE or proposal.to < proposal.current


def _grows(proposal: Proposal) -> bool:
    return proposal.kind == action.SCALE_OUT or proposal.to > proposal.current


def _as_tuple(criteria: str | list[str]) -> tuple[str, ...]:
    return (criteria,) if isinstance(criteria, str) else tuple(criteria)


def _check_hook(told: dict[str, Any]) -> None:
    if told['heartbeat_limit'] < told['timeout']:
        _wrong(
            'hooks.heartbeat_limit',
            f'{told["heartbeat_limit"]} seconds are less than the timeout '
            f'of {told["timeout"]}.',
        )
    try:
        transport = plugins.get(plugins.HOOKS, told['type'])
    except exceptions.UnknownPlugin as unknown:
        _wrong('hooks.type', str(unknown))
    validator = jsonschema.Draft202012Validator(transport.schema)
    problem = jsonschema.exceptions.best_match(
        validator.iter_errors(told['params'])
    )
    if problem is not None:
        path = '.'.join(str(each) for each in problem.absolute_path)
        _wrong(f'hooks.params{"." if path else ""}{path}', problem.message)


def _wrong(field: str, reason: str) -> NoReturn:
    raise exceptions.InvalidField(field=field, reason=reason)
