"""What a server can be made of: flavors, zones and the ready-made keypair."""

import dataclasses
from typing import Any

ZONES = ('nova', 'az1', 'az2')
DEFAULT_ZONE = 'nova'


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flavor:
    id: str
    name: str
    vcpus: int
    ram: int  #: MiB
    disk: int  #: GiB

    def show(self, base_url: str) -> dict[str, Any]:
        return {
            'id': self.id,
            'name': self.name,
            'vcpus': self.vcpus,
            'ram': self.ram,
            'disk': self.disk,
            'swap': 0,
            'OS-FLV-EXT-DATA:ephemeral': 0,
            'OS-FLV-DISABLED:disabled': False,
            'os-flavor-access:is_public': True,
            'rxtx_factor': 1.0,
            'description': None,
            'extra_specs': {},
            'links': self.links(base_url),
        }

    def embedded(self) -> dict[str, Any]:
        """The flavor inside a server, from 2.47 on."""
        return {
            'original_name': self.name,
            'vcpus': self.vcpus,
            'ram': self.ram,
            'disk': self.disk,
            'ephemeral': 0,
            'swap': 0,
            'extra_specs': {},
        }

    def links(self, base_url: str) -> list[dict[str, str]]:
        path = f'flavors/{self.id}'
        return [
            {'rel': 'self', 'href': f'{base_url}/compute/v2.1/{path}'},
            {'rel': 'bookmark', 'href': f'{base_url}/compute/{path}'},
        ]


FLAVORS = {
    flavor.id: flavor
    for flavor in (
        Flavor(id='1', name='tiny', vcpus=1, ram=64, disk=1),
        Flavor(id='2', name='small', vcpus=1, ram=512, disk=1),
        Flavor(id='3', name='medium', vcpus=2, ram=2048, disk=10),
        Flavor(id='4', name='large', vcpus=4, ram=8192, disk=40),
    )
}
