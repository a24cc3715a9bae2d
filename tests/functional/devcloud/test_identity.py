"""Keystone, asked by keystoneauth1 and by auth_token."""

import pytest
import requests
from keystoneauth1 import exceptions
from keystoneauth1.identity import v3

from autoscale.devcloud import DevCloud

DEMO = DevCloud.user_id('demo')
SERVICE = DevCloud.user_id('autoscale')


def make_trust(cloud, session, **changes):
    trust = {
        'trustor_user_id': DEMO,
        'trustee_user_id': SERVICE,
        'project_id': DevCloud.project_id('demo'),
        'impersonation': True,
        'roles': [{'name': 'member'}],
        **changes,
    }
    answer = session.post(
        f'{cloud.auth_url}/OS-TRUST/trusts', json={'trust': trust}
    )
    return answer.json()['trust']


def make_credential(cloud, session, **fields):
    body = {'application_credential': {'name': 'app', **fields}}
    answer = session.post(
        f'{cloud.auth_url}/users/{DEMO}/application_credentials', json=body
    )
    return answer.json()['application_credential']


@pytest.fixture
def use_credential(cloud, open_session):
    def make(credential):
        return open_session(
            v3.ApplicationCredential(
                cloud.auth_url,
                application_credential_id=credential['id'],
                application_credential_secret=credential['secret'],
            )
        )

    return make


def list_servers(cloud, text):
    """With this token and no other: a session would get a new one."""
    answer = requests.get(
        f'{cloud.base_url}/compute/v2.1/servers',
        headers={'X-Auth-Token': text},
    )
    if answer.status_code == 401:
        raise exceptions.Unauthorized()
    return answer


def show(cloud, session, text):
    return session.get(
        f'{cloud.auth_url}/auth/tokens', headers={'X-Subject-Token': text}
    ).json()['token']


def test_a_password_opens_a_project(session):
    assert session.get_project_id() == DevCloud.project_id('demo')
    assert session.get_user_id() == DEMO


def test_discovery_finds_version_three(cloud, open_session):
    from keystoneauth1.identity import generic

    session = open_session(
        generic.Password(
            f'{cloud.base_url}/identity',
            username='demo',
            password='devcloud',
            project_name='demo',
            user_domain_id='default',
            project_domain_name='Default',
        )
    )
    assert session.get_project_id() == DevCloud.project_id('demo')


def test_every_service_is_in_the_catalogue(session):
    for kind in ('identity', 'compute', 'messaging', 'image', 'network'):
        for interface in ('public', 'internal'):
            assert session.get_endpoint(
                service_type=kind, interface=interface, region_name='RegionOne'
            )


def test_an_endpoint_of_ours_can_be_put_into_the_catalogue(cloud, login):
    cloud.change({'endpoints': {'autoscaling': 'http://127.0.0.1:8787'}})
    url = login().get_endpoint(service_type='autoscaling')
    assert url == 'http://127.0.0.1:8787'


def test_a_wrong_password_is_refused(cloud, open_session):
    session = open_session(
        v3.Password(
            cloud.auth_url,
            username='demo',
            password='guess',
            user_domain_id='default',
        )
    )
    with pytest.raises(exceptions.Unauthorized):
        session.get_token()


def test_a_project_of_others_is_refused(login):
    with pytest.raises(exceptions.Unauthorized):
        login('demo', 'other').get_token()


def test_a_role_brings_the_roles_it_implies(cloud, login):
    session = login('autoscale', 'service')
    token = show(cloud, session, session.get_token())
    names = {role['name'] for role in token['roles']}
    assert names == {'admin', 'manager', 'member', 'reader', 'service'}


def test_a_token_can_be_exchanged_for_another(cloud, session, open_session):
    again = open_session(
        v3.Token(
            cloud.auth_url,
            session.get_token(),
            project_id=DevCloud.project_id('demo'),
        )
    )
    assert again.get_token() != session.get_token()


def test_a_revoked_token_is_no_good(cloud, session):
    text = session.get_token()
    tokens = f'{cloud.auth_url}/auth/tokens'
    headers = {'X-Auth-Token': text, 'X-Subject-Token': text}
    assert requests.delete(tokens, headers=headers).status_code == 204
    url = f'{cloud.base_url}/compute/v2.1/servers'
    assert requests.get(url, headers=headers).status_code == 401


def test_an_unknown_token_is_not_found(cloud, login):
    admin = login('autoscale', 'service')
    with pytest.raises(exceptions.NotFound):
        show(cloud, admin, 'made-up')


def test_a_token_ends(cloud, login):
    service = login('autoscale', 'service')
    service.get_token()
    cloud.change({'token_seconds': 0.0})
    text = login().get_token()
    with pytest.raises(exceptions.NotFound):
        show(cloud, service, text)


def test_a_disabled_user_is_out_at_once(cloud, session, nova):
    nova.servers.list()
    cloud.enable_user('demo', False)
    with pytest.raises(exceptions.Unauthorized):
        nova.servers.list()
    cloud.enable_user('demo', True)
    session.invalidate()
    assert nova.servers.list() == []


def test_a_trust_lets_the_service_act_as_the_user(cloud, session, login):
    trust = make_trust(cloud, session)
    acting = login('autoscale', trust_id=trust['id'])
    assert acting.get_user_id() == DEMO
    token = show(cloud, login('autoscale', 'service'), acting.get_token())
    assert token['OS-TRUST:trust']['id'] == trust['id']
    assert {role['name'] for role in token['roles']} == {'member', 'reader'}
    answer = acting.get(
        '/servers', endpoint_filter={'service_type': 'compute'}
    )
    assert answer.json() == {'servers': []}


def test_a_trust_lends_no_more_than_one_has(cloud, session):
    with pytest.raises(exceptions.NotFound):
        make_trust(cloud, session, roles=[{'name': 'admin'}])


def test_a_trust_needs_a_role(cloud, session):
    with pytest.raises(exceptions.Forbidden):
        make_trust(cloud, session, roles=[])


def test_only_the_trustor_makes_a_trust(cloud, login):
    with pytest.raises(exceptions.Forbidden):
        make_trust(cloud, login('other'))


def test_only_the_trustee_uses_a_trust(cloud, session, login):
    trust = make_trust(cloud, session)
    with pytest.raises(exceptions.Forbidden):
        login('other', trust_id=trust['id']).get_token()


def test_a_trust_token_makes_no_trust_and_no_credential(cloud, session, login):
    acting = login('autoscale', trust_id=make_trust(cloud, session)['id'])
    with pytest.raises(exceptions.Forbidden):
        make_trust(cloud, acting)
    with pytest.raises(exceptions.Forbidden):
        make_credential(cloud, acting)


def test_a_trust_token_validates_no_other_token(cloud, session, login):
    acting = login('autoscale', trust_id=make_trust(cloud, session)['id'])
    with pytest.raises(exceptions.Forbidden):
        show(cloud, acting, session.get_token())


def test_a_trust_token_ends_its_own_trust(cloud, session, login):
    trust = make_trust(cloud, session)
    acting = login('autoscale', trust_id=trust['id'])
    url = f'{cloud.auth_url}/OS-TRUST/trusts/{trust["id"]}'
    assert acting.delete(url).status_code == 204
    with pytest.raises(exceptions.Unauthorized):
        list_servers(cloud, acting.get_token())
    with pytest.raises(exceptions.Unauthorized):
        login('autoscale', trust_id=trust['id']).get_token()


def test_trusts_are_listed_to_those_they_concern(cloud, session, login):
    trust = make_trust(cloud, session)
    url = f'{cloud.auth_url}/OS-TRUST/trusts'
    mine = session.get(f'{url}?trustor_user_id={DEMO}').json()['trusts']
    assert [each['id'] for each in mine] == [trust['id']]
    with pytest.raises(exceptions.Forbidden):
        login('other').get(f'{url}?trustor_user_id={DEMO}')


def test_a_disabled_trustor_lends_nothing(cloud, session, login):
    trust = make_trust(cloud, session)
    cloud.enable_user('demo', False)
    with pytest.raises(exceptions.Forbidden):
        login('autoscale', trust_id=trust['id']).get_token()


def test_a_trust_can_run_out_of_uses(cloud, session, login):
    trust = make_trust(cloud, session, remaining_uses=1)
    login('autoscale', trust_id=trust['id']).get_token()
    with pytest.raises(exceptions.Unauthorized):
        login('autoscale', trust_id=trust['id']).get_token()


def test_an_application_credential_opens_its_project(
    cloud, session, use_credential
):
    credential = make_credential(cloud, session)
    used = use_credential(credential)
    assert used.get_project_id() == DevCloud.project_id('demo')
    answer = used.get('/servers', endpoint_filter={'service_type': 'compute'})
    assert answer.status_code == 200


def test_a_credentials_secret_is_shown_once(cloud, session):
    credential = make_credential(cloud, session)
    url = f'{cloud.auth_url}/users/{DEMO}/application_credentials'
    shown = session.get(f'{url}/{credential["id"]}').json()
    assert 'secret' in credential
    assert 'secret' not in shown['application_credential']


def test_a_credentials_name_is_taken_once(cloud, session):
    make_credential(cloud, session)
    with pytest.raises(exceptions.Conflict):
        make_credential(cloud, session)


def test_a_credential_may_hold_fewer_roles(cloud, session, use_credential):
    credential = make_credential(cloud, session, roles=[{'name': 'reader'}])
    used = use_credential(credential)
    with pytest.raises(exceptions.Forbidden):
        used.post(
            '/os-keypairs',
            json={'keypair': {'name': 'k'}},
            endpoint_filter={'service_type': 'compute'},
        )


def test_a_credentials_token_touches_no_trust(cloud, session, use_credential):
    trust = make_trust(cloud, session)
    used = use_credential(make_credential(cloud, session, unrestricted=True))
    url = f'{cloud.auth_url}/OS-TRUST/trusts'
    with pytest.raises(exceptions.Forbidden) as refused:
        make_trust(cloud, used)
    assert 'Delegated tokens cannot manage trusts' in str(refused.value)
    with pytest.raises(exceptions.Forbidden):
        used.get(f'{url}/{trust["id"]}')
    with pytest.raises(exceptions.Forbidden):
        used.delete(f'{url}/{trust["id"]}')


def test_only_an_unrestricted_credential_makes_another(
    cloud, session, use_credential
):
    with pytest.raises(exceptions.Forbidden):
        used = use_credential(make_credential(cloud, session))
        make_credential(cloud, used, name='second')
    free = make_credential(cloud, session, name='free', unrestricted=True)
    assert make_credential(cloud, use_credential(free), name='third')


def test_a_deleted_credential_takes_its_tokens_along(
    cloud, session, use_credential
):
    credential = make_credential(cloud, session)
    used = use_credential(credential)
    text = used.get_token()
    session.delete(
        f'{cloud.auth_url}/users/{DEMO}/application_credentials/'
        + credential['id']
    )
    with pytest.raises(exceptions.Unauthorized):
        list_servers(cloud, text)
    used.invalidate()
    with pytest.raises(exceptions.Unauthorized):
        used.get_token()


def test_errors_have_keystones_shape(cloud):
    answer = requests.get(f'{cloud.auth_url}/auth/catalog')
    assert answer.status_code == 401
    assert answer.json()['error']['title'] == 'Unauthorized'
    assert 'Keystone uri=' in answer.headers['WWW-Authenticate']
