"""A universe: a cloud, a database, an API and engines of its own.

One story at a time happens in it. Two engines: one that lives as long as the
universe and stands still while another, which has to die, is at work. When
that one dies, it goes on, as a second engine of a deployment would have gone
on all the time.
"""

import contextlib
import json
import pathlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from tests.functional.standalone import cloud as clouds
from tests.functional.standalone import process as processes
from tests.functional.standalone import service
from tests.functional.standalone.process import eventually
from tests.kills import born
from tests.kills import points

#: Seconds of a lease: the shortest that there is.
LEASE = 1.0

#: Seconds between two looks of an engine for overdue clusters.
DUE = 0.2

_API = 'autoscale-api'
_ENGINE = 'autoscale-engine'

#: Fails when somebody is just changing it.
_HOLDER = sa.text(
    'SELECT lease_owner FROM work WHERE cluster_id = :id FOR UPDATE NOWAIT'
)
_UNREST = sa.text(
    'SELECT count(*) FROM work WHERE cluster_id = :id '
    'AND (lease_owner IS NOT NULL OR look_at IS NOT NULL)'
)
_ENDED = sa.text('SELECT ended_at FROM actions WHERE id = :id')


class Cloud(clouds.Cloud):
    def servers(self, cluster_id: str) -> dict[str, str]:
        """The cluster's; those that it has let go keep one of two tags."""
        wanted = {'autoscale', f'autoscale-cluster-{cluster_id}'}
        return {
            each['id']: each['status']
            for each in self.control('GET', '/servers')['servers']
            if wanted <= set(each['tags'])
        }


class Universe(service.Service):
    def __init__(self, place: pathlib.Path, database: str) -> None:
        place.mkdir(parents=True)
        self._processes: list[born.Born] = []
        self._database = sa.create_engine(database)
        self._api_port = processes.free_port()
        self._file = place / 'service' / 'autoscale.conf'
        self.cloud = Cloud(
            place / 'cloud', build_seconds=0.05, delete_seconds=0.05
        )
        self.survivors_trace = place / 'survivor.trace'
        try:
            super().__init__(
                place / 'service', self.cloud, self._options(database)
            )
        except BaseException:
            self.close()
            raise

    def _options(self, database: str) -> service.Options:
        url = f'http://127.0.0.1:{self._api_port}'
        return {
            # No broker: each wake is lost, and work is found as it is then.
            'DEFAULT': {'debug': False, 'transport_url': 'kombu+memory:////'},
            'database': {'connection': database},
            'cloud': {
                'os_cloud': clouds.NAME,
                'clouds_file': self.cloud.clouds_file,
                # A launch that nobody heard of again is awaited so long.
                'timeout': 5,
                'messaging_timeout': 20,
            },
            'api': {
                'auth_strategy': 'noauth',
                'port': self._api_port,
                'public_url': url,
                'trigger_rate': 0,
                'threads': 2,
            },
            'engine': {
                **service.OPTIONS['engine'],
                'lease_seconds': LEASE,
                'due_interval': DUE,
                'threads': 2,
                'io_threads': 4,
                'watch_interval': 1,
                'sweep_interval': 1,
                'prune_interval': 0,
                'graceful_shutdown_timeout': 5,
            },
        }

    # -- the processes

    def start(self) -> None:
        """The API answers and the engine that survives is at work."""
        self.url = f'http://127.0.0.1:{self._api_port}'
        manage = self._born('autoscale-manage', 'db', 'sync')
        assert manage.end(60) == 0, manage.log.read_text()
        api = self._born(_API)
        self.survivor = self._born(_ENGINE, trace=self.survivors_trace)
        _await_word(api, self.url)
        _await_word(self.survivor, 'at work')

    def _born(
        self,
        name: str,
        *arguments: str,
        log: pathlib.Path | None = None,
        trace: pathlib.Path | None = None,
        aim: points.Aim | None = None,
    ) -> born.Born:
        made = born.Born(
            name,
            ['--config-file', str(self._file), *arguments],
            log or self._place / f'{name}.log',
            trace=trace,
            aim=aim,
        )
        self._processes.append(made)
        return made

    def close(self) -> None:
        if hasattr(self, '_session'):
            self._session.close()
        for each in self._processes:
            each.kill()
        self.cloud.stop()
        self._database.dispose()

    # -- who is at work

    @contextlib.contextmanager
    def mortal(
        self,
        place: pathlib.Path,
        cluster: str | None,
        aim: points.Aim | None,
        options: service.Options,
    ) -> Iterator[born.Born]:
        """An engine that dies at its aim, while the survivor stands still.

        It has the survivor's options but for `options`. `cluster` is in
        nobody's hand when it starts.
        """
        own = place / 'mortal.conf'
        own.write_text(_written(options))
        eventually(lambda: self._freeze(cluster), 'a moment of rest')
        try:
            engine = self._born(
                _ENGINE,
                '--config-file',
                str(own),
                log=place / 'mortal.log',
                trace=place / 'mortal.trace',
                aim=aim,
            )
        except BaseException:
            self.survivor.signal(signal.SIGCONT)
            raise
        thaw = threading.Thread(target=self._take_turns, args=[engine])
        thaw.start()
        try:
            yield engine
        finally:
            engine.kill()
            thaw.join()
            self._processes.remove(engine)

    def _take_turns(self, engine: born.Born) -> None:
        """The survivor goes on as soon as the other is dead."""
        engine.end()
        self.survivor.signal(signal.SIGCONT)

    def _freeze(self, cluster: str | None) -> bool:
        """Let the survivor stand still, unless it has the cluster in hand."""
        self.survivor.signal(signal.SIGSTOP)
        if cluster is None or self._is_free(cluster):
            return True
        self.survivor.signal(signal.SIGCONT)
        return False

    def _is_free(self, cluster: str) -> bool:
        try:
            found = self._ask(_HOLDER, cluster)
        except sa.exc.DBAPIError:
            return False  # somebody has the row
        return found is None

    def is_at_rest(self, cluster: str) -> bool:
        """Whether nobody has it in hand and nothing is due."""
        return not self._ask(_UNREST, cluster)

    def _ask(self, question: sa.TextClause, about: str) -> Any:
        """Of the database; what is asked often is not asked by HTTP."""
        with self._database.connect() as conn:
            return conn.execute(question, {'id': about}).scalar()

    def end_of(self, action: str, seconds: float = 30.0) -> dict[str, Any]:
        eventually(
            lambda: self._ask(_ENDED, action), f'the end of {action}', seconds
        )
        return super().end_of(action, 5)


def _written(options: service.Options) -> str:
    lines = []
    for group, chosen in options.items():
        lines.append(f'[{group}]')
        lines += [f'{key} = {value}' for key, value in chosen.items()]
    return '\n'.join(lines) + '\n'


def _await_word(process: born.Born, word: str) -> None:
    """Wait until its log has it."""

    def text() -> str:
        return process.log.read_text() if process.log.exists() else ''

    try:
        eventually(lambda: word in text(), f'that it says {word!r}')
    except AssertionError as error:
        raise AssertionError(f'{error}, but: {text()}') from None


def trace(path: pathlib.Path, offset: int = 0) -> list[dict[str, Any]]:
    """What an engine noted, from byte `offset` on."""
    if not path.exists():
        return []
    with path.open('rb') as stream:
        stream.seek(offset)
        return [json.loads(line) for line in stream if line.endswith(b'\n')]
