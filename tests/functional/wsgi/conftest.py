"""The API under the WSGI servers of which etc/ has samples.

The sample files themselves are used, with another port.
"""

import os
import pathlib
import sysconfig
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from autoscale.db import migration
from tests.functional.standalone import process as processes

_ROOT = pathlib.Path(__file__).resolve().parents[3]
_SAMPLES = _ROOT / 'etc' / 'autoscale'
_SCRIPTS = pathlib.Path(sysconfig.get_path('scripts'))

#: The port of the samples.
_PORT = '8779'

#: What is served is up to these; each is a command and its sample.
SERVERS = {
    'uwsgi': (('uwsgi', '--ini'), 'autoscale-api-uwsgi.ini'),
    'gunicorn': (('gunicorn', '--config'), 'autoscale-api-gunicorn.py'),
}

_CONFIGURATION = """
[DEFAULT]
transport_url = kombu+memory:////
[database]
connection = {database}
[api]
auth_strategy = noauth
let_everybody_in_without_authentication = true
max_body_size = 10000
"""


class Served:
    """The API under one server, and a user of it."""

    def __init__(self, name: str, place: pathlib.Path) -> None:
        self._place = place
        database = f'sqlite:///{place}/autoscale.sqlite'
        migration.db_sync(database)
        # Where oslo.config looks for what concerns one user.
        (place / '.autoscale').mkdir()
        (place / '.autoscale' / 'autoscale.conf').write_text(
            _CONFIGURATION.format(database=database)
        )
        port = str(processes.free_port())
        (script, option), sample = SERVERS[name]
        (place / sample).write_text(
            (_SAMPLES / sample).read_text().replace(_PORT, port)
        )
        self.url = f'http://127.0.0.1:{port}'
        self.log = place / 'server.log'
        self.process = processes.Process(
            [str(_SCRIPTS / script), option, str(place / sample)],
            self.log,
            {
                'HOME': str(place),
                'PATH': os.pathsep.join([str(_SCRIPTS), os.environ['PATH']]),
            },
        )
        processes.eventually(self._answers, 'the first answer', 60)

    def _answers(self) -> bool:
        assert self.process.is_alive(), self.log.read_text()
        try:
            return requests.get(f'{self.url}/healthcheck', timeout=30).ok
        except requests.ConnectionError:
            return False

    def post(self, path: str, body: Any) -> dict[str, Any]:
        said = requests.post(self.url + path, json=body, timeout=30)
        assert said.ok, said.text
        return dict(said.json())

    def webhook(self) -> str:
        """The alarm URL of a new cluster's webhook."""
        spec = {'flavor': 'tiny', 'image': 'cirros', 'networks': 'none'}
        profile = self.post(
            '/v1/profiles',
            {'profile': {'name': 'web', 'type': 'server', 'spec': spec}},
        )['profile']
        cluster = self.post(
            '/v1/clusters',
            {'cluster': {'name': 'web', 'profile_id': profile['id']}},
        )['cluster']
        webhook = self.post(
            '/v1/webhooks',
            {
                'webhook': {
                    'name': 'grow',
                    'cluster_id': cluster['id'],
                    'action': 'scale_out',
                }
            },
        )['webhook']
        return str(webhook['alarm_url'])


@pytest.fixture(params=SERVERS, scope='module')
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    served = Served(request.param, tmp_path_factory.mktemp(request.param))
    yield served
    if served.process.is_alive():
        served.process.kill()
