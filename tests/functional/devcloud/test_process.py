"""The cloud as a process: how it starts, remembers, and ends."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest
import requests
from keystoneauth1.identity import v3
from novaclient import client as nova_client
from zaqarclient.queues import client as zaqar_client

import autoscale
from autoscale.devcloud import DevCloud

ROOT = pathlib.Path(autoscale.__file__).parent.parent


@contextlib.contextmanager
def running(*arguments):
    """A cloud in a process of its own, killed at the end if need be."""
    with subprocess.Popen(
        [sys.executable, '-m', 'autoscale.devcloud', *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
    ) as process:
        try:
            process.where = json.loads(process.stdout.readline())
            yield process
        finally:
            process.kill()


@pytest.fixture
def demo(open_session):
    def make(where):
        return open_session(
            v3.Password(
                where['auth_url'],
                username='demo',
                password='devcloud',
                project_name='demo',
                user_domain_id='default',
                project_domain_id='default',
            )
        )

    return make


def test_a_killed_cloud_remembers(tmp_path, demo):
    options = ('--state', tmp_path, '--setting', 'delete_seconds=0')
    with running(*options) as process:
        session = demo(process.where)
        token = session.get_token()
        nova = nova_client.Client('2.96', session=session)
        made = nova.servers.create(
            'web',
            DevCloud.image_id('cirros'),
            '1',
            nics='none',
            tags=['t'],
            min_count=3,
        )
        gone, changed, _ = nova.servers.list()
        gone.delete()
        changed.add_tag('u')
        queue = zaqar_client.Client(version=2, session=session).queue('q')
        queue.post([{'body': n, 'ttl': 60} for n in range(3)])
        first, _ = queue.claim(ttl=60, grace=60, limit=2)
        first.delete()
        credential = session.post(
            f'{process.where["auth_url"]}/users/{session.get_user_id()}'
            '/application_credentials',
            json={'application_credential': {'name': 'app'}},
        ).json()['application_credential']
        signed = queue.signed_url(methods=['POST'])
        requests.patch(
            f'{process.where["control_url"]}/settings',
            json={'instances': 2},
            timeout=20,
        )
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(*options) as process:
        where = process.where
        session = demo(where)
        nova = nova_client.Client('2.96', session=session)
        found = nova.servers.list(search_opts={'tags': 't'})
        assert {server.id for server in found} == {made.id, changed.id}
        (tagged,) = nova.servers.list(search_opts={'tags': 'u'})
        assert tagged.id == changed.id
        with pytest.raises(Exception, match='already used 2 of 2'):
            nova.servers.create(
                'web', DevCloud.image_id('cirros'), '1', nics='none'
            )
        queue = zaqar_client.Client(version=2, session=session).queue('q')
        assert [each.body for each in queue.messages(echo=True)] == [2]
        everything = queue.messages(echo=True, include_claimed=True)
        assert [each.body for each in everything] == [1, 2]
        servers = f'http://127.0.0.1:{where["port"]}/compute/v2.1/servers'
        answer = requests.get(
            servers, headers={'X-Auth-Token': token}, timeout=20
        )
        assert answer.status_code == 200
        assert v3.ApplicationCredential(
            where['auth_url'],
            application_credential_id=credential['id'],
            application_credential_secret=credential['secret'],
        ).get_access(session)
        assert (
            queue.signed_url(methods=['POST'])['project']
            == (signed['project'])
        )


def test_without_a_state_directory_nothing_is_kept(demo):
    for _ in range(2):
        with running() as process:
            session = demo(process.where)
            nova = nova_client.Client('2.96', session=session)
            assert nova.servers.list() == []
            nova.servers.create(
                'web', DevCloud.image_id('cirros'), '1', nics='none'
            )


def test_two_clouds_do_not_share_a_state_directory(tmp_path):
    with running('--state', tmp_path):
        second = subprocess.run(
            [
                sys.executable,
                '-m',
                'autoscale.devcloud',
                '--state',
                str(tmp_path),
            ],
            cwd=ROOT,
            capture_output=True,
            timeout=20,
            check=False,
        )
    assert second.returncode == 1
    assert b'another cloud uses' in second.stderr


def test_a_terminated_cloud_ends_well():
    with running() as process:
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_the_cloud_ends_with_its_parent():
    with running('--exit-with-parent') as process:
        process.stdin.close()
        assert process.wait(timeout=10) == 0


def test_a_clouds_yaml_is_written(tmp_path):
    import openstack
    from openstack import config

    path = tmp_path / 'clouds.yaml'
    with running('--clouds-yaml', path):
        loader = config.OpenStackConfig(config_files=[str(path)])
        for name in ('devcloud', 'devcloud-admin'):
            connection = openstack.connection.Connection(
                config=loader.get_one(name)
            )
            assert connection.authorize()
            connection.close()
            connection.session.session.close()


def test_a_bad_setting_is_told_at_the_start():
    ended = subprocess.run(
        [sys.executable, '-m', 'autoscale.devcloud', '--setting', 'x=1'],
        cwd=ROOT,
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == 1
    assert b'there is no setting' in ended.stderr
