"""Profiles and policies, and who uses them."""

import dataclasses
from datetime import timedelta

import pytest

from autoscale import exceptions
from autoscale.db import binding as bindings
from autoscale.db import cluster as clusters
from autoscale.db import node as nodes
from autoscale.db import policy as policies
from autoscale.db import profile as profiles
from autoscale.db import request
from autoscale.model import node as model
from tests.functional.db import sample


@pytest.fixture
def policy(database):
    return database.write(policies.create, sample.policy())


def _attach(database, cluster, policy, **given):
    made = sample.binding(
        cluster_id=cluster.id,
        policy_id=policy.id,
        policy_name=policy.name,
        policy_type=policy.type,
        policy_spec=policy.spec,
        **given,
    )
    assert database.write(bindings.attach, made) == made
    return made


def test_a_profile_in_use_stays(database, cluster):
    with pytest.raises(exceptions.InUse, match='in use by cluster web'):
        database.write(profiles.delete, cluster.profile_id)
    assert database.read(profiles.get, 'p1', cluster.profile_id)


def test_a_profile_that_members_still_have_stays(database, cluster):
    old = database.write(profiles.create, sample.profile())
    member = sample.node(cluster_id=cluster.id, profile_id=old.id)
    database.write(nodes.create, member)
    with pytest.raises(exceptions.InUse, match='cluster web'):
        database.write(profiles.delete, old.id)
    database.write(nodes.change, member.id, status=model.GONE)
    database.write(profiles.delete, old.id)
    with pytest.raises(exceptions.NotFound):
        database.read(profiles.get, 'p1', old.id)


def test_an_attached_policy_stays(database, cluster, policy):
    _attach(database, cluster, policy)
    with pytest.raises(exceptions.InUse, match='cluster web'):
        database.write(policies.delete, policy.id)
    database.write(bindings.detach, cluster.id, policy.id)
    database.write(policies.delete, policy.id)
    with pytest.raises(exceptions.NotFound):
        database.read(policies.get, 'p1', policy.id)


def test_many_users_are_counted_and_some_are_named(database, policy):
    for number in range(7):
        made = sample.cluster(name=f'c{number}')
        database.write(clusters.create, made)
        _attach(database, made, policy)
    with pytest.raises(exceptions.InUse, match='cluster c4 and 2 more'):
        database.write(policies.delete, policy.id)


def test_what_is_not_there_cannot_be_deleted_or_used(database, cluster):
    for module in (profiles, policies):
        with pytest.raises(exceptions.NotFound):
            database.write(module.delete, 'nothing')
    with pytest.raises(exceptions.NotFound, match='policy'):
        database.write(
            bindings.attach,
            sample.binding(cluster_id=cluster.id, policy_id='nothing'),
        )
    with pytest.raises(exceptions.NotFound, match='profile'):
        database.write(
            request.create_cluster, sample.cluster(), sample.action()
        )


def test_attaching_twice_is_refused(database, cluster, policy):
    made = _attach(database, cluster, policy)
    with pytest.raises(exceptions.AlreadyAttached, match="'out'.*'web'"):
        database.write(bindings.attach, made)
    assert database.read(bindings.of, cluster.id) == [made]


def test_deleting_and_attaching_at_once_end_consistently(
    database, cluster, in_threads
):
    for _ in range(5):
        policy = database.write(policies.create, sample.policy())
        wanted = sample.binding(cluster_id=cluster.id, policy_id=policy.id)

        def race(number, policy=policy, wanted=wanted):
            try:
                if number:
                    database.write(bindings.attach, wanted)
                else:
                    database.write(policies.delete, policy.id)
            except (exceptions.NotFound, exceptions.InUse):
                return False
            return True

        assert sorted(in_threads(race, count=2)) == [False, True]


def test_policies_speak_by_priority_then_age(database, cluster):
    first, second, third = (
        database.write(policies.create, sample.policy(name=name))
        for name in ('first', 'second', 'third')
    )
    later = sample.THEN + timedelta(seconds=1)
    _attach(database, cluster, third, created_at=later)
    _attach(database, cluster, second)
    _attach(database, cluster, first, priority=1, created_at=later)
    names = [
        each.policy_name for each in database.read(bindings.of, cluster.id)
    ]
    assert names == ['first', 'second', 'third']


def test_a_binding_changes(database, cluster, policy):
    made = _attach(database, cluster, policy)
    database.write(
        bindings.change, cluster.id, policy.id, enabled=False, priority=7
    )
    assert database.read(
        bindings.get, cluster.id, policy.id
    ) == dataclasses.replace(made, enabled=False, priority=7)


def test_what_is_not_attached_is_not_found(database, cluster, policy):
    for function in (bindings.get, bindings.change, bindings.detach):
        values = {'priority': 1} if function is bindings.change else {}
        with pytest.raises(exceptions.NotFound):
            database.write(function, cluster.id, policy.id, **values)


def test_a_cooldown_never_moves_backwards(database, cluster, policy):
    _attach(database, cluster, policy)
    late = sample.THEN + timedelta(seconds=60)
    for until in (late, sample.THEN):
        database.write(bindings.cool_down, cluster.id, policy.id, until)
        found = database.read(bindings.get, cluster.id, policy.id)
        assert found.cooldown_until == late
