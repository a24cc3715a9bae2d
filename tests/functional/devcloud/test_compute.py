"""Nova, asked by novaclient at 2.96 and, where it must be odd, by hand."""

import pytest
import requests
from novaclient import client as nova_client
from novaclient import exceptions

from autoscale.devcloud import DevCloud


def ids(found):
    return {server.id for server in found}


def with_tags(nova, tags, **search):
    return nova.servers.list(search_opts={'tags': tags, **search})


@pytest.fixture
def raw(cloud, session):
    """A call by hand, with the version one likes."""

    def call(method, path, *, version='2.96', **kwargs):
        headers = {'X-Auth-Token': session.get_token()}
        if version:
            headers['OpenStack-API-Version'] = f'compute {version}'
        return requests.request(
            method,
            f'{cloud.base_url}/compute/v2.1{path}',
            headers=headers,
            timeout=20,
            **kwargs,
        )

    return call


def body(**changes):
    server = {
        'name': 'web',
        'imageRef': DevCloud.image_id('cirros'),
        'flavorRef': '1',
        'networks': 'none',
        **changes,
    }
    return {
        'server': {
            name: value for name, value in server.items() if value is not None
        }
    }


# -- creation


def test_a_server_builds_and_becomes_active(cloud, nova, create, eventually):
    cloud.change({'build_seconds': 0.2})
    made = create(tags=['autoscale:1'], meta={'a': 'b'}, key_name='demo')
    assert nova.servers.get(made.id).status == 'BUILD'
    server = eventually(
        lambda: (
            (found := nova.servers.get(made.id)).status == 'ACTIVE' and found
        )
    )
    assert server.name == 'web'
    assert server.tags == ['autoscale:1']
    assert server.metadata == {'a': 'b'}
    assert server.key_name == 'demo'
    assert server.flavor['original_name'] == 'tiny'
    assert server.addresses == {}


def test_many_servers_come_from_one_call(nova, create):
    reservation = create(min_count=1, max_count=4, reservation_id=True)
    assert reservation.startswith('r-')
    found = nova.servers.list(search_opts={'reservation_id': reservation})
    assert sorted(server.name for server in found) == [
        'web-1',
        'web-2',
        'web-3',
        'web-4',
    ]


def test_as_many_are_made_as_the_quota_has_room_for(cloud, nova, create):
    cloud.change({'instances': 4})
    create()
    create('more', min_count=1, max_count=6)
    assert len(nova.servers.list()) == 4


def test_none_are_made_below_the_least_count(cloud, nova, create):
    cloud.change({'instances': 4})
    create(min_count=4)
    with pytest.raises(exceptions.Forbidden) as refused:
        create(min_count=6, max_count=6)
    assert (
        'Quota exceeded for instances: Requested 6, but already used 4 of 4 '
        'instances' in str(refused.value)
    )
    assert len(nova.servers.list()) == 4


def test_cores_and_memory_have_quotas_too(cloud, nova):
    cloud.change({'cores': 7, 'ram': 9000})
    image = DevCloud.image_id('ubuntu')
    nova.servers.create('big', image, '4', nics='none')
    with pytest.raises(exceptions.Forbidden) as refused:
        nova.servers.create('big', image, '4', nics='none')
    assert (
        'Quota exceeded for cores, ram: Requested 4, 8192, but already used '
        '4, 8192 of 7, 9000 cores, ram' in str(refused.value)
    )


def test_a_deleted_server_gives_its_quota_back(
    cloud, nova, create, eventually
):
    cloud.change({'instances': 1})
    first = create()
    first.delete()
    eventually(lambda: not nova.servers.list())
    assert create('second')
    limits = {each.name: each.value for each in nova.limits.get().absolute}
    assert limits['maxTotalInstances'] == 1
    assert limits['totalInstancesUsed'] == 1


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'flavorRef': '99'}, 'Flavor 99 could not be found.'),
        ({'imageRef': 'cirros'}, 'Invalid imageRef provided.'),
        (
            {'imageRef': '11111111-2222-3333-4444-555555555555'},
            'Can not find requested image',
        ),
        ({'key_name': 'lost'}, 'Invalid key_name provided.'),
        ({'networks': None}, "'networks' is a required property"),
        ({'networks': [{'uuid': 'x'}]}, 'Network x could not be found.'),
        ({'availability_zone': 'moon'}, 'availability zone is not available'),
        ({'user_data': 'not base64!'}, 'It is not base64'),
        ({'min_count': 3, 'max_count': 2}, 'min_count must be <= max_count'),
        ({'min_count': 0}, 'is not a positive number'),
        ({'tags': ['a/b']}, 'holds a / or a comma'),
        ({'tags': ['a' * 61]}, 'It has not 1 to 60 signs'),
        ({'tags': [str(n) for n in range(51)]}, 'more than 50'),
        ({'metadata': {'a': 1}}, 'is not text'),
        ({'surprise': 1}, "('surprise' was unexpected)"),
        ({'name': ''}, 'is no name'),
        ({'security_groups': [{'name': 'x'}]}, 'Security group x not found'),
    ],
)
def test_a_bad_order_is_refused_in_novas_words(raw, changes, words):
    answer = raw('POST', '/servers', json=body(**changes))
    assert answer.status_code == 400
    assert answer.json()['badRequest']['code'] == 400
    assert words in answer.json()['badRequest']['message']


def test_a_server_on_a_network_gets_an_address(nova, create, eventually):
    made = create(nics='auto')
    server = eventually(
        lambda: (found := nova.servers.get(made.id)).addresses and found
    )
    (address,) = server.addresses['private']
    assert address['addr'].startswith('10.')
    assert ids(nova.servers.list(search_opts={'ip': address['addr']})) == {
        made.id
    }


def test_builds_can_be_paced(cloud, create):
    cloud.change({'build_seconds': 0, 'builds_per_second': 100})
    create(min_count=20)
    ready = sorted(server['built_at'] for server in cloud.servers())
    assert ready[-1] - ready[0] == pytest.approx(0.19, abs=0.01)


# -- lists


def test_a_list_by_tags_wants_them_all(nova, create):
    create('a', tags=['x'])
    both = create('b', tags=['x', 'y'])
    create('c', tags=['y'])
    assert ids(with_tags(nova, 'x,y')) == {both.id}


def test_the_other_tag_filters(nova, create):
    one = create('a', tags=['x'])
    both = create('b', tags=['x', 'y'])
    none = create('c')

    def found(**search):
        search = {key.replace('_', '-'): val for key, val in search.items()}
        return ids(nova.servers.list(search_opts=search))

    assert found(tags_any='x,y') == {one.id, both.id}
    assert found(not_tags='x,y') == {one.id, none.id}
    assert found(not_tags_any='x,y') == {none.id}


def test_filters_that_nova_knows(nova, create):
    a, b = create('alpha'), create('beta')

    def found(**search):
        return ids(nova.servers.list(search_opts=search))

    assert found(name='^al') == {a.id}
    assert found(flavor='1') == {a.id, b.id}
    assert found(flavor='2') == set()
    assert found(image=DevCloud.image_id('ubuntu')) == set()
    assert found(status='ERROR') == set()
    assert found(no_such_filter='x') == {a.id, b.id}


def test_a_deleted_server_is_gone_from_the_tag_list(nova, create, eventually):
    made = create(tags=['t'])
    made.delete()
    eventually(lambda: not with_tags(nova, 't'))


def test_changes_since_tells_of_the_deleted_but_not_by_tag(
    nova, create, eventually
):
    kept, gone = create('kept', tags=['t']), create('gone', tags=['t'])
    gone.delete()
    eventually(lambda: len(nova.servers.list()) == 1)
    since = {'changes-since': '2020-01-01T00:00:00Z'}
    found = nova.servers.list(search_opts=since)
    assert {server.id: server.status for server in found} == {
        kept.id: 'ACTIVE',
        gone.id: 'DELETED',
    }
    assert ids(with_tags(nova, 't', **since)) == {kept.id}


def test_changes_since_the_future_is_empty(nova, create):
    create()
    found = nova.servers.list(
        search_opts={'changes-since': '2099-01-01T00:00:00Z'}
    )
    assert found == []


def test_pages_follow_each_other_newest_first(nova, create):
    create(min_count=7)
    names = [server.name for server in nova.servers.list()]
    assert names == [f'web-{n}' for n in range(7, 0, -1)]
    page = nova.servers.list(limit=3)
    assert [server.name for server in page] == names[:3]
    page = nova.servers.list(limit=3, marker=page[-1].id)
    assert [server.name for server in page] == names[3:6]
    assert [s.name for s in nova.servers.list(limit=-1)] == names


def test_a_full_page_has_a_link_to_the_next(raw, create):
    create(min_count=3)
    first = raw('GET', '/servers?limit=2').json()
    assert len(first['servers']) == 2
    href = first['servers_links'][0]['href']
    second = raw('GET', href.split('/compute/v2.1')[1]).json()
    assert len(second['servers']) == 1
    assert 'servers_links' not in second


def test_lists_can_be_sorted(nova, create):
    for name in ('b', 'c', 'a'):
        create(name)
    found = nova.servers.list(sort_keys=['display_name'], sort_dirs=['asc'])
    assert [server.name for server in found] == ['a', 'b', 'c']


@pytest.mark.parametrize(
    'query', ['limit=x', 'marker=nowhere', 'changes-since=tea', 'sort_key=x']
)
def test_a_bad_list_query_is_refused(raw, query):
    assert raw('GET', f'/servers?{query}').status_code == 400


def test_projects_do_not_see_each_other(login, nova, create):
    made = create(tags=['t'])
    other = nova_client.Client('2.96', session=login('other'))
    assert other.servers.list() == []
    assert with_tags(other, 't') == []
    with pytest.raises(exceptions.NotFound):
        other.servers.get(made.id)
    with pytest.raises(exceptions.Forbidden):
        other.servers.list(search_opts={'all_tenants': 1})
    admin = nova_client.Client('2.96', session=login('admin'))
    assert ids(admin.servers.list(search_opts={'all_tenants': 1})) == {made.id}


# -- one server


def test_a_server_being_deleted_is_still_there(cloud, nova, create):
    cloud.change({'delete_seconds': 60})
    made = create()
    made.delete()
    server = nova.servers.get(made.id)
    assert getattr(server, 'OS-EXT-STS:task_state') == 'deleting'
    made.delete()


def test_a_server_that_is_gone_is_not_found(cloud, nova, create):
    made = create()
    cloud.vanish(made.id)
    with pytest.raises(exceptions.NotFound):
        nova.servers.get(made.id)
    with pytest.raises(exceptions.NotFound):
        nova.servers.delete(made.id)


def test_a_server_can_be_broken(cloud, nova, create):
    made = create()
    cloud.break_down(made.id, 'disk on fire')
    server = nova.servers.get(made.id)
    assert server.status == 'ERROR'
    assert server.fault['message'] == 'disk on fire'


def test_a_server_stops_starts_reboots_and_is_rebuilt(
    nova, create, eventually
):
    made = create()

    def becomes(status):
        eventually(lambda: nova.servers.get(made.id).status == status)

    becomes('ACTIVE')
    made.stop()
    becomes('SHUTOFF')
    with pytest.raises(exceptions.Conflict):
        made.stop()
    made.start()
    becomes('ACTIVE')
    made.reboot('HARD')
    made.rebuild(DevCloud.image_id('ubuntu'))
    becomes('ACTIVE')
    server = nova.servers.get(made.id)
    assert server.image['id'] == DevCloud.image_id('ubuntu')


def test_a_server_can_be_renamed(nova, create):
    made = create()
    made.update(name='new')
    assert nova.servers.get(made.id).name == 'new'


def test_tags_can_change_and_lists_follow(nova, create):
    made = create(tags=['a'])
    made.add_tag('b')
    assert ids(with_tags(nova, 'a,b')) == {made.id}
    made.delete_tag('a')
    assert with_tags(nova, 'a') == []
    made.set_tags(['c', 'd'])
    assert made.tag_list() == ['c', 'd']
    assert with_tags(nova, 'b') == []
    made.delete_all_tags()
    assert made.tag_list() == []
    with pytest.raises(exceptions.NotFound):
        made.delete_tag('a')


def test_metadata_can_change(nova, create):
    made = create(meta={'a': '1', 'b': '2'})
    nova.servers.set_meta(made, {'c': '3'})
    nova.servers.delete_meta(made, ['a'])
    assert nova.servers.get(made.id).metadata == {'b': '2', 'c': '3'}


# -- the rest


def test_flavors_zones_and_keypairs_are_there(nova):
    assert {flavor.name: flavor.id for flavor in nova.flavors.list()} == {
        'tiny': '1',
        'small': '2',
        'medium': '3',
        'large': '4',
    }
    zones = nova.availability_zones.list(detailed=False)
    assert [zone.zoneName for zone in zones] == ['nova', 'az1', 'az2']
    nova.keypairs.create('mine', public_key='ssh-ed25519 AAAA')
    assert [key.name for key in nova.keypairs.list()] == ['demo', 'mine']
    nova.keypairs.delete('mine')
    with pytest.raises(exceptions.NotFound):
        nova.keypairs.get('mine')


def test_a_server_group_knows_its_members(nova, create):
    group = nova.server_groups.create('g', 'anti-affinity')
    made = create(scheduler_hints={'group': group.id})
    group = nova.server_groups.get(group.id)
    assert group.policy == 'anti-affinity'
    assert group.members == [made.id]
    nova.server_groups.delete(group.id)
    assert nova.server_groups.list() == []


def test_the_version_asked_for_decides_what_is_shown(raw, create):
    made = create(tags=['t'])
    old = raw('GET', f'/servers/{made.id}', version=None)
    new = raw('GET', f'/servers/{made.id}')
    assert old.headers['X-OpenStack-Nova-API-Version'] == '2.1'
    assert new.headers['OpenStack-API-Version'] == 'compute 2.96'
    assert 'tags' not in old.json()['server']
    assert old.json()['server']['flavor']['id'] == '1'
    assert new.json()['server']['tags'] == ['t']


def test_a_version_too_new_is_not_acceptable(raw):
    answer = raw('GET', '/servers', version='2.97')
    assert answer.status_code == 406
    assert 'Minimum is 2.1 and maximum is 2.96' in answer.text


def test_every_answer_names_its_request(raw):
    answer = raw('GET', '/servers')
    assert answer.headers['x-compute-request-id'].startswith('req-')
    assert (
        answer.headers['x-compute-request-id']
        == answer.headers['x-openstack-request-id']
    )


def test_errors_have_novas_shape(cloud, raw):
    assert set(raw('GET', '/servers/none').json()) == {'itemNotFound'}
    assert set(raw('GET', '/nowhere').json()) == {'itemNotFound'}
    assert set(raw('PATCH', '/servers').json()) == {'badMethod'}
    url = f'{cloud.base_url}/compute/v2.1/servers'
    assert requests.get(url, timeout=20).status_code == 401
