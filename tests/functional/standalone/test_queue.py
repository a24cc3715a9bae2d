"""Messages for a queue that does not take them: told, repeated, given up."""

import time

import pytest

from tests.functional.standalone.process import moment_of

#: How Zaqar fails, and the words that the hook keeps of it.
AWAY = {
    '503': ({'kind': 'error', 'status': 503, 'message': 'Down.'}, 'Down.'),
    # What zaqarclient itself takes for success.
    '429': ({'kind': 'error', 'status': 429, 'message': 'Slow.'}, 'Slow.'),
    '413': ({'kind': 'empty', 'status': 413}, 'HTTP 413'),
    '502': ({'kind': 'flat_error', 'status': 502}, 'HTTP 502'),
    '504': ({'kind': 'empty', 'status': 504}, 'HTTP 504'),
    'odd': ({'kind': 'empty', 'status': 201}, 'cannot be understood'),
    'nothing': ({'kind': 'drop'}, 'without an answer'),
    'too late': ({'kind': 'slow', 'seconds': 30}, 'did not answer in time'),
}


@pytest.mark.parametrize('how, words', AWAY.values(), ids=AWAY.keys())
def test_a_queue_that_fails_is_told_of_and_tried_again(
    cloud, service, queue, how, words
):
    cluster = service.draining_cluster(2, queue)
    fault = cloud.fault('messaging', 'post_messages', **how)
    action = service.ask(cluster, 'scale_in', count=1)
    hook = service.failed_hook(cluster)
    assert words in hook['last_error']
    assert hook['status'] == 'PENDING'
    assert hook['attempts'] >= 1
    assert service.action(action)['status'] == 'WAITING'
    assert len(cloud.servers(cluster)) == 2
    cloud.remove_fault(fault)
    (message,) = service.messages(queue)
    sent = service.sent_hook(cluster)
    assert sent['attempts'] > hook['attempts']
    assert sent['last_error'] is None
    assert message['hook_id'] == hook['id']
    assert service.complete(message).status_code == 200
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    assert service.told(cluster, 'hook.undelivered')


def test_the_time_to_answer_begins_with_the_delivery(cloud, service, queue):
    cluster = service.draining_cluster(2, queue, timeout=30)
    cloud.fault('messaging', 'post_messages', 'drop', times=1)
    service.ask(cluster, 'scale_in', count=1)
    before = service.failed_hook(cluster)
    service.messages(queue)
    after = service.sent_hook(cluster)
    assert moment_of(after['deadline']) > moment_of(before['deadline'])
    assert (
        moment_of(after['deadline']) - moment_of(after['sent_at'])
    ) == pytest.approx(30, abs=0.1)


def test_a_member_that_cannot_be_told_leaves_at_the_deadline(
    cloud, service, queue
):
    cluster = service.draining_cluster(2, queue, timeout=2)
    cloud.fault('messaging', 'post_messages', 'error', status=503)
    asked = time.monotonic()
    action = service.ask(cluster, 'scale_in', count=1)
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    assert time.monotonic() - asked >= 2
    service.check_books(cluster, 1)
    (hook,) = service.hooks(cluster)
    assert hook['status'] == 'TIMED_OUT'
    assert hook['last_error']
    (told,) = service.told(cluster, 'hook.timed_out')
    assert 'could not be told' in told


def test_a_member_that_cannot_be_told_stays_when_silence_says_so(
    cloud, service, queue
):
    cluster = service.draining_cluster(
        2, queue, timeout=1, on_timeout='abandon'
    )
    cloud.fault('messaging', 'post_messages', 'error', status=503)
    before = set(cloud.servers(cluster))
    action = service.ask(cluster, 'scale_in', count=1)
    ended = service.end_of(action)
    assert [each['reason'] for each in ended['decision']['returned']]
    service.check_books(cluster, 2)
    assert set(cloud.servers(cluster)) == before
    assert service.shown(cluster)['desired_capacity'] == 2


def test_a_cluster_grows_while_messages_cannot_leave(cloud, service, queue):
    cluster = service.draining_cluster(2, queue)
    cloud.fault('messaging', 'post_messages', 'hang', seconds=30)
    service.ask(cluster, 'scale_in', count=1)
    service.failed_hook(cluster)
    action = service.ask(cluster, 'scale_out', count=2)
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    assert len(service.nodes(cluster, 'ACTIVE')) == 3
    assert len(service.nodes(cluster, 'DRAINING')) == 1
