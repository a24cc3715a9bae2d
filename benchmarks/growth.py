"""From nothing to many servers, beside Nova's own multi-create of as many.

Both sides are timed by the cloud: from the moment before the request to the
moment at which the last server became ACTIVE. Ours is also timed until it
says so itself, when the action has ended.
"""

import statistics
import time
from collections.abc import Iterator
from typing import Any

from benchmarks import caller
from benchmarks import house
from benchmarks import making
from benchmarks import table

_IMAGE = 'cirros'
_FLAVOR = '1'

#: How clouds build: a small real one, and one that takes no time at all.
PACES: dict[str, dict[str, Any]] = {
    '30 builds a second': {
        'builds_per_second': 30,
        'build_seconds': [0.4, 1.2],
    },
    'instant builds': {'builds_per_second': 0, 'build_seconds': 0},
}


def measure(quick: bool) -> Iterator[table.Row]:
    counts = (10,) if quick else (100, 1000)
    with house.Standalone({'delete_seconds': 0}) as service:
        api = service.caller()
        profile = making.profile(api)
        for pace, settings in PACES.items():
            service.cloud.change(**settings)
            for count in counts:
                times = 1 if quick or count > 100 else 3
                yield from _rows(service, profile, pace, count, times)


def _rows(
    service: house.Standalone,
    profile: str,
    pace: str,
    count: int,
    times: int,
) -> Iterator[table.Row]:
    api, cloud = service.caller(), service.cloud
    bare, ours = [], []
    for number in range(times):
        bare.append(_bare(cloud, count))
        ours.append(_ours(service, api, profile, f'{count}-{number}', count))
    name = f'0 -> {count:,}, {pace}'
    base = statistics.median(each['active'] for each in bare)

    def row(what: str, key: str, unit: str, target: str = '') -> table.Row:
        return table.row(
            f'{name}: {what}', [each[key] for each in ours], unit, target
        )

    yield table.row(f'{name}: bare multi-create', [base], 's')
    yield row('ours, all ACTIVE', 'active', 's')
    yield row('ours, action ended', 'ended', 's')
    for key, what in (('active', 'all ACTIVE'), ('ended', 'action ended')):
        yield table.row(
            f'{name}: {what}, ours / bare',
            [each[key] / base for each in ours],
            'ratio',
            '<= 1.15' if base >= 1 else '',
        )
    yield row('create calls', 'creates', 'calls', f'<= {2 + count / 100:.0f}')
    yield row('lists', 'lists', 'calls')
    yield row(
        'lists a second', 'list_rate', 'calls/s', '<= 1' if base >= 1 else ''
    )
    yield row('CPU of the service', 'cpu', 's')


def _bare(cloud: house.Cloud, count: int) -> dict[str, float]:
    """One create call by novaclient, and its servers deleted again."""
    nova = cloud.nova()
    image = nova.glance.find_image(_IMAGE)
    began = time.time()
    nova.servers.create(
        'bare', image, _FLAVOR, min_count=count, max_count=count, nics='auto'
    )
    answered = time.time()
    servers = _await_servers(cloud, count)
    for each in servers:
        nova.servers.delete(each['id'])
    _await_servers(cloud, 0)
    # A server of an instant cloud is ready before the call is answered.
    built = max(each['built_at'] for each in servers)
    return {'active': max(built, answered) - began}


def _ours(
    service: house.Standalone,
    api: caller.Caller,
    profile: str,
    name: str,
    count: int,
) -> dict[str, float]:
    """The same by a scale-out; the cluster is deleted again."""
    cloud = service.cloud
    cluster = making.cluster(api, name, profile)
    making.await_members(api, [cluster])
    last, cpu = cloud.last(), service.cpu_seconds()
    began = time.time()
    action = making.ask(api, cluster, 'scale_out', count=count)
    ended = making.moment(making.await_action(api, action)['ended_at'])
    lists = cloud.requests(
        last, 'compute', 'list_servers', 'list_servers_detail'
    )
    creates = cloud.requests(last, 'compute', 'create_servers')
    servers = cloud.servers()
    if len(servers) != count:
        raise RuntimeError(f'{len(servers)} servers instead of {count}')
    figures = {
        'active': max(each['built_at'] for each in servers) - began,
        'ended': ended - began,
        'creates': len(creates),
        'lists': len(lists),
        'list_rate': len(lists) / (ended - began),
        'cpu': service.cpu_seconds() - cpu,
    }
    api.call('DELETE', f'/clusters/{cluster}')
    _await_servers(cloud, 0)
    return figures


def _await_servers(cloud: house.Cloud, count: int) -> list[dict[str, Any]]:
    """The servers, once there are so many and none is on its way."""
    found: list[dict[str, Any]] = []

    def are_there() -> bool:
        found[:] = cloud.servers()
        return len(found) == count and all(
            each['status'] == 'ACTIVE' for each in found
        )

    caller.wait_until(are_there, look=0.5)
    return found
