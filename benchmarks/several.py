"""A deployment: an API, two engines, MariaDB, RabbitMQ and a cloud.

Each is a process of its own, and all share the machine with those who
measure them. The servers are those of the services suite.
"""

import contextlib
import itertools
import json
import logging
import pathlib
import sys
import tempfile
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from urllib import parse

import sqlalchemy as sa

from autoscale.db import migration
from benchmarks import caller
from benchmarks import house
from tests.functional.standalone import process as processes
from tests.services.servers import mariadb
from tests.services.servers import rabbitmq
from tests.services.servers import server

ENGINES = 2

#: As in doc/source/admin/deployment.rst.
_RABBIT: house.Config = {
    ('oslo_messaging_rabbit', 'rabbit_quorum_queue'): True,
    ('oslo_messaging_rabbit', 'rabbit_transient_quorum_queue'): True,
    ('oslo_messaging_rabbit', 'use_queue_manager'): True,
}


class Servers:
    """MariaDB and RabbitMQ, as many deployments need them."""

    def __init__(
        self, database: mariadb.MariaDB, broker: rabbitmq.RabbitMQ
    ) -> None:
        self._database = database
        self._numbers = itertools.count(1)
        self.broker = broker.url()
        self._programs = {'MariaDB': database, 'RabbitMQ': broker}

    def new_database(self) -> str:
        """The URL of one that has our tables and nothing else."""
        # It warns of MariaDB's own defaults, which are what is measured.
        logging.getLogger('oslo_db').setLevel(logging.ERROR)
        url = self._database.database(f'autoscale{next(self._numbers)}')
        migration.db_sync(url)
        return url

    def members(self) -> dict[str, list[int]]:
        """The processes of the servers, by the servers' names."""
        return {name: [each.pid()] for name, each in self._programs.items()}


@contextlib.contextmanager
def servers(
    make_database: Callable[[], mariadb.MariaDB] = mariadb.MariaDB,
    make_broker: Callable[[], rabbitmq.RabbitMQ] = rabbitmq.RabbitMQ,
) -> Iterator[Servers | None]:
    """The servers; None, and a line that says why, where one is missing."""
    with contextlib.ExitStack() as stack:
        try:
            database = make_database()
            stack.callback(database.close)
            broker = make_broker()
            stack.callback(broker.close)
        except server.NotInstalled as missing:
            print(f'without a deployment: {missing}', flush=True)
            yield None
            return
        yield Servers(database, broker)


class Deployment:
    """One API and the engines; a context manager, as Standalone is."""

    def __init__(
        self,
        servers: Servers,
        settings: dict[str, Any] | None = None,
        config: house.Config | None = None,
        *,
        engines: int = ENGINES,
    ) -> None:
        """`settings` are the cloud's, such as builds_per_second."""
        self.servers = servers
        self._settings = settings or {}
        self._config = config or {}
        self._count = engines
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> 'Deployment':
        with self._stack as stack:
            self._start(stack)
            # All went well: it is closed at our own end.
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, stack: contextlib.ExitStack) -> None:
        made = tempfile.TemporaryDirectory(prefix='autoscale-')
        state = pathlib.Path(stack.enter_context(made))
        self.cloud, clouds_file = self._start_cloud(stack, state)
        self.database = self.servers.new_database()
        self._look = stack.enter_context(looking_into(self.database))
        config: house.Config = {
            ('DEFAULT', 'transport_url'): self.servers.broker,
            ('database', 'connection'): self.database,
            ('cloud', 'os_cloud'): 'devcloud',
            ('api', 'auth_strategy'): 'noauth',
            ('api', 'port'): 0,
            **_RABBIT,
            **self._config,
        }
        environment = {'OS_CLIENT_CONFIG_FILE': str(clouds_file)}
        self.api = house.Command(
            'api', config=config, state=state, environment=environment
        )
        stack.enter_context(self.api)
        self.url = self.api.url
        config[('api', 'public_url')] = self.url.removesuffix('/v1')
        self.engines = [
            house.Command(
                'engine',
                config=config,
                state=state,
                name=f'engine {number}',
                environment=environment,
            )
            for number in range(1, self._count + 1)
        ]
        for each in self.engines:
            stack.enter_context(each)

    def _start_cloud(
        self, stack: contextlib.ExitStack, state: pathlib.Path
    ) -> tuple[house.Cloud, pathlib.Path]:
        clouds_file = state / 'clouds.yaml'
        process = processes.Process(
            [
                # It ends with us at the latest, as the servers do.
                *('setpriv', '--pdeathsig', 'KILL', '--'),
                sys.executable,
                '-m',
                'autoscale.devcloud',
                '--state',
                str(state / 'cloud'),
                '--clouds-yaml',
                str(clouds_file),
            ],
            state / 'cloud.log',
            {},
        )
        stack.callback(process.kill)
        where = json.loads(process.await_line('control_url'))
        parts = parse.urlsplit(where['control_url'])
        cloud = house.Cloud(f'{parts.scheme}://{parts.netloc}', clouds_file)
        stack.callback(cloud.close)
        cloud.change(**self._settings)
        return cloud, clouds_file

    # -- what it uses

    def members(self) -> dict[str, list[int]]:
        """The processes of ours, by the name that they are known under."""
        found = self.api.members()
        for each in self.engines:
            found.update(each.members())
        return found

    def cpu_seconds(self) -> float:
        """Of the API and the engines together."""
        return sum(each.cpu_seconds() for each in (self.api, *self.engines))

    def statements(self) -> int:
        return sum(each.statements() for each in (self.api, *self.engines))

    # -- its users

    def caller(self, project: str = '') -> caller.Caller:
        return self.api.caller(project)

    # -- its database

    def served(self) -> dict[str, int]:
        """What MariaDB counts, whoever asked, since it began."""
        asked = sa.text(
            'SHOW GLOBAL STATUS '
            "WHERE Variable_name IN ('Com_select', 'Questions')"
        )
        rows = self._look.execute(asked).all()
        counted: dict[str, str] = {name: value for name, value in rows}
        return {
            'SELECTs of all, by MariaDB': int(counted['Com_select']),
            # BEGIN, COMMIT and ROLLBACK too; this very one is the last.
            'commands of all, by MariaDB': int(counted['Questions']),
        }


@contextlib.contextmanager
def looking_into(database: str) -> Iterator[sa.Connection]:
    """A connection that sees what is committed, and keeps nothing open."""
    engine = sa.create_engine(
        database, poolclass=sa.NullPool, isolation_level='AUTOCOMMIT'
    )
    with engine.connect() as conn:
        yield conn
