"""Which version of Nova's API a request speaks."""

import re

from autoscale.devcloud import exchange

Version = tuple[int, int]

LEAST: Version = (2, 1)
MOST: Version = (2, 96)


def asked(request: exchange.Request) -> Version:
    """The version in the request's headers; 2.1 when there is none."""
    text = _header(request)
    if text is None:
        return LEAST
    if text == 'latest':
        return MOST
    matched = re.fullmatch(r'(\d+)\.(\d+)', text)
    if matched is None:
        raise exchange.Refused(
            400,
            f'API Version String {text} is of invalid format. Must be of '
            'format MajorNum.MinorNum.',
        )
    version = int(matched[1]), int(matched[2])
    if not LEAST <= version <= MOST:
        raise exchange.Refused(
            406,
            f'Version {text} is not supported by the API. Minimum is '
            f'{write(LEAST)} and maximum is {write(MOST)}.',
        )
    return version


def _header(request: exchange.Request) -> str | None:
    both = request.header('OpenStack-API-Version')
    if both is not None:
        for part in both.split(','):
            service, _, text = part.strip().partition(' ')
            if service == 'compute':
                return text.strip()
    return request.header('X-OpenStack-Nova-API-Version')


def write(version: Version) -> str:
    """As the headers spell it."""
    return f'{version[0]}.{version[1]}'


def headers(version: Version) -> exchange.Headers:
    """What Nova answers about the version."""
    text = write(version)
    return (
        ('OpenStack-API-Version', f'compute {text}'),
        ('X-OpenStack-Nova-API-Version', text),
        ('Vary', 'OpenStack-API-Version, X-OpenStack-Nova-API-Version'),
    )


def document(base_url: str) -> dict[str, object]:
    """The version document that clients discover Nova with."""
    return {
        'id': 'v2.1',
        'status': 'CURRENT',
        'version': write(MOST),
        'min_version': write(LEAST),
        'updated': '2013-07-23T11:33:21Z',
        'links': [{'rel': 'self', 'href': f'{base_url}/compute/v2.1/'}],
        'media-types': [
            {
                'base': 'application/json',
                'type': 'application/vnd.openstack.compute+json;version=2.1',
            }
        ],
    }
