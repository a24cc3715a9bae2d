"""Tokens that can make no trust: reuse what there is, or say what to do."""

import pytest


def credential_required(reply):
    assert reply.status == 409, reply.raw
    assert reply.error['code'] == 'autoscaling.credential_required'
    words = reply.error['detail']
    assert 'PUT /v1/credential' in words
    assert 'password' in words
    return words


@pytest.fixture
def delegated(town):
    """Such a token, by what it is of."""

    def make(kind):
        if kind == 'trust':
            return town.trust_token('demo', 'other')
        made = town.application_credential('demo', 'mine')
        return town.application_token(made)

    return make


@pytest.mark.parametrize('kind', ['trust', 'application credential'])
def test_it_is_refused_with_words_and_nothing_is_made(town, delegated, kind):
    token = delegated(kind)
    words = credential_required(town.ask_cluster(token=token))
    assert kind in words
    listed = town.call('GET', '/v1/clusters')
    assert listed.status == 200, listed.raw
    assert listed.json['clusters'] == []
    body = {'credential': {'kind': 'trust'}}
    credential_required(town.call('PUT', '/v1/credential', body, token=token))
    assert town.cloud.stats().get('identity.create_trust', 0) == (
        1 if kind == 'trust' else 0
    )


@pytest.mark.parametrize('kind', ['trust', 'application credential'])
def test_what_the_user_has_made_before_is_used(town, delegated, kind):
    town.cluster(0)
    token = delegated(kind)
    cluster = town.cluster(1, token=token, name='second')
    assert town.act(cluster, token=token, scale_out={}).status == 202
    assert len(town.trusts()) == 1


def test_an_application_credential_that_is_given_is_used(town):
    made = town.application_credential('demo', 'mine')
    token = town.application_token(made)
    reply = town.give(made, token=token)
    assert reply.status == 200
    assert reply.json['credential']['kind'] == 'application_credential'
    assert made['secret'].encode() not in reply.raw
    town.cluster(1, token=token)
    assert town.trusts() == []
    (server,) = town.cloud.servers()
    assert server['user_id'] == town.cloud.user_id('demo')


def test_a_broken_one_is_tried_before_the_answer_is_no(town):
    made = town.application_credential('demo', 'mine')
    token = town.application_token(made)
    town.cluster(1)
    town.revoke_trusts()
    town.await_status('web', 'LOCKED_OUT')
    words = credential_required(town.ask_cluster(token=token, name='more'))
    assert 'does not work' in words


@pytest.mark.parametrize('whose', ['other', 'colleague'])
def test_an_application_credential_of_somebody_else_is_not_taken(town, whose):
    project = 'other' if whose == 'other' else 'demo'
    town.token(whose, project)
    made = town.application_credential(whose, 'theirs')
    reply = town.give(made)
    assert reply.status == 400
    assert reply.error['code'] == 'autoscaling.invalid_field'
    assert 'not one of yours' in reply.error['detail']
    assert town.call('GET', '/v1/credential').status == 404


def test_an_application_credential_is_tried_before_it_is_kept(town):
    made = town.application_credential('demo', 'mine')
    reply = town.give({**made, 'secret': 'a-wrong-secret'})
    assert reply.status == 400
    assert b'a-wrong-secret' not in reply.raw
    assert town.call('GET', '/v1/credential').status == 404


@pytest.mark.parametrize(
    'body, field',
    [
        ({'kind': 'trust', 'application_credential_id': 'x'}, 'credential_id'),
        ({'kind': 'application_credential'}, 'application_credential_id'),
        (
            {
                'kind': 'application_credential',
                'application_credential_id': 'x',
            },
            'application_credential_secret',
        ),
        ({'kind': 'password'}, 'kind'),
        ({}, 'kind'),
    ],
)
def test_what_is_stored_is_whole(town, body, field):
    reply = town.call('PUT', '/v1/credential', {'credential': body})
    assert reply.status == 400
    assert field in reply.error['detail']
