"""An engine that dies anywhere in a pass costs time and nothing else.

Each scenario is run once to count its writes and outside calls. Then it is
run again for each of them, and dies there: before it, and after it, when the
work is done and nobody was told. Another engine takes over when the lease
has run out. The points are counted, not listed: a new step is covered
without anyone naming it.
"""

import os
import threading

import pytest

from autoscale.model import action as actions
from autoscale.model import hook as hooks
from autoscale.model import node as nodes
from tests.functional.engine import house as houses

#: Die at every point, or only at each so-many-th of them.
EVERY = int(os.environ.get('AUTOSCALE_CRASH_EVERY', '5'))

HOOK = {'hooks': {'type': 'zaqar', 'params': {'queue': 'q'}, 'timeout': 600}}


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


class Reaper:
    """Kills at one of the points that it counts."""

    def __init__(self):
        self.points = 0
        self.at = None
        self.after_work = False
        self.dead = False
        self._guard = threading.Lock()

    def around(self, call, *args, **kw):
        with self._guard:
            if self.dead:
                raise Killed
            self.points += 1
            is_here = self.points == self.at
            self.dead = is_here
        if is_here and not self.after_work:
            raise Killed
        answer = call(*args, **kw)
        if is_here or self.dead:
            raise Killed
        return answer


class BeforeThePost(Reaper):
    """Kills when the first message is about to leave."""

    def around(self, call, *args, **kw):
        self.dead = self.dead or call.__name__ == 'post'
        if self.dead:
            raise Killed
        return call(*args, **kw)


class Watched:
    """Anything whose public methods are points at which one can die."""

    def __init__(self, reaper, thing, names):
        self._reaper = reaper
        self._thing = thing
        self._names = names

    def __getattr__(self, name):
        found = getattr(self._thing, name)
        if name in self._names:
            return lambda *args, **kw: self._reaper.around(found, *args, **kw)
        return found


class MortalDoors:
    def __init__(self, reaper, doors):
        self._doors = doors
        self._nova = Watched(
            reaper,
            doors.the_nova,
            ('create_servers', 'list_servers', 'delete_server'),
        )
        self.zaqar = Watched(reaper, doors.the_zaqar, ('post',))

    def nova(self, cluster):
        return self._nova

    def transport(self, type_, cluster):
        from autoscale import plugins

        return plugins.get(plugins.HOOKS, type_)(self._doors._conf, self)

    def __getattr__(self, name):
        return getattr(self._doors, name)


def mortal(house, reaper):
    """An engine that dies when the reaper says so."""
    from autoscale.engine import gather
    from autoscale.engine import one_pass
    from autoscale.engine import perform

    doors = MortalDoors(reaper, house.doors)
    db = Watched(reaper, house.db, ('write',))
    return one_pass.Passes(
        db,
        gather.Gatherer(db, doors, house.settings),
        perform.Performer(doors, 4),
        engine_id='mortal',
        lease_seconds=10.0,
    )


# Each scenario: what is there before, and what happens while engines die.


def scale_out(house, cluster):
    house.ask(cluster, 'scale_out', count=3)
    house.settle(cluster)


def scale_in(house, cluster):
    house.ask(cluster, 'scale_in', count=2)
    house.settle(cluster)


def answered(house, cluster):
    house.ask(cluster, 'scale_in', count=2)
    house.settle(cluster)
    for body in unanswered(house):
        house.answer(body)
    house.settle(cluster)


def abandoned(house, cluster):
    house.ask(cluster, 'scale_in', count=1)
    house.settle(cluster)
    for body in unanswered(house):
        house.answer(body, 'abandon')
    house.settle(cluster)


def timed_out(house, cluster):
    house.ask(cluster, 'scale_in', count=2)
    house.settle(cluster)
    house.clock.move(700)
    house.settle(cluster)


def overlap(house, cluster):
    house.ask(cluster, 'scale_in', count=1)
    house.settle(cluster)
    house.ask(cluster, 'scale_out', count=2)
    house.settle(cluster)
    house.clock.move(700)
    house.settle(cluster)


def resize(house, cluster):
    house.ask(cluster, 'resize', number=5)
    house.settle(cluster)
    house.ask(cluster, 'resize', number=1)
    house.settle(cluster)
    house.clock.move(700)
    house.settle(cluster)


def named(house, cluster):
    house.ask(cluster, 'remove_nodes', nodes=['web-2'], force=True)
    house.settle(cluster)


def delete(house, cluster):
    house.ask(cluster, 'delete')
    house.settle(cluster)
    house.clock.move(700)
    house.settle(cluster)


def full_cloud(house, cluster):
    house.nova.quota = 4
    house.ask(cluster, 'scale_out', count=3)
    house.settle(cluster, patience=20)
    house.nova.quota = None
    house.clock.move(700)
    house.settle(cluster)


SCENARIOS = [
    (scale_out, None),
    (scale_in, None),
    (answered, HOOK),
    (abandoned, HOOK),
    (timed_out, HOOK),
    (overlap, {**HOOK, 'rescind': True}),
    (resize, HOOK),
    (named, HOOK),
    (delete, HOOK),
    (full_cloud, None),
]


def told_ever(house):
    """Every message that was posted, also those that outlived their life."""
    return [each.body for each in house.zaqar.queues['q']]


def unanswered(house):
    """A message for each hook that awaits an answer; repeats are dropped."""
    found = {each['hook_id']: each for each in told_ever(house)}
    open_hooks = {
        each.id
        for each in house.hooks(house.the_cluster)
        if each.status in hooks.OPEN
    }
    return [each for key, each in found.items() if key in open_hooks]


class Town(houses.House):
    """A house in which the first engine may die, and others follow."""

    reaper = None
    the_cluster = ''

    def run(self, cluster_id):
        while True:
            try:
                return super().run(cluster_id)
            except Killed:
                self.clock.move(11)  # the lease runs out
                self.passes = self.engine('heir')


def prepare(house, policy):
    cluster = house.add_cluster(3)
    if policy is not None:
        house.attach(cluster, 'deletion', policy)
    house.settle(cluster)
    house.the_cluster = cluster
    return cluster


def once(directory, scenario, policy, at=None, after_work=False):
    """Run a scenario and die at point `at`; answers the reaper."""
    reaper = Reaper()
    with houses.open_house(directory, make=Town) as house:
        cluster = prepare(house, policy)
        house.passes = mortal(house, reaper)
        reaper.at, reaper.after_work = at, after_work
        scenario(house, cluster)
        house.clock.move(60)
        house.settle(cluster)
        check(house, cluster)
        return reaper


def check(house, cluster):
    """What must be so, whatever happened."""
    rows = house.db.read(_all_actions, cluster)
    open_ones = [each for each in rows if each.status in actions.OPEN]
    members = house.nodes(cluster)
    assert open_ones == []
    alive = sorted(each.id for each in house.nova.alive())
    known = sorted(each.server_id for each in members if each.server_id)
    assert alive == known, 'a server without a node, or the reverse'
    assert all(each.status == nodes.ACTIVE for each in members)
    tokens = {}
    for body in told_ever(house):
        tokens.setdefault(body['hook_id'], set()).add(
            body['lifecycle_action_token']
        )
    assert all(len(each) == 1 for each in tokens.values())
    told = {each['resource_id'] for each in told_ever(house)}
    drained = {each.body['resource_id'] for each in house.hooks(cluster)}
    assert drained <= told, 'somebody was drained and never told'
    if members:
        assert len(members) == house.cluster(cluster).desired_capacity


def _all_actions(conn, cluster_id):
    from autoscale.db import action as action_rows

    return action_rows.page(
        conn,
        None,
        filters={'cluster_id': cluster_id},
        sort=[('sequence', 'asc')],
        limit=1000,
        marker=None,
    )


@pytest.mark.parametrize(
    ('scenario', 'policy'),
    SCENARIOS,
    ids=lambda each: getattr(each, '__name__', ''),
)
def test_an_engine_may_die_at_any_point(tmp_path, scenario, policy):
    (tmp_path / 'count').mkdir()
    points = once(tmp_path / 'count', scenario, policy).points
    assert points > 4
    ends = [
        (at, after_work)
        for at in range(1, points + 1)
        for after_work in (False, True)
    ]
    deaths = 0
    for at, after_work in ends[::EVERY]:
        place = tmp_path / f'{at}-{after_work}'
        place.mkdir()
        deaths += once(place, scenario, policy, at, after_work).dead
    # A run may be a point or two shorter than the one that was counted.
    assert deaths >= 0.8 * len(ends[::EVERY])


def test_nobody_leaves_untold_after_a_deadline_without_an_engine(tmp_path):
    """The lease of the one that was killed is longer than the timeout."""
    with houses.open_house(tmp_path, make=Town) as house:
        cluster = prepare(house, {'hooks': {**HOOK['hooks'], 'timeout': 5}})
        house.passes = mortal(house, BeforeThePost())
        house.ask(cluster, 'scale_in', count=1)
        house.run(cluster)
        (body,) = told_ever(house)
        (hook,) = house.hooks(cluster)
        assert hook.status == hooks.SENT
        assert hook.deadline > house.clock()
        assert body['resource_id'] in {each.id for each in house.nova.alive()}
        house.clock.move(6)
        house.settle(cluster)
        assert [each.status for each in house.hooks(cluster)] == [
            hooks.TIMED_OUT
        ]
        check(house, cluster)
