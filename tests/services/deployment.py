"""A deployment: API processes and engines, one database, one broker.

What its users do with it is what users of the standalone service do.
"""

import itertools
import os
import pathlib
import subprocess
import sysconfig
from collections.abc import Callable
from concurrent import futures
from typing import Any

import requests
import sqlalchemy as sa

from tests.functional.standalone import cloud as clouds
from tests.functional.standalone import process as processes
from tests.functional.standalone import service
from tests.services import engine as engines

_SCRIPTS = pathlib.Path(sysconfig.get_path('scripts'))

#: Seconds of a lease; what a killed engine may cost.
LEASE = 2.0

#: A call to the cloud that is held is not given up before the test is over.
PATIENCE = 30

_API = 'autoscale-api'

#: What is before a command: its process ends with ours at the latest, and
#: leads its own group, as it does when an init system starts it.
_NEVER_LEFT = ('setpriv', '--pdeathsig', 'KILL', '--', 'setsid')


class Deployment(service.Service):
    """Two of each, unless told otherwise; requests go to each API in turn."""

    def __init__(
        self,
        place: pathlib.Path,
        cloud: clouds.Cloud,
        *,
        database: str,
        broker: str,
        count: int = 2,
    ) -> None:
        self._ports = [processes.free_port() for _ in range(count)]
        self._turns = itertools.cycle(self._ports)
        self._environment = {'OS_CLIENT_CONFIG_FILE': str(cloud.clouds_file)}
        self._place = place
        self.apis: list[processes.Process] = []
        self.engines = [
            engines.Engine(
                self._command('autoscale-engine'),
                place / f'engine-{number}.log',
                self._environment,
            )
            for number in range(count)
        ]
        self._database = sa.create_engine(database, poolclass=sa.NullPool)
        try:
            super().__init__(place, cloud, self._options(database, broker))
        except BaseException:
            self.close()
            raise

    def _options(self, database: str, broker: str) -> service.Options:
        return {
            'DEFAULT': {'debug': False, 'transport_url': broker},
            'database': {'connection': database},
            'cloud': {
                'os_cloud': clouds.NAME,
                'timeout': PATIENCE,
                'messaging_timeout': PATIENCE,
            },
            'api': {
                'auth_strategy': 'noauth',
                'public_url': f'http://127.0.0.1:{self._ports[0]}',
                'trigger_rate': 0,
            },
            'engine': {
                **service.OPTIONS['engine'],
                'lease_seconds': LEASE,
                'due_interval': 0.5,
                'graceful_shutdown_timeout': 10,
            },
            # As in doc/source/admin/deployment.rst.
            'oslo_messaging_rabbit': {
                'rabbit_quorum_queue': True,
                'rabbit_transient_quorum_queue': True,
                'use_queue_manager': True,
            },
        }

    def _command(self, script: str, *arguments: str) -> list[str]:
        return [
            *_NEVER_LEFT,
            str(_SCRIPTS / script),
            '--config-file',
            str(self._place / 'autoscale.conf'),
            *arguments,
        ]

    # -- the processes

    def start(self) -> None:
        """All of it works when this returns."""
        self.manage('db', 'sync')
        for number, port in enumerate(self._ports):
            self.apis.append(self._start_api(number, port))
        for each in self.engines:
            each.launch()
        for each in self.engines:
            each.await_start()
        for api, port in zip(self.apis, self._ports, strict=True):
            api.await_line(f'{_API}: http://127.0.0.1:{port}/v1')

    def _start_api(self, number: int, port: int) -> processes.Process:
        own = self._place / f'api-{number}.conf'
        own.write_text(
            f'[api]\nport = {port}\n'
            # Two on one host may not have the same queue for answers.
            f'[oslo_messaging_rabbit]\nprocessname = {_API}-{number}\n'
        )
        return processes.Process(
            self._command(_API, '--config-file', str(own)),
            self._place / f'api-{number}.log',
            self._environment,
        )

    def manage(self, *arguments: str) -> str:
        """What autoscale-manage says; it has to go well."""
        done = subprocess.run(
            self._command('autoscale-manage', *arguments),
            env={**os.environ, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def mend(self) -> None:
        """Both engines are at work again, whatever was done to them."""
        for each in self.engines:
            if each.is_frozen:
                each.thaw()
            if not each.is_alive():
                each.start()

    def close(self) -> None:
        self._session.close()
        for each in self.engines:
            each.close()
        for api in self.apis:
            if api.is_alive():
                api.terminate()

    def another_engine(self, **options: Any) -> engines.Engine:
        """One that is not started, with its own [engine] options."""
        own = self._place / 'another-engine.conf'
        lines = [f'{key} = {value}\n' for key, value in options.items()]
        own.write_text('[engine]\n' + ''.join(lines))
        return engines.Engine(
            self._command('autoscale-engine', '--config-file', str(own)),
            self._place / 'another-engine.log',
            self._environment,
        )

    def holder(self, cluster: str) -> engines.Engine | None:
        """The engine that has the cluster in hand, by its lease."""
        owner = self._lease_owner(cluster)
        for each in self.engines:
            if each.id and owner.startswith(each.id):
                return each
        return None

    def _lease_owner(self, cluster: str) -> str:
        asked = sa.text('SELECT lease_owner FROM work WHERE cluster_id = :id')
        with self._database.connect() as conn:
            return conn.execute(asked, {'id': cluster}).scalar() or ''

    def schedule(self) -> str:
        """When each cluster is looked at and by whom, for people to read."""
        with self._database.connect() as conn:
            rows = conn.execute(sa.text('SELECT * FROM work')).mappings()
            return '\n'.join(str(dict(each)) for each in rows)

    def logs(self) -> list[pathlib.Path]:
        return sorted(self._place.glob('*.log'))

    # -- its users

    def call(
        self, method: str, path: str, body: Any = None, **more: Any
    ) -> requests.Response:
        if not path.startswith('http'):
            path = self.a_url() + path
        return super().call(method, path, body, **more)

    def nodes(self, cluster: str, status: str = '') -> list[dict[str, Any]]:
        """All of them, also of a large cluster."""
        query = 'limit=1000' + (f'&status={status}' if status else '')
        found = self.get(f'/v1/clusters/{cluster}/nodes?{query}')
        return list(found['nodes'])

    def actions(self, cluster: str) -> list[dict[str, Any]]:
        """The newest thousand, the newest first."""
        found = self.get(f'/v1/clusters/{cluster}/actions?limit=1000')
        return list(found['actions'])

    def a_url(self) -> str:
        """One API's, then the next's."""
        return f'http://127.0.0.1:{next(self._turns)}'

    def at_once(
        self,
        ask: Callable[[requests.Session, int], requests.Response],
        count: int,
        clients: int = 16,
    ) -> list[requests.Response]:
        """`ask(session, number)` for each number up to `count`."""

        def of_one(numbers: range) -> list[requests.Response]:
            with requests.Session() as session:
                return [ask(session, number) for number in numbers]

        with futures.ThreadPoolExecutor(clients) as pool:
            asked = pool.map(
                of_one, (range(n, count, clients) for n in range(clients))
            )
            return [each for answers in asked for each in answers]
