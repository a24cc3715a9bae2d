"""What every Zaqar door promises: the real one, and its fake.

A subclass gives `zaqar`, a door in front of empty queues.
"""

import pytest

from autoscale import exceptions
from autoscale.clients import zaqar as zaqar_door

LIFE = 300


def messages(count, **more):
    return [{'body': {'n': n, **more}, 'ttl': LIFE} for n in range(count)]


class ZaqarContract:
    def test_a_message_is_read_as_it_was_posted(self, zaqar):
        body = {'token': 'a', 'deep': {'list': [1, None, 'ü']}}
        zaqar.post('q', [{'body': body, 'ttl': LIFE}])
        (found,) = zaqar.messages('q')
        assert found['body'] == body
        assert found['ttl'] == LIFE
        assert found['id']

    def test_more_than_one_post_takes_are_all_there_in_order(self, zaqar):
        zaqar.post('q', messages(45))
        found = zaqar.claim('q', limit=20) + zaqar.claim('q', limit=20)
        found += zaqar.claim('q', limit=20)
        assert [each['body']['n'] for each in found] == list(range(45))

    def test_large_messages_are_split_over_posts(self, zaqar):
        zaqar.post('q', messages(5, padding='x' * 100_000))
        assert len(zaqar.messages('q')) == 5

    def test_queues_are_apart(self, zaqar):
        zaqar.post('q', messages(1))
        assert zaqar.messages('r') == []

    def test_an_empty_queue_has_nothing_to_claim(self, zaqar):
        assert zaqar.claim('q') == []

    def test_a_claimed_message_is_for_one_reader(self, zaqar):
        zaqar.post('q', messages(2))
        (one,) = zaqar.claim('q', limit=1)
        (other,) = zaqar.claim('q')
        assert one['id'] != other['id']
        assert one['claim_id'] != other['claim_id']
        assert zaqar.claim('q') == []

    def test_a_claimed_message_is_deleted_with_its_claim(self, zaqar):
        zaqar.post('q', messages(1))
        (found,) = zaqar.claim('q')
        with pytest.raises(exceptions.CloudError):
            zaqar.delete_message('q', found['id'])
        zaqar.delete_message('q', found['id'], found['claim_id'])
        assert zaqar.messages('q') == []

    @pytest.mark.parametrize('life', [zaqar_door.LIVES[0] - 1, 10**9])
    def test_a_life_that_zaqar_does_not_take_is_a_wrong_request(
        self, zaqar, life
    ):
        with pytest.raises(exceptions.RequestIsWrong):
            zaqar.post('q', [{'body': {}, 'ttl': life}])
        assert zaqar.messages('q') == []

    @pytest.mark.parametrize('name', ['', 'a b', 'a/b', 'a' * 65, 'ä'])
    def test_a_bad_name_is_a_wrong_request(self, zaqar, name):
        with pytest.raises(exceptions.RequestIsWrong):
            zaqar.post(name, messages(1))

    def test_a_share_names_what_its_bearer_may_do(self, zaqar):
        shared = zaqar.share(
            'q', paths=['messages', 'claims'], methods=['POST', 'GET']
        )
        assert sorted(shared) == [
            'expires',
            'methods',
            'paths',
            'project',
            'signature',
        ]
        assert set(shared['methods']) == {'GET', 'POST'}
        assert '/v2/queues/q/messages' in shared['paths']

    def test_nothing_to_post_is_nothing_to_do(self, zaqar):
        zaqar.post('q', [])
        assert zaqar.messages('q') == []
