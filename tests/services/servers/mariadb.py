"""A MariaDB server."""

import sqlalchemy as sa

from tests.services.servers import server

_USER = 'autoscale'
_PASSWORD = 'secret'


class MariaDB(server.Server):
    package = 'mariadb-server'
    user = 'mysql'
    ready = 'ready for connections'

    def prepare(self) -> None:
        self._install = self.program('mariadb-install-db')
        self._server = self.program('mariadbd')
        (self.place / 'first.sql').write_text(
            f"CREATE USER IF NOT EXISTS {_USER}@'%' "
            f"IDENTIFIED BY '{_PASSWORD}';\n"
            f"GRANT ALL ON *.* TO {_USER}@'%';\n"
        )

    def make(self) -> None:
        self.run(
            [
                self._install,
                '--no-defaults',
                f'--datadir={self.place}/data',
                '--auth-root-authentication-method=normal',
                '--skip-test-db',
            ]
        )

    def command(self) -> list[str]:
        return [
            self._server,
            '--no-defaults',
            f'--datadir={self.place}/data',
            f'--socket={self.place}/socket',
            f'--pid-file={self.place}/pid',
            f'--init-file={self.place}/first.sql',
            '--bind-address=127.0.0.1',
            f'--port={self.port}',
            '--skip-name-resolve',
            '--skip-log-bin',
            '--innodb-buffer-pool-size=64M',
            # What was committed outlives the server, which is all that is
            # tried here; not the host's loss of power.
            '--innodb-flush-log-at-trx-commit=2',
        ]

    def database(self, name: str) -> str:
        """The URL of a new and empty database."""
        with self._root().begin() as conn:
            conn.exec_driver_sql(f'CREATE DATABASE {name}')
        return self._url(name)

    def _root(self) -> sa.Engine:
        return sa.create_engine(self._url(''), poolclass=sa.NullPool)

    def _url(self, name: str) -> str:
        return (
            f'mysql+pymysql://{_USER}:{_PASSWORD}@127.0.0.1:{self.port}/{name}'
        )
