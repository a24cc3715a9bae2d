"""Messages that leave by HTTP: delivered as they are, or told why not."""

import pytest

from tests.fakes import listener as listeners
from tests.functional.standalone import process as processes
from tests.functional.standalone.process import eventually


@pytest.fixture
def application():
    with listeners.listening() as listener:
        yield listener


def told_by(service, url, **hooks):
    """A cluster of two whose members are told at `url`."""
    told = {'type': 'webhook', 'params': {'url': url}, 'timeout': 60}
    cluster = service.cluster(2)
    policy = service.policy('deletion', hooks={**told, **hooks})
    assert service.attach(cluster, policy).status_code == 201
    return cluster


def received(service, application, count=1):
    """The bodies that the application got, once there are `count`."""
    eventually(lambda: len(application.bodies) >= count, 'the delivery')
    for each in application.bodies:
        service.secrets.add(each['lifecycle_action_token'])
    return application.bodies


def test_the_message_is_the_same_as_on_a_queue(service, application, queue):
    by_queue = service.draining_cluster(2, queue)
    by_url = told_by(service, application.url())
    service.ask(by_queue, 'scale_in', count=1)
    action = service.ask(by_url, 'scale_in', count=1)
    (posted,) = service.messages(queue)
    (body,) = received(service, application)
    assert body.keys() == posted.keys()
    assert body['lifecycle_transition_type'] == 'termination'
    assert body['cause'].keys() == posted['cause'].keys()
    assert body['resource_id'] in {
        each['server_id'] for each in service.nodes(by_url, 'DRAINING')
    }
    assert application.headers[0]['Content-Type'] == 'application/json'
    assert service.complete(body).status_code == 200
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    service.check_books(by_url, 1)


@pytest.mark.parametrize(
    'answer, words',
    [
        (500, 'answered 500'),
        (503, 'answered 503'),
        (404, 'answered 404'),
        (307, 'redirects are not followed'),
        (listeners.drop, 'without an answer'),
    ],
    ids=['500', '503', '404', 'redirect', 'nothing'],
)
def test_what_was_not_taken_is_told_again(service, application, answer, words):
    application.answers = [answer]
    cluster = told_by(service, application.url())
    action = service.ask(cluster, 'scale_in', count=1)
    hook = service.failed_hook(cluster)
    assert words in hook['last_error']
    first, second = received(service, application, 2)
    assert {'/leave'} == set(application.paths)
    assert first['lifecycle_action_token'] == second['lifecycle_action_token']
    hook = service.sent_hook(cluster)
    assert hook['attempts'] == 2
    assert hook['last_error'] is None
    assert service.complete(second).status_code == 200
    assert service.end_of(action)['status'] == 'SUCCEEDED'


def test_a_target_that_is_slow_is_told_again(service, application):
    application.answers = [listeners.drip(application)]
    cluster = told_by(service, application.url())
    service.ask(cluster, 'scale_in', count=1)
    assert 'time' in service.failed_hook(cluster)['last_error']
    received(service, application, 2)


def test_a_target_that_is_not_there_is_told_when_it_comes(service):
    port = processes.free_port()
    cluster = told_by(service, f'http://127.0.0.1:{port}/leave')
    action = service.ask(cluster, 'scale_in', count=1)
    hook = service.failed_hook(cluster)
    assert 'cannot be connected to' in hook['last_error']
    with listeners.listening(port=port) as application:
        (body,) = received(service, application)
        assert service.complete(body).status_code == 200
        assert service.end_of(action)['status'] == 'SUCCEEDED'
    service.check_books(cluster, 1)


def test_a_target_that_never_comes_is_given_up_at_the_deadline(cloud, service):
    port = processes.free_port()
    cluster = told_by(service, f'http://127.0.0.1:{port}/leave', timeout=2)
    action = service.ask(cluster, 'scale_in', count=1)
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    (hook,) = service.hooks(cluster)
    assert hook['status'] == 'TIMED_OUT'
    assert hook['attempts'] >= 2
    service.check_books(cluster, 1)


def test_a_private_target_is_refused_unless_the_operator_allows_it(
    a_service, application
):
    service = a_service({'hooks': {'allow_private_targets': False}})
    cluster = told_by(service, application.url(), timeout=2)
    action = service.ask(cluster, 'scale_in', count=1)
    hook = service.failed_hook(cluster)
    assert 'the operator does not allow such targets' in hook['last_error']
    service.end_of(action)
    assert application.bodies == []
