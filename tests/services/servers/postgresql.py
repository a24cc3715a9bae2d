"""A PostgreSQL server."""

import signal

import sqlalchemy as sa

from tests.services.servers import server

_USER = 'autoscale'


class PostgreSQL(server.Server):
    package = 'postgresql'
    user = 'postgres'
    ready = 'ready to accept connections'
    # SIGTERM would wait for all clients to go.
    stopping = signal.SIGINT

    def prepare(self) -> None:
        binaries = '/usr/lib/postgresql/*/bin'
        self._initdb = self.program('initdb', binaries)
        self._server = self.program('postgres', binaries)

    def make(self) -> None:
        self.run(
            [
                self._initdb,
                f'--pgdata={self.place}/data',
                f'--username={_USER}',
                '--auth=trust',
                '--encoding=UTF8',
                '--locale=C.UTF-8',
                '--no-sync',
            ]
        )

    def command(self) -> list[str]:
        return [
            self._server,
            '-D',
            f'{self.place}/data',
            '-h',
            '127.0.0.1',
            '-p',
            str(self.port),
            '-k',
            str(self.place),
            # What was committed outlives the server, which is all that is
            # tried here; not the host's loss of power.
            '-F',
        ]

    def database(self, name: str) -> str:
        """The URL of a new and empty database."""
        root = sa.create_engine(
            self._url('postgres'),
            poolclass=sa.NullPool,
            isolation_level='AUTOCOMMIT',
        )
        with root.connect() as conn:
            conn.exec_driver_sql(f'CREATE DATABASE {name}')
        return self._url(name)

    def _url(self, name: str) -> str:
        return f'postgresql+psycopg2://{_USER}@127.0.0.1:{self.port}/{name}'
