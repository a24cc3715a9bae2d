"""The standalone service beside two engines, an API, MariaDB and RabbitMQ.

The same is measured of both: alarms while engines decide on them, answers to
lifecycle hooks until their servers are deleted, what is done when there is
nothing to do, and memory. All share one machine.
"""

import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa

from benchmarks import caller
from benchmarks import house
from benchmarks import idle
from benchmarks import load
from benchmarks import memory
from benchmarks import process
from benchmarks import several
from benchmarks import table
from benchmarks import trigger

#: No webhook is held back: how fast they can be is the question.
_CONFIG: house.Config = {('api', 'trigger_rate'): 0}

#: The cloud takes no time to build.
_CLOUD = {'build_seconds': 0, 'delete_seconds': 0.3}

#: Makes a service that is used as a context manager.
_Make = Callable[[], AbstractContextManager[Any]]


def measure(quick: bool) -> Iterator[table.Row]:
    yield from _every(
        'standalone', lambda: house.Standalone(_CLOUD, _CONFIG), quick
    )
    with several.servers() as servers:
        if servers is None:
            return
        yield from _every(
            'deployment',
            lambda: several.Deployment(servers, _CLOUD, _CONFIG),
            quick,
        )
        with several.Deployment(
            servers, _CLOUD, _CONFIG, engines=0
        ) as service:
            for each in _answered(service, quick):
                yield table.named('deployment, no engine', each)


def _every(name: str, make: _Make, quick: bool) -> Iterator[table.Row]:
    """All that is measured of one kind of service."""
    for measured in (_decided, _hooks):
        with make() as service:
            for each in measured(service, quick):
                yield table.named(name, each)
    for count in (0, 10) if quick else (0, 100, 10_000):
        with make() as service:
            for each in _idle(service, count, quick):
                yield table.named(f'{name}: idle, {count:,} clusters', each)


# -- alarms


def _decided(service: Any, quick: bool) -> Iterator[table.Row]:
    """Alarms, until engines have decided on each."""
    began = time.time()
    yield from _answered(service, quick)
    with several.looking_into(service.database) as conn:

        def count(where: str) -> int:
            asked = sa.text(f'SELECT COUNT(*) FROM actions WHERE {where}')
            return int(conn.execute(asked).scalar_one())

        caller.wait_until(lambda: count('ended_at IS NULL') == 0)
        rate = count("kind = 'scale_out'") / (time.time() - began)
    yield table.row('triggers answered and decided', [rate], '1/s')


def _answered(service: Any, quick: bool) -> Iterator[table.Row]:
    """Alarms that ask for more of clusters that have all they may have."""
    seconds, clients = (0.2, 2) if quick else (8.0, trigger.CLIENTS)
    call = service.caller()
    urls = trigger.make_webhooks(call, trigger.make_clusters(call, most=0))
    requests = [load.request(url, body=trigger.ALARM) for url in urls]
    load.run(requests, clients=clients, seconds=seconds / 4)  # to get warm
    api = getattr(service, 'api', service)
    cpu = api.cpu_seconds()
    result = load.run(requests, clients=clients, seconds=seconds)
    cpu = api.cpu_seconds() - cpu
    if set(result.statuses) != {'202'}:
        raise RuntimeError(f'the API answered {result.statuses}')
    a_core = len(result.seconds) / max(cpu, 0.01)
    latencies = [1000 * each for each in result.seconds]
    yield table.row('triggers', [result.rate], '1/s')
    yield table.row('triggers a core of the API', [a_core], '1/CPU s')
    yield table.row('trigger: latency', latencies, 'ms', 'p99 <= 15')


# -- answers


def _hooks(service: Any, quick: bool) -> Iterator[table.Row]:
    groups, size, answers = (2, 20, 20) if quick else (10, 1000, 2000)
    yield from _memory('memory, idle', service)
    memory.drain(service, groups, size)
    waiting = f'{groups * size:,} hooks waiting'
    yield from _memory(f'memory, {waiting}', service, '< 150')
    yield from memory.completions(service, answers)


def _memory(name: str, service: Any, target: str = '') -> Iterator[table.Row]:
    """Of each process; of an engine, also of the master that started it."""
    time.sleep(1.0)
    for member, (*masters, own) in service.members().items():
        memory_of = process.resident_mib(own)
        yield table.row(f'{name}: {member}', [memory_of], 'MiB', target)
        for each in masters:
            memory_of = process.resident_mib(each)
            yield table.row(f'{name}: master of {member}', [memory_of], 'MiB')


# -- nothing to do


def _idle(service: Any, count: int, quick: bool) -> Iterator[table.Row]:
    seconds, settling = (2.0, 0.5) if quick else (30.0, idle.SETTLING)
    if count:
        idle.fill(service, count)
    time.sleep(settling)
    began, cpu = time.monotonic(), service.cpu_seconds()
    before = _counted(service)
    time.sleep(seconds)
    after, took = _counted(service), time.monotonic() - began
    for name in before:
        rate = (after[name] - before[name]) / took
        target = '' if 'MariaDB' in name else '<= 0.5'
        yield table.row(f'queries, {name}', [rate], '1/s', target)
    used = 100 * (service.cpu_seconds() - cpu) / took
    yield table.row('CPU of all', [used], '%')


def _counted(service: Any) -> dict[str, int]:
    """Statements so far, by whom or by what counted them."""
    if not isinstance(service, several.Deployment):
        return {'the service': service.statements()}
    counted = {'the API': service.api.statements()}
    for number, each in enumerate(service.engines, 1):
        counted[f'engine {number}'] = each.statements()
    return {**counted, **service.served()}
