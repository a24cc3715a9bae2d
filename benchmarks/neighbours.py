"""Whether one tenant with a thousand drains keeps another waiting.

A tenant asks for one more member, again and again, in four clusters at once:
first alone, then while another tenant's thousand members drain and answer one
after the other, then while another thousand answer all at once. Times are
from the moment before the request to its answer, to the create call and to
ACTIVE, the last two by the cloud.
"""

import contextlib
import functools
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from concurrent import futures
from typing import Any

from benchmarks import caller
from benchmarks import house
from benchmarks import load
from benchmarks import making
from benchmarks import memory
from benchmarks import several
from benchmarks import shrink
from benchmarks import table

#: Clusters of the tenant whose waiting is measured.
ASKERS = 4

#: Answers a second, when they come one after the other.
PACE = 40

#: A cloud with answers that take as long as a real Nova's.
_CLOUD = {
    'build_seconds': 0.5,
    'delete_seconds': 0.3,
    'response_delay_seconds': 0.05,
}


def measure(quick: bool) -> Iterator[table.Row]:
    with house.Standalone(_CLOUD) as service:
        yield from _rows('standalone', service, quick)
    with several.servers() as servers:
        if servers is None:
            return
        with several.Deployment(servers, _CLOUD) as service:
            yield from _rows('two engines', service, quick)


def _rows(name: str, service: Any, quick: bool) -> Iterator[table.Row]:
    groups, size, seconds = (2, 10, 1.0) if quick else (10, 100, 25.0)
    asking = _Asking(service, 1 if quick else ASKERS)
    alone = asking.during(functools.partial(time.sleep, seconds))
    yield from _waits(f'{name}, alone', alone)
    for what, answer in (
        (f'{PACE} answers a second', _one_by_one),
        (f'{groups * size:,} answers at once', _at_once),
    ):
        # Each thousand is another tenant's.
        memory.drain(service, groups, size, what)
        told = shrink.take_messages(service.cloud, groups * size)
        beside = asking.during(functools.partial(answer, service, told))
        yield from _waits(f'{name}, {what}', beside)
        for step in alone:
            ratio = _p95(beside[step]) / _p95(alone[step])
            yield table.row(
                f'{name}, {what}: {step}, p95 with / without',
                [ratio],
                'ratio',
                '<= 2',
            )


def _waits(name: str, waits: dict[str, list[float]]) -> Iterator[table.Row]:
    for step, seconds in waits.items():
        yield table.Row(
            figure=f'{name}: {step}, {len(seconds)} requests',
            median=table.percentile(seconds, 50),
            p95=_p95(seconds),
            unit='s',
        )
        yield table.row(f'{name}: {step}, the longest', [max(seconds)], 's')


def _p95(seconds: list[float]) -> float:
    return table.percentile(seconds, 95)


# -- the tenant that is kept waiting, or not


class _Asking:
    def __init__(self, service: Any, askers: int) -> None:
        self._service = service
        api = service.caller('neighbour')
        profile = making.profile(api)
        self._clusters = [
            making.cluster(api, f'neighbour-{number}', profile)
            for number in range(askers)
        ]
        making.await_members(api, self._clusters)
        # The names of the profile are looked up once; that is not waiting.
        self.during(lambda: None)

    def during(self, something: Callable[[], None]) -> dict[str, list[float]]:
        """Seconds to each step, of requests while `something` goes on."""
        over = threading.Event()
        began = time.time()
        with futures.ThreadPoolExecutor(len(self._clusters)) as pool:
            asked = [
                pool.submit(self._ask, cluster, over)
                for cluster in self._clusters
            ]
            try:
                something()
            finally:
                over.set()
            return self._waits(began, [each.result() for each in asked])

    def _ask(
        self, cluster: str, over: threading.Event
    ) -> list[tuple[float, float]]:
        """When one more was asked for, each after the last was there.

        With each comes when the API had answered.
        """
        moments: list[tuple[float, float]] = []
        with contextlib.closing(
            caller.Caller(self._service.url, 'neighbour')
        ) as api:
            while not moments or not over.is_set():
                asked = time.time()
                action = making.ask(api, cluster, 'scale_out', count=1)
                moments.append((asked, time.time()))
                making.await_action(api, action)
        return moments

    def _waits(
        self, began: float, asked: list[list[tuple[float, float]]]
    ) -> dict[str, list[float]]:
        """What the cloud says of the servers made since."""
        made: dict[str, list[dict[str, Any]]] = {}
        for each in self._service.cloud.servers():
            if each['created_at'] >= began:
                cluster = each['metadata'].get('autoscale_cluster_id', '')
                made.setdefault(cluster, []).append(each)
        waits: dict[str, list[float]] = {
            'answer': [],
            'create call': [],
            'ACTIVE': [],
        }
        for cluster, moments in zip(self._clusters, asked, strict=True):
            servers = made.get(cluster, [])
            servers.sort(key=lambda server: float(server['created_at']))
            for (moment, answered), server in zip(
                moments, servers, strict=True
            ):
                waits['answer'].append(answered - moment)
                waits['create call'].append(server['created_at'] - moment)
                waits['ACTIVE'].append(server['built_at'] - moment)
        return waits


# -- the tenant whose members drain


def _one_by_one(service: Any, told: list[dict[str, Any]]) -> None:
    """They answer at a pace, whatever it costs the service."""
    last = service.cloud.last()
    began = time.monotonic()
    with contextlib.closing(caller.Caller(service.url)) as api:
        for number, message in enumerate(told):
            time.sleep(max(0.0, began + number / PACE - time.monotonic()))
            api.post(
                f'/hooks/{message["hook_id"]}/complete',
                {'lifecycle_action_token': message['lifecycle_action_token']},
            )
    _await_deletes(service, last, len(told))


def _at_once(service: Any, told: list[dict[str, Any]]) -> None:
    last = service.cloud.last()
    load.run_once(
        [shrink.completion(service.url, each) for each in told],
        clients=memory.CLIENTS,
    )
    _await_deletes(service, last, len(told))


def _await_deletes(service: Any, last: int, count: int) -> None:
    caller.wait_until(
        lambda: len(shrink.deletes(service.cloud, last)) == count, look=0.5
    )
