"""The caller's credential: what is accepted and shown; never a secret."""

from typing import Any

from autoscale.api.schemas import fields
from autoscale.api.schemas.shape import Shape
from autoscale.model import credential

_PART = {
    'type': 'string',
    'minLength': 1,
    'maxLength': 255,
    'pattern': fields.PRINTABLE,
    'x-pattern-means': 'must have no control characters',
}

STORE = Shape(
    'CredentialStore',
    fields.of(
        {
            'kind': {
                'type': 'string',
                'enum': list(credential.KINDS),
                'description': (
                    'trust: one is made now, with the token of this request.'
                ),
            },
            'application_credential_id': {
                **_PART,
                'description': "The caller's own, of this project.",
            },
            'application_credential_secret': {
                **_PART,
                'description': 'Kept encrypted, and never shown.',
            },
        },
        'kind',
    ),
)
SHOWN = Shape(
    'Credential',
    fields.shown(
        {
            'user_id': fields.TEXT,
            'project_id': fields.TEXT,
            'kind': {'type': 'string', 'enum': list(credential.KINDS)},
            'state': {
                'type': 'string',
                'enum': list(credential.STATES),
                'description': 'broken: Keystone does not accept it.',
            },
            'reason': fields.MAYBE_TEXT,
            'broken_at': fields.MAYBE_WHEN,
            'created_at': fields.WHEN,
        }
    ),
)


def show(each: credential.Credential) -> dict[str, Any]:
    return {
        'user_id': each.user_id,
        'project_id': each.project_id,
        'kind': each.kind,
        'state': each.state,
        'reason': each.reason,
        'broken_at': fields.moment(each.broken_at),
        'created_at': fields.moment(each.created_at),
    }
