"""The server profile: what a Nova server of a cluster is made of.

A person writes names; Nova takes ids. The names are looked up when servers
are to be launched, so that a profile may name an image that is replaced.
"""

import base64
from typing import Any
from typing import NoReturn

from autoscale import exceptions
from autoscale.model import defaults

#: What Nova takes of user data, in bytes, once it is in base64.
_MOST_USER_DATA = 65_535

#: Nova's own, and ours beside it, are set for each server.
_MOST_METADATA = 100

_REF = {'type': 'string', 'minLength': 1, 'maxLength': 255}


class ServerProfile:
    """A server of Nova."""

    schema: dict[str, Any] = {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': 'Server',
        'description': (
            'What each server of a cluster is made of, as for Nova; the '
            'name of a server is that of its node.'
        ),
        'type': 'object',
        'additionalProperties': False,
        'required': ['flavor'],
        'properties': {
            'flavor': {
                **_REF,
                'title': 'Flavor',
                'description': 'The id or the name of the flavor.',
            },
            'image': {
                **_REF,
                'title': 'Image',
                'description': (
                    'The id or the name of the image. Left out when the '
                    'server boots from a volume.'
                ),
            },
            'networks': {
                'title': 'Networks',
                'description': (
                    "'auto': the project's only network, which is made if "
                    "there is none; 'none': no network; or a list, one for "
                    'each network card.'
                ),
                'default': 'auto',
                'oneOf': [
                    {'enum': ['auto', 'none']},
                    {
                        'type': 'array',
                        'minItems': 1,
                        'maxItems': 32,
                        'items': {
                            'type': 'object',
                            'additionalProperties': False,
                            'required': ['network'],
                            'properties': {
                                'network': {
                                    **_REF,
                                    'title': 'Network',
                                    'description': (
                                        'The id or the name of the network.'
                                    ),
                                },
                                'tag': {
                                    'title': 'Device tag',
                                    'description': (
                                        'What the server reads of this card '
                                        'in its metadata.'
                                    ),
                                    'type': 'string',
                                    'minLength': 1,
                                    'maxLength': 60,
                                    'pattern': '^[^,/]*$',
                                },
                            },
                        },
                    },
                ],
            },
            'key_name': {
                **_REF,
                'title': 'Key pair',
                'description': (
                    'The name of a key pair of the user who owns the cluster.'
                ),
            },
            'security_groups': {
                'title': 'Security groups',
                'description': (
                    "Names or ids. Left out: the project's default group."
                ),
                'type': 'array',
                'items': _REF,
                'minItems': 1,
                'maxItems': 32,
                'uniqueItems': True,
            },
            'user_data': {
                'title': 'User data',
                'description': (
                    'What cloud-init runs or reads, as plain text; '
                    f'{_MOST_USER_DATA} bytes at most once it is in base64.'
                ),
                'type': 'string',
                'maxLength': _MOST_USER_DATA,
            },
            'metadata': {
                'title': 'Metadata',
                'description': 'Keys and texts that each server carries.',
                'type': 'object',
                'maxProperties': _MOST_METADATA,
                'propertyNames': {'pattern': '^[A-Za-z0-9-_:. ]{1,255}$'},
                'additionalProperties': {'type': 'string', 'maxLength': 255},
                'default': {},
            },
            'availability_zone': {
                **_REF,
                'title': 'Availability zone',
                'description': "Where servers go. Left out: Nova's default.",
                'pattern': '^[^:]*$',
            },
            'config_drive': {
                'title': 'Config drive',
                'description': 'Whether servers have their data on a drive.',
                'type': 'boolean',
                'default': False,
            },
            'scheduler_hints': {
                'title': 'Scheduler hints',
                'description': "Hints for Nova's scheduler, such as group.",
                'type': 'object',
                'maxProperties': 32,
            },
            'block_device_mapping_v2': {
                'title': 'Block devices',
                'description': (
                    'Disks and volumes, as Nova takes them; one with '
                    'boot_index 0 is what a server without an image boots '
                    'from. One volume cannot be in two servers, so what is '
                    'made of an image or a snapshot is what works.'
                ),
                'type': 'array',
                'minItems': 1,
                'maxItems': 32,
                'items': {'type': 'object', 'maxProperties': 32},
            },
        },
    }

    @classmethod
    def check(cls, spec: dict[str, Any]) -> dict[str, Any]:
        """`spec` with its defaults; raises InvalidField.

        The caller has held `spec` against the schema already. Nothing is
        asked of the cloud: that is `verify`.
        """
        spec = defaults.filled(cls.schema, spec)
        devices = spec.get('block_device_mapping_v2', [])
        if 'image' not in spec and not any(
            str(each.get('boot_index')) == '0' for each in devices
        ):
            _wrong(
                'image',
                'needed, unless a block device has boot_index 0.',
            )
        for i, each in enumerate(devices):
            if each.get('source_type') == 'volume':
                _wrong(
                    f'block_device_mapping_v2.{i}.source_type',
                    'one volume cannot be in every server; take image, '
                    'snapshot or blank.',
                )
        size = len(base64.b64encode(spec.get('user_data', '').encode()))
        if size > _MOST_USER_DATA:
            _wrong(
                'user_data',
                f'{size} bytes in base64; Nova takes {_MOST_USER_DATA}.',
            )
        return spec

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = defaults.filled(self.schema, spec)

    def request(self, nova: Any) -> dict[str, Any]:
        """The spec for `nova.create_servers`, with ids for names.

        Raises RequestIsWrong when one of them names nothing, and other
        CloudErrors as they come.
        """
        request = dict(self._spec)
        request['flavor'] = nova.find_flavor(request['flavor'])
        if 'image' in request:
            request['image'] = nova.find_image(request['image'])
        if not isinstance(request['networks'], str):
            request['networks'] = [
                {**each, 'network': nova.find_network(each['network'])}
                for each in request['networks']
            ]
        return request

    def verify(self, nova: Any) -> None:
        """Whether all that it names is there: RequestIsWrong if not."""
        self.request(nova)
        key = self._spec.get('key_name')
        if key is not None and not nova.has_keypair(key):
            raise exceptions.RequestIsWrong(
                service='nova',
                operation='find key pair',
                reason=f"there is no key pair '{key}'",
            )


def _wrong(field: str, reason: str) -> NoReturn:
    raise exceptions.InvalidField(field=field, reason=reason)
