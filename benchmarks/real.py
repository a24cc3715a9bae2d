"""On a real cloud: many servers from nothing, and away again, told first.

Beside each figure of ours is what the same takes with Nova alone: one call for
all of them, or one call each by eight clients. The environment says which
cloud, as for `tox -e cloud`; AUTOSCALE_BENCH_SIZE says how many servers, and
AUTOSCALE_NOVA_LOG is nova-api's log, in which requests are counted.

While ours is measured nobody else asks Nova anything: what is awaited is
awaited at our own API.
"""

import os
import pathlib
import re
import tempfile
import time
from collections.abc import Callable
from collections.abc import Iterator
from concurrent import futures
from typing import Any

from benchmarks import process as processes
from benchmarks import table
from tests.cloud import asked as askings
from tests.cloud import project as projects
from tests.cloud.asked import Asked
from tests.cloud.keeper import Keeper
from tests.cloud.project import Project
from tests.cloud.standalone import Standalone

_CLIENTS = 8

#: Seconds that anything may take.
_PATIENCE = 900.0

_REQUEST = re.compile(r'requestlog .*"(?P<method>[A-Z]+) (?P<path>[^ ?"]+)')


def measure(quick: bool) -> Iterator[table.Row]:
    asked = askings.read()
    count = 10 if quick else int(os.environ.get('AUTOSCALE_BENCH_SIZE', '100'))
    project = projects.log_in(asked.cloud, Keeper())
    if not project.is_empty():
        raise SystemExit(f'there are servers in {asked.cloud} already')
    with tempfile.TemporaryDirectory(prefix='autoscale-real-') as folder:
        place = pathlib.Path(folder)
        project.lend(place / 'clouds.yaml')
        try:
            yield from _beside(asked, project, place, count)
        finally:
            project.clear()
            project.take_back()


def _beside(
    asked: Asked, project: Project, place: pathlib.Path, count: int
) -> Iterator[table.Row]:
    log = _Log(os.environ.get('AUTOSCALE_NOVA_LOG'), project.id)
    wanted = _wanted(asked, project)
    name = f'0 -> {count}'
    with log:
        once = _timed(lambda: _create_at_once(project, wanted, count))
    yield table.row(f'{name}: bare multi-create, all ACTIVE', [once], 's')
    yield from log.rows(f'{name}: bare multi-create')
    with log:
        away = _timed(lambda: _delete_each(project))
    yield table.row(f'{count} -> 0: bare deletes', [away], 's')
    yield from log.rows(f'{count} -> 0: bare deletes')
    with log:
        each = _timed(lambda: _create_each(project, wanted, count))
    yield table.row(f'{name}: bare creates of one, all ACTIVE', [each], 's')
    yield from log.rows(f'{name}: bare creates of one')
    _delete_each(project)
    service = Standalone(place / 'service', project, Keeper(), spec=asked.spec)
    try:
        yield from _ours(service, project, log, count, (once, each, away))
    finally:
        service.clear()
        service.close()


def _ours(
    service: Standalone,
    project: Project,
    log: '_Log',
    count: int,
    bare: tuple[float, float, float],
) -> Iterator[table.Row]:
    once, each, away = bare
    queue = f'autoscale-bench-{os.getpid()}'
    name = f'0 -> {count}'
    before = processes.cpu_seconds(service.process.pid())
    with log:
        cluster = ''

        def grow() -> None:
            nonlocal cluster
            cluster, action = service.ask_cluster(count)
            assert _ended(service, action)['status'] == 'SUCCEEDED'

        ours = _timed(grow)
    used = processes.cpu_seconds(service.process.pid()) - before
    assert list(project.servers(cluster).values()) == ['ACTIVE'] * count
    yield table.row(f'{name}: ours, action ended', [ours], 's')
    yield from log.rows(f'{name}: ours')
    yield table.row(f'{name}: ours / multi-create', [ours / once], 'ratio')
    yield table.row(f'{name}: ours / creates of one', [ours / each], 'ratio')
    yield table.row(f'{name}: CPU of the service', [used], 's')
    told = {'type': 'zaqar', 'params': {'queue': queue}, 'timeout': 3600}
    service.attach(cluster, service.policy('deletion', hooks=told))
    try:
        before = processes.cpu_seconds(service.process.pid())
        with log:
            ours = _timed(
                lambda: _drain_all(service, project, cluster, queue, count)
            )
        used = processes.cpu_seconds(service.process.pid()) - before
    finally:
        project.delete_queue(queue)
    assert project.servers(cluster) == {}
    name = f'{count} -> 0, each told by Zaqar'
    yield table.row(f'{name}: ours, action ended', [ours], 's')
    yield from log.rows(f'{name}: ours')
    yield table.row(f'{name}: ours / bare deletes', [ours / away], 'ratio')
    yield table.row(f'{name}: CPU of the service', [used], 's')


def _timed(work: Callable[[], Any]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


# -- Nova alone


def _wanted(asked: Asked, project: Project) -> dict[str, Any]:
    """A server as Nova's API has it."""
    connection = project.connection
    networks: Any = 'none'
    if asked.network is not None:
        found = connection.network.find_network(asked.network)
        networks = [{'uuid': found.id}]
    return {
        'name': 'bare',
        'flavorRef': connection.compute.find_flavor(asked.flavor).id,
        'imageRef': connection.image.find_image(asked.image).id,
        'networks': networks,
    }


def _create_at_once(
    project: Project, wanted: dict[str, Any], count: int
) -> None:
    _create(project, {**wanted, 'min_count': count, 'max_count': count})
    _await_active(project, count)


def _create_each(project: Project, wanted: dict[str, Any], count: int) -> None:
    with futures.ThreadPoolExecutor(_CLIENTS) as pool:
        list(pool.map(lambda _: _create(project, wanted), range(count)))
    _await_active(project, count)


def _create(project: Project, wanted: dict[str, Any]) -> None:
    project.compute('POST', '/servers', json={'server': wanted})


def _await_active(project: Project, count: int) -> None:
    _await(lambda: len(_listed(project, '?status=ACTIVE')) == count)


def _delete_each(project: Project) -> None:
    ids = [each['id'] for each in _listed(project)]
    with futures.ThreadPoolExecutor(_CLIENTS) as pool:
        list(pool.map(project.delete_server, ids))
    _await(lambda: not _listed(project))


def _listed(project: Project, query: str = '') -> list[Any]:
    return list(project.compute('GET', f'/servers{query}')['servers'])


def _await(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit('the cloud did not do it in time')
        time.sleep(0.5)


# -- ours


def _ended(service: Standalone, action: str) -> dict[str, Any]:
    """The action; looked at so rarely that it costs nothing."""
    found: dict[str, Any] = {}

    def is_over() -> bool:
        found.update(service.action(action))
        return found['status'] in ('SUCCEEDED', 'FAILED', 'REFUSED')

    _await(is_over)
    return found


def _drain_all(
    service: Standalone,
    project: Project,
    cluster: str,
    queue: str,
    count: int,
) -> None:
    """All shall leave; each is answered for as soon as its message is read."""
    action = service.ask(
        cluster, 'resize', adjustment_type='EXACT_CAPACITY', number=0
    )
    left = count
    deadline = time.monotonic() + _PATIENCE
    while left:
        if time.monotonic() > deadline:
            raise SystemExit('not everybody was told in time')
        for message in _popped(project, queue):
            service.complete(message).raise_for_status()
            left -= 1
    assert _ended(service, action)['status'] == 'SUCCEEDED'


def _popped(project: Project, queue: str) -> list[dict[str, Any]]:
    answer = project.pop(queue)
    if not answer:
        time.sleep(0.1)
    return answer


# -- what Nova saw


class _Log:
    """The project's requests in nova-api's log, while it is entered."""

    def __init__(self, path: str | None, project_id: str) -> None:
        self._path = pathlib.Path(path) if path else None
        self._project = project_id
        self._began = 0
        self._seen: list[tuple[str, str]] = []

    def __enter__(self) -> '_Log':
        self._began = self._path.stat().st_size if self._path else 0
        return self

    def __exit__(self, *_: object) -> None:
        self._seen = []
        if self._path is None:
            return
        with self._path.open(errors='replace') as log:
            log.seek(self._began)
            for line in log:
                found = _REQUEST.search(line)
                if found and self._project in line:
                    self._seen.append((found['method'], found['path']))

    def rows(self, name: str) -> Iterator[table.Row]:
        """How many there were; none without a log."""
        if self._path is None:
            return
        yield table.row(f'{name}: requests', [len(self._seen)], 'calls')
        for method in ('GET', 'POST', 'DELETE'):
            number = sum(each == method for each, _ in self._seen)
            yield table.row(f'{name}: {method}', [number], 'calls')
