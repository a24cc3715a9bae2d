"""The control doors: settings, records, and mischief with servers."""

import pytest


def test_settings_can_be_read_and_changed(control, cloud):
    changed = control(
        'PATCH',
        '/settings',
        json={'build_seconds': [1, 2], 'instances': 5},
    )
    assert changed.status_code == 200
    assert changed.json() == control('GET', '/settings').json()
    assert cloud.settings.build_seconds == (1.0, 2.0)
    assert cloud.settings.instances == 5


@pytest.mark.parametrize(
    'body',
    [
        {'no_such': 1},
        {'build_seconds': -1},
        {'build_seconds': [2, 1]},
        {'build_seconds': [1]},
        {'instances': 1.5},
        {'instances': -2},
        {'delete_seconds': True},
        {'placing_seconds': -1},
        {'endpoints': {'a': 1}},
        [],
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(control, body):
    answer = control('PATCH', '/settings', json=body)
    assert answer.status_code == 400
    assert answer.json()['error']


def test_servers_of_all_projects_are_seen(control, cloud, create):
    made = create(tags=['t'])
    (server,) = control('GET', '/servers').json()['servers']
    assert server == cloud.servers()[0]
    assert server['id'] == made.id
    assert server['project_id'] == cloud.project_id('demo')


def test_a_server_can_vanish(control, nova, create):
    made = create()
    path = f'/servers/{made.id}/vanish'
    assert control('POST', path).status_code == 204
    assert control('POST', path).status_code == 404
    assert nova.servers.list() == []


def test_a_server_can_be_put_into_error(control, nova, create):
    made = create()
    answer = control(
        'POST', f'/servers/{made.id}/error', json={'message': 'fire'}
    )
    assert answer.status_code == 204
    assert nova.servers.get(made.id).fault['message'] == 'fire'


def test_requests_are_counted_by_operation(control, cloud, nova, create):
    create()
    nova.servers.list()
    nova.servers.list(detailed=False)
    counted = control('GET', '/stats').json()
    assert counted == cloud.stats()
    assert counted['compute.create_servers'] == 1
    assert counted['compute.list_servers'] == 1
    assert counted['compute.list_servers_detail'] == 1
    assert counted['identity.create_token'] == 1
    assert control('DELETE', '/stats').status_code == 204
    assert control('GET', '/stats').json() == {}


def test_requests_are_remembered_one_by_one(control, create, zaqar):
    made = create()
    last = control('GET', '/requests').json()['last']
    zaqar.queue('q').post({'body': 1, 'ttl': 60})
    made.delete()
    answer = control('GET', f'/requests?since={last}').json()
    post, delete = answer['requests']
    assert post['operation'] == 'post_messages'
    assert post['sequence'] == last + 1
    assert len(post['ids']) == 1
    assert delete['operation'] == 'delete_server'
    assert delete['ids'] == [made.id]
    assert delete['status'] == 204
    assert post['time'] <= delete['time']
    assert answer['last'] == last + 2
    assert control('GET', '/requests?since=x').status_code == 400


def test_users_can_be_disabled(control, nova):
    path = '/users/demo'
    assert control('PATCH', path, json={'enabled': False}).status_code == 200
    with pytest.raises(Exception, match='requires authentication'):
        nova.servers.list()
    assert control('PATCH', path, json={'enabled': 1}).status_code == 400
    assert control(
        'PATCH', '/users/x', json={'enabled': True}
    ).status_code == (404)


def test_the_doors_are_listed(control, cloud):
    index = control('GET', '').json()
    assert index['auth_url'] == cloud.auth_url
    assert '/devcloud/faults' in index['doors']
