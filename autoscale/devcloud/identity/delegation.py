"""Trusts and application credentials: acting for someone, later.

Both are values in a table with the one lookup that counts: do they still
hold? Who may make them is decided where the request is answered.
"""

import dataclasses
import hashlib
import hmac
from typing import Any

from autoscale.devcloud import moment
from autoscale.devcloud.identity import people


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trust:
    id: str
    trustor_id: str  #: whose roles are lent
    trustee_id: str  #: who may use them
    project_id: str
    roles: tuple[str, ...]  #: names
    impersonation: bool
    expires_at: float | None = None
    remaining_uses: int | None = None

    def holds(self, now: float) -> bool:
        """Whether a token may still be had with it."""
        return (self.expires_at is None or now < self.expires_at) and (
            self.remaining_uses is None or self.remaining_uses > 0
        )

    def show(self, base_url: str) -> dict[str, Any]:
        url = f'{base_url}/identity/v3/OS-TRUST/trusts/{self.id}'
        return {
            'id': self.id,
            'trustor_user_id': self.trustor_id,
            'trustee_user_id': self.trustee_id,
            'project_id': self.project_id,
            'impersonation': self.impersonation,
            'expires_at': _when(self.expires_at),
            'remaining_uses': self.remaining_uses,
            'redelegation_count': 0,
            'deleted_at': None,
            'roles': people.role_references(frozenset(self.roles)),
            'roles_links': {
                'self': f'{url}/roles',
                'previous': None,
                'next': None,
            },
            'links': {'self': url},
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class ApplicationCredential:
    id: str
    name: str
    user_id: str
    project_id: str
    roles: tuple[str, ...]  #: names
    secret_hash: str
    description: str | None = None
    unrestricted: bool = False
    expires_at: float | None = None
    access_rules: tuple[Any, ...] = ()  #: kept and shown, not enforced

    def holds(self, now: float) -> bool:
        """Whether it has not expired."""
        return self.expires_at is None or now < self.expires_at

    def opens_with(self, secret: str) -> bool:
        """Whether this is its secret."""
        return hmac.compare_digest(
            self.secret_hash.encode(), hash_secret(secret).encode()
        )

    def show(self, base_url: str) -> dict[str, Any]:
        shown = {
            'id': self.id,
            'name': self.name,
            'description': self.description,
            'project_id': self.project_id,
            'roles': people.role_references(frozenset(self.roles)),
            'unrestricted': self.unrestricted,
            'expires_at': _when(self.expires_at),
            'links': {
                'self': f'{base_url}/identity/v3/users/{self.user_id}'
                f'/application_credentials/{self.id}'
            },
        }
        if self.access_rules:
            shown['access_rules'] = list(self.access_rules)
        return shown


def hash_secret(secret: str) -> str:
    """What is kept of a secret. It is random and long: no salt needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _when(expires_at: float | None) -> str | None:
    return None if expires_at is None else moment.long(expires_at)
