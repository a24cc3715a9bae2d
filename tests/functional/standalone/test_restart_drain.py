"""The service may end while members drain: its successor goes on.

Whatever ended it, the answer that one process is owed is good for the next,
and the server stays until it comes.
"""

import signal
import time

import pytest
import requests

from tests.functional.standalone.process import eventually
from tests.functional.standalone.process import moment_of

ENDS = pytest.mark.parametrize(
    'end', [signal.SIGTERM, signal.SIGKILL], ids=['term', 'kill']
)


@ENDS
def test_a_drain_outlives_the_service(cloud, mortal, queue, end):
    """Told by one process, answered to another: the same token."""
    cluster = mortal.draining_cluster(3, queue)
    action = mortal.ask(cluster, 'scale_in', count=1)
    (message,) = mortal.messages(queue)
    (hook,) = eventually(
        lambda: [
            each for each in mortal.hooks(cluster) if each['status'] == 'SENT'
        ],
        'the note that the message is delivered',
    )
    mortal.restart(end)
    assert message['resource_id'] in cloud.servers(cluster)
    assert mortal.action(action)['status'] == 'WAITING'
    (again,) = mortal.hooks(cluster)
    assert (again['id'], again['deadline']) == (hook['id'], hook['deadline'])
    assert mortal.complete(message).status_code == 200
    assert mortal.end_of(action)['status'] == 'SUCCEEDED'
    mortal.check_books(cluster, 2)
    assert message['resource_id'] not in cloud.servers(cluster)
    assert len(cloud.messages(queue)) == 1


def test_an_answer_that_was_accepted_is_never_lost(cloud, mortal, queue):
    cluster = mortal.draining_cluster(2, queue)
    action = mortal.ask(cluster, 'scale_in', count=1)
    (message,) = mortal.messages(queue)
    hang = cloud.fault('compute', 'delete_server', 'slow', seconds=60, times=1)
    assert mortal.complete(message).status_code == 200
    eventually(lambda: cloud.hits(hang), 'the call')
    mortal.kill()
    assert message['resource_id'] in cloud.servers(cluster)
    mortal.start()
    assert mortal.end_of(action)['status'] == 'SUCCEEDED'
    mortal.check_books(cluster, 1)


def test_a_server_that_was_deleted_unheard_is_gone(cloud, mortal, queue):
    cluster = mortal.draining_cluster(2, queue)
    action = mortal.ask(cluster, 'scale_in', count=1)
    (message,) = mortal.messages(queue)
    hang = cloud.fault('compute', 'delete_server', 'hang', seconds=60, times=1)
    assert mortal.complete(message).status_code == 200
    eventually(lambda: cloud.hits(hang), 'the call')
    mortal.restart()
    assert mortal.end_of(action)['status'] == 'SUCCEEDED'
    mortal.check_books(cluster, 1)


def test_an_application_that_finds_nobody_there_tries_again(
    cloud, mortal, queue
):
    cluster = mortal.draining_cluster(2, queue)
    action = mortal.ask(cluster, 'scale_in', count=1)
    (message,) = mortal.messages(queue)
    mortal.kill()
    with pytest.raises(requests.ConnectionError):
        mortal.complete(message)
    assert message['resource_id'] in cloud.servers(cluster)
    mortal.start()
    assert mortal.complete(message).status_code == 200
    assert mortal.end_of(action)['status'] == 'SUCCEEDED'
    mortal.check_books(cluster, 1)


def test_a_message_that_is_sent_again_has_the_same_token(cloud, mortal, queue):
    """On the queue, and the process ends before it is told so."""
    cluster = mortal.draining_cluster(2, queue)
    cloud.fault('messaging', 'post_messages', 'hang', seconds=60, times=1)
    action = mortal.ask(cluster, 'scale_in', count=1)
    mortal.messages(queue)
    mortal.restart()
    first, second = mortal.messages(queue, 2)
    assert first['lifecycle_action_token'] == second['lifecycle_action_token']
    assert first['hook_id'] == second['hook_id']
    assert first['resource_id'] in cloud.servers(cluster)
    assert mortal.complete(first).status_code == 200
    assert mortal.complete(second).status_code == 200
    assert mortal.end_of(action)['status'] == 'SUCCEEDED'
    mortal.check_books(cluster, 1)


def test_a_deadline_passes_while_nobody_runs(cloud, mortal, queue):
    cluster = mortal.draining_cluster(2, queue, timeout=2)
    action = mortal.ask(cluster, 'scale_in', count=1)
    (message,) = mortal.messages(queue)
    mortal.kill()
    eventually(lambda: time.time() > moment_of(message['deadline']) + 1)
    assert message['resource_id'] in cloud.servers(cluster)
    mortal.start()
    assert mortal.end_of(action)['status'] == 'SUCCEEDED'
    (hook,) = mortal.hooks(cluster)
    assert hook['status'] == 'TIMED_OUT'
    mortal.check_books(cluster, 1)


def test_a_cluster_goes_although_the_service_was_killed(cloud, mortal, queue):
    cluster = mortal.draining_cluster(2, queue)
    mortal.call('DELETE', f'/v1/clusters/{cluster}')
    messages = mortal.messages(queue, 2)
    mortal.restart()
    assert len(cloud.servers(cluster)) == 2
    for each in messages:
        assert mortal.complete(each).status_code == 200
    eventually(lambda: not cloud.servers(cluster))
    gone = f'/v1/clusters/{cluster}'
    eventually(lambda: mortal.call('GET', gone).status_code == 404)
