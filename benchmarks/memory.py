"""What ten thousand waiting hooks cost, and how soon answers are acted on.

The hooks are real: clusters of a thousand are scaled in, and their members
are told and do not answer. Then some of them do, all at once.
"""

import time
from collections.abc import Iterator
from typing import Any

from benchmarks import caller
from benchmarks import house
from benchmarks import load
from benchmarks import making
from benchmarks import process
from benchmarks import shrink
from benchmarks import table

CLIENTS = 8


def measure(quick: bool) -> Iterator[table.Row]:
    groups, size, answers = (2, 20, 20) if quick else (10, 1000, 2000)
    settings = {'build_seconds': 0, 'delete_seconds': 0.3}
    with house.Standalone(settings) as service:
        yield from _memory_rows(service, 'idle')
        drain(service, groups, size)
        name = f'{groups * size:,} hooks waiting'
        yield from _memory_rows(service, name, '< 150')
        seconds = 1.0 if quick else 15.0
        cpu, _ = house.spent(service, seconds)
        yield table.row(f'{name}: CPU', [100 * cpu / seconds], '%')
        yield from completions(service, answers)
        yield from _memory_rows(service, f'{answers:,} of them answered')


def _memory_rows(
    service: Any, name: str, target: str = ''
) -> Iterator[table.Row]:
    time.sleep(1.0)
    memory = process.resident_mib(service.pid)
    yield table.row(f'{name}: memory', [memory], 'MiB', target)
    threads = float(process.threads(service.pid))
    yield table.row(f'{name}: threads', [threads], 'threads')


def drain(service: Any, groups: int, size: int, project: str = '') -> None:
    """Have `groups` clusters of `size` members told that they shall go."""
    api = service.caller(project)
    profile, policy = making.profile(api), making.hook_policy(api)
    clusters = [
        making.cluster(
            api, f'cluster-{number}', profile, desired=size, policies=[policy]
        )
        for number in range(groups)
    ]
    making.await_members(api, clusters)
    for each in clusters:
        making.ask(api, each, 'scale_in', count=size)
    caller.wait_until(
        lambda: shrink.queued(service.cloud) == groups * size, look=1.0
    )


def completions(service: Any, answers: int) -> Iterator[table.Row]:
    """So many of the members that wait answer, as fast as they can."""
    cloud = service.cloud
    messages = shrink.take_messages(cloud, answers)
    last, cpu = cloud.last(), service.cpu_seconds()
    result = load.run_once(
        [shrink.completion(service.url, each) for each in messages],
        clients=CLIENTS,
    )
    caller.wait_until(lambda: len(shrink.deletes(cloud, last)) == answers)
    cpu = service.cpu_seconds() - cpu
    ended = max(shrink.deletes(cloud, last).values())
    yield table.row('completions answered', [result.rate], '1/s')
    yield table.row(
        'completion: latency', [1000 * each for each in result.seconds], 'ms'
    )
    yield table.row(
        'completions, token posted -> DELETE received',
        [answers / (ended - result.began_at)],
        '1/s',
        '>= 500',
    )
    yield table.row('completions, the same a core', [answers / cpu], '1/CPU s')
