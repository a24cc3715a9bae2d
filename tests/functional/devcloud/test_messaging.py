"""Zaqar, asked by zaqarclient and by a machine that has only a signed URL."""

import pytest
import requests
from zaqarclient.queues import client as zaqar_client
from zaqarclient.queues.v2 import core
from zaqarclient.transport import errors

CLIENT_ID = '3381af92-2b9e-11e3-b191-71861300734c'


def bodies(messages):
    return [message.body for message in messages]


@pytest.fixture
def queue(zaqar):
    return zaqar.queue('hooks')


@pytest.fixture
def machine(cloud):
    """A call by someone without a token."""

    def call(method, path, signed, **changes):
        headers = {
            'URL-Signature': signed['signature'],
            'URL-Expires': signed['expires'],
            'URL-Methods': ','.join(signed['methods']),
            'URL-Paths': ','.join(signed['paths']),
            'X-Project-Id': signed['project'],
            'Client-ID': CLIENT_ID,
            **changes,
        }
        return requests.request(
            method,
            f'{cloud.base_url}/messaging{path}',
            headers={key: val for key, val in headers.items() if val},
            json={'messages': [{'body': 'done', 'ttl': 60}]},
            timeout=20,
        )

    return call


def test_a_message_is_read_as_it_was_posted(queue):
    posted = queue.post({'body': {'token': 'x', 'n': [1, None]}, 'ttl': 300})
    assert len(posted['resources']) == 1
    (message,) = queue.messages(echo=True)
    assert message.body == {'token': 'x', 'n': [1, None]}
    assert message.ttl == 300
    assert queue.message(message.id).body == message.body


def test_ones_own_messages_are_hidden_unless_asked_for(queue):
    queue.post({'body': 1, 'ttl': 60})
    assert list(queue.messages()) == []
    assert bodies(queue.messages(echo=True)) == [1]


def test_thirty_messages_go_in_one_post(queue):
    posted = queue.post([{'body': n, 'ttl': 60} for n in range(30)])
    assert len(posted['resources']) == 30


def test_posts_can_be_limited(cloud, queue):
    cloud.change({'messages_per_post': 20})
    with pytest.raises(errors.MalformedRequest):
        queue.post([{'body': n, 'ttl': 60} for n in range(21)])


def test_pages_of_messages_follow_each_other(queue):
    queue.post([{'body': n, 'ttl': 60} for n in range(25)])
    assert bodies(queue.messages(echo=True)) == list(range(10))
    found = queue.messages(echo=True, limit=20)
    assert bodies(found.stream()) == list(range(25))
    with pytest.raises(errors.MalformedRequest):
        queue.messages(limit=21)


@pytest.mark.parametrize(
    'message',
    [
        {'body': 1, 'ttl': 59},
        {'body': 1, 'ttl': 1209601},
        {'body': 1, 'ttl': 'long'},
        {'ttl': 60},
        {'body': 'x' * 263000, 'ttl': 60},
    ],
)
def test_a_message_beyond_the_limits_is_refused(queue, message):
    with pytest.raises(errors.MalformedRequest):
        queue.post(message)
    assert list(queue.messages(echo=True)) == []


def test_a_claimed_message_is_nobody_elses(queue):
    queue.post([{'body': n, 'ttl': 60} for n in range(3)])
    claim = queue.claim(ttl=60, grace=60, limit=2)
    messages = list(claim)
    assert bodies(messages) == [0, 1]
    assert bodies(queue.claim(ttl=60, grace=60)) == [2]
    assert list(queue.claim(ttl=60, grace=60)) == []
    assert list(queue.messages(echo=True)) == []
    assert len(list(queue.messages(echo=True, include_claimed=True))) == 3
    assert queue.message(messages[0].id).body == 0
    with pytest.raises(errors.ForbiddenError):
        delete_without_claim(queue, messages[0].id)
    messages[0].delete()
    claim.delete()
    assert bodies(queue.messages(echo=True)) == [1]


def delete_without_claim(queue, message_id):
    """Delete as someone who does not know the claim."""
    request, transport = queue.client._request_and_transport()
    core.message_delete(transport, request, queue.name, message_id)


def test_a_claim_can_be_renewed(queue):
    queue.post({'body': 1, 'ttl': 60})
    claim = queue.claim(ttl=60, grace=60)
    claim.update(ttl=600, grace=60)
    assert queue.claim(id=claim.id).ttl == 600
    (message,) = queue.claim(id=claim.id)
    assert message.ttl == 660
    with pytest.raises(errors.MalformedRequest):
        queue.claim(ttl=1, grace=60)


def test_the_oldest_messages_can_be_popped(queue):
    queue.post([{'body': n, 'ttl': 60} for n in range(3)])
    assert bodies(queue.pop(2)) == [0, 1]
    assert bodies(queue.messages(echo=True)) == [2]


def test_messages_can_be_deleted_by_id(queue):
    posted = queue.post([{'body': n, 'ttl': 60} for n in range(3)])
    ids = [each.rsplit('/', 1)[-1] for each in posted['resources']]
    found = queue.messages(ids[0], ids[1])
    assert bodies(found) == [0, 1]
    queue.delete_messages(ids[0], ids[1])
    assert bodies(queue.messages(echo=True)) == [2]
    with pytest.raises(errors.ResourceNotFound):
        queue.message(ids[0])


def test_queues_come_by_themselves_and_go_when_told(zaqar, queue):
    assert queue.exists()
    assert [each.name for each in zaqar.queues()[0]] == []
    queue.post({'body': 1, 'ttl': 60})
    assert [each.name for each in zaqar.queues()[0]] == ['hooks']
    assert queue.stats['messages']['total'] == 1
    queue.delete()
    assert [each.name for each in zaqar.queues()[0]] == []
    assert list(queue.messages(echo=True)) == []


def test_a_queue_keeps_metadata(zaqar):
    queue = zaqar.queue('q', force_create=True)
    queue.metadata({'colour': 'blue'})
    assert queue.metadata(force_reload=True)['colour'] == 'blue'
    queue.purge()


def test_queue_names_have_a_limit(zaqar):
    zaqar.queue('q' * 64).post({'body': 1, 'ttl': 60})
    with pytest.raises(errors.MalformedRequest):
        zaqar.queue('q' * 65).post({'body': 1, 'ttl': 60})


def test_projects_have_queues_of_their_own(login, queue):
    queue.post({'body': 1, 'ttl': 60})
    other = zaqar_client.Client(version=2, session=login('other'))
    assert list(other.queue('hooks').messages(echo=True)) == []


def test_a_signed_url_lets_a_machine_post(queue, machine):
    signed = queue.signed_url(
        paths=['messages'], ttl_seconds=600, methods=['POST', 'GET']
    )
    path = '/v2/queues/hooks/messages'
    assert signed['paths'] == [path]
    assert signed['methods'] == ['GET', 'POST']
    assert machine('POST', path, signed).status_code == 201
    assert bodies(queue.messages(echo=True)) == ['done']


@pytest.mark.parametrize(
    'changes',
    [
        {'URL-Signature': 'f' * 64},
        {'URL-Methods': 'POST'},
        {'URL-Expires': '2099-01-01T00:00:00'},
        {'X-Project-Id': 'another'},
    ],
)
def test_a_forged_signed_url_finds_nothing(queue, machine, changes):
    signed = queue.signed_url(methods=['POST', 'GET'])
    path = '/v2/queues/hooks/messages'
    assert machine('POST', path, signed, **changes).status_code == 404


def test_a_signed_url_opens_only_what_it_names(queue, machine):
    signed = queue.signed_url(paths=['messages'], methods=['POST'])
    path = '/v2/queues/{}/messages'
    assert machine('GET', path.format('hooks'), signed).status_code == 404
    assert machine('POST', path.format('else'), signed).status_code == 404
    assert (
        machine('POST', '/v2/queues/hooks/claims', signed).status_code == 404
    )


def test_a_client_must_give_its_id(queue, machine):
    signed = queue.signed_url(methods=['POST'])
    answer = machine(
        'POST', '/v2/queues/hooks/messages', signed, **{'Client-ID': ''}
    )
    assert answer.status_code == 400
    assert set(answer.json()) == {'title', 'description'}


def test_zaqar_says_that_it_is_well(cloud, session):
    url = f'{cloud.base_url}/messaging/v2'
    assert requests.get(f'{url}/ping', timeout=20).status_code == 204
    assert session.get(f'{url}/health').status_code == 200
    assert requests.get(f'{url}/queues', timeout=20).status_code == 401
