"""A body of the wrong shape is the client's fault, never the cloud's."""

import copy
import random
import time
from email import utils

import pytest
import requests

from autoscale.devcloud import DevCloud

DEMO = DevCloud.user_id('demo')
DOMAIN = {'id': 'default'}
LATER = '2099-01-01T00:00:00Z'

ODD = [None, -1, 1.5, True, '', 'x', [], {}, [None], [{}], {'id': {}}, 10**30]

GOOD = {
    '/identity/v3/auth/tokens': {
        'auth': {
            'identity': {
                'methods': ['password'],
                'password': {
                    'user': {
                        'name': 'demo',
                        'domain': DOMAIN,
                        'password': 'devcloud',
                    }
                },
            },
            'scope': {'project': {'name': 'demo', 'domain': DOMAIN}},
        }
    },
    '/identity/v3/OS-TRUST/trusts': {
        'trust': {
            'trustor_user_id': DEMO,
            'trustee_user_id': DevCloud.user_id('autoscale'),
            'project_id': DevCloud.project_id('demo'),
            'impersonation': True,
            'roles': [{'name': 'member'}],
            'expires_at': LATER,
            'remaining_uses': 3,
        }
    },
    f'/identity/v3/users/{DEMO}/application_credentials': {
        'application_credential': {
            'name': 'a',
            'roles': [{'name': 'member'}],
            'expires_at': LATER,
            'access_rules': [{'path': '/'}],
        }
    },
    '/compute/v2.1/servers': {
        'server': {
            'name': 'x',
            'imageRef': DevCloud.image_id('cirros'),
            'flavorRef': '1',
            'networks': 'none',
            'min_count': 1,
            'max_count': 2,
            'tags': ['a'],
            'metadata': {'a': 'b'},
            'user_data': 'YQ==',
            'key_name': 'demo',
            'availability_zone': 'nova',
            'security_groups': [{'name': 'default'}],
            'description': 'd',
            'hostname': 'h',
        },
        'os:scheduler_hints': {},
    },
    '/compute/v2.1/os-server-groups': {
        'server_group': {'name': 'g', 'policy': 'affinity', 'rules': {}}
    },
    '/messaging/v2/queues/q/messages': {
        'messages': [{'body': 1, 'ttl': 60, 'delay': 1}]
    },
    '/messaging/v2/queues/q/claims': {'ttl': 60, 'grace': 60},
    '/messaging/v2/queues/q/share': {
        'paths': ['messages'],
        'methods': ['POST'],
        'expires': LATER,
    },
    '/devcloud/faults': {
        'service': 'image',
        'kind': 'error',
        'status': 500,
        'times': 1,
        'fraction': 0.5,
    },
}


def spots(value):
    """Every place in the value, as a container and a key."""
    items = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield value, key
        yield from spots(inner)


@pytest.mark.parametrize('path', GOOD)
def test_an_odd_body_is_refused_or_taken(cloud, session, path):
    rng = random.Random(path)
    headers = {
        'X-Auth-Token': session.get_token(),
        'Client-ID': '3381af92-2b9e-11e3-b191-71861300734c',
        'OpenStack-API-Version': 'compute 2.96',
    }
    with requests.Session() as client:
        for _ in range(60):
            body = copy.deepcopy(GOOD[path])
            for _ in range(rng.randint(0, 2)):
                container, key = rng.choice(list(spots(body)))
                container[key] = copy.deepcopy(rng.choice(ODD))
            answer = client.post(
                cloud.base_url + path, json=body, headers=headers, timeout=20
            )
            assert answer.status_code < 500, (body, answer.text)


@pytest.mark.parametrize('path', GOOD)
def test_a_good_body_is_taken(cloud, session, path):
    answer = requests.post(
        cloud.base_url + path,
        json=GOOD[path],
        headers={
            'X-Auth-Token': session.get_token(),
            'Client-ID': '3381af92-2b9e-11e3-b191-71861300734c',
            'OpenStack-API-Version': 'compute 2.96',
        },
        timeout=20,
    )
    assert answer.ok, answer.text


@pytest.mark.parametrize('path', ['/compute/v2.1', '/identity/none-such'])
def test_every_answer_says_when_it_was_given(cloud, path):
    before = int(time.time())
    answer = requests.get(cloud.base_url + path, timeout=20)
    said = utils.parsedate_to_datetime(answer.headers['Date'])
    assert before <= said.timestamp() <= time.time()
