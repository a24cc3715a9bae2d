"""What is asked of a cluster while engines die, and how it has to end.

A new scenario is a function and a line in SCENARIOS.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from tests.fakes import listener as listeners
from tests.functional.standalone.process import eventually
from tests.kills.story import Story

#: An application that is told by a queue and has time.
BY_QUEUE = {'type': 'zaqar', 'timeout': 60}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scenario:
    play: Callable[[Story], None]
    #: members before it begins; None: it begins with the cluster
    before: int | None
    #: members when it is over; None: the cluster is gone
    after: int | None
    #: servers that were ever wanted
    wanted: int
    #: at no time more servers than these, nor fewer
    most: int
    least: int
    #: the deletion policy; its hooks have no params yet
    policy: dict[str, Any] | None = None
    #: its members cannot be made, and say so
    fails: bool = False
    #: how members are told when it is not by a queue
    listens: bool = False
    #: the engine that dies has keepers that look at the cloud
    watches: bool = False

    @property
    def name(self) -> str:
        return self.play.__name__

    @property
    def tells(self) -> bool:
        """Whether nobody may leave without having been told."""
        return bool(self.policy and self.policy.get('hooks'))


def create(story: Story) -> None:
    story.make(3, min_size=3, max_size=3)
    story.await_ends()


def scale_out(story: Story) -> None:
    story.ask('scale_out', count=3)
    story.await_ends()


def scale_in(story: Story) -> None:
    story.ask('scale_in', count=2)
    story.await_ends()


def answered(story: Story) -> None:
    story.ask('scale_in', count=2)
    story.answer(2)
    story.await_ends()


def answered_by_post(story: Story) -> None:
    story.ask('scale_in', count=1)
    story.answer(1)
    story.await_ends()


def abandoned(story: Story) -> None:
    story.ask('scale_in', count=1)
    story.answer(1, 'abandon')
    story.await_ends()


def timed_out(story: Story) -> None:
    story.ask('scale_in', count=2)
    story.await_ends()


def timed_out_and_kept(story: Story) -> None:
    story.ask('scale_in', count=1)
    story.await_ends()


def resize(story: Story) -> None:
    story.ask('resize', adjustment_type='EXACT_CAPACITY', number=5)
    story.await_ends()
    story.ask('resize', adjustment_type='EXACT_CAPACITY', number=3)
    story.answer(2)
    story.await_ends()


def replace_a_named_one(story: Story) -> None:
    first = story.universe.nodes(story.cluster)[0]
    story.ask(
        'remove_nodes', nodes=[first['id']], reduce_desired_capacity=False
    )
    story.answer(1)
    story.await_ends()


def let_a_named_one_go(story: Story) -> None:
    """Its server is not deleted, and not the cluster's any more."""
    first = story.universe.nodes(story.cluster)[0]
    story.ask(
        'remove_nodes',
        nodes=[first['id']],
        reduce_desired_capacity=True,
        destroy=False,
    )
    story.answer(1)
    story.await_ends()


def delete(story: Story) -> None:
    story.delete()
    story.answer(2)
    story.await_ends()


def grow_while_draining(story: Story) -> None:
    story.ask('scale_in', count=1)
    story.await_messages(1)
    growth = story.ask('scale_out', count=2)
    story.universe.end_of(growth)
    story.answer(1)
    story.await_ends()


def take_back(story: Story) -> None:
    """Growth takes the one back that drains, before it makes others."""
    story.ask('scale_in', count=1)
    story.await_messages(1)
    story.ask('scale_out', count=2)
    story.await_ends()


def profile_that_cannot_work(story: Story) -> None:
    profile = story.universe.profile(flavor='no-such-flavor')
    story.make(2, profile_id=profile)
    story.await_ends()


def full_cloud(story: Story) -> None:
    """Half of what is asked for finds room, the rest later."""
    used = len(story.cloud.control('GET', '/servers')['servers'])
    story.cloud.set(instances=used + 1)
    try:
        story.ask('scale_out', count=2)
        story.universe.await_status(story.cluster, 'EXHAUSTED')
    finally:
        story.cloud.set(instances=-1)
    story.await_ends()


def slow_cloud(story: Story) -> None:
    """A call takes longer than a lease, which is renewed meanwhile."""
    slow = story.cloud.fault(
        'compute', 'create_servers', 'hang', seconds=1.2, times=1
    )
    try:
        story.ask('scale_out', count=1)
        story.await_ends()
    finally:
        story.cloud.remove_fault(slow)


def vanished(story: Story) -> None:
    """A server goes behind our back, and another takes its place."""
    gone = next(iter(story.cloud.servers(story.cluster)))
    story.cloud.vanish(gone)

    def is_replaced() -> bool:
        nodes = story.universe.nodes(story.cluster, 'ACTIVE')
        servers = {each['server_id'] for each in nodes}
        return len(servers) == 2 and gone not in servers

    eventually(is_replaced, 'the replacement')


def swept(story: Story) -> None:
    """A server that looks like the cluster's is nobody's."""
    story.break_in()
    eventually(
        lambda: len(story.cloud.servers(story.cluster)) == 1, 'the sweep'
    )


def hooks(**how: Any) -> dict[str, Any]:
    return {'hooks': {**BY_QUEUE, **how}}


SCENARIOS = (
    Scenario(play=create, before=None, after=3, wanted=3, most=3, least=0),
    Scenario(play=scale_out, before=1, after=4, wanted=4, most=4, least=1),
    Scenario(play=scale_in, before=3, after=1, wanted=3, most=3, least=1),
    Scenario(
        play=answered,
        before=3,
        after=1,
        wanted=3,
        most=3,
        least=1,
        policy=hooks(),
    ),
    Scenario(
        play=answered_by_post,
        before=2,
        after=1,
        wanted=2,
        most=2,
        least=1,
        policy=hooks(type='webhook'),
        listens=True,
    ),
    Scenario(
        play=abandoned,
        before=2,
        after=2,
        wanted=2,
        most=2,
        least=1,
        policy=hooks(),
    ),
    Scenario(
        play=timed_out,
        before=3,
        after=1,
        wanted=3,
        most=3,
        least=1,
        policy=hooks(timeout=1),
    ),
    Scenario(
        play=timed_out_and_kept,
        before=2,
        after=2,
        wanted=2,
        most=2,
        least=1,
        policy=hooks(timeout=1, on_timeout='abandon'),
    ),
    Scenario(
        play=resize,
        before=3,
        after=3,
        wanted=5,
        most=5,
        least=3,
        policy=hooks(),
    ),
    Scenario(
        play=replace_a_named_one,
        before=2,
        after=2,
        wanted=3,
        most=3,
        least=1,
        policy=hooks(),
    ),
    Scenario(
        play=let_a_named_one_go,
        before=2,
        after=1,
        wanted=2,
        most=2,
        least=1,
        policy=hooks(),
    ),
    Scenario(
        play=delete,
        before=2,
        after=None,
        wanted=2,
        most=2,
        least=0,
        policy=hooks(),
    ),
    Scenario(
        play=grow_while_draining,
        before=2,
        after=3,
        wanted=4,
        most=4,
        least=1,
        policy=hooks(),
    ),
    Scenario(
        play=take_back,
        before=2,
        after=3,
        wanted=3,
        most=3,
        least=1,
        policy={'rescind': True, **hooks()},
    ),
    Scenario(
        play=profile_that_cannot_work,
        before=None,
        after=0,
        fails=True,
        wanted=0,
        most=0,
        least=0,
    ),
    Scenario(play=full_cloud, before=1, after=3, wanted=3, most=3, least=1),
    Scenario(play=slow_cloud, before=1, after=2, wanted=2, most=2, least=1),
    Scenario(
        play=vanished,
        before=2,
        after=2,
        wanted=3,
        most=3,
        least=1,
        watches=True,
    ),
    Scenario(
        play=swept,
        before=1,
        after=1,
        wanted=1,
        most=2,
        least=1,
        watches=True,
    ),
)


def params(story: Story, listener: listeners.Listener | None) -> Any:
    """Where the messages of this story go."""
    if listener is None:
        return {'queue': story.queue}
    return {'url': listener.url()}
