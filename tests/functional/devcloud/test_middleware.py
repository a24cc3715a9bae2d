"""A service behind auth_token, which asks our Keystone."""

import pytest
import webob
from keystonemiddleware import auth_token


@pytest.fixture
def service(cloud):
    """A WSGI service that tells who called it."""

    @webob.dec.wsgify
    def tell(request):
        return webob.Response(
            json_body={
                'user': request.headers['X-User-Name'],
                'project': request.headers['X-Project-Name'],
                'roles': sorted(request.headers['X-Roles'].split(',')),
            }
        )

    return auth_token.AuthProtocol(
        tell,
        {
            'auth_type': 'password',
            'auth_url': cloud.auth_url,
            'username': 'autoscale',
            'password': 'devcloud',
            'project_name': 'service',
            'user_domain_id': 'default',
            'project_domain_id': 'default',
            'www_authenticate_uri': cloud.auth_url,
            'delay_auth_decision': False,
            'service_token_roles_required': True,
        },
    )


def ask(service, text):
    request = webob.Request.blank('/', headers={'X-Auth-Token': text})
    return request.get_response(service)


def test_a_good_token_passes_with_its_owner(service, session):
    answer = ask(service, session.get_token())
    assert answer.status_int == 200
    assert answer.json == {
        'user': 'demo',
        'project': 'demo',
        'roles': ['member', 'reader'],
    }


def test_a_made_up_token_does_not_pass(service):
    assert ask(service, 'made-up').status_int == 401
