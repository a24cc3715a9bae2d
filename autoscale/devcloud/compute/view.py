"""A server as Nova shows it, by microversion."""

import functools
import hashlib
from typing import Any

from autoscale.devcloud import image as images
from autoscale.devcloud import moment
from autoscale.devcloud.compute import microversion
from autoscale.devcloud.compute import server as servers


def links(server_id: str, base_url: str) -> list[dict[str, str]]:
    """Where the server is."""
    return [
        {
            'rel': 'self',
            'href': f'{base_url}/compute/v2.1/servers/{server_id}',
        },
        {
            'rel': 'bookmark',
            'href': f'{base_url}/compute/servers/{server_id}',
        },
    ]


def short(server: servers.Server, base_url: str) -> dict[str, Any]:
    """As GET /servers lists it."""
    return {
        'id': server.id,
        'name': server.name,
        'links': links(server.id, base_url),
    }


def bare(server: servers.Server, now: float) -> dict[str, Any]:
    """As the control door and tests see it: the truth, unversioned."""
    return {
        'id': server.id,
        'name': server.name,
        'project_id': server.project_id,
        'user_id': server.user_id,
        'status': server.status(now),
        'task_state': server.task(now),
        'tags': server.tags,
        'metadata': server.metadata,
        'created_at': server.created_at,
        'built_at': server.built_at,
    }


def full(
    server: servers.Server,
    now: float,
    *,
    version: microversion.Version,
    base_url: str,
) -> dict[str, Any]:
    """As GET /servers/detail and GET /servers/{id} show it."""
    status = server.status(now)
    is_active = status == 'ACTIVE'
    is_built = not server.is_building(now) and server.fault is None
    launched_at = moment.short(server.built_at)[:-1] if is_built else None
    host_id = ''
    if is_built:
        host_id = _host_id(server.project_id, server.zone, server.number % 8)
    shown: dict[str, Any] = {
        'id': server.id,
        'name': server.name,
        'status': status,
        'tenant_id': server.project_id,
        'user_id': server.user_id,
        'metadata': server.metadata,
        'hostId': host_id,
        'image': _image(server, base_url),
        'flavor': _flavor(server, version, base_url),
        'created': moment.short(server.created_at),
        'updated': moment.short(server.updated_at(now)),
        'addresses': _addresses(server) if is_built else {},
        'accessIPv4': '',
        'accessIPv6': '',
        'links': links(server.id, base_url),
        'OS-DCF:diskConfig': 'MANUAL',
        'OS-EXT-AZ:availability_zone': server.zone,
        'config_drive': 'True' if server.config_drive else '',
        'key_name': server.key_name,
        'OS-SRV-USG:launched_at': launched_at,
        'OS-SRV-USG:terminated_at': None,
        'OS-EXT-STS:task_state': server.task(now),
        'OS-EXT-STS:vm_state': _VM_STATES[status],
        'OS-EXT-STS:power_state': 1 if is_active else (4 if is_built else 0),
        'os-extended-volumes:volumes_attached': [],
        'security_groups': [{'name': name} for name in server.security_groups],
    }
    if status in ('BUILD', 'REBUILD', 'ACTIVE'):
        shown['progress'] = 100 if is_active else 0
    if status == 'ERROR':
        shown['fault'] = {
            'code': 500,
            'created': moment.short(server.built_at),
            'message': server.fault,
        }
    if status == 'DELETED' and server.gone_at is not None:
        shown['OS-SRV-USG:terminated_at'] = moment.short(server.gone_at)[:-1]
    _add_by_version(shown, server, version)
    return shown


def _add_by_version(
    shown: dict[str, Any],
    server: servers.Server,
    version: microversion.Version,
) -> None:
    if version >= (2, 9):
        shown['locked'] = False
    if version >= (2, 19):
        shown['description'] = server.description
    if version >= (2, 26):
        shown['tags'] = server.tags
    if version >= (2, 63):
        shown['trusted_image_certificates'] = None
    if version >= (2, 71):
        shown['server_groups'] = [server.group_id] if server.group_id else []
    if version >= (2, 73):
        shown['locked_reason'] = None
    if version >= (2, 90):
        shown['OS-EXT-SRV-ATTR:hostname'] = server.hostname
    if version >= (2, 96):
        shown['pinned_availability_zone'] = None


_VM_STATES = {
    'ACTIVE': 'active',
    'BUILD': 'building',
    'DELETED': 'deleted',
    'ERROR': 'error',
    'REBUILD': 'active',
    'SHUTOFF': 'stopped',
}


def _flavor(
    server: servers.Server, version: microversion.Version, base_url: str
) -> dict[str, Any]:
    if version >= (2, 47):
        return server.flavor.embedded()
    return {'id': server.flavor_id, 'links': server.flavor.links(base_url)}


def _image(server: servers.Server, base_url: str) -> Any:
    if not server.image_id:
        return ''
    href = f'{base_url}/compute/images/{server.image_id}'
    return {
        'id': images.IMAGES[server.image_id]['id'],
        'links': [{'rel': 'bookmark', 'href': href}],
    }


def _addresses(server: servers.Server) -> dict[str, Any]:
    if server.address is None:
        return {}
    high, low = divmod(server.number % 2**24, 256)
    mac = f'fa:16:3e:{high // 256:02x}:{high % 256:02x}:{low:02x}'
    return {
        server.network: [
            {
                'version': 4,
                'addr': server.address,
                'OS-EXT-IPS:type': 'fixed',
                'OS-EXT-IPS-MAC:mac_addr': mac,
            }
        ]
    }


@functools.lru_cache(maxsize=1024)
def _host_id(project_id: str, zone: str, host: int) -> str:
    name = f'{project_id}/{zone}/{host}'
    return hashlib.sha256(name.encode()).hexdigest()[:56]
