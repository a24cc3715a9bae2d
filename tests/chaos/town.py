"""Where it happens: servers, a cloud, and a deployment with two of each."""

import contextlib
import pathlib
import socket
from concurrent import futures
from typing import Any

import sqlalchemy as sa

from tests.functional.standalone import cloud as clouds
from tests.functional.standalone import service
from tests.functional.standalone.process import eventually
from tests.services import deployment
from tests.services import engine as engines
from tests.services.servers.mariadb import MariaDB
from tests.services.servers.postgresql import PostgreSQL
from tests.services.servers.rabbitmq import RabbitMQ
from tests.services.servers.server import Server

DATABASES = {'mariadb': MariaDB, 'postgresql': PostgreSQL}

#: Seconds after which the service gives a call to the cloud up.
PATIENCE = 4
#: Seconds that a server may take to start on top of what it usually does.
SLOW = 180


class Deployment(deployment.Deployment):
    """One that is less patient with its cloud than a test may be."""

    def _options(self, database: str, broker: str) -> service.Options:
        options: dict[str, Any] = dict(super()._options(database, broker))
        options['cloud'] = {
            **options['cloud'],
            'timeout': PATIENCE,
            'messaging_timeout': 3,
        }
        options['messaging'] = {'preview_timeout': 5}
        return options

    def holders(self) -> list[engines.Engine]:
        """The engines that have a cluster in hand, by their leases."""
        asked = sa.text(
            'SELECT lease_owner FROM work WHERE lease_owner IS NOT NULL'
        )
        with self._database.connect() as conn:
            owners = list(conn.execute(asked).scalars())
        return [
            each
            for each in self.engines
            if each.id and any(owner.startswith(each.id) for owner in owners)
        ]

    def urls(self) -> list[str]:
        return [self.a_url() for _ in self.apis]


class Town:
    """All of it works when it is made; nothing is left after `close`."""

    def __init__(self, place: pathlib.Path, database: str) -> None:
        self.place = place
        with contextlib.ExitStack() as built:
            # Processes end with the thread that started them: these stay.
            self.crew = futures.ThreadPoolExecutor(2)
            built.callback(self.crew.shutdown)
            self.database = DATABASES[database]()
            built.callback(self.database.close)
            self.broker = RabbitMQ()
            built.callback(self.broker.close)
            self.cloud = clouds.Cloud(place / 'cloud')
            built.callback(self.cloud.stop)
            self.be_fair()
            self.deployment = Deployment(
                place / 'deployment',
                self.cloud,
                database=self.database.database('autoscale'),
                broker=self.broker.url(),
            )
            built.callback(self.deployment.close)
            self._built = built.pop_all()

    def close(self) -> None:
        self._built.close()

    def be_fair(self) -> None:
        """The cloud has no faults, and is as quick as clouds are."""
        self.cloud.be_well()
        self.cloud.set(build_seconds=[0.1, 1.5], delete_seconds=0.3)

    def start(self, server: Server) -> None:
        """It takes connections; on a busy machine that may take long."""
        try:
            server.start()
        except AssertionError:
            eventually(
                lambda: server.is_alive() and _listens(server.port),
                f'{server.package} is there again',
                SLOW,
            )

    def mend(self) -> None:
        """Whatever was struck works again."""
        self.be_fair()
        for server in (self.database, self.broker):
            if not server.is_alive():
                self.start(server)
        self.deployment.mend()


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(('127.0.0.1', port)) == 0
