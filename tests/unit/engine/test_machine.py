"""Whatever is asked, answered, broken or killed, in whatever order.

A cluster lives through random requests, answers, silences, failures of the
cloud and deaths of engines. After each step what must never be is looked
for; at the end the weather clears, and everything has to come to its end.
"""

import dataclasses
import datetime
import itertools
import os
import random

import hypothesis
from hypothesis import stateful
from hypothesis import strategies

from autoscale import exceptions
from autoscale import plugins
from autoscale.engine import gather
from autoscale.engine import one_pass
from autoscale.engine import perform
from autoscale.engine.planning import draft as drafts
from autoscale.model import action as actions
from autoscale.model import binding as bindings
from autoscale.model import cluster as clusters
from autoscale.model import facts
from autoscale.model import hook as hooks
from autoscale.model import node as nodes
from autoscale.model import profile as profiles
from tests.fakes.clock import Clock
from tests.fakes.database import FakeDatabase
from tests.fakes.nova import FakeNova
from tests.fakes.zaqar import FakeZaqar

TIMEOUT = 300
MAX = 8
ASKED_OF_NOVA = (
    'create_servers',
    'list_servers',
    'is_being_placed',
    'delete_server',
)


class Killed(BaseException):
    """The engine is gone."""


class Doors:
    """Fakes behind the doors, which may kill who goes through."""

    def __init__(self, clock):
        self.the_nova = FakeNova(clock)
        self.zaqar = FakeZaqar(clock)

    def why_locked(self, owner, standing):
        return None

    def nova(self, cluster):
        return self.the_nova

    def transport(self, type_, cluster):
        return plugins.get(plugins.HOOKS, type_)(None, self)

    def launch_request(self, profile, nova):
        return {'flavor': '1', 'image': 'image-1', 'networks': 'auto'}

    def forget_request(self, profile):
        pass


def unwell(happened=False):
    return exceptions.CloudIsUnwell(
        service='a cloud', operation='x', reason='503', happened=happened
    )


class Life(stateful.RuleBasedStateMachine):
    @stateful.initialize(
        size=strategies.integers(0, 4), rescind=strategies.booleans()
    )
    def begin(self, size, rescind):
        self.clock = Clock()
        self.doors = Doors(self.clock)
        self.nova = self.doors.the_nova
        self.checked_calls = 0
        now = self.clock()
        common = {
            'project_id': 'p',
            'user_id': 'u',
            'metadata': {},
            'created_at': now,
            'updated_at': None,
        }
        profile = profiles.Profile(
            id='profile', name='p', type='server', spec={}, **common
        )
        cluster = clusters.Cluster(
            id='c',
            name='web',
            profile_id=profile.id,
            min_size=0,
            max_size=MAX,
            desired_capacity=size,
            status=clusters.CREATING,
            status_reason=None,
            next_index=1,
            is_deleting=False,
            is_forced=False,
            blocked_reason=None,
            exhausted_since=None,
            exhausted_reason=None,
            capacity_failures=0,
            retry_at=None,
            **common,
        )
        self.db = FakeDatabase(self.clock, cluster, profile)
        spec = {
            'rescind': rescind,
            'hooks': {
                'type': 'zaqar',
                'params': {'queue': 'q'},
                'timeout': TIMEOUT,
            },
        }
        plugin = plugins.get(plugins.POLICIES, 'deletion')
        self.db.bindings.append(
            bindings.Binding(
                cluster_id='c',
                policy_id='d',
                policy_name='d',
                policy_type='deletion',
                policy_spec=plugin.check(spec),
                enabled=True,
                observe_only=False,
                priority=1,
                cooldown_until=None,
                created_at=now,
                updated_at=None,
            )
        )
        self.performer = perform.Performer(self.doors, 1)
        self.ids = itertools.count(1)
        self.take_over()
        self.ask(actions.CREATE)

    def take_over(self):
        """Another engine; it remembers nothing."""
        self.passes = one_pass.Passes(
            self.db,
            gather.Gatherer(self.db, self.doors, facts.Settings()),
            self.performer,
            engine_id=self.new_id(),
            lease_seconds=10.0,
        )
        # The same life twice is the same life: ids and luck are counted.
        self.passes._chance = drafts.Chance(
            new_id=self.new_id,
            new_token=self.new_id,
            hash_token=str,
            random=random.Random(0),
        )

    def new_id(self):
        return f'{next(self.ids):08}-0000'

    def ask(self, kind, **inputs):
        if self.db.is_forgotten:
            return
        self.db.request(
            actions.Action(
                sequence=None,
                id=self.new_id(),
                project_id='p',
                user_id='u',
                cluster_id='c',
                cluster_name='web',
                kind=kind,
                status=actions.QUEUED,
                status_reason=None,
                inputs=inputs,
                cause={'type': actions.PERSON},
                decision=None,
                request_id=None,
                created_at=self.clock(),
                started_at=None,
                ended_at=None,
            )
        )

    # -- what people and alarms do

    @stateful.rule(count=strategies.integers(1, 4))
    def scale_out(self, count):
        self.ask(actions.SCALE_OUT, count=count)

    @stateful.rule(count=strategies.integers(1, 4))
    def scale_in(self, count):
        self.ask(actions.SCALE_IN, count=count)

    @stateful.rule(
        number=strategies.integers(0, MAX), low=strategies.integers(0, 2)
    )
    def resize(self, number, low):
        self.ask(actions.RESIZE, number=number, min_size=low)

    @stateful.rule(
        which=strategies.integers(1, 8),
        reduce=strategies.booleans(),
        force=strategies.booleans(),
    )
    def remove(self, which, reduce, force):
        self.ask(
            actions.REMOVE_NODES,
            nodes=[f'web-{which}'],
            reduce_desired_capacity=reduce,
            force=force,
        )

    @stateful.rule(which=strategies.integers(0, 7))
    def cancel(self, which):
        begun = [
            each.id
            for each in self.db.actions.values()
            if each.status in actions.OPEN
        ]
        if begun:
            target = begun[which % len(begun)]
            self.ask(actions.CANCEL, action_id=target)

    @stateful.rule(force=strategies.booleans(), sure=strategies.integers(0, 9))
    def delete(self, force, sure):
        if sure == 0:
            self.ask(actions.DELETE, force=force)

    @stateful.rule(
        which=strategies.integers(0, 7),
        answer=strategies.sampled_from([hooks.CONTINUE, hooks.ABANDON]),
    )
    def complete(self, which, answer):
        sent = [
            each.id
            for each in self.db.hooks.values()
            if each.status in hooks.OPEN and each.deadline > self.clock()
        ]
        if sent:
            self.answer(sent[which % len(sent)], answer)

    def answer(self, hook_id, answer):
        status = (
            hooks.COMPLETED if answer == hooks.CONTINUE else hooks.ABANDONED
        )
        self.db.hooks[hook_id] = dataclasses.replace(
            self.db.hooks[hook_id],
            status=status,
            answer=answer,
            token=None,
            ended_at=self.clock(),
            next_attempt_at=None,
        )
        self.db.version += 1

    # -- what the weather does

    @stateful.rule(seconds=strategies.sampled_from([0.5, 3, 40, 400]))
    def wait(self, seconds):
        self.clock.move(seconds)

    @stateful.rule(
        operation=strategies.sampled_from(ASKED_OF_NOVA),
        after_work=strategies.booleans(),
    )
    def nova_fails(self, operation, after_work):
        self.nova.fail_next(
            operation,
            unwell(happened=None if after_work else False),
            after_work=after_work,
        )

    @stateful.rule(after_work=strategies.booleans())
    def zaqar_fails(self, after_work):
        self.doors.zaqar.fail_next('post', unwell(), after_work=after_work)

    @stateful.rule(room=strategies.sampled_from([None, 0, 2, 5]))
    def quota(self, room):
        self.nova.quota = room

    @stateful.rule(count=strategies.integers(1, 2))
    def no_host(self, count):
        self.nova.break_builds(count)

    @stateful.rule(seconds=strategies.sampled_from([0, 2, 50]))
    def nova_seeks_hosts(self, seconds):
        self.nova.placing_seconds = seconds

    @stateful.rule(which=strategies.integers(0, 7))
    def vanish(self, which):
        alive = self.nova.alive()
        if which < len(alive):
            self.nova.vanish(alive[which].id)
            self.ask(actions.CHECK)

    # -- what engines do

    @stateful.rule()
    def run(self):
        self.passes.run('c')

    @stateful.rule(
        operation=strategies.sampled_from([*ASKED_OF_NOVA, 'post']),
        after_work=strategies.booleans(),
    )
    def die(self, operation, after_work):
        target = self.doors.zaqar if operation == 'post' else self.nova
        target.fail_next(operation, Killed(), after_work=after_work)
        try:
            self.passes.run('c')
        except Killed:
            self.clock.move(11)
            self.take_over()
        target._orders[operation] = [
            each
            for each in target._orders[operation]
            if not isinstance(each.error, Killed)
        ]

    # -- what must never be

    @stateful.invariant()
    def the_wish_is_within_its_bounds(self):
        if not hasattr(self, 'db'):
            return
        row = self.db.cluster
        assert row.min_size <= row.desired_capacity <= MAX

    @stateful.invariant()
    def nobody_is_deleted_before_the_answer_or_the_deadline(self):
        if not hasattr(self, 'db'):
            return
        calls = self.nova.calls[self.checked_calls :]
        self.checked_calls = len(self.nova.calls)
        for name, arguments in calls:
            if name != 'delete_server':
                continue
            for node in self.db.nodes.values():
                if node.server_id != arguments['server_id']:
                    continue
                hook = self.db.hooks.get(node.hook_id or '')
                assert hook is None or hook.status not in hooks.OPEN
                if node.active_at and not node.is_forced:
                    assert hook is not None, 'it was never told'

    @stateful.invariant()
    def nobody_is_stranded_without_a_host(self):
        if not hasattr(self, 'db'):
            return
        alive = self.nova.alive()
        assert not any(each.is_given_up for each in alive), self.story()

    @stateful.invariant()
    def no_two_members_share_a_server(self):
        if not hasattr(self, 'db'):
            return
        known = [e.server_id for e in self.db.nodes.values() if e.server_id]
        assert len(known) == len(set(known))

    def teardown(self):
        if not hasattr(self, 'db'):
            return
        self.clear_skies()
        assert all(
            each.status not in actions.OPEN
            for each in self.db.actions.values()
        ), f'an action has no end: {self.story()}'
        members = [e for e in self.db.nodes.values() if e.status != nodes.GONE]
        alive = sorted(each.id for each in self.nova.alive())
        known = sorted(each.server_id for each in members)
        assert alive == known, 'a server without a node, or the reverse'
        if not self.db.is_forgotten:
            wish = self.db.cluster.desired_capacity
            assert len(members) == wish, self.story()
            assert self.db.cluster.status == clusters.ACTIVE, self.story()
        self.performer.stop()

    def story(self):
        """How things stand, for whoever reads a failure."""
        return [
            self.db.cluster,
            *(e for e in self.db.actions.values() if e.status in actions.OPEN),
            *(e for e in self.db.nodes.values() if e.status != nodes.GONE),
        ]

    def clear_skies(self):
        """Nothing fails any more, everybody answers, and time goes by."""
        self.nova.quota = None
        self.nova._orders.clear()
        self.nova._next_faults.clear()
        self.doors.zaqar._orders.clear()
        self.ask(actions.CHECK)
        for _ in range(60):
            self.passes.run('c')
            self.nobody_is_deleted_before_the_answer_or_the_deadline()
            self.nobody_is_stranded_without_a_host()
            for hook in list(self.db.hooks.values()):
                if hook.status in hooks.OPEN and hook.deadline > self.clock():
                    self.answer(hook.id, hooks.CONTINUE)
            self.clock.move(20)
            if self.db.is_forgotten:
                return


TestLife = Life.TestCase
TestLife.settings = hypothesis.settings(
    max_examples=int(os.environ.get('AUTOSCALE_LIVES', '60')),
    stateful_step_count=40,
    deadline=datetime.timedelta(seconds=20),
    suppress_health_check=list(hypothesis.HealthCheck),
)
