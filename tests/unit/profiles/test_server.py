import jsonschema
import pytest

from autoscale.profiles.server import ServerProfile
from tests.fakes.clock import Clock
from tests.fakes.nova import FakeNova

SERVER = {'flavor': 'tiny', 'image': 'cirros'}


@pytest.fixture
def nova():
    return FakeNova(Clock())


def test_names_become_ids(nova):
    spec = {**SERVER, 'networks': [{'network': 'private', 'tag': 'front'}]}
    request = ServerProfile(spec).request(nova)
    assert request['flavor'] == '1'
    assert request['image'] == 'image-1'
    assert request['networks'] == [{'network': 'network-1', 'tag': 'front'}]


def test_networks_are_automatic_when_left_out(nova):
    assert ServerProfile(SERVER).request(nova)['networks'] == 'auto'
    assert nova.count('find_network') == 0


def test_a_server_may_boot_from_a_volume_without_an_image(nova):
    device = {
        'boot_index': 0,
        'source_type': 'image',
        'destination_type': 'volume',
        'uuid': 'image-1',
    }
    spec = {'flavor': 'tiny', 'block_device_mapping_v2': [device]}
    request = ServerProfile(ServerProfile.check(spec)).request(nova)
    assert 'image' not in request
    assert request['block_device_mapping_v2'] == [device]


def test_a_key_pair_that_is_there_is_verified(nova):
    ServerProfile({**SERVER, 'key_name': 'key'}).verify(nova)


@pytest.mark.parametrize(
    'spec',
    [
        {},
        {**SERVER, 'flavour': 'tiny'},
        {**SERVER, 'flavor': ''},
        {**SERVER, 'networks': 'some'},
        {**SERVER, 'networks': []},
        {**SERVER, 'networks': [{}]},
        {**SERVER, 'metadata': {'a': 1}},
        {**SERVER, 'metadata': {'a/b': 'c'}},
        {**SERVER, 'security_groups': ['a', 'a']},
        {**SERVER, 'availability_zone': 'nova:host'},
    ],
)
def test_the_schema_refuses(spec):
    assert not jsonschema.Draft202012Validator(ServerProfile.schema).is_valid(
        spec
    )
