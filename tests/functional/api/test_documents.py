"""The OpenAPI document: whole, valid, and no more than there is."""

import re

import jsonschema
import openapi_spec_validator
import pytest

from autoscale.api import health
from autoscale.api import place
from autoscale.api.controllers import v1
from tests.functional.api import furniture

METHODS = ('get', 'post', 'put', 'patch', 'delete')

#: Every route, written out: a route that goes or comes is seen here.
PATHS = {
    '/': {'get'},
    '/healthcheck': {'get'},
    '/v1': {'get'},
    '/v1/actions': {'get'},
    '/v1/actions/{action_id}': {'get'},
    '/v1/actions/{action_id}/cancel': {'post'},
    '/v1/clusters': {'get', 'post'},
    '/v1/clusters/{cluster_id}': {'get', 'patch', 'delete'},
    '/v1/clusters/{cluster_id}/actions': {'get', 'post'},
    '/v1/clusters/{cluster_id}/hooks': {'get'},
    '/v1/clusters/{cluster_id}/nodes': {'get'},
    '/v1/clusters/{cluster_id}/policies': {'get'},
    '/v1/clusters/{cluster_id}/policies/{policy_id}': {
        'get',
        'put',
        'patch',
        'delete',
    },
    '/v1/clusters/{cluster_id}/preview': {'post'},
    '/v1/credential': {'get', 'put', 'delete'},
    '/v1/engines': {'get'},
    '/v1/events': {'get'},
    '/v1/events/{event_id}': {'get'},
    '/v1/hooks': {'get'},
    '/v1/hooks/{hook_id}': {'get'},
    '/v1/hooks/{hook_id}/complete': {'post'},
    '/v1/hooks/{hook_id}/heartbeat': {'post'},
    '/v1/nodes': {'get'},
    '/v1/nodes/{node_id}': {'get', 'patch', 'delete'},
    '/v1/openapi.json': {'get'},
    '/v1/policies': {'get', 'post'},
    '/v1/policies/{policy_id}': {'get', 'patch', 'delete'},
    '/v1/policy-types': {'get'},
    '/v1/policy-types/{type}': {'get'},
    '/v1/profile-types': {'get'},
    '/v1/profile-types/{type}': {'get'},
    '/v1/profiles': {'get', 'post'},
    '/v1/profiles/{profile_id}': {'get', 'patch', 'delete'},
    '/v1/webhooks': {'get', 'post'},
    '/v1/webhooks/{webhook_id}': {'get', 'patch', 'delete'},
    '/v1/webhooks/{webhook_id}/rotate': {'post'},
    '/v1/webhooks/{webhook_id}/trigger': {'post'},
}


@pytest.fixture
def document(house):
    return house.get('/v1/openapi.json').json


def test_the_document_is_openapi(document):
    openapi_spec_validator.validate(document)
    assert document['openapi'].startswith('3.1')


def test_the_paths_are_those_that_were_promised(document):
    documented = {
        path: set(item) & set(METHODS)
        for path, item in document['paths'].items()
    }
    assert documented == PATHS


def test_every_operation_that_is_documented_is_served(house, document):
    """A path that is not there says so; so does a method."""
    for path, item in document['paths'].items():
        for method in METHODS:
            url = re.sub(r'{\w+}', 'x', path)
            reply = house.call(method.upper(), url)
            if method in item:
                assert reply.status != 405, (method, path)
                if reply.status == 404:
                    code = reply.error['code']
                    assert code != 'autoscaling.path_not_found', path
            elif path != health.PATH:
                assert reply.status == 405, (method, path)
                allowed = reply.headers['allow'].lower().split(', ')
                assert set(allowed) == set(item), path


def test_every_place_is_documented(document):
    served = {path for path, _ in place.walk(v1.Root)}
    assert served | {health.PATH} == set(document['paths'])


def test_operations_are_told_apart_by_their_ids(document):
    ids = [
        operation['operationId']
        for item in document['paths'].values()
        for operation in item.values()
    ]
    assert len(ids) == len(set(ids))


def test_every_schema_is_one_and_is_used(document):
    schemas = document['components']['schemas']
    text = str(document)
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert f"'#/components/schemas/{name}'" in text


ANSWERS = {
    '/v1/profiles/{}': ('profile', 'Profile', furniture.PROFILE),
    '/v1/clusters/{}': ('cluster', 'Cluster', furniture.CLUSTER),
    '/v1/nodes/{}': ('node', 'Node', furniture.NODE),
    '/v1/hooks/{}': ('hook', 'Hook', furniture.HOOK),
    '/v1/events/{}': ('event', 'Event', furniture.EVENT),
    '/v1/actions/{}': ('action', 'Action', furniture.ACTION),
}


@pytest.mark.parametrize('path', ANSWERS)
def test_what_is_shown_is_as_documented(house, document, path):
    furniture.furnish(house)
    noun, schema, ref = ANSWERS[path]
    reply = house.get(path.format(ref))
    jsonschema.validate(
        reply.json[noun], document['components']['schemas'][schema]
    )


def test_what_is_made_is_as_documented(house, document):
    schemas = document['components']['schemas']
    cluster = house.cluster()
    policy = house.policy()
    jsonschema.validate(policy, schemas['Policy'])
    hook = house.webhook(cluster['id'])
    jsonschema.validate(hook, schemas['WebhookWithSecret'])
    shown = house.get(f'/v1/webhooks/{hook["id"]}').json['webhook']
    jsonschema.validate(shown, schemas['Webhook'])
    bound = house.put(f'/v1/clusters/web/policies/{policy["id"]}').json
    jsonschema.validate(bound['binding'], schemas['Binding'])
    url = hook['alarm_url'].removeprefix('http://api.test')
    jsonschema.validate(house.post(url).json, schemas['Triggered'])
    jsonschema.validate(house.get('/v1').json['version'], schemas['Version'])
    jsonschema.validate(house.get('/v1/nope').json, schemas['Errors'])
    for kind in ('profile', 'policy'):
        types = house.get(f'/v1/{kind}-types').json[f'{kind}_types']
        for each in types:
            jsonschema.validate(each, schemas['PluginType'])
            jsonschema.Draft202012Validator.check_schema(each['schema'])


def test_nothing_that_is_shown_has_a_secret(house):
    furniture.furnish(house)
    house.webhook(furniture.CLUSTER)
    for path in PATHS:
        if '{' not in path and path != '/v1/openapi.json':
            raw = house.get(path).raw
            assert b'token' not in raw, path
            assert b'hash' not in raw, path
