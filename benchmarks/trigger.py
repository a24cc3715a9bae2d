"""How many alarms a second one API process takes, and how long each takes.

The clients are eight processes in closed loops, so the machine is full; what
one core of the server would do follows from the processor time it used.
"""

import contextlib
import pathlib
import tempfile
from collections.abc import Iterator
from typing import Any

from autoscale.db import migration
from benchmarks import caller
from benchmarks import house
from benchmarks import load
from benchmarks import making
from benchmarks import table

CLIENTS = 8
CLUSTERS = 16
WEBHOOKS_EACH = 4

#: What Aodh posts; each call tells of another transition.
ALARM = {
    'alarm_id': '8f1d7f39-8d4b-4c0f-9a5d-2a1a9f5f6c11',
    'alarm_name': 'cpu_high',
    'severity': 'low',
    'current': 'alarm',
    'previous': 'ok',
    'reason': f'Transition to alarm due to 1 sample: {load.NUMBER}',
    'reason_data': {
        'type': 'threshold',
        'disposition': 'outside',
        'count': 1,
        'most_recent': 93.5,
    },
}


def measure(quick: bool) -> Iterator[table.Row]:
    seconds, clients = (0.2, 2) if quick else (8.0, CLIENTS)
    with _api() as api:
        call = api.caller()
        clusters = make_clusters(call)
        urls = make_webhooks(call, clusters)
        many = [load.request(url, body=ALARM) for url in urls]
        plain = [load.request(url) for url in urls]
        shown = [
            load.request(f'{api.url}/clusters/{each}', 'GET')
            for each in clusters
        ]
        load.run(many, clients=clients, seconds=seconds / 4)  # to get warm
        loads = (
            (f'trigger, {len(urls)} webhooks', many),
            ('trigger, 1 webhook', many[:1]),
            ('trigger, no body', plain),
            ('GET a cluster', shown),
        )
        for name, requests in loads:
            yield from _rows(api, name, requests, clients, seconds)


def make_clusters(call: caller.Caller, most: int = -1) -> list[str]:
    """Clusters without members, which have `most` at the most."""
    profile = making.profile(call)
    return [
        making.cluster(call, f'cluster-{number}', profile, most=most)
        for number in range(CLUSTERS)
    ]


def make_webhooks(call: caller.Caller, clusters: list[str]) -> list[str]:
    """The URLs of webhooks of these clusters, which ask for one more."""
    return [
        _webhook(call, cluster, number)
        for number in range(WEBHOOKS_EACH)
        for cluster in clusters
    ]


@contextlib.contextmanager
def _api() -> Iterator[house.Command]:
    """autoscale-api alone, with a SQLite file; no engine is about."""
    with tempfile.TemporaryDirectory(prefix='autoscale-') as directory:
        state = pathlib.Path(directory)
        database = f'sqlite:///{state}/autoscale.sqlite'
        migration.db_sync(database)
        config: house.Config = {
            ('DEFAULT', 'transport_url'): 'kombu+memory:////',
            ('database', 'connection'): database,
            ('api', 'auth_strategy'): 'noauth',
            ('api', 'port'): 0,
            ('api', 'trigger_rate'): 0,
        }
        with house.Command('api', config=config, state=state) as api:
            yield api


def _webhook(call: caller.Caller, cluster: str, number: int) -> str:
    body = {
        'name': f'more-{number}',
        'cluster_id': cluster,
        'action': 'scale_out',
    }
    said: dict[str, Any] = call.post('/webhooks', {'webhook': body})
    return str(said['webhook']['alarm_url'])


def _rows(
    api: house.Command,
    name: str,
    requests: list[dict[str, Any]],
    clients: int,
    seconds: float,
) -> Iterator[table.Row]:
    is_trigger = name.startswith('trigger')
    cpu, statements = api.cpu_seconds(), api.statements()
    result = load.run(requests, clients=clients, seconds=seconds)
    cpu = api.cpu_seconds() - cpu
    statements = api.statements() - statements
    if set(result.statuses) != {'202' if is_trigger else '200'}:
        raise RuntimeError(f'{name}: the API answered {result.statuses}')
    count = len(result.seconds)

    def row(
        what: str, samples: list[float], unit: str, target: str
    ) -> table.Row:
        return table.row(
            f'{name}: {what}', samples, unit, target if is_trigger else ''
        )

    latencies = [1000 * each for each in result.seconds]
    yield row('rate', [result.rate], 'requests/s', '')
    yield row(
        'rate a core', [count / max(cpu, 0.01)], 'requests/CPU s', '>= 1,000'
    )
    yield row('latency', latencies, 'ms', 'p99 <= 15')
    yield row('SQL', [statements / count], 'statements', '<= 6')
