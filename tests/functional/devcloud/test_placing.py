"""Servers that have no host yet, and what a deletion does to their sisters."""

import pytest
from novaclient import client as nova_client
from novaclient import exceptions

from autoscale.devcloud import DevCloud
from tests.fakes import cloud as clouds


def task(server):
    return getattr(server, 'OS-EXT-STS:task_state')


@pytest.fixture
def slowly(cloud):
    """From now on it takes Nova long to find a host."""
    cloud.change({'placing_seconds': 60})


@pytest.fixture
def sisters(slowly, nova, create):
    """Two servers of one call, neither of which has a host."""
    create(min_count=2, tags=['t'])
    return nova.servers.list(sort_keys=['display_name'], sort_dirs=['asc'])


def test_no_server_is_active_before_it_has_a_host(slowly, nova, create):
    made = create()
    (shown,) = nova.servers.list()
    assert shown.id == made.id
    assert (shown.status, task(shown)) == ('BUILD', 'scheduling')


def test_who_has_a_host_may_be_deleted_alone(cloud, nova, create, eventually):
    cloud.change({'placing_seconds': 0.05})
    create(min_count=2)
    first, other = nova.servers.list()
    eventually(lambda: task(nova.servers.get(first.id)) != 'scheduling')
    first.delete()
    eventually(lambda: nova.servers.get(other.id).status == 'ACTIVE')
    eventually(lambda: len(nova.servers.list()) == 1)


def test_a_server_without_sisters_simply_goes(
    slowly, nova, create, eventually
):
    kept = create('kept')
    create('leaves').delete()
    eventually(lambda: [each.id for each in nova.servers.list()] == [kept.id])
    assert nova.servers.get(kept.id)


def test_who_is_deleted_without_a_host_costs_its_sisters(
    sisters, cloud, nova, eventually
):
    first, other = sisters
    # There is nobody left who would find hosts for them.
    cloud.change({'placing_seconds': 0, 'build_seconds': 0})
    first.delete()
    eventually(lambda: [each.id for each in nova.servers.list()] == [other.id])
    shown = nova.servers.get(other.id)
    assert (shown.status, task(shown)) == ('BUILD', 'scheduling')


def test_who_was_given_up_is_listed_and_cannot_be_found(sisters, nova):
    first, other = sisters
    first.delete()
    other.delete()
    for ask in (nova.servers.get, nova.servers.delete):
        with pytest.raises(exceptions.NotFound):
            ask(other.id)
    plain = nova.servers.list(detailed=False, search_opts={'tags': 't'})
    assert other.id in [each.id for each in plain]
    (shown,) = nova.servers.list(search_opts={'task_state': 'scheduling'})
    assert (shown.id, shown.status) == (other.id, 'BUILD')


def test_who_was_given_up_has_its_place_in_the_quota(
    sisters, cloud, create, eventually, nova
):
    cloud.change({'instances': 2})
    for each in sisters:
        each.delete()
    eventually(lambda: len(nova.servers.list()) == 1)
    create('fits')
    with pytest.raises(exceptions.Forbidden):
        create('too many')


def test_an_operator_can_remove_who_was_given_up(
    sisters, cloud, nova, eventually
):
    for each in sisters:
        each.delete()
    cloud.vanish(sisters[1].id)
    eventually(lambda: nova.servers.list() == [])


def test_an_operator_can_break_who_was_given_up(sisters, cloud, nova):
    for each in sisters:
        each.delete()
    cloud.break_down(sisters[1].id, 'The request is over.')
    assert nova.servers.get(sisters[1].id).status == 'ERROR'


def test_a_cloud_that_starts_again_knows_whom_it_gave_up(
    tmp_path, open_session
):
    def client(cloud):
        session = open_session(clouds.login(cloud))
        return nova_client.Client('2.96', session=session)

    slow = {'placing_seconds': 60, 'delete_seconds': 0}
    with DevCloud(state=tmp_path, **slow) as cloud:
        nova = client(cloud)
        image = DevCloud.image_id('cirros')
        nova.servers.create('web', image, '1', nics='none', min_count=3)
        first, asked, other = nova.servers.list()
        first.delete()
        asked.delete()
    # Once replayed, and once from the shorter file with the same meaning.
    for _ in range(2):
        with DevCloud(state=tmp_path) as cloud:
            nova = client(cloud)
            shown = {each.id: task(each) for each in nova.servers.list()}
            assert shown == {asked.id: 'scheduling', other.id: 'scheduling'}
            with pytest.raises(exceptions.NotFound):
                nova.servers.get(asked.id)
            assert nova.servers.get(other.id).status == 'BUILD'
