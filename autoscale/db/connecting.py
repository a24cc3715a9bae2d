"""How connections to each kind of database are opened, kept and begun.

The differences between SQLite, MariaDB and PostgreSQL that are not a matter
of one statement live here, in a plug-in of SQLAlchemy's create_engine, so
that oslo.db may go on making the engine.
"""

import contextvars
import sqlite3
import ssl
from typing import Any

import sqlalchemy as sa
from sqlalchemy import dialects
from sqlalchemy import event
from sqlalchemy import pool

#: Seconds that SQLite waits for a writer of another process.
BUSY_SECONDS = 5

#: Pages (of 4 KiB) written before a commit stops to copy them to their place;
#: each time costs the commit two waits for the disk.
CHECKPOINT_PAGES = 4000

#: KiB of the file that each connection keeps in memory. There is one for
#: each thread, and the operating system has the file in memory as well.
CACHE_KIB = 256

#: SERVER_STATUS_IN_TRANS of MySQL's protocol.
_IN_TRANSACTION = 1

#: Whether the transaction that is about to begin will write.
will_write = contextvars.ContextVar('will_write', default=False)

_PLUGIN = 'autoscale'


def prepare(url: str) -> sa.URL:
    """The URL with what our engines need; what it says already stays."""
    prepared = sa.make_url(url).update_query_dict({'plugin': _PLUGIN})
    if _is(prepared, 'mysql') and 'charset' not in prepared.query:
        prepared = prepared.update_query_dict({'charset': 'utf8mb4'})
    return prepared


def is_sqlite(url: sa.URL) -> bool:
    return _is(url, 'sqlite')


def _is(url: sa.URL, name: str) -> bool:
    return url.get_backend_name() in (
        (name, 'mariadb') if name == 'mysql' else (name,)
    )


class Plugin(sa.CreateEnginePlugin):
    """Called by SQLAlchemy for URLs that went through `prepare`."""

    def __init__(self, url: sa.URL, kwargs: dict[str, Any]) -> None:
        self.on_sqlite = is_sqlite(url)
        self.on_mysql = _is(url, 'mysql')
        if self.on_mysql:
            # The others' default. With MariaDB's own, a transaction that
            # looks, swaps and looks again would not see what it lost to.
            kwargs['isolation_level'] = 'READ COMMITTED'
            # Every transaction is ended by whoever began it. The ROLLBACK
            # with which SQLAlchemy returns a connection would be one more
            # round trip of each.
            kwargs['pool_reset_on_return'] = None
        # A connection that broke while it was kept is found by the first
        # statement, and the transaction is tried again on a new one. To ask
        # before each transaction would cost each of them a round trip.
        kwargs['pool_pre_ping'] = False
        if self.on_sqlite and kwargs.get('poolclass') is pool.NullPool:
            # oslo.db opens the file anew for each transaction, which takes
            # longer than the transaction. Kept connections are as many as
            # there are threads, and a file does not hang up.
            kwargs['poolclass'] = pool.QueuePool
            kwargs['pool_size'] = 0
            kwargs['pool_recycle'] = -1

    def update_url(self, url: sa.URL) -> sa.URL:
        return url

    def engine_created(self, engine: sa.Engine) -> None:
        if self.on_sqlite:
            event.listen(engine, 'connect', _on_sqlite_connect)
            event.listen(engine, 'begin', _on_sqlite_begin)
        if self.on_mysql:
            event.listen(engine, 'reset', _on_mysql_reset)
        if engine.dialect.driver == 'pymysql':
            event.listen(engine, 'do_connect', _OneTlsContext())


def _on_mysql_reset(
    connection: Any, _: object, state: pool.PoolResetState
) -> None:
    """End a transaction that was left open, as by a COMMIT that failed.

    PyMySQL keeps what the server said of it last; of other drivers it is not
    known.
    """
    status = getattr(connection, 'server_status', _IN_TRANSACTION)
    if not state.transaction_was_reset and status & _IN_TRANSACTION:
        connection.rollback()


class _OneTlsContext:
    """Connects by PyMySQL with one TLS context for all connections.

    PyMySQL that is not told about TLS uses it where the server offers it,
    and trusts any server. Yet it reads all certificates of the host anew
    for each connection that it tries to open: 15 ms of CPU and half a MiB
    that are not given back soon, many times over while a database is away.
    Where the URL does say something of TLS, nothing is changed.
    """

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None

    def __call__(
        self,
        dialect: sa.Dialect,
        _: object,
        positional: list[Any],
        named: dict[str, Any],
    ) -> Any:
        """A connection that is open; or None, which leaves it to SQLAlchemy.

        Raises what PyMySQL raises.
        """
        if any(key.startswith(('ssl', 'read_default')) for key in named):
            return None
        connect = dialect.loaded_dbapi.connect
        named = {**named, 'defer_connect': True}
        if self._context is None:
            sample = connect(*positional, **named)
            if not sample.ssl:
                return None
            self._context = sample.ctx
        connection = connect(*positional, **named, ssl_disabled=True)
        connection.ssl = True
        connection.ctx = self._context
        connection.connect()
        return connection


def _on_sqlite_connect(connection: sqlite3.Connection, _: object) -> None:
    connection.execute(f'PRAGMA busy_timeout = {1000 * BUSY_SECONDS}')
    connection.execute('PRAGMA journal_mode = WAL')
    connection.execute('PRAGMA synchronous = NORMAL')
    connection.execute(f'PRAGMA cache_size = {-CACHE_KIB}')
    connection.execute(f'PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}')


def _on_sqlite_begin(conn: sa.Connection) -> None:
    """Take the write lock at once when we shall write.

    A transaction that read first could not become a writer after another
    one wrote. We run before oslo.db's listener, which stands back when the
    connection says that it is in a transaction.
    """
    if 'in_transaction' in conn.info:
        return
    begin = 'BEGIN IMMEDIATE' if will_write.get() else 'BEGIN DEFERRED'
    connection: Any = conn.connection.dbapi_connection
    connection.execute(begin)
    conn.info['in_transaction'] = True


dialects.plugins.register(_PLUGIN, __name__, 'Plugin')
