import datetime

import pytest

from autoscale import exceptions
from autoscale.model import action
from autoscale.model.proposal import CHANGE_IN_CAPACITY
from autoscale.model.proposal import CHANGE_IN_PERCENTAGE
from autoscale.model.proposal import EXACT_CAPACITY
from autoscale.model.proposal import Proposal
from autoscale.model.proposal import View
from autoscale.policies.scaling import ScalingPolicy
from tests.contracts import policy as contract

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def out(number=1, kind=CHANGE_IN_CAPACITY, *, cooldown=0, steps=(), **more):
    adjustment = {'type': kind, 'number': number, **more}
    return {
        'event': 'scale_out',
        'adjustment': adjustment,
        'steps': list(steps),
        'cooldown': cooldown,
    }


def into(*args, **more):
    return {**out(*args, **more), 'event': 'scale_in'}


def asking(spec, *, current=4, to=None, bounds=(0, 10), **more):
    return Proposal(
        kind=spec['event'],
        current=current,
        to=current if to is None else to,
        min_size=bounds[0],
        max_size=bounds[1],
        **more,
    )


def review(spec, *, cooldown_until=None, **more):
    proposal = asking(spec, **more)
    policy = ScalingPolicy(ScalingPolicy.check(spec))
    assert policy.speaks_to(proposal)
    view = View(
        desired=proposal.current,
        actual=proposal.current,
        min_size=proposal.min_size,
        max_size=proposal.max_size,
        cooldown_until=cooldown_until,
    )
    return policy.review(proposal, view, NOW)


STEPS = [
    {'upper': 50, 'number': 0},
    {'lower': 50, 'upper': 80, 'number': 1},
    {'lower': 80, 'number': 3},
]


class TestScalingPolicy(contract.PolicyContract):
    policy = ScalingPolicy
    right = [
        {'event': 'scale_out'},
        {'event': 'scale_in', 'cooldown': 60},
        out(3),
        out(12.5, CHANGE_IN_PERCENTAGE, min_step=2),
        into(0, EXACT_CAPACITY),
        into(40, best_effort=False),
        out(steps=STEPS),
        into(steps=[{'lower': 1, 'upper': 2, 'number': 2}]),
    ]
    wrong = [
        out(0),
        into(0, CHANGE_IN_PERCENTAGE),
        out(1.5),
        out(2.5, EXACT_CAPACITY),
        out(steps=[{'lower': 2, 'upper': 1, 'number': 1}]),
        out(steps=[{'lower': 1, 'upper': 1, 'number': 1}]),
        out(steps=[{'number': 0.5}]),
        out(steps=[{'number': 1}, {'lower': 1, 'number': 2}]),
        out(steps=[{'upper': 1, 'number': 1}, {'number': 2}]),
        out(
            steps=[
                {'upper': 1, 'number': 1},
                {'lower': 2, 'number': 2},
            ]
        ),
        out(
            steps=[
                {'upper': 2, 'number': 1},
                {'lower': 1, 'number': 2},
            ]
        ),
    ]


@pytest.mark.parametrize(
    ('spec', 'current', 'to'),
    [
        (out(), 4, 5),
        (into(), 4, 3),
        (out(3), 4, 7),
        (out(7, EXACT_CAPACITY), 4, 7),
        (into(2, EXACT_CAPACITY), 4, 2),
        (out(50, CHANGE_IN_PERCENTAGE), 4, 6),
        (into(50, CHANGE_IN_PERCENTAGE), 4, 2),
        (out(10, CHANGE_IN_PERCENTAGE), 4, 5),
        (out(60, CHANGE_IN_PERCENTAGE), 4, 6),
        (into(60, CHANGE_IN_PERCENTAGE), 4, 2),
        (out(10, CHANGE_IN_PERCENTAGE, min_step=3), 4, 7),
    ],
)
def test_the_size_follows_from_the_adjustment(spec, current, to):
    answer = review(spec, current=current)
    assert (answer.to, answer.adjust_by_policy) == (to, True)
    assert f'{current} -> {to}' in answer.words[-1]


@pytest.mark.parametrize(
    ('value', 'to'),
    [(49.9, 4), (50, 5), (79.9, 5), (80, 7), (1e9, 7), (-5, 4)],
)
def test_a_lower_bound_belongs_to_the_step_when_scaling_out(value, to):
    assert review(out(9, steps=STEPS), value=value).to == to


@pytest.mark.parametrize(
    ('value', 'to'), [(50, 4), (50.1, 3), (80, 3), (80.1, 1)]
)
def test_an_upper_bound_belongs_to_the_step_when_scaling_in(value, to):
    assert review(into(9, steps=STEPS), value=value).to == to


def test_without_a_value_the_adjustment_itself_is_taken():
    answer = review(out(2, steps=STEPS))
    assert answer.to == 6
    assert 'no value was told' in answer.words[-1]


def test_a_value_outside_of_every_step_takes_the_adjustment_itself():
    steps = [{'lower': 50, 'upper': 80, 'number': 3}]
    answer = review(out(2, steps=steps), value=90)
    assert answer.to == 6
    assert 'no step is for a value of 90' in answer.words[-1]


def test_best_effort_goes_as_far_as_the_bounds_allow_and_says_so():
    answer = review(out(5), current=4, bounds=(1, 6))
    assert answer.to == 6
    assert 'max_size 6' in answer.words[-1]
    answer = review(into(5), current=4, bounds=(1, 6))
    assert answer.to == 1
    assert 'min_size 1' in answer.words[-1]


def test_a_cluster_without_a_bound_is_not_held_back():
    assert review(out(500), bounds=(0, -1)).to == 504


def test_strict_refuses_with_the_target_and_the_bound():
    with pytest.raises(exceptions.Refused) as caught:
        review(out(3, best_effort=False), current=4, bounds=(0, 5))
    assert caught.value.reason == (
        "the target capacity 7 is greater than the cluster's max_size 5"
    )
    with pytest.raises(exceptions.Refused) as caught:
        review(into(3, best_effort=False), current=4, bounds=(2, 5))
    assert caught.value.reason == (
        "the target capacity 1 is less than the cluster's min_size 2"
    )


def test_a_policy_for_growth_never_shrinks():
    answer = review(out(2, EXACT_CAPACITY), current=4, cooldown_until=None)
    assert answer.to == 4
    assert 'no change' in answer.words[-1]


def test_a_policy_for_shrinking_never_grows():
    assert review(into(9, EXACT_CAPACITY), current=4).to == 4


def test_a_change_starts_the_cooldown():
    assert review(out(cooldown=60)).cooldown == 60


def test_no_change_starts_no_cooldown_and_says_so():
    answer = review(out(cooldown=60), current=5, bounds=(0, 5))
    assert (answer.to, answer.cooldown) == (5, 0)
    assert answer.words[-1].endswith('no change')


@pytest.mark.parametrize(
    ('left', 'sentence'),
    [
        (40, 'cooling down for 40 more seconds'),
        (39.2, 'cooling down for 40 more seconds'),
        (0.001, 'cooling down for 1 more second'),
    ],
)
def test_an_alarm_is_refused_while_cooling_down(left, sentence):
    until = NOW + datetime.timedelta(seconds=left)
    with pytest.raises(exceptions.Refused) as caught:
        review(out(), cooldown_until=until, honours_cooldown=True)
    assert caught.value.reason == sentence


def test_a_person_is_not_refused_while_cooling_down():
    until = NOW + datetime.timedelta(seconds=40)
    assert review(out(), cooldown_until=until).to == 5


def test_a_cooldown_that_is_over_refuses_nothing():
    assert review(out(), cooldown_until=NOW, honours_cooldown=True).to == 5


def test_a_count_that_was_asked_for_is_kept_and_cools_down():
    answer = review(out(1, cooldown=30), current=4, to=7, asked=3)
    assert (answer.to, answer.cooldown) == (7, 30)
    assert not answer.adjust_by_policy
    assert 'a count of 3 was asked for' in answer.words[-1]


def test_a_count_that_was_asked_for_is_refused_while_cooling_down():
    until = NOW + datetime.timedelta(seconds=40)
    with pytest.raises(exceptions.Refused):
        review(
            out(), to=7, asked=3, cooldown_until=until, honours_cooldown=True
        )


@pytest.mark.parametrize(
    ('spec', 'before', 'to'),
    [(out(1), 7, 7), (out(4), 7, 8), (into(3), 2, 2), (into(1), 1, 3)],
)
def test_of_several_policies_the_larger_size_wins(spec, before, to):
    answer = review(spec, current=4, to=before, adjust_by_policy=True)
    assert answer.to == to


def test_a_policy_that_is_outbid_says_so_and_cools_down_with_the_winner():
    answer = review(out(1, cooldown=9), to=7, adjust_by_policy=True)
    assert 'another policy wants 7' in answer.words[-1]
    assert answer.cooldown == 9


def test_it_is_silent_on_other_requests_and_on_named_nodes():
    policy = ScalingPolicy(out())
    for kind in action.KINDS:
        proposal = Proposal(kind=kind, current=1, to=1, min_size=0, max_size=9)
        assert policy.speaks_to(proposal) == (kind == action.SCALE_OUT)
    assert not policy.speaks_to(asking(out(), named=('a',)))
