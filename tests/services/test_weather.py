"""The broker and the database go away and come back; engines are replaced.

What was accepted meanwhile is carried out; what could not be accepted was
answered with 503 and a time to come back.
"""

import threading

import pytest
import requests

from tests.functional.standalone.process import eventually
from tests.services.test_crowds import path_of

#: So seldom that nothing in a test was found by it.
NEVER = {'due_interval': 600}


class Load:
    """Triggers without a pause, and what became of each."""

    def __init__(self, service, webhooks):
        self._service = service
        self._webhooks = webhooks
        self._stopping = threading.Event()
        self.accepted = []
        self.refused = []
        self._threads = [
            threading.Thread(target=self._go_on, args=(each,))
            for each in webhooks
        ]

    def __enter__(self):
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for each in self._threads:
            each.join()

    def await_more(self, count):
        """Than so many that were accepted."""
        eventually(lambda: len(self.accepted) > count, 'that more is accepted')

    def _go_on(self, webhook):
        with requests.Session() as session:
            while not self._stopping.wait(0.2):
                said = session.post(path_of(self._service, webhook))
                if said.status_code == 202:
                    self.accepted.append(said.json()['action']['id'])
                else:
                    self.refused.append(said)


def loaded(service, count=4):
    """Clusters, and a webhook of each that makes it larger by one."""
    clusters = [service.cluster(1) for _ in range(count)]
    return clusters, [
        service.webhook(each, 'scale_out', params={'count': 1})
        for each in clusters
    ]


def check(service, clusters, accepted):
    """Each action that was accepted has come about, once."""
    asked = set(accepted)
    assert len(asked) == len(accepted)
    found = {}
    for cluster in clusters:
        size = 1
        for each in service.actions(cluster):
            if each['kind'] == 'scale_out':
                found[each['id']] = service.end_of(each['id'], 40)['status']
                size += 1
        service.check_books(cluster, size)
    assert set(found.values()) <= {'SUCCEEDED'}
    return set(found) - asked


# -- the broker


def test_without_a_broker_everything_is_accepted_and_done(service, broker):
    clusters, webhooks = loaded(service)
    broker.stop()
    try:
        with Load(service, webhooks) as load:
            load.await_more(20)
        assert not load.refused
        assert not check(service, clusters, load.accepted)
        said = service.call(
            'POST', f'/v1/clusters/{clusters[0]}/preview', {'scale_out': {}}
        )
        assert said.status_code == 503
        assert said.headers['Retry-After']
    finally:
        broker.start()


def test_wakes_are_heard_again_once_the_broker_is_back(service, broker):
    """By an engine that looks into the database by itself too seldom."""
    for each in service.engines:
        each.terminate()
    for each in service.engines:
        assert each.end() == 0
    engine = service.another_engine(**NEVER)
    engine.start()
    try:
        engine.await_word('listening for wakes')
        service.cluster(1)
        broker.stop()
        unheard = [service.ask_cluster(1)[1] for _ in service.apis]
        broker.start()
        eventually(lambda: woken(service), 'a wake', 60)
        for each in service.engines:
            each.start()
        for each in unheard:
            assert service.end_of(each)['status'] == 'SUCCEEDED'
    finally:
        engine.close()


def woken(service):
    """Whether one more cluster is made soon."""
    try:
        return service.end_of(service.ask_cluster(1)[1], 2)
    except AssertionError:
        return None


def test_the_broker_keeps_no_queue_of_engines_that_ended(service, broker):
    before = set(broker.queues())
    assert 'autoscale-engine' in before
    engine = service.engines[0]
    for _ in range(2):
        since = engine.log_size()
        engine.terminate()
        assert engine.end() == 0
        engine.start()
        engine.await_word('listening for wakes', since)
    assert set(broker.queues()) == before


# -- the database


@pytest.mark.parametrize('end', ['stop', 'kill'])
def test_an_outage_of_the_database_delays_and_loses_nothing(
    service, cloud, database_server, end
):
    cloud.set(build_seconds=1.5)
    clusters, webhooks = loaded(service, 2)
    with Load(service, webhooks) as load:
        load.await_more(4)
        getattr(database_server, end)()
        try:
            eventually(lambda: len(load.refused) > 3, 'refusals', 60)
        finally:
            database_server.start()
        accepted = len(load.accepted)
        load.await_more(accepted + 2)
    for each in load.refused:
        assert each.status_code == 503
        assert each.headers['Retry-After']
    unanswered = check(service, clusters, load.accepted)
    # Committed, and the database was gone before it could say so.
    assert len(unanswered) <= len(load.refused)


# -- the engines


def test_engines_are_replaced_under_load(service, cloud):
    cloud.set(build_seconds=0.5)
    clusters, webhooks = loaded(service)
    with Load(service, webhooks) as load:
        for engine in service.engines:
            accepted = len(load.accepted)
            engine.terminate()
            assert engine.end() == 0
            engine.start()
            load.await_more(accepted)
    assert not load.refused
    assert not check(service, clusters, load.accepted)
