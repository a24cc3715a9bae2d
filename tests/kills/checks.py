"""What must be so after a run, whoever died in it."""

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.functional.standalone.process import eventually
from tests.kills.scenarios import Scenario
from tests.kills.story import Story

_OPEN = ('QUEUED', 'RUNNING', 'WAITING')

#: Seconds that an action has to end, when all that was asked has ended.
_TO_END = 15.0

#: Seconds by which two clocks that are read one after the other may differ.
_CLOCKS = 0.005


def outcome(story: Story) -> list[tuple[str, str]]:
    """How what was asked has ended: the same, whether engines died or not."""
    found = [story.universe.action(each) for each in story.asked]
    return [(each['kind'], each['status']) for each in found]


def violations(scenario: Scenario, story: Story) -> Iterator[str]:
    """A sentence for each thing that is not as it must be."""
    yield from _without_an_end(story)
    yield from _books(scenario, story)
    yield from _made(scenario, story)
    yield from _sizes(scenario, story)
    yield from _messages(scenario, story)
    if scenario.tells:
        yield from _deletions(story)


def _without_an_end(story: Story) -> Iterator[str]:
    """What nobody asked for, as a check that a watch began, may be new."""
    with contextlib.suppress(AssertionError):
        eventually(lambda: not _open_actions(story), 'it', _TO_END)
    for each in _open_actions(story):
        yield f'{each["kind"]} {each["id"]} is {each["status"]}'


def _open_actions(story: Story) -> list[dict[str, Any]]:
    listed = story.universe.get(f'/v1/actions?cluster_id={story.cluster}')
    return [each for each in listed['actions'] if each['status'] in _OPEN]


def _books(scenario: Scenario, story: Story) -> Iterator[str]:
    """A server has a node and a node has a server."""
    servers = set(story.cloud.servers(story.cluster))
    where = f'/v1/clusters/{story.cluster}'
    if scenario.after is None:
        if story.universe.call('GET', where).status_code != 404:
            yield 'the cluster is still there'
        if servers:
            yield f'servers without a node: {servers}'
        return
    if scenario.fails:
        nodes = story.universe.nodes(story.cluster)
        if {each['status'] for each in nodes} != {'ERROR'}:
            yield f'there are nodes that did not fail: {nodes}'
        if servers:
            yield f'servers without a node: {servers}'
        return
    try:
        story.universe.check_books(story.cluster, scenario.after)
    except AssertionError as error:
        yield str(error)
    desired = story.universe.shown(story.cluster)['desired_capacity']
    if desired != scenario.after:
        yield f'the desired capacity is {desired}, not {scenario.after}'


def _made(scenario: Scenario, story: Story) -> Iterator[str]:
    """No server was made twice, or not at all."""
    wanted = scenario.wanted + story.strangers
    made = story.await_servers_made(wanted) - story.strangers
    if made != scenario.wanted:
        yield f'{made} servers were made for {scenario.wanted} wanted'


def _sizes(scenario: Scenario, story: Story) -> Iterator[str]:
    """At no time too many servers, nor too few."""
    changes = [(time, 1) for time in story.servers_made().values()]
    own = story.servers_made().keys()
    changes += [
        (time, -1)
        for server, time in story.deletions().items()
        if server in own
    ]
    size = 0
    has_begun = False
    for _, change in sorted(changes):
        size += change
        has_begun = has_begun or size >= (scenario.before or 0)
        if size > scenario.most:
            yield f'there were {size} servers, with {scenario.most} at most'
        if has_begun and size < scenario.least:
            yield f'there were {size} servers, with {scenario.least} at least'


def _messages(scenario: Scenario, story: Story) -> Iterator[str]:
    """Whoever drained was told, with one and the same token each time."""
    tokens: dict[str, set[str]] = {}
    told = set()
    for each in story.messages():
        told.add(each['hook_id'])
        tokens.setdefault(each['hook_id'], set()).add(
            each['lifecycle_action_token']
        )
    for hook, found in tokens.items():
        if len(found) != 1:
            yield f'hook {hook} was told with {len(found)} tokens'
    if not scenario.tells:
        return
    for each in _hooks(story):
        if each['id'] not in told:
            yield f'hook {each["id"]} is {each["status"]} and was never told'


def _hooks(story: Story) -> list[dict[str, Any]]:
    found = story.universe.get(f'/v1/hooks?cluster_id={story.cluster}')
    return list(found['hooks'])


def _deletions(story: Story) -> Iterator[str]:
    """Nobody is deleted before the answer, or the deadline."""
    deadlines = story.deadlines()
    made = story.servers_made()
    for server, time in story.deletions().items():
        if server not in made:
            continue
        answer = story.answers.get(server)
        if answer is not None and answer.result != 'continue':
            yield f'server {server} is deleted, and was to stay'
        elif answer is not None:
            if time < answer.time - _CLOCKS:
                yield f'server {server} is deleted before it has answered'
        elif server not in deadlines:
            yield f'server {server} is deleted and was never told'
        elif time < deadlines[server] - _CLOCKS:
            yield f'server {server} is deleted before its deadline'
