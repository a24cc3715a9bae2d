"""A cluster of many loses all its members, each told by a lifecycle hook.

First the messages: how long until the last is on the queue. Then the
answers, which come one by one from half of the members and all at once from
the other half, and how soon each server is deleted. Beside it as many servers
are deleted by eight threads of novaclient.
"""

import time
from collections.abc import Iterator
from concurrent import futures
from typing import Any

from benchmarks import caller
from benchmarks import house
from benchmarks import load
from benchmarks import making
from benchmarks import table

CLIENTS = 8

#: Seconds between two answers that come one by one.
PAUSE = 0.1


def measure(quick: bool) -> Iterator[table.Row]:
    count = 10 if quick else 100
    settings = {'build_seconds': 0, 'delete_seconds': 0.3}
    with house.Standalone(settings) as service:
        api = service.caller()
        profile, policy = making.profile(api), making.hook_policy(api)
        clusters = [
            making.cluster(
                api, name, profile, desired=count, policies=[policy]
            )
            for name in ('one-by-one', 'at-once')
        ]
        making.await_members(api, clusters)
        yield from _one_by_one(service, clusters[0], count)
        yield from _at_once(service, clusters[1], count)


def _one_by_one(
    service: house.Standalone, cluster: str, count: int
) -> Iterator[table.Row]:
    api = service.caller()
    told = _shrink(service, cluster, count)
    yield _messages_row(told, count)
    last = service.cloud.last()
    answered: dict[str, float] = {}
    for message in told['messages']:
        answered[message['resource_id']] = time.time()
        api.post(
            f'/hooks/{message["hook_id"]}/complete',
            {'lifecycle_action_token': message['lifecycle_action_token']},
        )
        time.sleep(PAUSE)
    making.await_action(api, told['action'])
    yield _delays_row('one by one', answered, deletes(service.cloud, last))


def _at_once(
    service: house.Standalone, cluster: str, count: int
) -> Iterator[table.Row]:
    api = service.caller()
    bare = _bare(service.cloud, count)
    told = _shrink(service, cluster, count)
    yield _messages_row(told, count)
    last = service.cloud.last()
    result = load.run_once(
        [completion(service.url, each) for each in told['messages']],
        clients=CLIENTS,
    )
    ended = making.await_action(api, told['action'])['ended_at']
    asked = deletes(service.cloud, last)
    # Whose answer came when is not told; the first is a bound for all.
    answered = dict.fromkeys(asked, result.began_at)
    yield _delays_row('all at once, from the first', answered, asked)
    ours = max(asked.values()) - result.began_at
    known = making.moment(ended) - result.began_at
    name = f'{count} answers at once'
    yield table.row(f'{name}: bare deletes by 8 threads', [bare], 's')
    yield table.row(f'{name}: last delete', [ours], 's')
    yield table.row(f'{name}: action ended', [known], 's')
    yield table.row(
        f'{name}: all gone, ours / bare',
        [(ours + _GONE_AFTER) / (bare + _GONE_AFTER)],
        'ratio',
        '<= 1.15',
    )


#: Seconds from a delete to the end of the server, in this cloud.
_GONE_AFTER = 0.3


def _shrink(
    service: house.Standalone, cluster: str, count: int
) -> dict[str, Any]:
    """Scale in by all, and read what the members were told."""
    api, cloud = service.caller(), service.cloud
    last = cloud.last()
    began = time.time()
    action = making.ask(api, cluster, 'scale_in', count=count)
    caller.wait_until(
        lambda: making.action(api, action)['status'] == 'WAITING', look=0.5
    )
    caller.wait_until(lambda: queued(cloud) >= count)
    posts = cloud.requests(last, 'messaging', 'post_messages')
    return {
        'action': action,
        'last': max(each['time'] + each['seconds'] for each in posts) - began,
        'messages': take_messages(cloud, count),
    }


def queued(cloud: house.Cloud) -> int:
    """Messages on the queue."""
    url = f'/v2/queues/{making.QUEUE}/stats'
    answer = _messaging(cloud, 'GET', url, raise_exc=False)
    if answer.status_code == 404:
        return 0
    return int(answer.json()['messages']['total'])


def take_messages(cloud: house.Cloud, most: int) -> list[dict[str, Any]]:
    """The bodies of so many messages, which leave the queue."""
    found: list[dict[str, Any]] = []
    while len(found) < most:
        limit = min(20, most - len(found))
        url = f'/v2/queues/{making.QUEUE}/messages?pop={limit}'
        popped = _messaging(cloud, 'DELETE', url).json()['messages']
        found += [each['body'] for each in popped]
    return found


def _messaging(cloud: house.Cloud, method: str, url: str, **kw: Any) -> Any:
    return cloud.session().request(
        url,
        method,
        endpoint_filter={'service_type': 'messaging', 'version': None},
        headers={'Client-ID': '3381af92-2b9e-11e3-b191-71861300734c'},
        **kw,
    )


def completion(url: str, message: dict[str, Any]) -> dict[str, Any]:
    """The answer to a message, as clients send it."""
    return load.request(
        f'{url}/hooks/{message["hook_id"]}/complete',
        body={'lifecycle_action_token': message['lifecycle_action_token']},
    )


def _messages_row(told: dict[str, Any], count: int) -> table.Row:
    return table.row(
        f'scale-in of {count}: last message on the queue',
        [told['last']],
        's',
        '<= 0.5',
    )


def deletes(cloud: house.Cloud, last: int) -> dict[str, float]:
    """Server to the time at which the cloud was first asked to delete it."""
    found: dict[str, float] = {}
    for each in cloud.requests(last, 'compute', 'delete_server'):
        found.setdefault(each['ids'][0], each['time'])
    return found


def _delays_row(
    what: str, answered: dict[str, float], deletes: dict[str, float]
) -> table.Row:
    delays = [1000 * (deletes[each] - answered[each]) for each in answered]
    target = 'p95 <= 100' if what == 'one by one' else ''
    return table.row(f'completion -> DELETE, {what}', delays, 'ms', target)


def _bare(cloud: house.Cloud, count: int) -> float:
    """Seconds from the first to the last of as many plain deletes."""
    nova = cloud.nova()
    before = {each['id'] for each in cloud.servers()}
    nova.servers.create(
        'bare',
        nova.glance.find_image('cirros'),
        '1',
        min_count=count,
        max_count=count,
        nics='auto',
    )
    ids = [e['id'] for e in cloud.servers() if e['id'] not in before]
    last = cloud.last()
    began = time.time()
    with futures.ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(nova.servers.delete, ids))
    return max(deletes(cloud, last).values()) - began
