"""What users ask of a deployment, from end to end."""

import pytest

from tests.functional.standalone.process import eventually


def ended(service, action):
    """The action's status, once it has ended."""
    return service.end_of(action)['status']


# -- sizes


def test_a_cluster_grows_and_shrinks(service):
    cluster = service.cluster(2)
    service.check_books(cluster, 2)
    for kind, inputs, size in (
        ('scale_out', {'count': 3}, 5),
        ('scale_in', {'count': 2}, 3),
        ('resize', {'adjustment_type': 'EXACT_CAPACITY', 'number': 6}, 6),
        ('resize', {'adjustment_type': 'CHANGE_IN_CAPACITY', 'number': -4}, 2),
    ):
        action = service.ask(cluster, kind, **inputs)
        assert ended(service, action) == 'SUCCEEDED'
        service.check_books(cluster, size)


def test_a_named_member_leaves_and_no_other(service, cloud):
    cluster = service.cluster(3)
    first, second, third = service.nodes(cluster)
    action = service.ask(
        cluster,
        'remove_nodes',
        nodes=[second['id']],
        reduce_desired_capacity=True,
    )
    assert ended(service, action) == 'SUCCEEDED'
    service.check_books(cluster, 2)
    assert set(cloud.servers(cluster)) == {
        first['server_id'],
        third['server_id'],
    }


def test_a_deleted_cluster_leaves_nothing(service, cloud):
    cluster = service.cluster(3)
    said = service.call('DELETE', f'/v1/clusters/{cluster}')
    assert said.status_code == 202
    assert ended(service, said.json()['action']['id']) == 'SUCCEEDED'
    assert service.call('GET', f'/v1/clusters/{cluster}').status_code == 404
    assert not cloud.servers(cluster)


def test_a_profile_that_cannot_work_is_told(service, cloud):
    profile = service.profile(flavor='no-such-flavor')
    cluster, action = service.ask_cluster(2, profile_id=profile)
    found = service.end_of(action)
    assert found['status'] == 'FAILED'
    assert 'no-such-flavor' in found['status_reason']
    assert not cloud.servers(cluster)


# -- hooks


@pytest.mark.parametrize('answer', ['continue', 'abandon'])
def test_an_answered_hook_decides(service, cloud, answer):
    queue = service.name('answered')
    cluster = service.draining_cluster(3, queue)
    action = service.ask(cluster, 'scale_in', count=1)
    (message,) = service.messages(queue)
    assert message['resource_id'] in cloud.servers(cluster)
    assert service.complete(message, answer).status_code == 200
    assert ended(service, action)
    leaves = answer == 'continue'
    service.check_books(cluster, 2 if leaves else 3)
    is_there = message['resource_id'] in cloud.servers(cluster)
    assert is_there is not leaves
    assert len(cloud.messages(queue)) == 1


@pytest.mark.parametrize('answer', ['continue', 'abandon'])
def test_a_hook_that_nobody_answers_decides_by_itself(service, cloud, answer):
    queue = service.name('unanswered')
    cluster = service.draining_cluster(3, queue, timeout=1, on_timeout=answer)
    action = service.ask(cluster, 'scale_in', count=1)
    (message,) = service.messages(queue)
    assert ended(service, action)
    service.check_books(cluster, 2 if answer == 'continue' else 3)
    (hook,) = service.hooks(cluster)
    assert hook['status'] == 'TIMED_OUT'
    assert service.complete(message).status_code == 409


def test_a_scale_out_does_not_wait_for_a_drain(service, cloud):
    queue = service.name('overlap')
    cluster = service.draining_cluster(3, queue)
    drain = service.ask(cluster, 'scale_in', count=1)
    (message,) = service.messages(queue)
    growth = service.ask(cluster, 'scale_out', count=2)
    assert ended(service, growth) == 'SUCCEEDED'
    assert service.action(drain)['status'] == 'WAITING'
    assert service.complete(message).status_code == 200
    assert ended(service, drain) == 'SUCCEEDED'
    service.check_books(cluster, 4)


def test_a_deleted_cluster_drains_first(service, cloud):
    queue = service.name('farewell')
    cluster = service.draining_cluster(3, queue)
    said = service.call('DELETE', f'/v1/clusters/{cluster}')
    messages = service.messages(queue, 3)
    assert len(cloud.servers(cluster)) == 3
    for each in messages:
        assert service.complete(each).status_code == 200
    assert ended(service, said.json()['action']['id']) == 'SUCCEEDED'
    assert not cloud.servers(cluster)


# -- RPC


def test_an_engine_previews_for_any_api(service):
    cluster = service.cluster(2)
    for _ in service.apis * 2:
        said = service.post(
            f'/v1/clusters/{cluster}/preview', {'scale_out': {'count': 3}}
        )
        assert said['decision']['counts'] == {'ACTIVE': 2, 'BUILDING': 3}
    service.check_books(cluster, 2)
    assert not [
        each for each in service.actions(cluster) if each['kind'] != 'create'
    ]


def test_both_engines_are_listed(service):
    def listed():
        found = service.get('/v1/engines')['engines']
        return {each['id'] for each in found if each['is_alive']}

    running = {each.id for each in service.engines}
    eventually(lambda: listed() >= running, 'that both are up')
