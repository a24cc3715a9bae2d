"""The development cloud as a process of its own, and its control doors.

It outlives the service, as a cloud does, and it is the truth: what it says
of servers and messages is compared with what the service says.
"""

import json
import pathlib
import sys
from collections.abc import Iterator
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
            build_seconds=0.1, delete_seconds=0.05, instances=-1, cores=-1
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

    def requests(self, operation: str, since: int = 0) -> list[Any]:
        """The requests of one operation that came after number `since`."""
        found = self.control('GET', f'/requests?since={since}')['requests']
        return [each for each in found if each['operation'] == operation]

    # -- what an application does

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """The bodies of all messages on a queue, oldest first."""
        return list(self._pages(queue))

    def _pages(self, queue: str) -> Iterator[dict[str, Any]]:
        where = self._where['auth_url'].replace('/identity/v3', '/messaging')
        answer = self._session.get(
            f'{where}/v2/queues/{queue}/messages',
            params={'echo': 'true', 'include_claimed': 'true', 'limit': 20},
            headers={
                'X-Auth-Token': self.token,
                'Client-ID': '00000000-0000-4000-8000-000000000000',
            },
            timeout=20,
        )
        answer.raise_for_status()
        for each in answer.json()['messages'] if answer.content else []:
            yield each['body']

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
