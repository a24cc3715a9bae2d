"""The catalogue, and Keystone's own version documents."""

from collections.abc import Mapping
from typing import Any

from autoscale.devcloud.identity import people

REGION = 'RegionOne'

#: service type, name, path; as DevStack lays them out behind one port
_SERVICES = (
    ('identity', 'keystone', '/identity'),
    ('compute', 'nova', '/compute/v2.1'),
    ('messaging', 'zaqar', '/messaging'),
    ('image', 'glance', '/image'),
    ('network', 'neutron', '/networking'),
)


def catalog(base_url: str, more: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every service with its endpoints; `more` maps types to URLs."""
    listed = [(kind, name, base_url + path) for kind, name, path in _SERVICES]
    listed += [(kind, kind, url) for kind, url in more.items()]
    return [_service(kind, name, url) for kind, name, url in listed]


def _service(kind: str, name: str, url: str) -> dict[str, Any]:
    return {
        'id': people.fixed_id('service', kind),
        'type': kind,
        'name': name,
        'endpoints': [
            {
                'id': people.fixed_id('endpoint', f'{kind}/{interface}'),
                'interface': interface,
                'region': REGION,
                'region_id': REGION,
                'url': url,
            }
            for interface in ('public', 'internal', 'admin')
        ],
    }


def version(base_url: str) -> dict[str, Any]:
    """Keystone's v3 as its version document tells it."""
    return {
        'id': 'v3.14',
        'status': 'stable',
        'updated': '2020-04-07T00:00:00Z',
        'links': [{'rel': 'self', 'href': f'{base_url}/identity/v3/'}],
        'media-types': [
            {
                'base': 'application/json',
                'type': 'application/vnd.openstack.identity-v3+json',
            }
        ],
    }
