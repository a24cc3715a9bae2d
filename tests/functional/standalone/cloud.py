"""The development cloud as a process of its own, and its control doors.

It outlives the service, as a cloud does, and it is the truth: what it says
of servers and messages is compared with what the service says.
"""

import json
import pathlib
import sys
import uuid
from typing import Any

import requests

from tests.functional.standalone import process as processes

#: What the service is told to use.
NAME = 'devcloud'


class Cloud:
    def __init__(self, place: pathlib.Path, **settings: Any) -> None:
        place.mkdir(parents=True)
        self.clouds_file = place / 'clouds.yaml'
        command = [
            sys.executable,
            '-m',
            'autoscale.devcloud',
            '--state',
            str(place / 'state'),
            '--clouds-yaml',
            str(self.clouds_file),
        ]
        for name, value in settings.items():
            command += ['--setting', f'{name}={json.dumps(value)}']
        self.log = place / 'cloud.log'
        self.process = processes.Process(command, self.log, {})
        self._where = json.loads(self.process.await_line('control_url'))
        self._session = requests.Session()
        self.token = self._log_in()

    def stop(self) -> None:
        self._session.close()
        self.process.kill()

    # -- the control doors

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(
            method, self._where['control_url'] + path, json=body, timeout=20
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def fault(
        self, service: str, operation: str, kind: str, **how: Any
    ) -> Any:
        """A rule; answers its id."""
        rule = {'service': service, 'operation': operation, 'kind': kind}
        return self.control('POST', '/faults', {**rule, **how})['id']

    def hits(self, fault: str) -> int:
        """How many calls met the rule."""
        return int(self.control('GET', f'/faults/{fault}')['hits'])

    def remove_fault(self, fault: str) -> None:
        self.control('DELETE', f'/faults/{fault}')

    def be_well(self) -> None:
        """No faults, and quick."""
        self.control('DELETE', '/faults')
        self.set(
            build_seconds=0.1,
            delete_seconds=0.05,
            instances=-1,
            placing_seconds=0,
            response_delay_seconds=0,
        )

    def set(self, **settings: Any) -> None:
        self.control('PATCH', '/settings', settings)

    def servers(self, cluster_id: str) -> dict[str, str]:
        """All servers that were made for a cluster: id to status."""
        tag = f'autoscale-cluster-{cluster_id}'
        return {
            each['id']: each['status']
            for each in self.control('GET', '/servers')['servers']
            if tag in each['tags']
        }

    def vanish(self, server_id: str) -> None:
        self.control('POST', f'/servers/{server_id}/vanish')

    def break_down(self, server_id: str, message: str) -> None:
        self.control(
            'POST', f'/servers/{server_id}/error', {'message': message}
        )

    def last_request(self) -> int:
        """The number of the last request so far."""
        return int(self.control('GET', '/requests')['last'])

    def asked(self, operation: str, since: int = 0) -> list[Any]:
        """The requests of one operation that came after number `since`."""
        found = self.control('GET', f'/requests?since={since}')['requests']
        return [each for each in found if each['operation'] == operation]

    # -- what others see and do in the project

    def address(self, server_id: str) -> str:
        """One of a server's addresses."""
        answer = self._ask('GET', 'compute', f'/v2.1/servers/{server_id}')
        networks = answer.json()['server']['addresses']
        return str(next(iter(networks.values()))[0]['addr'])

    def create_server(self, cluster_id: str) -> None:
        """A server that looks like one of a cluster's, and is nobody's."""
        image = self._ask('GET', 'image', '/v2/images').json()['images'][0]
        tags = ['autoscale', f'autoscale-cluster-{cluster_id}']
        wanted = {
            'name': 'orphan',
            'flavorRef': '1',
            'imageRef': image['id'],
            'networks': 'none',
            'tags': tags,
        }
        version = {'OpenStack-API-Version': 'compute 2.90'}
        self._ask(
            'POST',
            'compute',
            '/v2.1/servers',
            json={'server': wanted},
            headers=version,
        )

    def delete_server(self, server_id: str) -> None:
        self._ask('DELETE', 'compute', f'/v2.1/servers/{server_id}')

    # -- what an application does

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """The bodies of the messages on a queue, oldest first."""
        answer = self._ask(
            'GET',
            'messaging',
            f'/v2/queues/{queue}/messages',
            params={'echo': 'true', 'include_claimed': 'true', 'limit': 20},
            headers={'Client-ID': str(uuid.UUID(int=0))},
        )
        found = answer.json()['messages'] if answer.content else []
        return [each['body'] for each in found]

    def take(self, queue: str) -> list[dict[str, Any]]:
        """The bodies of the oldest messages, which are then gone from it."""
        answer = self._ask(
            'DELETE',
            'messaging',
            f'/v2/queues/{queue}/messages',
            params={'pop': 20},
            headers={'Client-ID': str(uuid.UUID(int=0))},
        )
        found = answer.json()['messages'] if answer.content else []
        return [each['body'] for each in found]

    def _ask(
        self,
        method: str,
        service: str,
        path: str,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> requests.Response:
        where = self._where['auth_url'].replace('/identity/v3', f'/{service}')
        answer = self._session.request(
            method,
            where + path,
            headers={'X-Auth-Token': self.token, **(headers or {})},
            timeout=20,
            **more,
        )
        answer.raise_for_status()
        return answer

    def _log_in(self) -> str:
        domain = {'id': 'default'}
        user = {'name': 'demo', 'password': 'devcloud', 'domain': domain}
        answer = self._session.post(
            f'{self._where["auth_url"]}/auth/tokens',
            json={
                'auth': {
                    'identity': {
                        'methods': ['password'],
                        'password': {'user': user},
                    },
                    'scope': {'project': {'name': 'demo', 'domain': domain}},
                }
            },
            timeout=20,
        )
        answer.raise_for_status()
        return answer.headers['X-Subject-Token']
