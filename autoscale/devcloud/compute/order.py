"""The body of a create call, read and found sound, or refused as Nova does.

Nothing here knows what there is room for; that is the creation's business.
"""

import base64
import binascii
import dataclasses
import re
import uuid
from collections.abc import Callable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import image as images
from autoscale.devcloud import network as networks
from autoscale.devcloud import shape
from autoscale.devcloud.compute import flavor as flavors
from autoscale.devcloud.compute import microversion

MOST_TAGS = 50
LONGEST_TAG = 60
LONGEST_USER_DATA = 65535

_KNOWN = frozenset(
    {
        'OS-DCF:diskConfig',
        'accessIPv4',
        'accessIPv6',
        'adminPass',
        'availability_zone',
        'block_device_mapping_v2',
        'config_drive',
        'description',
        'flavorRef',
        'hostname',
        'imageRef',
        'key_name',
        'max_count',
        'metadata',
        'min_count',
        'name',
        'networks',
        'return_reservation_id',
        'security_groups',
        'tags',
        'trusted_image_certificates',
        'user_data',
    }
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """What the caller wants, with every reference found to exist."""

    name: str
    flavor: flavors.Flavor
    image_id: str
    network: str | None
    least: int
    most: int
    wants_reservation: bool
    tags: list[str]
    metadata: dict[str, str]
    zone: str
    key_name: str | None
    description: str | None
    hostname: str | None
    user_data: str | None
    config_drive: bool
    security_groups: list[str]
    group_id: str | None


def read(
    request: exchange.Request,
    *,
    has_key: Callable[[str], bool],
    has_group: Callable[[str], bool],
) -> Order:
    """The order in the request's body."""
    body = request.document('server')
    version: microversion.Version = request.version
    for name in body:
        if name not in _KNOWN:
            raise _invalid(
                'server',
                body,
                f'Additional properties are not allowed ({name!r} was '
                'unexpected)',
            )
    least, most = _counts(body)
    return Order(
        name=_text(body, 'name', required=True),
        flavor=_flavor(body),
        image_id=_image(body),
        network=_network(body, version),
        least=least,
        most=most,
        wants_reservation=bool(body.get('return_reservation_id', False)),
        tags=_tags(body, version),
        metadata=metadata(body.get('metadata', {})),
        zone=_zone(body),
        key_name=_key(body, has_key),
        description=shape.text_or_none(body.get('description'), 'description'),
        hostname=shape.text_or_none(body.get('hostname'), 'hostname'),
        user_data=_user_data(body),
        config_drive=str(body.get('config_drive')).lower() in ('true', '1'),
        security_groups=_security_groups(body),
        group_id=_group(request.json(), has_group),
    )


def _invalid(name: str, value: Any, reason: str) -> exchange.Refused:
    return exchange.Refused(
        400,
        f'Invalid input for field/attribute {name}. Value: {value}. {reason}',
    )


def _text(body: dict[str, Any], name: str, *, required: bool) -> str:
    value = body.get(name)
    if value is None and required:
        raise _invalid('server', body, f"'{name}' is a required property")
    if not isinstance(value, str) or not 0 < len(value.strip()) <= 255:
        raise _invalid(name, value, f'{value!r} is no name of 1 to 255 signs')
    return value.strip()


def _flavor(body: dict[str, Any]) -> flavors.Flavor:
    wanted = body.get('flavorRef')
    if wanted is None:
        raise _invalid('server', body, "'flavorRef' is a required property")
    flavor = flavors.FLAVORS.get(str(wanted).rsplit('/', 1)[-1])
    if flavor is None:
        raise exchange.Refused(400, f'Flavor {wanted} could not be found.')
    return flavor


def _image(body: dict[str, Any]) -> str:
    wanted = body.get('imageRef') or ''
    devices = shape.a_list(
        body.get('block_device_mapping_v2'), 'block_device_mapping_v2'
    )
    if not wanted:
        if not devices:
            raise exchange.Refused(
                400,
                'Block Device Mapping is Invalid: Boot sequence for the '
                'instance and image/block device mapping combination is not '
                'valid.',
            )
        return ''
    return image_id({'imageRef': wanted})


def image_id(body: Any) -> str:
    """The id of the image that a create or rebuild names."""
    wanted = body.get('imageRef') if isinstance(body, dict) else None
    image_id = str(wanted).rsplit('/', 1)[-1]
    if not is_uuid(image_id):
        raise exchange.Refused(400, 'Invalid imageRef provided.')
    if image_id not in images.IMAGES:
        raise exchange.Refused(400, 'Can not find requested image')
    return image_id


def _network(
    body: dict[str, Any], version: microversion.Version
) -> str | None:
    """The name of the network to plug into, or None."""
    wanted = body.get('networks')
    if version >= (2, 37) and wanted is None:
        raise _invalid('server', body, "'networks' is a required property")
    if wanted == 'none':
        return None
    if wanted is None or wanted == 'auto':
        return networks.DEFAULT
    if not isinstance(wanted, list):
        raise _invalid('networks', wanted, 'It must be auto, none or a list')
    for entry in wanted:
        network_id = entry.get('uuid') if isinstance(entry, dict) else None
        if network_id is None:
            raise _invalid('networks', wanted, 'Each must have a uuid')
        if str(network_id) not in networks.NETWORKS:
            raise exchange.Refused(
                400, f'Network {network_id} could not be found.'
            )
    return networks.DEFAULT if wanted else None


def _counts(body: dict[str, Any]) -> tuple[int, int]:
    counts = []
    for name in ('min_count', 'max_count'):
        value = body.get(name)
        if value is not None and not re.fullmatch(r'0*[1-9]\d*', str(value)):
            raise _invalid(name, value, f'{value!r} is not a positive number')
        counts.append(None if value is None else int(value))
    least = counts[0] or 1
    most = counts[1] or least
    if least > most:
        raise exchange.Refused(400, 'min_count must be <= max_count')
    return least, most


def _tags(body: dict[str, Any], version: microversion.Version) -> list[str]:
    if 'tags' not in body:
        return []
    if version < (2, 52):
        raise _invalid(
            'server',
            body,
            "Additional properties are not allowed ('tags' was unexpected)",
        )
    return tags(body['tags'])


def tags(wanted: Any) -> list[str]:
    """Tags that a server may have, each once."""
    if not isinstance(wanted, list):
        raise _invalid('tags', wanted, 'It is not a list')
    if len(wanted) > MOST_TAGS:
        raise _invalid('tags', wanted, f'There are more than {MOST_TAGS}')
    for each in wanted:
        tag(each)
    return list(dict.fromkeys(wanted))


def tag(wanted: Any) -> str:
    """A tag as Nova wants it: short, and good for a list and a path."""
    if not isinstance(wanted, str) or not 0 < len(wanted) <= LONGEST_TAG:
        raise _invalid('tags', wanted, f'It has not 1 to {LONGEST_TAG} signs')
    if '/' in wanted or ',' in wanted:
        raise _invalid('tags', wanted, f'{wanted!r} holds a / or a comma')
    return wanted


def metadata(wanted: Any) -> dict[str, str]:
    """Metadata that a server may have."""
    if not isinstance(wanted, dict) or len(wanted) > 128:
        raise _invalid('metadata', wanted, 'It is no object of 128 or fewer')
    for name, value in wanted.items():
        if not isinstance(value, str) or len(value) > 255 or len(name) > 255:
            raise _invalid(
                name, value, f'{value!r} is not text of 255 or less'
            )
    return dict(wanted)


def _zone(body: dict[str, Any]) -> str:
    wanted = body.get('availability_zone')
    if wanted is None:
        return flavors.DEFAULT_ZONE
    if wanted not in flavors.ZONES:
        raise exchange.Refused(
            400, 'The requested availability zone is not available'
        )
    return str(wanted)


def _key(body: dict[str, Any], has_key: Callable[[str], bool]) -> str | None:
    wanted = shape.text_or_none(body.get('key_name'), 'key_name')
    if wanted is not None and not has_key(wanted):
        raise exchange.Refused(400, 'Invalid key_name provided.')
    return wanted


def _user_data(body: dict[str, Any]) -> str | None:
    wanted = body.get('user_data')
    if wanted is None:
        return None
    try:
        base64.b64decode(wanted, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise _invalid('user_data', wanted, 'It is not base64') from None
    if len(wanted) > LONGEST_USER_DATA:
        raise _invalid('user_data', '...', 'It is too long')
    return str(wanted)


def _security_groups(body: dict[str, Any]) -> list[str]:
    wanted = shape.a_list(body.get('security_groups'), 'security_groups')
    names = [
        entry.get('name') if isinstance(entry, dict) else None
        for entry in wanted
    ]
    for name in names:
        if name != 'default':
            raise exchange.Refused(
                400, f'Security group {name} not found for project.'
            )
    return ['default']


def _group(whole: dict[str, Any], has_group: Callable[[str], bool]) -> Any:
    hints = (
        whole.get('os:scheduler_hints')
        or whole.get('OS-SCH-HNT:scheduler_hints')
        or {}
    )
    hints = shape.an_object(hints, 'os:scheduler_hints')
    group_id = shape.text_or_none(hints.get('group'), 'group')
    if group_id is not None and not has_group(group_id):
        raise exchange.Refused(
            400, f'Instance group {group_id} could not be found.'
        )
    return group_id


def is_uuid(text: str) -> bool:
    """Whether the text is an id as Nova and Glance give them."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
