"""Who may do what: each persona on each route, whoever vouches for them.

The table is the promise; the rules and the SQL are held to it. Another
project's things are not there, to anybody: 404, never 403.
"""

import base64
import subprocess
import sys

import pytest
from keystonemiddleware import fixture as keystone
from oslo_policy import opts as policy_options

from autoscale.api import place
from autoscale.api import rules
from autoscale.api.controllers import v1
from tests.functional.api import furniture
from tests.functional.api import house as houses

PERSONAS = {
    'admin': ['admin', 'manager', 'member', 'reader'],
    'manager': ['manager', 'member', 'reader'],
    'member': ['member', 'reader'],
    'reader': ['reader'],
    'nobody': ['other'],
}
#: In the order of PERSONAS; then a member of another project; then no token.
TABLE = {
    ('GET', '/v1/profiles'): (200, 200, 200, 200, 403, 200),
    ('POST', '/v1/profiles'): (201, 201, 201, 403, 403, 201),
    ('GET', '/v1/profiles/web'): (200, 200, 200, 200, 403, 404),
    ('PATCH', '/v1/profiles/web'): (200, 200, 200, 403, 403, 404),
    ('DELETE', '/v1/profiles/web'): (409, 409, 409, 403, 403, 404),
    ('GET', '/v1/profile-types'): (200, 200, 200, 200, 403, 200),
    ('GET', '/v1/profile-types/server'): (200, 200, 200, 200, 403, 200),
    ('GET', '/v1/policies'): (200, 200, 200, 200, 403, 200),
    ('POST', '/v1/policies'): (201, 201, 201, 403, 403, 201),
    ('GET', '/v1/policies/leave'): (200, 200, 200, 200, 403, 404),
    ('PATCH', '/v1/policies/leave'): (200, 200, 200, 403, 403, 404),
    ('DELETE', '/v1/policies/leave'): (409, 409, 409, 403, 403, 404),
    ('GET', '/v1/policy-types'): (200, 200, 200, 200, 403, 200),
    ('GET', '/v1/policy-types/scaling'): (200, 200, 200, 200, 403, 200),
    ('GET', '/v1/clusters'): (200, 200, 200, 200, 403, 200),
    ('POST', '/v1/clusters'): (202, 202, 202, 403, 403, 404),
    ('GET', '/v1/clusters/web'): (200, 200, 200, 200, 403, 404),
    ('PATCH', '/v1/clusters/web'): (202, 202, 202, 403, 403, 404),
    ('DELETE', '/v1/clusters/web'): (202, 202, 202, 403, 403, 404),
    ('GET', '/v1/clusters/web/actions'): (200, 200, 200, 200, 403, 404),
    ('POST', '/v1/clusters/web/actions'): (202, 202, 202, 403, 403, 404),
    ('POST', '/v1/clusters/web/preview'): (200, 200, 200, 200, 403, 404),
    ('GET', '/v1/clusters/web/nodes'): (200, 200, 200, 200, 403, 404),
    ('GET', '/v1/clusters/web/hooks'): (200, 200, 200, 200, 403, 404),
    ('GET', '/v1/clusters/web/policies'): (200, 200, 200, 200, 403, 404),
    ('GET', '/v1/clusters/web/policies/leave'): (200, 200, 200, 200, 403, 404),
    ('PUT', '/v1/clusters/web/policies/leave'): (409, 409, 409, 403, 403, 404),
    ('PATCH', '/v1/clusters/web/policies/leave'): (
        200,
        200,
        200,
        403,
        403,
        404,
    ),
    ('DELETE', '/v1/clusters/web/policies/leave'): (
        204,
        204,
        204,
        403,
        403,
        404,
    ),
    ('GET', '/v1/nodes'): (200, 200, 200, 200, 403, 200),
    ('GET', '/v1/nodes/{node}'): (200, 200, 200, 200, 403, 404),
    ('PATCH', '/v1/nodes/{node}'): (200, 200, 200, 403, 403, 404),
    ('DELETE', '/v1/nodes/{node}'): (202, 202, 202, 403, 403, 404),
    ('GET', '/v1/hooks'): (200, 200, 200, 200, 403, 200),
    ('GET', '/v1/hooks/{hook}'): (200, 200, 200, 200, 403, 404),
    ('GET', '/v1/webhooks'): (200, 200, 200, 200, 403, 200),
    ('POST', '/v1/webhooks'): (201, 201, 201, 403, 403, 404),
    ('GET', '/v1/webhooks/out'): (200, 200, 200, 200, 403, 404),
    ('PATCH', '/v1/webhooks/out'): (200, 200, 200, 403, 403, 404),
    ('POST', '/v1/webhooks/out/rotate'): (200, 200, 200, 403, 403, 404),
    ('DELETE', '/v1/webhooks/out'): (204, 204, 204, 403, 403, 404),
    ('GET', '/v1/actions'): (200, 200, 200, 200, 403, 200),
    ('GET', '/v1/actions/{action}'): (200, 200, 200, 200, 403, 404),
    ('POST', '/v1/actions/{action}/cancel'): (200, 200, 200, 403, 403, 404),
    ('GET', '/v1/events'): (200, 200, 200, 200, 403, 200),
    ('GET', '/v1/events/{event}'): (200, 200, 200, 200, 403, 404),
    ('GET', '/v1/credential'): (404, 404, 404, 404, 403, 404),
    ('PUT', '/v1/credential'): (409, 409, 409, 403, 403, 409),
    ('DELETE', '/v1/credential'): (409, 409, 409, 403, 403, 409),
    ('GET', '/v1/engines'): (200, 403, 403, 403, 403, 403),
    ('GET', '/v1/openapi.json'): (200, 200, 200, 200, 200, 200),
}
BODIES = {
    ('POST', '/v1/profiles'): {
        'profile': {**houses.PROFILE['profile'], 'name': 'another'}
    },
    ('POST', '/v1/policies'): {
        'policy': {**houses.POLICY['policy'], 'name': 'another'}
    },
    ('PATCH', '/v1/profiles/web'): {'profile': {'metadata': {}}},
    ('PATCH', '/v1/policies/leave'): {'policy': {'metadata': {}}},
    ('POST', '/v1/clusters'): {'cluster': {'name': 'a', 'profile_id': 'web'}},
    ('PATCH', '/v1/clusters/web'): {'cluster': {'max_size': 9}},
    ('POST', '/v1/clusters/web/actions'): {'scale_out': {}},
    ('POST', '/v1/clusters/web/preview'): {'scale_out': {}},
    ('PATCH', '/v1/clusters/web/policies/leave'): {'binding': {'priority': 1}},
    ('PATCH', '/v1/nodes/{node}'): {'node': {'metadata': {}}},
    ('POST', '/v1/webhooks'): {
        'webhook': {'name': 'a', 'cluster_id': 'web', 'action': 'scale_out'}
    },
    ('PATCH', '/v1/webhooks/out'): {'webhook': {'params': {}}},
    ('PUT', '/v1/credential'): {'credential': {'kind': 'trust'}},
}


def furnish(house, headers):
    """A cluster of the project `ours` with one of everything; their ids."""
    house.conf.set_override('default_project', 'ours', group='api')
    furniture.furnish(house)
    cluster = house.cluster(headers=headers)
    house.policy(headers=headers)
    attach = '/v1/clusters/web/policies/leave'
    assert house.put(attach, headers=headers).status == 201
    body = {
        'name': 'out',
        'cluster_id': cluster['id'],
        'action': 'scale_out',
    }
    house.made('/v1/webhooks', {'webhook': body}, headers=headers)
    action = house.get('/v1/clusters/web/actions', headers=headers).json
    return {
        'node': furniture.NODE,
        'hook': furniture.HOOK,
        'event': furniture.EVENT,
        'action': action['actions'][0]['id'],
    }


def answers(house, ids, headers):
    """What one persona gets for each row of the table."""
    told = {}
    for method, path in TABLE:
        reply = house.call(
            method,
            path.format(**ids),
            BODIES.get((method, path)),
            headers=headers,
        )
        told[method, path] = reply.status
    return told


def expected(column):
    return {row: statuses[column] for row, statuses in TABLE.items()}


COLUMNS = {name: number for number, name in enumerate(PERSONAS)}


@pytest.mark.parametrize('persona', [*PERSONAS, 'stranger'])
def test_noauth_believes_what_it_is_told(house, persona):
    ours = {'X-Project-Id': 'ours', 'X-User-Id': 'me'}
    ids = furnish(house, ours)
    roles = PERSONAS.get(persona, PERSONAS['member'])
    headers = {**ours, 'X-Roles': ','.join(roles)}
    if persona == 'stranger':
        headers['X-Project-Id'] = 'theirs'
    column = COLUMNS.get(persona, len(COLUMNS))
    assert answers(house, ids, headers) == expected(column)


@pytest.mark.parametrize('persona', ['admin', 'manager', 'reader'])
def test_no_role_reaches_into_another_project(house, persona):
    ids = furnish(house, {'X-Project-Id': 'ours', 'X-User-Id': 'me'})
    told = answers(
        house,
        ids,
        {'X-Project-Id': 'theirs', 'X-Roles': ','.join(PERSONAS[persona])},
    )
    of_persona = expected(COLUMNS[persona])
    for row, status in expected(len(COLUMNS)).items():
        if status == 404 and of_persona[row] != 403:
            assert told[row] == 404, row
        elif of_persona[row] == 403:
            assert told[row] == 403, row


@pytest.fixture
def tokens():
    made = keystone.AuthTokenFixture()
    made.setUp()
    for name, roles in PERSONAS.items():
        made.add_token_data(
            name, project_id='ours', user_id='me', role_list=roles
        )
    made.add_token_data(
        'stranger',
        project_id='theirs',
        user_id='you',
        role_list=PERSONAS['member'],
    )
    made.add_token_data('unscoped', user_id='me', role_list=['member'])
    yield made
    made.cleanUp()


@pytest.fixture
def guarded(tmp_path, tokens):
    made = houses.opened(tmp_path, auth_strategy='keystone')
    yield made
    made.database.dispose()


@pytest.mark.parametrize('persona', [*PERSONAS, 'stranger'])
def test_keystone_vouches_for_a_token(guarded, persona):
    ids = furnish(guarded, {'X-Auth-Token': 'admin'})
    column = COLUMNS.get(persona, len(COLUMNS))
    told = answers(guarded, ids, {'X-Auth-Token': persona})
    assert told == expected(column)


@pytest.mark.parametrize(
    'headers',
    [
        {},
        {'X-Auth-Token': 'forged'},
        {
            'X-Identity-Status': 'Confirmed',
            'X-Project-Id': 'ours',
            'X-Roles': 'admin',
        },
    ],
)
def test_without_a_token_nothing_is_told(guarded, headers):
    ids = furnish(guarded, {'X-Auth-Token': 'admin'})
    assert set(answers(guarded, ids, headers).values()) == {401}
    reply = guarded.get('/v1/clusters', headers=headers)
    assert reply.error['code'] == 'autoscaling.unauthenticated'
    assert reply.headers['www-authenticate'].startswith('Keystone uri=')


def test_a_token_of_no_project_may_do_nothing(guarded):
    reply = guarded.get('/v1/clusters', headers={'X-Auth-Token': 'unscoped'})
    assert reply.status == 403


def test_versions_and_health_are_told_to_anybody(guarded):
    assert guarded.get('/').status == 300
    for path in ('/v1', '/v1/', '/healthcheck', '/healthcheck?detailed'):
        assert guarded.get(path).status == 200


def test_the_public_doors_ask_for_no_keystone_token(guarded):
    for path in (
        '/v1/webhooks/x/trigger',
        '/v1/hooks/x/complete?token=x',
        '/v1/hooks/x/heartbeat?token=x',
    ):
        assert guarded.post(path).status == 404
    assert guarded.post('/v1/webhooks/x/rotate').status == 401


def test_the_table_has_every_route_that_asks_who_calls():
    documented = set()
    for path, found in place.walk(v1.Root):
        for operation in found.operations.values():
            if not operation.is_public:
                documented.add((operation.method, path))
    named = {(method, generic(path)) for method, path in TABLE}
    assert named == documented


def generic(path):
    """'/v1/profiles/{profile_id}' of '/v1/profiles/web'."""
    parts = path.split('/')
    names = {
        'web': f'{{{parts[2][:-1]}_id}}',
        'leave': '{policy_id}',
        'out': '{webhook_id}',
        'server': '{type}',
        'scaling': '{type}',
    }
    return '/'.join(
        names.get(each, f'{each[:-1]}_id}}' if each[:1] == '{' else each)
        for each in parts
    )


def test_every_rule_names_the_operations_that_ask_for_it():
    asked = {}
    for path, found in place.walk(v1.Root):
        for operation in found.operations.values():
            if operation.rule is not None:
                asked.setdefault(operation.rule, set()).add(
                    (operation.method, path)
                )
    documented = {
        rule.name: {(op['method'], op['path']) for op in rule.operations}
        for rule in rules.list_rules()
        if rule.name != 'all_projects'
    }
    assert documented == asked


def test_all_projects_are_for_administrators(house):
    mine = house.cluster(headers={'X-Project-Id': 'mine'})
    house.cluster(headers={'X-Project-Id': 'theirs'})
    path = '/v1/clusters?all_projects=true'
    headers = {'X-Project-Id': 'mine'}
    assert len(house.get(path, headers=headers).json['clusters']) == 2
    assert house.get('/v1/clusters', headers=headers).json['clusters'] == [
        mine
    ]
    member = {**headers, 'X-Roles': 'member,reader'}
    assert house.get(path, headers=member).status == 403


def test_an_operators_rules_are_read(tmp_path):
    rules_file = tmp_path / 'policy.yaml'
    rules_file.write_text('"cluster:list": "role:admin"\n')
    conf = houses.configuration(tmp_path)
    house = houses.opened(tmp_path)
    policy_options.set_defaults(conf, policy_file=str(rules_file))
    house = houses.House(conf, house.database)
    headers = {'X-Roles': 'member,reader'}
    assert house.get('/v1/clusters', headers=headers).status == 403
    assert house.get('/v1/nodes', headers=headers).status == 200
    house.database.dispose()


@pytest.mark.parametrize(
    'address, headers, status',
    [
        ('127.0.0.1', {}, 200),
        ('127.8.8.8', {}, 200),
        ('::1', {}, 200),
        ('', {}, 200),
        ('192.0.2.1', {}, 401),
        ('nonsense', {}, 401),
        ('127.0.0.1', {'X-Forwarded-For': '192.0.2.1'}, 401),
        ('127.0.0.1', {'Forwarded': 'for=192.0.2.1'}, 401),
    ],
)
def test_noauth_serves_loopback_only(house, address, headers, status):
    reply = house.get('/v1/clusters', address=address, headers=headers)
    assert reply.status == status


def test_noauth_serves_anybody_when_told_in_so_many_words(tmp_path):
    house = houses.opened(
        tmp_path, let_everybody_in_without_authentication=True
    )
    assert house.get('/v1/clusters', address='192.0.2.1').status == 200
    house.database.dispose()


@pytest.mark.parametrize(
    'origin, status',
    [
        ('http://localhost:3000', 200),
        ('http://127.0.0.1:8779', 200),
        ('http://[::1]', 200),
        ('https://evil.test', 401),
        ('http://localhost.evil.test', 401),
        ('null', 401),
        ('http://[', 401),
    ],
)
def test_noauth_serves_no_pages_of_other_sites(house, origin, status):
    reply = house.get('/v1/clusters', headers={'Origin': origin})
    assert reply.status == status


def test_noauth_serves_the_pages_that_the_operator_names(house):
    house.conf.set_override(
        'allowed_origin', ['https://dashboard.test'], group='cors'
    )
    house = houses.House(house.conf, house.database)
    origin = {'Origin': 'https://dashboard.test'}
    assert house.get('/v1/clusters', headers=origin).status == 200


def test_noauth_takes_no_id_that_is_too_long(house):
    headers = {'X-Project-Id': 'p' * 65}
    assert house.get('/v1/clusters', headers=headers).status == 400


@pytest.fixture
def basic(tmp_path):
    users = tmp_path / 'htpasswd'
    made = subprocess.run(
        [
            sys.executable,
            '-c',
            'import bcrypt; print(bcrypt.hashpw(b"word", '
            'bcrypt.gensalt(4)).decode())',
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    users.write_text(f'ann:{made.stdout.strip()}\n')
    house = houses.opened(
        tmp_path,
        auth_strategy='http_basic',
        http_basic_auth_user_file=str(users),
    )
    yield house
    house.database.dispose()


def login(pair):
    return {'Authorization': 'Basic ' + base64.b64encode(pair).decode()}


def test_a_name_and_a_password_are_enough(basic):
    made = basic.profile(headers=login(b'ann:word'))
    assert made['user_id'] == 'ann'
    assert made['project_id'] == 'default-project'
    assert basic.get('/v1/engines', headers=login(b'ann:word')).status == 403


@pytest.mark.parametrize(
    'headers',
    [
        {},
        login(b'ann:wrong'),
        login(b'bob:word'),
        login(b'no colon'),
        login(b'\xff:\xff'),
        {'Authorization': 'Basic !'},
        {'Authorization': 'Bearer x'},
        {'Authorization': 'Basic'},
        {'X-User-Id': 'ann', 'X-Roles': 'admin', 'X-Project-Id': 'p'},
    ],
)
def test_a_name_without_its_password_is_nobody(basic, headers):
    reply = basic.get('/v1/clusters', headers=headers)
    assert reply.status == 401
    assert reply.headers['www-authenticate'].startswith('Basic ')


def test_a_name_cannot_give_itself_roles_or_projects(basic):
    headers = {
        **login(b'ann:word'),
        'X-Roles': 'admin',
        'X-Project-Id': 'theirs',
        'X-Is-Admin-Project': 'True',
    }
    assert basic.get('/v1/engines', headers=headers).status == 403
    assert basic.profile(headers=headers)['project_id'] == 'default-project'
