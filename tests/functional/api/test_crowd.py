"""Triggers, and answers to hooks, that come at the same moment."""

import collections
import threading
from concurrent import futures

import pytest

from autoscale.db import cluster as clusters
from autoscale.db import together
from autoscale.db import webhook as webhooks
from tests.fakes import statements
from tests.functional.api import furniture
from tests.functional.api import test_trigger as triggers
from tests.functional.standalone import process


@pytest.fixture
def at_once(house, monkeypatch):
    """Calls that all have come before the first can write anything."""
    monkeypatch.setattr(together, 'PATIENCE', 30)
    go, is_held = threading.Event(), threading.Event()

    def hold(conn):
        is_held.set()
        assert go.wait(30)

    def all_of(calls):
        with futures.ThreadPoolExecutor(len(calls) + 1) as pool:
            held = pool.submit(house.database.write, hold)
            assert is_held.wait(30)
            made = [pool.submit(each) for each in calls]
            process.eventually(lambda: waiting(house) == len(calls) - 1)
            go.set()
            held.result(30)
            return [each.result(30) for each in made]

    return all_of


def waiting(house):
    """How many wait for another's transaction to end."""
    crowds = house.database._together.values()
    return sum(len(each._waiting) for each in crowds)


def test_each_trigger_gets_what_it_would_get_alone(house, at_once):
    cluster, other = house.cluster(), house.cluster(name='other')
    hook = house.webhook(cluster['id'])
    second = house.webhook(other['id'], name='second')
    house.post(triggers.url_of(hook), triggers.aodh(alarm_id='warm'))
    url, alarm = triggers.url_of(hook), triggers.aodh()
    asked = {
        'nothing': (url, None),
        'again': (url, None),
        'second': (triggers.url_of(second), None),
        'alarm': (url, alarm),
        'repeated': (url, alarm),
        'over': (url, triggers.aodh('ok', alarm_id='a2')),
        'wrong token': (triggers.path_of(hook) + '?token=no', None),
        'unknown': ('/v1/webhooks/nope/trigger?token=no', None),
        'wrong count': (f'{url}&count=many', None),
    }
    with statements.noted() as said:
        replies = at_once(
            [lambda each=each: house.post(*each) for each in asked.values()]
        )
    told = dict(zip(asked, replies, strict=True))
    statuses = {name: reply.status for name, reply in told.items()}
    assert statuses == {
        **dict.fromkeys(asked, 202),
        'wrong token': 404,
        'unknown': 404,
        'wrong count': 400,
    }
    actions = {
        name: reply.json['action']
        for name, reply in told.items()
        if reply.status == 202
    }
    assert actions['over'] is None
    pair = [actions.pop('alarm'), actions.pop('repeated')]
    assert pair.count(None) == 1
    made = [each for each in (*actions.values(), *pair) if each]
    assert len({each['id'] for each in made}) == 4
    kept = house.get(f'/v1/clusters/{cluster["id"]}/actions').json['actions']
    assert {each['id'] for each in made} <= {
        *(each['id'] for each in kept),
        actions['second']['id'],
    }
    counts = triggers.shown(house, hook)
    assert (counts['triggered'], counts['ignored']) == (1 + 3, 2)
    assert triggers.shown(house, second)['triggered'] == 1
    # The first went alone, and all others together.
    inserts = [each for each in said if each.startswith('INSERT INTO actions')]
    assert len(inserts) == 2
    assert len(said) <= 6 + 7 + 1


def test_a_crowd_in_which_one_cluster_goes_away_loses_no_other(
    house, at_once, monkeypatch
):
    """It is gone after it was found, and before the action is queued."""
    cluster, going = house.cluster(), house.cluster(name='going')
    hook = house.webhook(cluster['id'])
    lost = house.webhook(going['id'], name='lost')
    real = webhooks.count

    def count_and_go(conn, **counts):
        real(conn, **counts)
        if lost['id'] in counts.get('triggered', {}):
            clusters.delete(conn, going['id'])

    monkeypatch.setattr(webhooks, 'count', count_and_go)
    urls = [triggers.url_of(each) for each in (hook, hook, lost, hook)]
    replies = at_once([lambda url=url: house.post(url) for url in urls])
    statuses = collections.Counter(each.status for each in replies)
    assert statuses == {202: 3, 404: 1}
    assert replies[2].status == 404
    assert triggers.shown(house, hook)['triggered'] == 3


def test_answers_to_hooks_go_together(house, at_once):
    furniture.furnish(house)
    path = f'/v1/hooks/{furniture.HOOK}/complete'
    late = f'/v1/hooks/{furniture.LATE}/complete'

    def answer(path, token, result='continue'):
        body = {'lifecycle_action_token': token, 'result': result}
        return lambda: house.post(path, body)

    with statements.noted() as said:
        first, *replies = at_once(
            [
                answer(path, furniture.TOKEN),
                answer(path, furniture.TOKEN),
                answer(path, 'wrong'),
                answer(late, furniture.LATE_TOKEN),
                answer('/v1/hooks/nope/complete', furniture.TOKEN),
                answer(path, furniture.TOKEN, 'abandon'),
            ]
        )
    statuses = [each.status for each in (first, *replies)]
    assert sorted(statuses[2:5]) == [404, 404, 409]
    # Which of those with the token came first is not known.
    assert sorted(statuses[:2] + statuses[5:]) in (
        [200, 200, 409],
        [200, 409, 409],
    )
    assert len(said) <= 3 + 3
