"""The one door to the database: a function runs in one transaction.

Transactions are retried here, outside of themselves, when the database gave
up on them for a reason that passes: a deadlock, a lock that was taken, a
connection that broke.
"""

import contextlib
import functools
import sqlite3
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from datetime import datetime
from datetime import timedelta
from typing import Any
from typing import Concatenate
from typing import ParamSpec
from typing import TypeVar

import sqlalchemy as sa
from oslo_config import cfg
from oslo_db import api as oslo_db_api
from oslo_db import exception as db_exception
from oslo_db.sqlalchemy import enginefacade
from sqlalchemy import exc

from autoscale import exceptions
from autoscale.db import connecting
from autoscale.db import together
from autoscale.db import turn
from autoscale.db import types

#: Seconds before the first retry; each one after may wait twice as long.
FIRST_RETRY = 0.05
#: Seconds that a transaction waits for a place at work. It begins without one
#: then: others may wait in the database for a lock that is held for long.
PATIENCE = 0.25
#: Seconds for which what we know of the database's clock is good enough.
CLOCK_LIFE = 60

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_UNWELL = (
    *_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
)

_UNREACHABLE = (
    db_exception.DBConnectionError,
    db_exception.DBDeadlock,
    exc.TimeoutError,
)

_NOW = sa.select(types.DatabaseTime())

A = TypeVar('A')
P = ParamSpec('P')
T = TypeVar('T')


@enginefacade.transaction_context_provider
class _Transaction:
    """What enginefacade hangs one transaction on."""


class Database:
    """Runs functions in transactions; nothing else opens a session."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        options = dict(conf.database)
        self._places = turn.Turn(options.pop('concurrency'), patience=PATIENCE)
        url = connecting.prepare(options.pop('connection'))
        options['connection'] = url.render_as_string(hide_password=False)
        if options.get('slave_connection'):
            options['slave_connection'] = connecting.prepare(
                options['slave_connection']
            ).render_as_string(hide_password=False)
        facade = enginefacade.transaction_context()
        facade.configure(thread_checkin=False, **options)
        self._facade = facade
        self._reader = facade.reader.connection
        self._writer = facade.writer.connection
        self._turn: Any = contextlib.nullcontext()
        if connecting.is_sqlite(url):
            self._turn = turn.of(str(url.database))
        retried = retrying(
            conf.database.db_max_retries, conf.database.db_max_retry_interval
        )
        self._read = retried(self._read_once)
        self._write = retried(self._write_once)
        self._together: dict[Any, together.Together[Any, Any]] = {}
        self._clock: tuple[datetime, float] | None = None

    def read(
        self,
        function: Callable[Concatenate[sa.Connection, P], T],
        *args: P.args,
        **kw: P.kwargs,
    ) -> T:
        """The answer of `function(connection, …)` in one read transaction.

        It may run more than once. Raises Unavailable(part='database') when
        the database still cannot be reached after the retries.
        """
        try:
            answer: T = self._read(function, args, kw)
        except Exception as error:
            if not _is_unreachable(error):
                raise
            raise exceptions.Unavailable(part='database') from error
        return answer

    def write(
        self,
        function: Callable[Concatenate[sa.Connection, P], T],
        *args: P.args,
        **kw: P.kwargs,
    ) -> T:
        """The answer of `function(connection, …)`, committed.

        An exception of the function rolls back. It may run more than once,
        each time in a transaction that knows nothing of the one before.
        Raises Unavailable(part='database') as `read` does; then whether the
        commit happened is not known.
        """
        try:
            answer: T = self._write(function, args, kw)
        except Exception as error:
            if not _is_unreachable(error):
                raise
            raise exceptions.Unavailable(part='database') from error
        return answer

    def write_together(
        self,
        function: Callable[
            [sa.Connection, Sequence[A]], Sequence[T | Exception]
        ],
        asked: A,
    ) -> T:
        """As `write`, with others that ask for the same at this moment.

        `function(connection, [asked, …])` answers for each with its result,
        or with the exception that is raised to it. When it raises one
        itself, each is asked for alone.
        """
        crowd = self._together.get(function)
        if crowd is None:
            write = functools.partial(self.write, function)
            crowd = self._together.setdefault(
                function, together.Together(write)
            )
        answer: T = crowd.write(asked)
        return answer

    def now(self) -> datetime:
        """The database's time, which is UTC and does not know our clock."""
        here = time.monotonic()
        if self._clock is None or here - self._clock[1] > CLOCK_LIFE:
            self._clock = self.read(_clock)
        there, read_at = self._clock
        return there + timedelta(seconds=time.monotonic() - read_at)

    def dispose(self) -> None:
        """Close every connection; a later call opens new ones."""
        self._facade.dispose_pool()

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        """A transaction inside another has the place of that one."""
        if self._places.is_mine():
            yield
        else:
            with self._places:
                yield

    def _read_once(
        self, function: Callable[..., T], args: Any, kw: dict[str, Any]
    ) -> T:
        with self._at_work(), self._reader.using(_Transaction()) as conn:
            return function(conn, *args, **kw)

    def _write_once(
        self, function: Callable[..., T], args: Any, kw: dict[str, Any]
    ) -> T:
        with self._turn, self._at_work():
            token = connecting.will_write.set(True)
            try:
                with self._writer.using(_Transaction()) as conn:
                    connecting.will_write.set(False)
                    return function(conn, *args, **kw)
            finally:
                connecting.will_write.reset(token)


def retrying(max_retries: int, max_interval: float) -> Any:
    """A decorator that tries again, with longer and longer waits.

    `max_interval` is in seconds.
    """
    return oslo_db_api.wrap_db_retry(
        retry_interval=FIRST_RETRY,
        max_retries=max_retries,
        max_retry_interval=max_interval,
        retry_on_disconnect=True,
        retry_on_deadlock=True,
        exception_checker=_passes,
        jitter=True,
    )


def _clock(conn: sa.Connection) -> tuple[datetime, float]:
    """The database's time, and what our monotonic clock said meanwhile."""
    before = time.monotonic()
    there = conn.execute(_NOW).scalar_one()
    return there, (before + time.monotonic()) / 2


def _sqlite_code(error: BaseException) -> int | None:
    """SQLite's primary result code; None when it is no error of SQLite's."""
    for each in (
        error,
        getattr(error, 'orig', None),
        getattr(error, 'inner_exception', None),
        getattr(getattr(error, 'inner_exception', None), 'orig', None),
    ):
        code = getattr(each, 'sqlite_errorcode', None)
        if code is not None:
            return int(code) & 0xFF
    return None


def _passes(error: BaseException) -> bool:
    """Whether it may work soon, among the errors oslo.db has no name for."""
    return _sqlite_code(error) in _BUSY or _is_about_connecting(error)


def _is_about_connecting(error: BaseException) -> bool:
    """Whether the connection failed, and not a statement on it."""
    return isinstance(error, exc.OperationalError) and error.statement is None


def _is_unreachable(error: BaseException) -> bool:
    """Whether the error says that the database is not there for us now."""
    return (
        isinstance(error, _UNREACHABLE)
        or _sqlite_code(error) in _UNWELL
        or _is_about_connecting(error)
    )
