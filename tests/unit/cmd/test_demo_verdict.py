"""The demo's verdict: each step that did not happen is told, by name."""

import dataclasses

import pytest

from autoscale.cmd.demo import verdict
from autoscale.cmd.demo import witness

QUEUE = '/messaging/v2/queues/drain'
OLD = ('s1', 's2', 's3')
NEW = ('s4', 's5')


def request(at, operation, *ids, path='', status=200):
    return witness.Request(
        time=at,
        seconds=0.01,
        service='any',
        operation=operation,
        path=path,
        status=status,
        ids=ids,
    )


def sighting(at, status='ACTIVE', task=None):
    return witness.Sighting(
        asked=at, answered=at + 0.01, status=status, task=task
    )


def servers(*ids, **states):
    return {
        each: {'status': states.get(each, 'ACTIVE'), 'name': each}
        for each in ids
    }


def action(before, after, status='SUCCEEDED'):
    return {'status': status, 'decision': {'from': before, 'to': after}}


POSTED = request(200.1, 'post_messages', 'm1', path=f'{QUEUE}/messages')
CLAIMED = request(200.3, 'create_claim', 'm1', status=201)
DELETED = request(201.6, 'delete_server', 's1', status=204)
OFF = request(201.7, 'delete_message', 'm1', status=204)
LOG = [
    request(99.0, 'create_servers', *OLD, status=202),
    request(100.1, 'create_servers', *NEW, status=202),
    POSTED,
    CLAIMED,
    DELETED,
    OFF,
]

SEEN = verdict.Observed(
    before=servers(*OLD),
    between=servers(*OLD, *NEW),
    after=servers('s2', 's3', *NEW),
    out_at=100.0,
    out=action(3, 5),
    in_at=200.0,
    into=action(5, 4),
    victim='s1',
    hook={'answer': 'continue', 'ended_at': '1970-01-01T00:03:21.500000Z'},
    cluster={'desired_capacity': 4},
    sightings=[
        sighting(200.05),
        sighting(201.2),
        sighting(201.8, task='deleting'),
        sighting(202.0, None),
    ],
    gone_at=202.01,
    log=LOG,
)


def unseen(**changes):
    """The steps that are not seen once this is otherwise."""
    observed = dataclasses.replace(SEEN, **changes)
    return {each.what for each in verdict.checks(observed) if not each.seen}


def without(*requests):
    return [each for each in LOG if each not in requests]


BEGAN, GREW, TOLD, STOOD, ANSWERED, DELETION, GONE, ALONE, AGREES = (
    each.what for each in verdict.checks(SEEN)
)


def test_what_happened_is_seen():
    assert unseen() == set()


def test_without_any_observation_nothing_is_seen():
    checks = verdict.checks(verdict.Observed())
    assert not any(each.seen for each in checks)


def test_a_server_that_does_not_serve_is_not_counted():
    assert BEGAN in unseen(before=servers(*OLD, s2='BUILD'))
    assert GREW in unseen(between=servers(*OLD, *NEW, s4='ERROR'))
    assert ALONE in unseen(after=servers('s2', 's3', *NEW, s5='ERROR'))


def test_a_deletion_before_the_answer_is_told():
    early = dataclasses.replace(DELETED, time=201.4)
    log = [POSTED, CLAIMED, early, OFF, *LOG[:2]]
    assert unseen(log=log) == {DELETION}


@pytest.mark.parametrize('status', [409, 500, None])
def test_even_a_refused_attempt_before_the_answer_is_told(status):
    early = dataclasses.replace(DELETED, time=200.2, status=status)
    log = [*LOG[:2], early, *LOG[2:]]
    assert unseen(log=log) == {DELETION}


def test_a_server_that_goes_without_a_deletion_is_told():
    assert unseen(log=without(DELETED)) == {DELETION}


def test_a_message_that_never_came_is_told():
    assert {TOLD, STOOD, ANSWERED} <= unseen(log=without(POSTED))


def test_a_message_of_before_the_alarm_is_not_the_one():
    early = dataclasses.replace(POSTED, time=150.0)
    assert TOLD in unseen(log=[early, *without(POSTED)])


def test_a_message_on_another_queue_is_not_the_one():
    other = dataclasses.replace(POSTED, path='/messaging/v2/queues/q/messages')
    assert TOLD in unseen(log=[other, *without(POSTED)])


def test_a_server_that_was_on_its_way_out_did_not_stand():
    assert STOOD in unseen(sightings=[sighting(201.2, task='deleting')])
    assert STOOD in unseen(sightings=[sighting(201.2, None)])


def test_sights_before_the_message_or_after_the_answer_do_not_count():
    assert STOOD in unseen(sightings=[sighting(200.05), sighting(201.495)])


@pytest.mark.parametrize('missing', [CLAIMED, OFF])
def test_an_answer_without_the_message_is_told(missing):
    assert unseen(log=without(missing)) == {ANSWERED}


def test_an_answer_from_before_the_claim_is_told():
    late = dataclasses.replace(CLAIMED, time=201.55)
    assert unseen(log=[*LOG[:3], late, *LOG[4:]]) == {ANSWERED}


def test_an_application_that_keeps_its_server_is_told():
    assert ANSWERED in unseen(hook={**SEEN.hook, 'answer': 'abandon'})


def test_a_deadline_is_no_answer():
    assert ANSWERED in unseen(hook={**SEEN.hook, 'answer': None})


def test_a_server_that_stays_is_told():
    left = unseen(after=servers(*OLD, *NEW), gone_at=None)
    assert {GONE, ALONE} <= left


def test_another_server_that_goes_instead_is_told():
    left = unseen(after=servers('s1', 's3', *NEW))
    assert {GONE, ALONE} <= left


def test_another_server_that_goes_too_is_told():
    assert ALONE in unseen(after=servers('s2', 's3', 's4'))


def test_a_replacement_for_one_that_was_to_stay_is_told():
    assert ALONE in unseen(after=servers('s2', 's3', 's4', 's6'))


def test_servers_that_nobody_asked_for_are_told():
    assert GREW in unseen(log=[*LOG[:1], *LOG[2:]])


def test_a_service_that_tells_it_otherwise_is_told():
    assert unseen(into=action(5, 3)) == {AGREES}
    assert unseen(out=action(3, 5, 'FAILED')) == {AGREES}
    assert unseen(cluster={'desired_capacity': 5}) == {AGREES}
