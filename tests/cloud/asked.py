"""Which cloud the tests are pointed at, by the environment."""

import dataclasses
import os
from collections.abc import Mapping

import pytest

_MISSING = """
No cloud was named. Set
  AUTOSCALE_CLOUD         a cloud of clouds.yaml: an ordinary user's, who logs
                          in with a password, in a project without servers
and, where it differs from what is in brackets,
  OS_CLIENT_CONFIG_FILE   the clouds.yaml [where OpenStack's tools look]
  AUTOSCALE_ADMIN_CLOUD   an administrator's: for quotas, a flavor that fits
                          nowhere, and people to test with [tests are skipped]
  AUTOSCALE_CLOUD_FLAVOR, AUTOSCALE_CLOUD_IMAGE  [tiny, tiny]
  AUTOSCALE_CLOUD_NETWORK a network's name [none: servers without]
  AUTOSCALE_CLOUD_ZONE    an availability zone [nova]
  AUTOSCALE_CLOUD_SIZE    members of the large cluster [20]
  AUTOSCALE_CLOUD_BUS     the cloud's transport_url: to put an event there
                          that an alarm is on [the test is skipped]
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for; the names are those of clouds.yaml."""

    cloud: str
    admin: str | None
    flavor: str
    image: str
    network: str | None
    zone: str
    size: int
    bus: str | None

    @property
    def networks(self) -> str | list[dict[str, str]]:
        """As a profile's spec has it."""
        return [{'network': self.network}] if self.network else 'none'

    @property
    def spec(self) -> dict[str, object]:
        """What a member is made of."""
        return {
            'flavor': self.flavor,
            'image': self.image,
            'networks': self.networks,
        }


def read(environ: Mapping[str, str] = os.environ) -> Asked:
    """Raises UsageError, with what to set, when no cloud is named."""
    if not environ.get('AUTOSCALE_CLOUD'):
        raise pytest.UsageError(_MISSING)
    network = environ.get('AUTOSCALE_CLOUD_NETWORK', 'none')
    return Asked(
        cloud=environ['AUTOSCALE_CLOUD'],
        admin=environ.get('AUTOSCALE_ADMIN_CLOUD') or None,
        flavor=environ.get('AUTOSCALE_CLOUD_FLAVOR', 'tiny'),
        image=environ.get('AUTOSCALE_CLOUD_IMAGE', 'tiny'),
        network=None if network == 'none' else network,
        zone=environ.get('AUTOSCALE_CLOUD_ZONE', 'nova'),
        size=int(environ.get('AUTOSCALE_CLOUD_SIZE', '20')),
        bus=environ.get('AUTOSCALE_CLOUD_BUS') or None,
    )
