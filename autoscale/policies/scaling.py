"""The scaling policy: by how much a cluster grows or shrinks.

It speaks to one kind of request, `scale_out` or `scale_in`, and answers with
a size. Which members leave, and how they are told, is the deletion policy's.
"""

import math
from datetime import datetime
from typing import Any
from typing import NoReturn

from autoscale import exceptions
from autoscale.model import action
from autoscale.model import cluster
from autoscale.model import defaults
from autoscale.model.adjustment import adjusted
from autoscale.model.proposal import CHANGE_IN_CAPACITY
from autoscale.model.proposal import CHANGE_IN_PERCENTAGE
from autoscale.model.proposal import EXACT_CAPACITY
from autoscale.model.proposal import Proposal
from autoscale.model.proposal import View

_LARGEST = 1_000_000
_LONGEST = 31_536_000  # seconds in a year

_TYPES = {
    CHANGE_IN_CAPACITY: 'members to add or to remove',
    EXACT_CAPACITY: 'the size to go to',
    CHANGE_IN_PERCENTAGE: 'per cent of the present size to add or to remove',
}

_NUMBER = {
    'type': 'number',
    'minimum': 0,
    'maximum': _LARGEST,
}


class ScalingPolicy:
    """By how much; asks for a cooldown when the size changes."""

    schema: dict[str, Any] = {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': 'Scaling policy',
        'description': (
            'By how much a cluster grows or shrinks when it is asked to '
            'without a count. When several scaling policies speak to one '
            'request, the largest resulting size is taken.'
        ),
        'type': 'object',
        'additionalProperties': False,
        'required': ['event'],
        'properties': {
            'event': {
                'title': 'Event',
                'description': 'The request that this policy speaks to.',
                'enum': [action.SCALE_OUT, action.SCALE_IN],
            },
            'adjustment': {
                'title': 'Adjustment',
                'description': 'The change of size.',
                'type': 'object',
                'additionalProperties': False,
                'default': {},
                'properties': {
                    'type': {
                        'title': 'Adjustment type',
                        'description': (
                            'What the numbers mean: '
                            + '; '.join(
                                f'{name} is {meaning}'
                                for name, meaning in _TYPES.items()
                            )
                            + '.'
                        ),
                        'enum': list(_TYPES),
                        'default': CHANGE_IN_CAPACITY,
                    },
                    'number': {
                        **_NUMBER,
                        'title': 'Number',
                        'description': (
                            'How much, in the unit of the type; the event '
                            'says in which direction. A whole number, but '
                            'for a percentage.'
                        ),
                        'default': 1,
                    },
                    'min_step': {
                        'title': 'Least step',
                        'description': (
                            'Members to add or remove at least when a '
                            'percentage comes to fewer.'
                        ),
                        'type': 'integer',
                        'minimum': 1,
                        'maximum': _LARGEST,
                        'default': 1,
                    },
                    'best_effort': {
                        'title': 'Best effort',
                        'description': (
                            'Go as far as the bounds of the cluster allow; '
                            'when false, a size outside of them is refused.'
                        ),
                        'type': 'boolean',
                        'default': True,
                    },
                },
            },
            'steps': {
                'title': 'Steps',
                'description': (
                    'Other numbers for other values of the alarm, from the '
                    'lowest up. Without a value, and for a value outside of '
                    'every step, the number of the adjustment is taken.'
                ),
                'type': 'array',
                'maxItems': 50,
                'default': [],
                'items': {
                    'type': 'object',
                    'additionalProperties': False,
                    'required': ['number'],
                    'properties': {
                        'lower': {
                            'title': 'Lower bound',
                            'description': (
                                'Absent or null: no lower bound. The bound '
                                'belongs to the step when scaling out.'
                            ),
                            'type': ['number', 'null'],
                        },
                        'upper': {
                            'title': 'Upper bound',
                            'description': (
                                'Absent or null: no upper bound. The bound '
                                'belongs to the step when scaling in.'
                            ),
                            'type': ['number', 'null'],
                        },
                        'number': {
                            **_NUMBER,
                            'title': 'Number',
                            'description': (
                                'As the number of the adjustment; zero: '
                                'nothing is done for such values.'
                            ),
                        },
                    },
                },
            },
            'cooldown': {
                'title': 'Cooldown',
                'description': (
                    'Seconds after a change by this policy in which it '
                    'refuses alarms; zero: it never does. Requests by '
                    'people are not refused.'
                ),
                'type': 'integer',
                'minimum': 0,
                'maximum': _LONGEST,
                'default': 0,
            },
        },
    }

    @classmethod
    def check(cls, spec: dict[str, Any]) -> dict[str, Any]:
        """`spec` with its defaults; raises InvalidField.

        The caller has held `spec` against the schema already.
        """
        spec = defaults.filled(cls.schema, spec)
        kind = spec['adjustment']['type']
        number = spec['adjustment']['number']
        if number == 0 and kind != EXACT_CAPACITY:
            _wrong('adjustment.number', 'zero would never change anything.')
        _check_whole('adjustment.number', kind, number)
        _check_steps(spec['steps'], kind)
        return spec

    def __init__(self, spec: dict[str, Any]) -> None:
        spec = defaults.filled(self.schema, spec)
        self._event: str = spec['event']
        self._type: str = spec['adjustment']['type']
        self._number: float = spec['adjustment']['number']
        self._min_step: int = spec['adjustment']['min_step']
        self._best_effort: bool = spec['adjustment']['best_effort']
        self._steps: list[dict[str, Any]] = spec['steps']
        self._cooldown: int = spec['cooldown']

    def speaks_to(self, proposal: Proposal) -> bool:
        """Its own event, unless the caller named who leaves."""
        return proposal.kind == self._event and not proposal.named

    def review(
        self, proposal: Proposal, view: View, now: datetime
    ) -> Proposal:
        """The proposal with a size; Refused while cooling down, or strict."""
        if proposal.honours_cooldown:
            self._refuse_while_cooling_down(view, now)
        if proposal.asked is not None:
            return self._settled(
                proposal,
                proposal.to,
                f'a count of {proposal.asked} was asked for',
                adjust_by_policy=proposal.adjust_by_policy,
            )
        number, why = self._number_for(proposal.value)
        target = self._target(proposal.current, number)
        to, clipped = self._within_bounds(target, proposal)
        word = f'{self._in_words(number)}{why}: {proposal.current} -> {to}'
        if clipped:
            word += f', {clipped}'
        if proposal.adjust_by_policy and to < proposal.to:
            word += f'; another policy wants {proposal.to}, which is larger'
            to = proposal.to
        return self._settled(proposal, to, word, adjust_by_policy=True)

    def _refuse_while_cooling_down(self, view: View, now: datetime) -> None:
        if view.cooldown_until is None or view.cooldown_until <= now:
            return
        left = math.ceil((view.cooldown_until - now).total_seconds())
        unit = 'second' if left == 1 else 'seconds'
        raise exceptions.Refused(reason=f'cooling down for {left} more {unit}')

    def _settled(
        self, proposal: Proposal, to: int, word: str, *, adjust_by_policy: bool
    ) -> Proposal:
        """A cooldown starts with a change, and only with a change."""
        changes = to != proposal.current
        if not changes:
            word += '; no change'
        return proposal.says(
            word,
            to=to,
            adjust_by_policy=adjust_by_policy,
            cooldown=self._cooldown if changes else 0,
        )

    def _number_for(self, value: float | None) -> tuple[float, str]:
        """The number that this value calls for, and why it is that one."""
        if not self._steps:
            return self._number, ''
        if value is None:
            return self._number, ', as no value was told'
        for step in self._steps:
            if self._is_in(step, value):
                return step['number'], f' for a value of {value:g}'
        return self._number, f', as no step is for a value of {value:g}'

    def _is_in(self, step: dict[str, Any], value: float) -> bool:
        """A bound belongs to the step that is further from calm."""
        lower = -math.inf if step.get('lower') is None else step['lower']
        upper = math.inf if step.get('upper') is None else step['upper']
        if self._event == action.SCALE_OUT:
            return bool(lower <= value < upper)
        return bool(lower < value <= upper)

    def _target(self, current: int, number: float) -> int:
        shrinks = self._event == action.SCALE_IN
        if shrinks and self._type != EXACT_CAPACITY:
            number = -number
        return adjusted(current, self._type, number, self._min_step)

    def _within_bounds(
        self, target: int, proposal: Proposal
    ) -> tuple[int, str]:
        """The size to go to, and what held it back; Refused when strict.

        A policy for growth never shrinks a cluster, nor the other way.
        """
        floor, ceiling = proposal.min_size, proposal.max_size
        to, word = target, ''
        if ceiling != cluster.UNLIMITED and target > ceiling:
            self._refuse_when_strict(
                f"the target capacity {target} is greater than the cluster's "
                f'max_size {ceiling}'
            )
            to, word = ceiling, f'held back by max_size {ceiling}'
        elif target < floor:
            self._refuse_when_strict(
                f"the target capacity {target} is less than the cluster's "
                f'min_size {floor}'
            )
            to, word = floor, f'held back by min_size {floor}'
        if self._event == action.SCALE_OUT and to < proposal.current:
            return proposal.current, f'since {to} would not be to scale out'
        if self._event == action.SCALE_IN and to > proposal.current:
            return proposal.current, f'since {to} would not be to scale in'
        return to, word

    def _refuse_when_strict(self, reason: str) -> None:
        if not self._best_effort:
            raise exceptions.Refused(reason=reason)

    def _in_words(self, number: float) -> str:
        if self._type == EXACT_CAPACITY:
            return f'a size of {number:g}'
        sign = '+' if self._event == action.SCALE_OUT else '-'
        unit = '%' if self._type == CHANGE_IN_PERCENTAGE else ''
        return f'{sign}{number:g}{unit}'


def _check_whole(field: str, kind: str, number: float) -> None:
    if kind != CHANGE_IN_PERCENTAGE and number != int(number):
        _wrong(field, f'{number:g} is not a whole number of members.')


def _check_steps(steps: list[dict[str, Any]], kind: str) -> None:
    """Each step begins where the one before it ends."""
    last = len(steps) - 1
    for i, step in enumerate(steps):
        field = f'steps.{i}'
        lower, upper = step.get('lower'), step.get('upper')
        _check_whole(f'{field}.number', kind, step['number'])
        if lower is None and i > 0:
            _wrong(f'{field}.lower', 'only the first step may go without.')
        if upper is None and i < last:
            _wrong(f'{field}.upper', 'only the last step may go without.')
        if lower is not None and upper is not None and lower >= upper:
            _wrong(field, f'the lower bound {lower:g} is not below the upper.')
        if i > 0 and lower != steps[i - 1]['upper']:
            gap = 'a gap' if lower > steps[i - 1]['upper'] else 'an overlap'
            _wrong(
                f'{field}.lower',
                f'there is {gap} between {steps[i - 1]["upper"]:g}, where '
                f'the step before ends, and {lower:g}.',
            )


def _wrong(field: str, reason: str) -> NoReturn:
    raise exceptions.InvalidField(field=field, reason=reason)
