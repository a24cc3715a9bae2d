"""Secrets at rest, and keys that change under them."""

import stat

import pytest

from autoscale import exceptions
from autoscale.db import keys

SECRET = {'id': 'an-id', 'secret': 'a-secret-that-nobody-reads'}


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'credential.keys'


def test_a_secret_comes_back_and_is_not_to_be_read(path):
    keys.generate(str(path))
    own = keys.Keys(str(path))
    sealed = own.seal(SECRET)
    assert own.open(sealed) == SECRET
    assert SECRET['secret'] not in sealed


def test_a_key_file_is_for_its_owner_only(path):
    keys.generate(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    keys.generate(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_key_does_not_encrypt_until_it_is_promoted(path):
    keys.generate(str(path))
    own = keys.Keys(str(path))
    before = path.read_text().split()
    assert keys.generate(str(path)) == 2
    old_host = path.with_name('old.keys')
    old_host.write_text('\n'.join(before))
    assert keys.Keys(str(old_host)).open(own.seal(SECRET)) == SECRET
    keys.promote(str(path))
    with pytest.raises(exceptions.SecretUnreadable):
        keys.Keys(str(old_host)).open(own.seal(SECRET))
    assert path.read_text().split()[1:] == before


def test_what_was_encrypted_anew_needs_the_old_key_no_more(path):
    keys.generate(str(path))
    own = keys.Keys(str(path))
    sealed = own.seal(SECRET)
    keys.generate(str(path))
    keys.promote(str(path))
    renewed = own.renew(sealed)
    path.write_text(path.read_text().split()[0] + '\n')
    assert own.open(renewed) == SECRET
    with pytest.raises(exceptions.SecretUnreadable):
        own.open(sealed)
    with pytest.raises(exceptions.SecretUnreadable):
        own.renew(sealed)


def test_people_may_write_into_the_file(path):
    keys.generate(str(path))
    sealed = keys.Keys(str(path)).seal(SECRET)
    key = path.read_text().strip()
    path.write_text(f'# of May\n\n{key}  # the only one\n')
    assert keys.Keys(str(path)).open(sealed) == SECRET


@pytest.mark.parametrize(
    'text, why',
    [
        (None, 'No such file'),
        ('', 'no key in it'),
        ('# nothing\n', 'no key in it'),
        ('the-password-of-the-cat\n', 'key 1 is no key'),
    ],
)
def test_a_file_without_keys_says_what_to_do(path, text, why):
    if text is not None:
        path.write_text(text)
    with pytest.raises(exceptions.KeysUnusable, match=why) as raised:
        keys.Keys(str(path)).check()
    said = str(raised.value)
    assert str(path) in said
    assert 'autoscale-manage credential generate-key' in said
    assert 'cat' not in said
