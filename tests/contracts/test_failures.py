"""What becomes of each way in which a real service fails, over HTTP."""

import concurrent.futures

import pytest

from autoscale import exceptions
from autoscale.devcloud.identity import people
from tests.fakes import cloud as clouds

SPEC = {'networks': 'none'}
QUOTA = 'Quota exceeded for cores: Requested 4, but already used 9 of 10 cores'

CAPACITY = exceptions.NoCapacity
WRONG = exceptions.RequestIsWrong
UNWELL = exceptions.CloudIsUnwell
CREDENTIAL = exceptions.CredentialDoesNotWork
GONE = exceptions.GoneFromCloud


@pytest.fixture(scope='module')
def door():
    with clouds.running() as cloud, clouds.session() as session:
        auth = clouds.login(cloud)
        yield cloud, session, auth


@pytest.fixture
def cloud(door):
    cloud, _, _ = door
    yield cloud
    cloud.faults.clear()


@pytest.fixture
def nova(cloud, door):
    _, session, auth = door
    nova = clouds.nova(session, auth, timeout=0.3)
    nova.limits()  # it is known by now which version is spoken
    cloud.traffic.clear()
    return nova


@pytest.fixture
def zaqar(cloud, door):
    _, session, auth = door
    zaqar = clouds.zaqar(session, auth, timeout=0.3)
    zaqar.post('warm', [message()])
    cloud.traffic.clear()
    return zaqar


def message():
    return {'body': {'a': 1}, 'ttl': 60}


def create(nova, tag='failing'):
    spec = {**SPEC, 'flavor': '1', 'image': IMAGES[0]}
    nova.create_servers(spec, name='a', count=2, tags=[tag])


def _images():
    from autoscale.devcloud import image

    return list(image.IMAGES)


IMAGES = _images()


@pytest.mark.parametrize(
    ('fault', 'kind', 'happened'),
    [
        ({'status': 400, 'message': 'Invalid key_name.'}, WRONG, False),
        ({'status': 401}, CREDENTIAL, False),
        ({'status': 403, 'message': QUOTA}, CAPACITY, False),
        (
            {'status': 403, 'message': 'Maximum number of ports exceeded'},
            CAPACITY,
            False,
        ),
        ({'status': 403, 'message': "Policy doesn't allow"}, WRONG, False),
        ({'status': 404, 'message': 'Network not found'}, WRONG, False),
        ({'status': 405}, WRONG, False),
        ({'status': 409, 'message': 'Conflict'}, UNWELL, False),
        (
            {'status': 409, 'message': 'Multiple possible networks found'},
            WRONG,
            False,
        ),
        ({'status': 413}, UNWELL, False),
        ({'status': 422, 'message': 'Unprocessable'}, WRONG, False),
        ({'status': 429}, UNWELL, False),
        ({'status': 500}, UNWELL, None),
        ({'status': 502}, UNWELL, None),
        ({'status': 503}, UNWELL, None),
        ({'status': 504}, UNWELL, None),
        ({'kind': 'flat_error', 'status': 400}, UNWELL, False),
        ({'kind': 'flat_error', 'status': 403}, UNWELL, False),
        ({'kind': 'flat_error', 'status': 404}, UNWELL, False),
        ({'kind': 'flat_error', 'status': 502}, UNWELL, None),
        ({'kind': 'empty', 'status': 400}, UNWELL, False),
        ({'kind': 'empty', 'status': 404}, UNWELL, False),
        ({'kind': 'empty', 'status': 503}, UNWELL, None),
        ({'kind': 'empty', 'status': 202}, UNWELL, None),
        ({'kind': 'drop'}, UNWELL, None),
        ({'kind': 'done_then_drop'}, UNWELL, None),
        ({'kind': 'hang', 'seconds': 1}, UNWELL, None),
        ({'kind': 'slow', 'seconds': 1}, UNWELL, None),
    ],
)
def test_a_create_that_fails_is_sent_once_and_understood(
    cloud, nova, fault, kind, happened
):
    fault = {'kind': 'error', 'operation': 'create_servers', **fault}
    rule = cloud.faults.add('compute', **fault)
    with pytest.raises(exceptions.CloudError) as caught:
        create(nova)
    assert type(caught.value) is kind
    assert caught.value.happened is happened
    # A token that is refused is renewed, and the call that did nothing is
    # sent with the new one: that is the one repetition.
    assert rule.hits == (2 if fault.get('status') == 401 else 1)


@pytest.mark.parametrize('status', [400, 403, 404, 409, 500, 503])
def test_the_words_of_nova_are_kept(cloud, nova, status):
    cloud.faults.add(
        'compute', 'error', status=status, message='Nova says so', times=1
    )
    with pytest.raises(exceptions.CloudError) as caught:
        create(nova)
    assert caught.value.reason == 'Nova says so'
    assert caught.value.status == status


@pytest.mark.parametrize('status', [413, 429, 503])
def test_when_to_come_again_is_kept(cloud, nova, status):
    cloud.faults.add('compute', 'error', status=status, retry_after=17)
    with pytest.raises(UNWELL) as caught:
        create(nova)
    assert caught.value.retry_after == 17


def test_what_was_done_before_the_answer_was_lost_is_found_by_tag(cloud, nova):
    cloud.faults.add(
        'compute', 'done_then_drop', operation='create_servers', times=1
    )
    with pytest.raises(UNWELL):
        create(nova, tag='lost')
    assert len(nova.list_servers(tag='lost')) == 2


@pytest.mark.parametrize(
    ('fault', 'kind'),
    [
        ({'status': 401}, CREDENTIAL),
        ({'status': 403, 'message': "Policy doesn't allow"}, CREDENTIAL),
        ({'status': 409, 'message': 'It is locked'}, UNWELL),
        ({'status': 429}, UNWELL),
        ({'status': 500}, UNWELL),
        ({'kind': 'flat_error', 'status': 404}, UNWELL),
        ({'kind': 'empty', 'status': 404}, UNWELL),
        ({'kind': 'hang', 'seconds': 1}, UNWELL),
    ],
)
def test_a_deletion_that_fails_is_never_taken_for_gone(
    cloud, nova, fault, kind
):
    fault = {'kind': 'error', 'operation': 'delete_server', **fault}
    cloud.faults.add('compute', **fault)
    with pytest.raises(kind):
        nova.delete_server('00000000-0000-4000-8000-000000000000')


@pytest.mark.parametrize(
    ('fault', 'kind'),
    [
        ({'status': 401}, CREDENTIAL),
        ({'status': 403}, CREDENTIAL),
        ({'status': 400}, WRONG),
        ({'status': 500}, UNWELL),
        ({'status': 503}, UNWELL),
        ({'kind': 'flat_error', 'status': 500}, UNWELL),
        ({'kind': 'empty', 'status': 200}, UNWELL),
        ({'kind': 'hang', 'seconds': 1}, UNWELL),
        ({'kind': 'drop'}, UNWELL),
    ],
)
def test_a_list_that_fails_is_never_an_empty_list(cloud, nova, fault, kind):
    fault = {'kind': 'error', 'operation': 'list_servers', **fault}
    cloud.faults.add('compute', **fault)
    with pytest.raises(kind):
        nova.list_servers(tag='a')


def test_a_read_is_sent_again_when_its_connection_ends(cloud, nova):
    cloud.faults.add('compute', 'drop', operation='list_servers', times=1)
    assert nova.list_servers(tag='none') == []


def test_a_token_that_was_revoked_is_renewed(cloud, nova):
    cloud.faults.add('compute', 'error', status=401, times=1)
    assert nova.list_servers(tag='none') == []


@pytest.mark.parametrize('find', ['find_image', 'find_network'])
@pytest.mark.parametrize(
    ('fault', 'kind'),
    [
        ({'kind': 'error', 'status': 503}, UNWELL),
        ({'kind': 'error', 'status': 401}, CREDENTIAL),
        ({'kind': 'flat_error', 'status': 404}, UNWELL),
        ({'kind': 'drop'}, UNWELL),
    ],
)
def test_a_look_up_that_fails_does_not_say_that_nothing_is_there(
    cloud, nova, find, fault, kind
):
    service = find.removeprefix('find_')
    getattr(nova, find)({'image': 'cirros', 'network': 'private'}[service])
    cloud.faults.add(service, **fault)
    with pytest.raises(kind):
        getattr(nova, find)('a')


def test_a_wrong_password_is_a_credential_that_does_not_work(cloud, door):
    _, session, _ = door
    nova = clouds.nova(session, clouds.login(cloud, password='wrong'))
    with pytest.raises(CREDENTIAL) as caught:
        nova.list_servers()
    assert 'wrong' not in caught.value.reason


def test_a_user_who_was_shut_out_is_a_credential_that_does_not_work(
    cloud, door
):
    _, session, _ = door
    nova = clouds.nova(session, clouds.login(cloud))
    cloud.enable_user('demo', False)
    try:
        with pytest.raises(CREDENTIAL):
            nova.list_servers()
    finally:
        cloud.enable_user('demo', True)


@pytest.mark.parametrize(
    'fault',
    [
        {'kind': 'error', 'status': 500},
        {'kind': 'error', 'status': 503},
        {'kind': 'error', 'status': 429},
        {'kind': 'drop'},
    ],
)
def test_a_keystone_that_is_unwell_passes(cloud, door, fault):
    _, session, _ = door
    nova = clouds.nova(session, clouds.login(cloud))
    cloud.faults.add('identity', **fault)
    with pytest.raises(UNWELL):
        create(nova)
    assert clouds.nova(session, door[2]).list_servers(tag='none') == []


def test_a_cloud_that_is_not_there_has_done_nothing(door):
    _, session, _ = door
    with clouds.running() as other:
        auth = clouds.login(other)
        nova = clouds.nova(session, auth)
        zaqar = clouds.zaqar(session, auth)
        nova.limits()
        zaqar.post('q', [message()])
    for call in (
        lambda: create(nova),
        lambda: zaqar.post('q', [message()]),
        lambda: clouds.nova(session, clouds.login(other)).limits(),
    ):
        with pytest.raises(UNWELL) as caught:
            call()
        assert caught.value.status is None
    with pytest.raises(UNWELL) as caught:
        create(nova)
    assert caught.value.happened is False


def test_a_region_without_nova_or_zaqar_is_said(door):
    _, session, auth = door
    from autoscale.clients.nova import Nova
    from autoscale.clients.zaqar import Zaqar

    with pytest.raises(UNWELL):
        Nova(session, auth, 'Nowhere', 'public').list_servers()
    with pytest.raises(UNWELL):
        Zaqar(session, auth, 'Nowhere', 'public').post('q', [message()])


def test_one_door_serves_many_threads(cloud, nova):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        lists = list(
            pool.map(lambda n: nova.list_servers(tag=f't{n}'), range(80))
        )
    assert lists == [[]] * 80


# -- Zaqar


@pytest.mark.parametrize(
    ('fault', 'kind'),
    [
        ({'status': 400}, WRONG),
        ({'status': 401}, CREDENTIAL),
        ({'status': 403}, CREDENTIAL),
        ({'status': 404}, GONE),
        ({'status': 409}, UNWELL),
        ({'status': 413}, UNWELL),
        ({'status': 429}, UNWELL),
        ({'status': 500}, UNWELL),
        ({'status': 502}, UNWELL),
        ({'status': 503}, UNWELL),
        ({'status': 504}, UNWELL),
        ({'kind': 'flat_error', 'status': 502}, UNWELL),
        ({'kind': 'empty', 'status': 201}, UNWELL),
        ({'kind': 'empty', 'status': 204}, UNWELL),
        ({'kind': 'empty', 'status': 504}, UNWELL),
        ({'kind': 'drop'}, UNWELL),
        ({'kind': 'hang', 'seconds': 1}, UNWELL),
        ({'kind': 'slow', 'seconds': 1}, UNWELL),
    ],
)
def test_a_post_that_fails_is_never_taken_for_a_delivery(
    cloud, zaqar, fault, kind
):
    fault = {'kind': 'error', 'operation': 'post_messages', **fault}
    cloud.faults.add('messaging', **fault)
    with pytest.raises(exceptions.CloudError) as caught:
        zaqar.post('q', [message()])
    assert type(caught.value) is kind


def test_a_message_may_be_there_when_its_answer_was_lost(cloud, zaqar):
    cloud.faults.add('messaging', 'done_then_drop', times=1)
    with pytest.raises(UNWELL) as caught:
        zaqar.post('lost', [message()])
    assert caught.value.happened is None
    assert len(zaqar.messages('lost')) == 1


def test_a_stale_token_is_renewed_once_and_the_post_sent_again(cloud, zaqar):
    cloud.faults.add('messaging', 'error', status=401, times=1)
    zaqar.post('stale', [message()])
    assert len(zaqar.messages('stale')) == 1
    assert cloud.stats()['identity.create_token'] == 1


def test_zaqar_says_when_to_come_again(cloud, zaqar):
    cloud.faults.add('messaging', 'error', status=503, retry_after=3)
    with pytest.raises(UNWELL) as caught:
        zaqar.post('q', [message()])
    assert caught.value.retry_after == 3


@pytest.mark.parametrize(
    'call',
    [
        lambda zaqar: zaqar.messages('q'),
        lambda zaqar: zaqar.claim('q'),
        lambda zaqar: zaqar.share('q'),
        lambda zaqar: zaqar.delete_message('q', 'm', 'c'),
    ],
)
@pytest.mark.parametrize('status', [429, 500, 502])
def test_no_other_call_to_zaqar_fails_silently(cloud, zaqar, call, status):
    cloud.faults.add('messaging', 'error', status=status)
    with pytest.raises(UNWELL):
        call(zaqar)


def test_a_secret_is_in_no_log_of_ours_or_of_a_library(
    cloud, nova, zaqar, caplog
):
    caplog.set_level('DEBUG')
    zaqar.post('q', [{'body': {'token': 'very-secret'}, 'ttl': 60}])
    spec = {**SPEC, 'flavor': '1', 'image': IMAGES[0]}
    nova.create_servers(
        {**spec, 'user_data': 'very-secret'}, name='a', count=1, tags=['s']
    )
    assert 'very-secret' not in caplog.text
    assert 'dmVyeS1zZWNyZXQ' not in caplog.text
    assert people.PASSWORD not in caplog.text
