"""A project of the cloud, as its user sees it without us."""

import contextlib
import pathlib
import socket
import uuid
from typing import Any
from urllib import parse

import openstack
import requests
import yaml
from keystoneauth1 import exceptions as keystone

from tests.cloud.keeper import Keeper
from tests.functional.standalone.process import eventually

#: The name of the cloud in the clouds.yaml that is written here.
LENT = 'lent'

#: What servers are asked for with: tags are in it.
_COMPUTE = '2.90'

#: Zaqar wants to know who asks.
_READER = {'Client-ID': str(uuid.UUID(int=1))}


class Project:
    """What is in it, by the cloud's own API."""

    def __init__(self, connection: Any, keeper: Keeper) -> None:
        self.connection = connection
        self.session = connection.session
        self.keeper = keeper
        self.token()
        self.id = str(connection.current_project_id)
        self.user_id = str(connection.current_user_id)
        #: where `lend` has written
        self.clouds_file: pathlib.Path | None = None
        self._lent: str | None = None

    def token(self) -> str:
        """The user's own, got with a password; kept from all logs."""
        return self.keeper.secret('token', self.session.get_token())

    def has(self, service: str) -> bool:
        """Whether the catalogue has such a service."""
        try:
            return bool(self.session.get_endpoint(service_type=service))
        except keystone.ClientException:
            return False

    def is_here(self) -> bool:
        """Whether the cloud is on this host, by its Keystone's address."""
        url = self.connection.config.config['auth']['auth_url']
        with socket.socket() as tried:
            try:
                tried.bind((parse.urlsplit(url).hostname, 0))
            except OSError:
                return False
        return True

    def ask(
        self, service: str, method: str, path: str, **more: Any
    ) -> requests.Response:
        """One request, which has to go well."""
        answer = self.session.request(
            path,
            method,
            endpoint_filter={
                'service_type': service,
                'region_name': self.connection.config.get_region_name(),
                'interface': self.connection.config.get_interface(service),
            },
            raise_exc=False,
            timeout=120,
            # Some end the connections that they say are kept.
            connect_retries=2,
            **more,
        )
        assert answer.status_code < 400, f'{path}: {answer.text}'
        return answer

    # -- servers

    def compute(self, method: str, path: str, **more: Any) -> Any:
        answer = self.ask(
            'compute', method, path, microversion=_COMPUTE, **more
        )
        return answer.json() if answer.content else None

    def detailed(self, cluster_id: str) -> list[dict[str, Any]]:
        """The servers that were made for a cluster, as Nova tells of them."""
        tag = f'autoscale-cluster-{cluster_id}'
        found = self.compute('GET', f'/servers/detail?tags={tag}')['servers']
        return list(found)

    def servers(self, cluster_id: str) -> dict[str, str]:
        """All servers that were made for a cluster: id to status."""
        return {
            each['id']: each['status'] for each in self.detailed(cluster_id)
        }

    def server(self, server_id: str) -> dict[str, Any] | None:
        """None when there is none."""
        answer = self.session.get(
            f'/servers/{server_id}',
            endpoint_filter={'service_type': 'compute'},
            microversion=_COMPUTE,
            raise_exc=False,
        )
        return answer.json()['server'] if answer.status_code == 200 else None

    def delete_server(self, server_id: str) -> None:
        self.compute('DELETE', f'/servers/{server_id}')

    def is_empty(self) -> bool:
        return not self.compute('GET', '/servers')['servers']

    def is_placed(self) -> bool:
        """Whether Nova seeks no host any more, for any server."""
        return not any(
            each['OS-EXT-STS:task_state'] == 'scheduling'
            for each in self.compute('GET', '/servers/detail')['servers']
        )

    def clear(self) -> None:
        """No servers, whosoever.

        Nova makes the servers of one request one after the other. When one
        of them is deleted meanwhile it gives the others up: they are in BUILD
        for ever, and not even deleted when that is asked.
        """
        with contextlib.suppress(AssertionError):
            eventually(self.is_placed, 'that all servers have hosts', 60)
        for each in self.compute('GET', '/servers')['servers']:
            self.delete_server(each['id'])
        eventually(self.is_empty, 'that all servers are gone', 180)

    # -- queues

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """The bodies of the messages on a queue, oldest first."""
        answer = self.ask(
            'messaging',
            'GET',
            f'/v2/queues/{queue}/messages?echo=true&limit=20',
            headers=_READER,
        )
        found = answer.json()['messages'] if answer.content else []
        return [each['body'] for each in found]

    def pop(self, queue: str) -> list[dict[str, Any]]:
        """The bodies of the oldest messages, which are then gone from it."""
        answer = self.ask(
            'messaging',
            'DELETE',
            f'/v2/queues/{queue}/messages?pop=20',
            headers=_READER,
        )
        found = answer.json()['messages'] if answer.content else []
        return [each['body'] for each in found]

    def share(self, queue: str) -> dict[str, Any]:
        """What lets its bearer read the queue, without any account."""
        answer = self.ask(
            'messaging',
            'POST',
            f'/v2/queues/{queue}/share',
            headers=_READER,
            json={
                'paths': ['messages', 'claims'],
                'methods': ['GET', 'POST', 'DELETE', 'PATCH'],
            },
        ).json()
        self.keeper.secret('signature', answer['signature'])
        return dict(answer)

    def make_queue(self, queue: str, metadata: dict[str, Any]) -> None:
        self.ask(
            'messaging',
            'PUT',
            f'/v2/queues/{queue}',
            headers=_READER,
            json=metadata,
        )

    def delete_queue(self, queue: str) -> None:
        self.ask('messaging', 'DELETE', f'/v2/queues/{queue}', headers=_READER)

    # -- credentials

    def application_credential(self) -> dict[str, str]:
        """A new one, restricted as they are by default; 'id', 'secret'."""
        made = self.connection.identity.create_application_credential(
            self.user_id, f'autoscale-test-{uuid.uuid4().hex[:8]}'
        )
        self.keeper.secret('application credential', made.secret)
        return {'id': made.id, 'secret': made.secret}

    def forget(self, credential_id: str) -> None:
        self.connection.identity.delete_application_credential(
            self.user_id, credential_id
        )

    def lend(self, path: pathlib.Path) -> None:
        """Write a clouds.yaml that has an application credential, no more."""
        made = self.application_credential()
        config = self.connection.config
        verify, _ = config.get_requests_verify_args()
        cloud = {
            'auth_type': 'v3applicationcredential',
            'auth': {
                'auth_url': config.config['auth']['auth_url'],
                'application_credential_id': made['id'],
                'application_credential_secret': made['secret'],
            },
            'region_name': config.get_region_name(),
            'interface': config.get_interface(),
            'verify': bool(verify),
            **({'cacert': verify} if isinstance(verify, str) else {}),
        }
        path.touch(0o600)
        path.write_text(yaml.safe_dump({'clouds': {LENT: cloud}}))
        self.clouds_file = path
        self._lent = made['id']

    def take_back(self) -> None:
        if self._lent is not None:
            self.forget(self._lent)


def log_in(cloud: str, keeper: Keeper) -> Project:
    """The project of a cloud of clouds.yaml, in which its user is."""
    return Project(openstack.connect(cloud=cloud), keeper)
