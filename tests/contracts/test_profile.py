import pytest

from autoscale.profiles.server import ServerProfile
from tests.contracts.profile import ProfileContract
from tests.fakes import cloud as clouds
from tests.fakes.clock import Clock
from tests.fakes.nova import FakeNova

SERVER = {'flavor': 'tiny', 'image': 'cirros'}
BOOTABLE = {
    'boot_index': 0,
    'source_type': 'image',
    'destination_type': 'volume',
    'uuid': 'image-1',
    'volume_size': 1,
}


class ServerProfileContract(ProfileContract):
    profile = ServerProfile
    right = [
        SERVER,
        {**SERVER, 'networks': 'none'},
        {
            **SERVER,
            'networks': [{'network': 'private'}],
            'user_data': '#!/bin/sh\necho hello\n',
            'metadata': {'role': 'web'},
            'security_groups': ['default'],
            'availability_zone': 'nova',
            'config_drive': True,
        },
    ]
    wrong = [
        {'flavor': 'tiny'},
        {'flavor': 'tiny', 'block_device_mapping_v2': [{'boot_index': 1}]},
        {
            'flavor': 'tiny',
            'block_device_mapping_v2': [{**BOOTABLE, 'source_type': 'volume'}],
        },
        {**SERVER, 'user_data': 'x' * 60_000},
    ]
    unknown = [
        ({**SERVER, 'flavor': 'huge'}, 'huge'),
        ({**SERVER, 'image': 'plan9'}, 'plan9'),
        ({**SERVER, 'networks': [{'network': 'mars'}]}, 'mars'),
        ({**SERVER, 'key_name': 'lost'}, 'lost'),
    ]


class TestServerProfileOnTheFake(ServerProfileContract):
    @pytest.fixture
    def cloud(self):
        return FakeNova(Clock())


class TestServerProfileOverHTTP(ServerProfileContract):
    @pytest.fixture
    def cloud(self):
        with clouds.running() as cloud, clouds.session() as session:
            yield clouds.nova(session, clouds.login(cloud))
