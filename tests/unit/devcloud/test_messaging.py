"""Messages and claims by the clock, and what a signature is worth."""

import pytest

from autoscale.devcloud import exchange
from autoscale.devcloud import journal
from autoscale.devcloud.messaging import queue as queues
from autoscale.devcloud.messaging import signature

KEY = ('p', 'q')


@pytest.fixture
def store(clock):
    return queues.Queues(log=journal.Journal(None), clock=clock)


def post(store, *bodies, ttl=60):
    return store.post(KEY, [{'body': b, 'ttl': ttl} for b in bodies], 'me')


def held(store):
    queue, _ = store.find(KEY)
    return [message.body for message in queue.messages.values()]


def test_a_message_ends_with_its_time(clock, store):
    post(store, 'short')
    post(store, 'long', ttl=120)
    clock.now += 60
    assert held(store) == ['long']


def test_a_claim_ends_with_its_time(clock, store):
    post(store, 1, ttl=600)
    first = store.claim(KEY, ttl=60, grace=60, limit=5)
    assert store.claim(KEY, ttl=60, grace=60, limit=5) is None
    clock.now += 60
    second = store.claim(KEY, ttl=60, grace=60, limit=5)
    assert second.message_ids == first.message_ids
    queue, _ = store.find(KEY)
    assert set(queue.claims) == {second.id}
    assert queue.messages[first.message_ids[0]].claim_count == 2


def test_a_claim_keeps_its_messages_alive(clock, store):
    post(store, 1, ttl=60)
    store.claim(KEY, ttl=300, grace=100, limit=5)
    clock.now += 399
    assert held(store) == [1]
    clock.now += 1
    assert held(store) == []


def test_the_oldest_free_messages_are_claimed(store):
    ids = post(store, 1, 2, 3)
    assert store.claim(KEY, ttl=60, grace=60, limit=2).message_ids == ids[:2]
    assert store.claim(KEY, ttl=60, grace=60, limit=2).message_ids == ids[2:]


def test_what_is_replayed_is_what_was(clock, store):
    store.create(KEY, {'colour': 'blue'})
    ids = post(store, 1, 2, 3, ttl=600)
    claim = store.claim(KEY, ttl=60, grace=60, limit=1)
    store.remove(KEY, ids[2:])
    again = queues.Queues(log=journal.Journal(None), clock=clock)
    for record in store.dump():
        assert again.replay(record)
    old, _ = store.find(KEY)
    new, now = again.find(KEY)
    assert new.messages == old.messages
    assert new.claims == old.claims
    assert new.metadata == {'colour': 'blue'}
    assert new.messages[claim.message_ids[0]].is_claimed(now)


def test_an_id_tells_the_order(store):
    ids = post(store, 1, 2, 3) + post(store, 4)
    assert [queues.number_of(each) for each in ids] == [1, 2, 3, 4]


def test_a_deleted_queue_is_forgotten(store):
    post(store, 1)
    store.delete(KEY)
    assert store.find(KEY)[0] is None
    store.remove(KEY, ['x'])
    assert store.names('p') == []


def ask(signed, method='POST', **changes):
    headers = {
        'URL-Signature': signed['signature'],
        'URL-Expires': signed['expires'],
        'URL-Methods': ','.join(signed['methods']),
        'URL-Paths': ','.join(signed['paths']),
        'X-Project-Id': signed['project'],
        **changes,
    }
    return exchange.Request(method, '', find_header=headers.get)


@pytest.fixture
def signer():
    return signature.Signer(b'key')


@pytest.fixture
def signed(signer, clock):
    return signer.share(
        {'paths': ['messages', 'claims'], 'methods': ['POST', 'GET']},
        queue_path='/v2/queues/q',
        project_id='p',
        now=clock.now,
    )


def test_a_signature_opens_what_it_names(signer, signed, clock):
    for path in ('/v2/queues/q/messages', '/v2/queues/q/claims/1'):
        assert signer.admits(ask(signed), path, clock.now)
    assert not signer.admits(ask(signed), '/v2/queues/r/messages', clock.now)
    assert not signer.admits(
        ask(signed, 'DELETE'), '/v2/queues/q/messages', clock.now
    )


def test_a_signature_ends(signer, signed, clock):
    path = '/v2/queues/q/messages'
    assert signer.admits(ask(signed), path, clock.now + 86399)
    assert not signer.admits(ask(signed), path, clock.now + 86400)


def test_another_clouds_signature_is_worth_nothing(signed, clock):
    other = signature.Signer(b'other')
    assert not other.admits(ask(signed), '/v2/queues/q/messages', clock.now)


@pytest.mark.parametrize(
    'body',
    [
        {'surprise': 1},
        {'paths': ['secrets']},
        {'methods': 'GET'},
        {'expires': '2001-01-01T00:00:00'},
        {'expires': 'soon'},
        [],
    ],
)
def test_a_share_that_makes_no_sense_is_refused(signer, clock, body):
    with pytest.raises(exchange.Refused):
        signer.share(
            body, queue_path='/v2/queues/q', project_id='p', now=clock.now
        )
