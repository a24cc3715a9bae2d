"""Times and sizes, as callers write them and as they are shown."""

from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import UTC

import pytest

from autoscale import exceptions
from autoscale.api.schemas import action
from autoscale.api.schemas import fields


def test_a_time_is_shown_in_utc():
    there = timezone(timedelta(hours=2))
    when = datetime(2026, 1, 1, 2, 0, 0, 5, tzinfo=there)
    assert fields.moment(when) == '2026-01-01T00:00:00.000005Z'
    assert fields.moment(None) is None


@pytest.mark.parametrize(
    'text',
    ['2026-01-01T00:00:00Z', '2026-01-01', '2026-01-01T02:00:00+02:00'],
)
def test_a_time_is_read_with_or_without_its_zone(text):
    assert fields.read_moment('at', text) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    'text', ['', 'now', '2026-13-01', '0001-01-01T00:00:00+01:00', '1e9']
)
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(exceptions.InvalidField, match="'at'"):
        fields.read_moment('at', text)


def test_what_is_shown_is_read_again():
    now = datetime(2026, 5, 6, 7, 8, 9, 10, tzinfo=UTC)
    assert fields.read_moment('at', fields.moment(now)) == now


@pytest.mark.parametrize(
    'sizes', [(0, 0, 0), (1, 3, 2), (5, -1, 9), (0, -1, None), (3, 3, None)]
)
def test_sizes_that_agree(sizes):
    fields.check_sizes(*sizes)


@pytest.mark.parametrize(
    'sizes, field',
    [
        ((2, 1, None), 'min_size'),
        ((1, 3, 0), 'desired_capacity'),
        ((1, 3, 4), 'desired_capacity'),
        ((1, -1, 0), 'desired_capacity'),
    ],
)
def test_sizes_that_contradict_each_other(sizes, field):
    with pytest.raises(exceptions.InvalidField) as caught:
        fields.check_sizes(*sizes)
    assert caught.value.facts['field'] == field


@pytest.mark.parametrize(
    'kind, inputs, field',
    [
        ('scale_out', {'nodes': ['a']}, 'nodes'),
        ('scale_in', {'count': 1, 'nodes': ['a']}, 'count'),
        ('scale_in', {'nodes': []}, 'nodes'),
        ('scale_in', {'nodes': ['a', 'a']}, 'nodes'),
        ('resize', {}, 'body'),
        ('resize', {'number': 1}, 'adjustment_type'),
        ('resize', {'adjustment_type': 'EXACT_CAPACITY'}, 'number'),
        (
            'resize',
            {'adjustment_type': 'EXACT_CAPACITY', 'number': -1},
            'number',
        ),
        (
            'resize',
            {
                'adjustment_type': 'EXACT_CAPACITY',
                'number': 1,
                'min_step': 1,
            },
            'min_step',
        ),
        ('resize', {'min_size': 3, 'max_size': 2}, 'min_size'),
        ('remove_nodes', {}, 'nodes'),
        ('complete_lifecycle', {}, 'lifecycle_action_token'),
    ],
)
def test_inputs_that_say_too_much_or_too_little(kind, inputs, field):
    with pytest.raises(exceptions.Invalid) as caught:
        action.check_inputs(kind, inputs)
    assert caught.value.facts['field'] == field


@pytest.mark.parametrize(
    'kind, inputs',
    [
        ('scale_out', {}),
        ('scale_in', {'nodes': ['web-1', '10.0.0.7']}),
        ('resize', {'max_size': -1, 'min_size': 9}),
        (
            'resize',
            {
                'adjustment_type': 'CHANGE_IN_PERCENTAGE',
                'number': -20,
                'min_step': 1,
                'strict': False,
            },
        ),
        ('remove_nodes', {'nodes': ['a'], 'destroy': False}),
    ],
)
def test_inputs_that_are_fine(kind, inputs):
    action.check_inputs(kind, inputs)
