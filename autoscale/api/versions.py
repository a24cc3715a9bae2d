"""Versions: the documents that clients discover us by, and microversions.

A client names the version it was written for in `OpenStack-API-Version:
autoscaling 1.N`; one that names none gets the oldest. What triggers and
answers hooks knows no versions and never comes here.
"""

from collections.abc import Iterable
from typing import Any

import microversion_parse

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import faults
from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape

HEADER = 'OpenStack-API-Version'

MIN = microversion_parse.Version(1, 0)
MAX = microversion_parse.Version(1, 0)

#: When MAX last changed.
UPDATED = '2026-11-21T00:00:00Z'

SHOWN = Shape(
    'Version',
    fields.shown(
        {
            'id': fields.TEXT,
            'status': fields.TEXT,
            'version': fields.TEXT,
            'min_version': fields.TEXT,
            'max_version': fields.TEXT,
            'updated': fields.WHEN,
            'links': {'type': 'array', 'items': fields.OBJECT},
        }
    ),
)


def document(base_url: str) -> dict[str, Any]:
    """The version document of /v1, as keystoneauth wants it."""
    return {
        'id': f'v{MIN.major}.0',
        'status': 'CURRENT',
        'version': str(MAX),
        'min_version': str(MIN),
        'max_version': str(MAX),
        'updated': UPDATED,
        'links': [{'rel': 'self', 'href': f'{base_url}/v1/'}],
    }


def asked_for(environ: answer.Environ) -> microversion_parse.Version:
    """The version that a request wants; Invalid or VersionNotAvailable."""
    header = environ.get('HTTP_OPENSTACK_API_VERSION')
    if not header:
        return MIN
    asked = microversion_parse.get_version({HEADER: header}, faults.SERVICE)
    if asked is None:
        return MIN
    if asked.lower() == 'latest':
        return MAX
    try:
        version = microversion_parse.parse_version_string(asked)
    except (TypeError, ValueError):
        raise exceptions.Invalid(
            reason=f'{HEADER} must be {faults.SERVICE} and a version such as '
            f'{MAX}, or latest.'
        ) from None
    if not MIN <= version <= MAX:
        raise faults.VersionNotAvailable(
            asked=f'{version.major}.{version.minor}',
            min_version=str(MIN),
            max_version=str(MAX),
        )
    return version


class Microversion:
    """Finds out the version of a request, and tells it in every answer."""

    def __init__(self, app: answer.WSGIApp) -> None:
        self.app = app

    def __call__(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        environ[faults.HEADERS] = [('Vary', HEADER)]
        version = asked_for(environ)
        environ['autoscale.version'] = version
        environ[faults.HEADERS].append((HEADER, f'{faults.SERVICE} {version}'))
        return self.app(environ, start_response)
