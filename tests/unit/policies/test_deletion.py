import datetime

import pytest

from autoscale import exceptions
from autoscale.model import action
from autoscale.model.proposal import HookSpec
from autoscale.model.proposal import Leaving
from autoscale.model.proposal import Proposal
from autoscale.model.proposal import View
from autoscale.policies.deletion import DeletionPolicy
from tests.contracts import policy as contract

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
TO_QUEUE = {'type': 'zaqar', 'params': {'queue': 'drain'}}
TO_URL = {'type': 'webhook', 'params': {'url': 'https://app.example/leave'}}


def hooked(told=TO_QUEUE, **more):
    return {'hooks': {**told, **more}}


def proposal(kind=action.SCALE_IN, current=4, to=3, **more):
    return Proposal(
        kind=kind, current=current, to=to, min_size=0, max_size=9, **more
    )


def review(spec, asked=None):
    asked = asked or proposal()
    policy = DeletionPolicy(DeletionPolicy.check(spec))
    assert policy.speaks_to(asked)
    view = View(desired=4, actual=4, min_size=0, max_size=9)
    return policy.review(asked, view, NOW)


class TestDeletionPolicy(contract.PolicyContract):
    policy = DeletionPolicy
    right = [
        {},
        {'criteria': 'RANDOM'},
        {'criteria': ['OLDEST_PROFILE_FIRST', 'YOUNGEST_FIRST', 'RANDOM']},
        {'destroy_after_deletion': False, 'grace_period': 10},
        hooked(),
        hooked(TO_URL, timeout=60, on_timeout='abandon'),
        {**hooked(timeout=1, heartbeat_limit=1), 'rescind': True},
    ]
    wrong = [
        {'criteria': ['RANDOM', 'OLDEST_FIRST']},
        hooked(timeout=60, heartbeat_limit=59),
        hooked({'type': 'pigeon', 'params': {}}),
        hooked({'type': 'zaqar', 'params': {}}),
        hooked({'type': 'zaqar', 'params': {'queue': 'a b'}}),
        hooked({'type': 'zaqar', 'params': {'queue': 'a', 'more': 1}}),
        hooked({'type': 'webhook', 'params': {'url': 'ftp://a/'}}),
        hooked({'type': 'webhook', 'params': {'url': 'https://u:p@a/'}}),
    ]


def test_defaults_are_oldest_first_at_once_and_untold():
    answer = review({})
    assert answer.criteria == ('OLDEST_FIRST',)
    assert answer.leaving == Leaving()
    assert answer.words == ('the oldest first',)


def test_a_list_of_criteria_is_tried_in_turn():
    answer = review({'criteria': ['OLDEST_PROFILE_FIRST', 'YOUNGEST_FIRST']})
    assert answer.criteria == ('OLDEST_PROFILE_FIRST', 'YOUNGEST_FIRST')


def test_the_hook_is_carried_with_its_defaults():
    assert review(hooked()).leaving.hook == HookSpec(
        type='zaqar',
        params={'queue': 'drain'},
        timeout=3600,
        heartbeat_limit=172800,
        on_timeout='continue',
    )


def test_manners_are_carried_and_said():
    spec = {
        **hooked(TO_URL, timeout=60, on_timeout='abandon'),
        'grace_period': 30,
        'destroy_after_deletion': False,
        'reduce_desired_capacity': False,
        'rescind': True,
    }
    answer = review(spec)
    assert answer.leaving.keep_server
    assert answer.leaving.grace_period == 30
    assert not answer.leaving.reduce_desired_capacity
    assert answer.leaving.rescind
    for part in ('webhook', '60 seconds', 'abandon', '30 seconds', 'kept'):
        assert part in answer.words[-1]


@pytest.mark.parametrize(
    'asked',
    [
        proposal(action.SCALE_IN),
        proposal(action.RESIZE),
        proposal(action.UPDATE),
        proposal(action.REMOVE_NODES, to=4, named=('a',)),
        proposal(action.DELETE, to=0),
        proposal(action.CHECK),
    ],
)
def test_it_speaks_to_whatever_removes(asked):
    answer = review(hooked(), asked)
    assert answer.leaving.hook is not None
    assert answer.to == asked.to
    assert len(answer.words) == 1


@pytest.mark.parametrize(
    'asked',
    [
        proposal(action.SCALE_OUT, to=4),
        proposal(action.SCALE_OUT, to=6),
        proposal(action.RESIZE, to=6),
    ],
)
def test_to_growth_it_says_nothing_and_carries_rescind(asked):
    answer = review({'rescind': True}, asked)
    assert answer.leaving.rescind
    assert answer.words == ()


@pytest.mark.parametrize('kind', [action.CREATE, action.UPDATE, action.RESIZE])
def test_it_is_silent_when_nothing_changes(kind):
    assert not DeletionPolicy({}).speaks_to(proposal(kind, to=4))


def test_force_stays_without_hook_and_grace():
    asked = proposal(action.DELETE, to=0, leaving=Leaving(is_forced=True))
    answer = review({**hooked(), 'grace_period': 60}, asked)
    assert answer.leaving.is_forced
    assert answer.leaving.hook is None
    assert answer.leaving.grace_period == 0


def test_a_named_node_is_not_said_to_be_chosen_by_age():
    answer = review({}, proposal(action.REMOVE_NODES, named=('a',)))
    assert 'oldest' not in answer.words[-1]


def test_a_wrong_parameter_of_a_transport_is_named():
    with pytest.raises(exceptions.InvalidField) as caught:
        DeletionPolicy.check(hooked({'type': 'zaqar', 'params': {'queue': 1}}))
    assert caught.value.facts['field'] == 'hooks.params.queue'
