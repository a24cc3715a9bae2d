"""Tokens, by the clock and by what has become of those who hold them."""

import dataclasses

import pytest

from autoscale.devcloud import journal
from autoscale.devcloud.identity import authority as authorities
from autoscale.devcloud.identity import delegation
from autoscale.devcloud.identity import people
from autoscale.devcloud.identity import token as tokens

DEMO = people.fixed_id('user', 'demo')
SERVICE = people.fixed_id('user', 'autoscale')
PROJECT = people.fixed_id('project', 'demo')


@pytest.fixture
def authority(clock):
    return authorities.Authority(
        b'key', log=journal.Journal(None), clock=clock
    )


def issue(authority, **changes):
    text, _ = authority.issue(
        DEMO,
        project_id=PROJECT,
        methods=('password',),
        seconds=60,
        **changes,
    )
    return text


def test_ids_are_the_same_in_every_cloud():
    assert people.fixed_id('user', 'demo') == people.fixed_id('user', 'demo')
    assert people.fixed_id('user', 'demo') != PROJECT
    assert len(DEMO) == 32


def test_a_token_says_what_was_put_into_it():
    maker = tokens.Tokens(b'key')
    token = tokens.Token(
        user_id='u',
        project_id=None,
        methods=('a', 'b'),
        issued_at=1.0,
        expires_at=2.0,
        audit_id='x',
    )
    assert maker.read(maker.write(token)) == token


@pytest.mark.parametrize('text', ['', '.', 'x', 'x.y', 'é.é'])
def test_what_nobody_signed_is_no_token(text):
    assert tokens.Tokens(b'key').read(text) is None


def test_a_changed_token_is_no_token(authority):
    text = issue(authority)
    payload, _, signed = text.partition('.')
    assert authority.caller(f'{payload[:-4]}AAAA.{signed}') is None
    assert authority.caller(text) is not None


def test_another_key_reads_no_token(authority, clock):
    other = authorities.Authority(
        b'other', log=journal.Journal(None), clock=clock
    )
    assert other.caller(issue(authority)) is None


def test_a_token_ends(authority, clock):
    text = issue(authority)
    assert authority.caller(text).roles == {'member', 'reader'}
    clock.now += 60
    assert authority.caller(text) is None
    assert authority.read(text, expired_too=True) is not None


def test_a_trusts_token_ends_with_the_trust(authority):
    trust = delegation.Trust(
        id='t',
        trustor_id=DEMO,
        trustee_id=SERVICE,
        project_id=PROJECT,
        roles=('reader',),
        impersonation=True,
    )
    authority.add_trust(trust)
    text = issue(authority, trust_id='t')
    assert authority.caller(text).roles == {'reader'}
    authority.enable_user(SERVICE, False)
    assert authority.caller(text) is None
    authority.enable_user(SERVICE, True)
    assert authority.caller(text) is not None
    authority.remove_trust('t')
    assert authority.caller(text) is None


def test_what_is_replayed_is_what_was(authority, clock):
    made = delegation.ApplicationCredential(
        id='c',
        name='app',
        user_id=DEMO,
        project_id=PROJECT,
        roles=('member',),
        secret_hash=delegation.hash_secret('s'),
        access_rules=({'method': 'GET'},),
    )
    authority.add_credential(made)
    authority.enable_user(SERVICE, False)
    text = issue(authority)
    authority.revoke(authority.read(text))
    again = authorities.Authority(
        b'key', log=journal.Journal(None), clock=clock
    )
    for record in authority.dump():
        assert again.replay(record)
    assert again.credentials == {'c': made}
    assert again.credentials['c'].opens_with('s')
    assert not again.people.users[SERVICE].is_enabled
    assert again.caller(text) is None


def test_trusts_hold_until_they_end_or_are_used_up(clock):
    trust = delegation.Trust(
        id='t',
        trustor_id='a',
        trustee_id='b',
        project_id='p',
        roles=(),
        impersonation=False,
        expires_at=clock.now + 1,
    )
    assert trust.holds(clock.now)
    assert not trust.holds(clock.now + 1)
    used = dataclasses.replace(trust, expires_at=None, remaining_uses=0)
    assert not used.holds(clock.now)
