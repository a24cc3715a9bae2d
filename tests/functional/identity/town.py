"""A service behind Keystone: API and engine, in a cloud with its people.

Both are the real ones, of one configuration file, in this process. Who asks
does so with a token that the cloud's Keystone gave.
"""

import contextlib
import pathlib
from collections.abc import Iterator
from typing import Any

import requests
from oslo_config import cfg

from autoscale import conf as options
from autoscale import rpc  # noqa: F401  (chooses threads before oslo does)
from autoscale.cmd import manage
from autoscale.db import migration
from autoscale.db.database import Database
from autoscale.devcloud import DevCloud
from autoscale.devcloud.identity import people
from autoscale.engine.service import Engine
from autoscale.rpc import transport
from tests.fakes import cloud as clouds
from tests.functional.api import house as houses
from tests.functional.standalone.process import eventually

_CONF = """
[DEFAULT]
transport_url = {transport}
[database]
connection = sqlite:///{folder}/autoscale.sqlite
[api]
auth_strategy = keystone
[credentials]
key_file = {folder}/credential.keys
[engine]
threads = 2
io_threads = 4
due_interval = 0.2
watch_interval = 0.2
sweep_interval = 0.3
poll_interval = 0.05
graceful_shutdown_timeout = 5
[service_auth]
{login}
[keystone_authtoken]
www_authenticate_uri = {auth_url}
service_token_roles_required = true
{login}
"""
_LOGIN = """
auth_type = password
auth_url = {auth_url}
username = autoscale
password = {password}
project_name = service
user_domain_id = default
project_domain_id = default
"""


def configuration(path: pathlib.Path) -> cfg.ConfigOpts:
    conf = cfg.ConfigOpts()
    options.register(conf)
    transport.register(conf)
    conf([], project='autoscale', default_config_files=[str(path)])
    return conf


class Town:
    """`engine` and `api` are there once they were started."""

    engine: Engine

    def __init__(self, folder: pathlib.Path, cloud: DevCloud) -> None:
        self.folder = folder
        self.cloud = cloud
        login = _LOGIN.format(
            auth_url=cloud.auth_url, password=people.PASSWORD
        )
        self.conf_file = folder / 'autoscale.conf'
        self.conf_file.write_text(
            _CONF.format(
                folder=folder,
                auth_url=cloud.auth_url,
                login=login,
                transport=transport.IN_PROCESS,
            )
        )
        self.conf = configuration(self.conf_file)
        self.database = Database(self.conf)
        self._tokens: dict[str, str] = {}

    # -- the service

    def manage(self, *arguments: str) -> int:
        """autoscale-manage, as an operator calls it; its exit status."""
        return manage.main(['--config-file', str(self.conf_file), *arguments])

    def open(self) -> None:
        """Make tables and keys, and start both daemons."""
        migration.db_sync(self.conf)
        assert self.manage('credential', 'generate-key') == 0
        self.api = houses.House(self.conf, self.database)
        self.start_engine()

    def start_engine(self) -> None:
        self.engine = Engine(self.conf)
        self.engine.start()
        self.api.waker.wake = self.engine.worker.wake  # type: ignore

    def close(self) -> None:
        if hasattr(self, 'engine'):
            self.engine.stop()
        self.database.dispose()

    # -- tokens

    def log_in(self, identity: dict[str, Any], **scope: Any) -> str:
        """A token of the cloud's Keystone."""
        answer = requests.post(
            f'{self.cloud.auth_url}/auth/tokens',
            json={'auth': {'identity': identity, **scope}},
            timeout=10,
        )
        assert answer.status_code == 201, answer.text
        return answer.headers['X-Subject-Token']

    def token(self, user: str, project: str | None = None) -> str:
        """That a user got with their password; the same one each time."""
        project = project or user
        if user not in self._tokens:
            domain = people.DOMAIN
            self._tokens[user] = self.log_in(
                _by_password(user),
                scope={'project': {'name': project, 'domain': domain}},
            )
        return self._tokens[user]

    def fresh_token(self, user: str) -> str:
        """Another one, for a user whose earlier ones came to an end."""
        self._tokens.pop(user, None)
        return self.token(user)

    def keystone(
        self, method: str, path: str, token: str, body: Any = None
    ) -> Any:
        answer = requests.request(
            method,
            self.cloud.auth_url + path,
            json=body,
            headers={'X-Auth-Token': token},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def application_credential(self, user: str, name: str) -> dict[str, Any]:
        """A new one of the user's; 'id' and 'secret'."""
        made = self.keystone(
            'POST',
            f'/users/{self.cloud.user_id(user)}/application_credentials',
            self.token(user),
            {'application_credential': {'name': name}},
        )
        return dict(made['application_credential'])

    def application_token(self, made: dict[str, Any]) -> str:
        return self.log_in(
            {
                'methods': ['application_credential'],
                'application_credential': {
                    'id': made['id'],
                    'secret': made['secret'],
                },
            }
        )

    def trust_token(self, trustor: str, trustee: str) -> str:
        """A token as Heat comes with: of a trust that is not ours."""
        made = self.keystone(
            'POST',
            '/OS-TRUST/trusts',
            self.token(trustor),
            {
                'trust': {
                    'trustor_user_id': self.cloud.user_id(trustor),
                    'trustee_user_id': self.cloud.user_id(trustee),
                    'project_id': self.cloud.project_id(trustor),
                    'impersonation': True,
                    'roles': [{'name': 'member'}],
                }
            },
        )
        scope = {'OS-TRUST:trust': {'id': made['trust']['id']}}
        return self.log_in(_by_password(trustee), scope=scope)

    def trusts(self) -> list[dict[str, Any]]:
        """All that the service holds, whosoever."""
        found = self.keystone(
            'GET',
            f'/OS-TRUST/trusts?trustee_user_id={self.trustee}',
            self.token('admin'),
        )
        return list(found['trusts'])

    def revoke_trusts(self) -> None:
        for each in self.trusts():
            self.keystone(
                'DELETE', f'/OS-TRUST/trusts/{each["id"]}', self.token('admin')
            )

    @property
    def trustee(self) -> str:
        return self.cloud.user_id('autoscale')

    # -- what users do

    def call(
        self, method: str, path: str, body: Any = None, *, token: str = ''
    ) -> houses.Reply:
        """One request, by demo unless a token says otherwise."""
        headers = {'X-Auth-Token': token or self.token('demo')}
        return self.api.call(method, path, body, headers=headers)

    def profile(self, token: str = '') -> str:
        spec = {'flavor': 'tiny', 'image': 'cirros'}
        body = {'profile': {'name': 'p', 'type': 'server', 'spec': spec}}
        reply = self.call('POST', '/v1/profiles', body, token=token)
        assert reply.status == 201, reply.raw
        return str(reply.json['profile']['id'])

    def ask_cluster(
        self, size: int = 1, token: str = '', name: str = 'web'
    ) -> houses.Reply:
        body = {
            'name': name,
            'profile_id': self.profile(token),
            'desired_capacity': size,
        }
        wanted = {'cluster': body}
        return self.call('POST', '/v1/clusters', wanted, token=token)

    def cluster(
        self, size: int = 1, token: str = '', name: str = 'web'
    ) -> str:
        """The id of one that is there."""
        reply = self.ask_cluster(size, token, name)
        assert reply.status == 202, reply.raw
        cluster = str(reply.json['cluster']['id'])
        self.await_status(cluster, 'ACTIVE', token)
        return cluster

    def show(self, cluster: str, token: str = '') -> dict[str, Any]:
        reply = self.call('GET', f'/v1/clusters/{cluster}', token=token)
        return dict(reply.json['cluster'])

    def await_status(
        self, cluster: str, status: str, token: str = ''
    ) -> dict[str, Any]:
        def is_so() -> dict[str, Any] | None:
            shown = self.show(cluster, token)
            return shown if shown['status'] == status else None

        return eventually(is_so, f'{status} of {cluster}') or {}

    def await_size(self, cluster: str, size: int, token: str = '') -> None:
        """Until it has so many members, and rests."""

        def is_so() -> bool:
            path = f'/v1/clusters/{cluster}/nodes'
            found = self.call('GET', path, token=token).json['nodes']
            return [each['status'] for each in found] == ['ACTIVE'] * size

        eventually(is_so, f'{size} members of {cluster}')

    def act(
        self, cluster: str, token: str = '', **action: Any
    ) -> houses.Reply:
        path = f'/v1/clusters/{cluster}/actions'
        return self.call('POST', path, action, token=token)

    def events(self, cluster: str, token: str = '') -> list[dict[str, Any]]:
        path = f'/v1/events?cluster_id={cluster}&sort=created_at:asc'
        return list(self.call('GET', path, token=token).json['events'])

    def count(self, cluster: str, type_: str, token: str = '') -> int:
        """How many events of the type the cluster has."""
        found = self.events(cluster, token)
        return sum(each['type'] == type_ for each in found)

    def give(self, made: dict[str, Any], token: str = '') -> houses.Reply:
        """Store an application credential."""
        body = {
            'kind': 'application_credential',
            'application_credential_id': made['id'],
            'application_credential_secret': made['secret'],
        }
        path = '/v1/credential'
        return self.call('PUT', path, {'credential': body}, token=token)

    def credential(self, token: str = '') -> dict[str, Any]:
        reply = self.call('GET', '/v1/credential', token=token)
        assert reply.status == 200, reply.raw
        return dict(reply.json['credential'])


def _by_password(user: str) -> dict[str, Any]:
    proof = {
        'name': user,
        'password': people.PASSWORD,
        'domain': people.DOMAIN,
    }
    return {'methods': ['password'], 'password': {'user': proof}}


@contextlib.contextmanager
def opened(folder: pathlib.Path) -> Iterator[Town]:
    """A town with both daemons at work."""
    with clouds.running() as cloud:
        town = Town(folder, cloud)
        try:
            town.open()
            yield town
        finally:
            town.close()
