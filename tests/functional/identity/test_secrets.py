"""Keys change while the service runs; secrets stay where they are."""

import json
import logging

from tests.functional.identity.town import eventually


def keys_of(town):
    return (town.folder / 'credential.keys').read_text().split()


def test_keys_are_rotated_under_a_service_at_work(town, capsys):
    cluster = town.cluster(1)
    (old,) = keys_of(town)
    sealed = town.database.read(all_sealed)
    assert town.manage('credential', 'generate-key') == 0
    assert town.manage('credential', 'promote-key') == 0
    assert town.manage('credential', 'rotate') == 0
    assert '1 encrypted with the first key' in capsys.readouterr().out
    new, kept = keys_of(town)
    assert (kept == old) and (new != old)
    (town.folder / 'credential.keys').write_text(new + '\n')
    assert town.database.read(all_sealed) != sealed
    town.engine.stop()
    town.start_engine()
    assert town.act(cluster, scale_out={'count': 1}).status == 202
    eventually(lambda: len(town.cloud.servers()) == 2)
    town.cluster(1, name='second')
    assert town.count(cluster, 'cluster.locked_out') == 0


def test_a_key_that_is_lost_is_said_and_got_over(town, capsys):
    cluster = town.cluster(1)
    lost = (town.folder / 'credential.keys').read_text()
    (town.folder / 'credential.keys').unlink()
    town.manage('credential', 'generate-key')
    assert town.manage('credential', 'rotate') == 1
    assert '1 unreadable' in capsys.readouterr().out
    town.engine.stop()
    town.start_engine()
    shown = town.await_status(cluster, 'LOCKED_OUT')
    assert 'None of the keys' in shown['status_reason']
    (town.folder / 'credential.keys').write_text(lost)
    town.await_status(cluster, 'ACTIVE')


def test_no_secret_is_logged_shown_or_kept_as_it_is(town, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ('keystoneauth', 'keystonemiddleware', 'autoscale'):
        logging.getLogger(name).setLevel(logging.DEBUG)
    town.cluster(1)
    (trust,) = town.trusts()
    made = town.application_credential('demo', 'mine')
    assert town.give(made).status == 200
    town.cluster(1, name='second')
    key = keys_of(town)[0]
    town.manage('credential', 'rotate')
    secrets = [made['secret'], key, town.token('demo')]
    assert 'REQ: curl' in caplog.text, 'the clients were to be heard'
    shown = json.dumps(town.credential()) + caplog.text
    shown += town.call('GET', '/v1/events').raw.decode()
    assert [each for each in secrets if each in shown] == []
    files = b''.join(
        each.read_bytes() for each in town.folder.glob('autoscale.sqlite*')
    ).decode('latin-1')
    assert town.cloud.user_id('demo') in files
    secrets += [trust['id'], made['id']]
    assert [each for each in secrets if each in files] == []


def all_sealed(conn):
    from autoscale.db import tables

    return conn.execute(tables.credentials.select()).all()
