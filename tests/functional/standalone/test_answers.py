"""An application's answers: the first counts, and only from who was told."""

import secrets
import time
import uuid

import pytest

from tests.functional.standalone.process import eventually
from tests.functional.standalone.process import moment_of


def code_of(answer):
    return answer.json()['errors'][0]['code'].removeprefix('autoscaling.')


def bare(answer):
    """An error without what belongs to its request alone."""
    body = answer.json()
    for each in body['errors']:
        del each['request_id']
    return answer.status_code, body


@pytest.fixture
def drain(service, queue):
    """A cluster, its scale_in, and what the application was told."""

    def make(size=2, **hooks):
        cluster = service.draining_cluster(size, queue, **hooks)
        action = service.ask(cluster, 'scale_in', count=1)
        (message,) = service.messages(queue)
        return cluster, action, message

    return make


def test_nobody_without_the_token_answers(cloud, service, drain):
    cluster, _, message = drain()
    wrong = {**message, 'lifecycle_action_token': secrets.token_urlsafe(32)}
    unknown = {
        **message,
        'complete_url': message['complete_url'].replace(
            message['hook_id'], str(uuid.uuid4())
        ),
    }
    answers = [service.complete(each) for each in (wrong, unknown)]
    assert answers[0].status_code == 404
    assert bare(answers[0]) == bare(answers[1])
    assert message['resource_id'] in cloud.servers(cluster)
    (hook,) = service.hooks(cluster)
    assert hook['status'] == 'SENT'


def test_a_token_is_good_for_its_own_hook_only(service, queue):
    cluster = service.draining_cluster(3, queue)
    service.ask(cluster, 'scale_in', count=2)
    one, other = service.messages(queue, 2)
    crossed = {**one, 'complete_url': other['complete_url']}
    assert service.complete(crossed).status_code == 404


def test_the_same_answer_again_is_the_same_answer(service, drain):
    cluster, action, message = drain()
    first = service.complete(message, reason='drained')
    again = service.complete(message)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    service.end_of(action)
    late = service.complete(message)
    assert (late.status_code, late.json()) == (200, first.json())
    service.check_books(cluster, 1)


def test_another_answer_comes_too_late(service, drain):
    _, action, message = drain()
    assert service.complete(message).status_code == 200
    other = service.complete(message, 'abandon')
    assert other.status_code == 409
    assert code_of(other) == 'hook_already_answered'
    assert service.end_of(action)['status'] == 'SUCCEEDED'


def test_an_answer_after_the_deadline_is_refused(service, drain):
    cluster, action, message = drain(timeout=1)
    service.end_of(action)
    late = service.complete(message)
    assert late.status_code == 409
    assert code_of(late) == 'hook_expired'
    service.check_books(cluster, 1)


def test_an_answer_of_no_known_kind_is_refused(service, drain):
    cluster, _, message = drain()
    assert service.complete(message, 'perhaps').status_code == 400
    (hook,) = service.hooks(cluster)
    assert hook['status'] == 'SENT'


def test_who_abandons_stays_and_is_counted(cloud, service, drain):
    cluster, action, message = drain()
    said = service.complete(message, 'abandon', reason='in the middle of it')
    assert said.json()['hook']['status'] == 'ABANDONED'
    ended = service.end_of(action)
    (returned,) = ended['decision']['returned']
    assert returned['node_id'] == message['node_id']
    assert returned['reason'] == 'in the middle of it'
    service.check_books(cluster, 2)
    assert message['resource_id'] in cloud.servers(cluster)
    assert service.shown(cluster)['desired_capacity'] == 2


def test_a_heartbeat_moves_the_deadline(cloud, service, drain):
    cluster, action, message = drain(timeout=2)
    first = moment_of(service.hooks(cluster)[0]['deadline'])
    token = {'lifecycle_action_token': message['lifecycle_action_token']}
    beat = service.post(message['heartbeat_url'], {**token, 'extend': 4})
    second = moment_of(beat['hook']['deadline'])
    assert second > first + 1
    eventually(lambda: time.time() > first + 0.5)
    assert message['resource_id'] in cloud.servers(cluster)
    assert service.action(action)['status'] == 'WAITING'
    service.end_of(action)
    assert time.time() >= second
    service.check_books(cluster, 1)


def test_heartbeats_end_at_their_limit(service, drain):
    cluster, _, message = drain(timeout=5, heartbeat_limit=8)
    token = {'lifecycle_action_token': message['lifecycle_action_token']}
    beat = service.post(message['heartbeat_url'], {**token, 'extend': 3600})
    (hook,) = service.hooks(cluster)
    assert beat['hook']['deadline'] == hook['deadline']
    limit = moment_of(hook['created_at']) + 8
    assert moment_of(hook['deadline']) == pytest.approx(limit, abs=0.01)


def test_a_heartbeat_needs_the_token(service, drain):
    _, _, message = drain()
    answer = service.call(
        'POST',
        message['heartbeat_url'],
        {'lifecycle_action_token': secrets.token_urlsafe(32)},
    )
    assert answer.status_code == 404


def test_the_cluster_takes_the_answer_too(cloud, service, drain):
    """As Senlin's drain daemons give it: to the cluster, as an action."""
    cluster, action, message = drain()
    token = {'lifecycle_action_token': message['lifecycle_action_token']}
    path = f'/v1/clusters/{cluster}/actions'
    wrong = {'lifecycle_action_token': secrets.token_urlsafe(32)}
    refused = service.call('POST', path, {'complete_lifecycle': wrong})
    assert refused.status_code == 404
    said = service.call('POST', path, {'complete_lifecycle': token})
    assert said.status_code == 202
    assert said.json()['action']['id'] == action
    assert said.headers['Location'].endswith(f'/v1/actions/{action}')
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    service.check_books(cluster, 1)


def test_no_other_cluster_takes_the_answer(service, drain):
    _, _, message = drain()
    other = service.cluster(0)
    token = {'lifecycle_action_token': message['lifecycle_action_token']}
    refused = service.call(
        'POST', f'/v1/clusters/{other}/actions', {'complete_lifecycle': token}
    )
    assert refused.status_code == 404


def test_a_removal_that_is_taken_back_is_told_and_not_answered(service, queue):
    cluster = service.cluster(2)
    told = {'type': 'zaqar', 'params': {'queue': queue}, 'timeout': 60}
    service.attach(
        cluster, service.policy('deletion', hooks=told, rescind=True)
    )
    service.ask(cluster, 'scale_in', count=1)
    service.messages(queue)
    service.end_of(service.ask(cluster, 'scale_out', count=1))
    leave, stay = service.messages(queue, 2)
    assert stay['lifecycle_transition_type'] == 'termination-rescinded'
    assert stay['hook_id'] == leave['hook_id']
    late = service.complete(leave)
    assert late.status_code == 409
    assert code_of(late) == 'hook_expired'
    service.check_books(cluster, 2)


def test_a_cluster_that_goes_by_force_waits_for_no_answer(
    cloud, service, drain
):
    cluster, _, message = drain()
    path = f'/v1/clusters/{cluster}'
    forced = service.call('DELETE', f'{path}?force=true').json()['action']
    assert service.end_of(forced['id'])['status'] == 'SUCCEEDED'
    assert service.call('GET', path).status_code == 404
    assert cloud.servers(cluster) == {}
    assert service.complete(message).status_code in (404, 409)
