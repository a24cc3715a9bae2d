"""Nova needs a while to find hosts; who is deleted meanwhile strands others.

Whoever is stranded is in the project's list for ever.
"""

import pytest

from tests.functional.standalone.process import eventually


@pytest.fixture
def slow(cloud):
    """The cloud, in which finding a host may come to take a while."""
    yield cloud
    cloud.be_well()
    for each in cloud.control('GET', '/servers')['servers']:
        if each['task_state'] == 'scheduling':
            cloud.vanish(each['id'])


def growing(cloud, service, more):
    """A cluster of one that gets more, and the action; they have no hosts."""
    cluster = service.cluster(1)
    cloud.set(placing_seconds=1.5)
    action = service.ask(cluster, 'scale_out', count=more)

    def are_made():
        found = service.nodes(cluster, 'BUILDING')
        return len([each for each in found if each['server_id']]) == more

    eventually(are_made, 'that their servers are made')
    return cluster, action


@pytest.mark.parametrize(
    'kind, how',
    [
        ('scale_in', {'count': 3}),
        ('resize', {'adjustment_type': 'EXACT_CAPACITY', 'number': 3}),
    ],
)
def test_members_that_leave_at_once_strand_nobody(slow, service, kind, how):
    cluster, _ = growing(slow, service, 5)
    action = service.ask(cluster, kind, **how)
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    service.check_books(cluster, 3)


def test_a_scale_out_that_is_cancelled_at_once_strands_nobody(slow, service):
    cluster, action = growing(slow, service, 4)
    service.post(f'/v1/actions/{action}/cancel')
    assert service.end_of(action)['status'] == 'CANCELLED'
    service.check_books(cluster, 1)


def test_a_cluster_that_is_deleted_at_once_leaves_nothing(slow, service):
    cluster, _ = growing(slow, service, 4)
    answer = service.call('DELETE', f'/v1/clusters/{cluster}')
    assert answer.status_code == 202

    def is_gone():
        shown = service.call('GET', f'/v1/clusters/{cluster}')
        return shown.status_code == 404

    eventually(is_gone, 'the end of the cluster')
    assert slow.servers(cluster) == {}


def test_whom_somebody_else_strands_is_replaced(slow, a_service):
    service = a_service({'engine': {'build_timeout': 3}})
    slow.set(placing_seconds=60)
    cluster, _ = service.ask_cluster(3)

    def are_made():
        found = [each['server_id'] for each in service.nodes(cluster)]
        return found if len(found) == 3 and all(found) else None

    deleted, *stranded = eventually(are_made, 'that their servers are made')
    slow.delete_server(deleted)
    slow.set(placing_seconds=0)

    def agree():
        nodes = service.nodes(cluster, 'ACTIVE')
        members = {each['server_id'] for each in nodes}
        return len(members) == 3 and (
            set(slow.servers(cluster)) == members | set(stranded)
        )

    eventually(agree, 'that the books agree')
    service.await_status(cluster, 'ACTIVE')
    service.call('DELETE', f'/v1/clusters/{cluster}')
    eventually(lambda: set(slow.servers(cluster)) == set(stranded), 'the end')
    assert 'server.orphan_deleted' not in service.events(cluster)
