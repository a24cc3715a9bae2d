"""Who may make, see and end trusts and application credentials.

Delegated tokens are kept short: an application credential's token touches no
trust, and a trust's token makes neither trusts nor application credentials.
"""

import secrets
from collections.abc import Callable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import moment
from autoscale.devcloud import shape
from autoscale.devcloud.identity import authority as authorities
from autoscale.devcloud.identity import delegation

NO_TRUSTS = 'Delegated tokens cannot manage trusts'


class Lending:
    """Answers the OS-TRUST and application credential requests."""

    def __init__(
        self,
        authority: authorities.Authority,
        *,
        clock: Callable[[], float],
    ):
        self._authority = authority
        self._clock = clock

    # -- trusts

    def create_trust(self, request: exchange.Request) -> exchange.Answer:
        caller = _caller(request)
        if caller.application_credential_id or caller.trust_id:
            raise exchange.Refused(403, NO_TRUSTS)
        body = request.document('trust')
        if body.get('trustor_user_id') != caller.user_id:
            raise exchange.Refused(
                403, 'The authenticated user should match the trustor.'
            )
        trustee_id = str(body.get('trustee_user_id'))
        if trustee_id not in self._authority.people.users:
            raise exchange.Refused(404, f'Could not find user: {trustee_id}.')
        project_id, roles = self._lent(body, caller)
        uses = body.get('remaining_uses')
        if uses is not None and (type(uses) is not int or uses < 1):
            raise exchange.Refused(
                400, 'remaining_uses must be a positive integer or null.'
            )
        trust = delegation.Trust(
            id=authorities.new_id(),
            trustor_id=caller.user_id,
            trustee_id=trustee_id,
            project_id=project_id,
            roles=roles,
            impersonation=_boolean(body, 'impersonation'),
            expires_at=self._expiry(body),
            remaining_uses=uses,
        )
        self._authority.add_trust(trust)
        request.ids = [trust.id]
        return exchange.Answer(201, {'trust': trust.show(request.base_url)})

    def _lent(
        self, body: dict[str, Any], caller: exchange.Caller
    ) -> tuple[str, tuple[str, ...]]:
        """Project and role names; never more than the trustor has."""
        roles = self._role_names(body.get('roles'))
        project_id = shape.text_or_none(body.get('project_id'), 'project_id')
        if not roles or not project_id:
            raise exchange.Refused(
                403, 'At least one role should be specified.'
            )
        held = self._authority.people.roles_of(caller.user_id, project_id)
        for role in roles:
            if role not in held:
                raise exchange.Refused(404, f'Could not find role: {role}.')
        return project_id, roles

    def list_trusts(self, request: exchange.Request) -> exchange.Answer:
        caller = _caller(request)
        if caller.application_credential_id:
            raise exchange.Refused(403, NO_TRUSTS)
        trustor = request.parameter('trustor_user_id')
        trustee = request.parameter('trustee_user_id')
        if not caller.is_admin and caller.user_id not in (trustor, trustee):
            raise exchange.Refused(403, _not_allowed('list_trusts'))
        found = [
            trust.show(request.base_url)
            for trust in list(self._authority.trusts.values())
            if trustor in (None, trust.trustor_id)
            and trustee in (None, trust.trustee_id)
        ]
        return exchange.Answer(200, {'trusts': found, 'links': {}})

    def show_trust(
        self, request: exchange.Request, trust_id: str
    ) -> exchange.Answer:
        trust = self._trust(request, trust_id, 'get_trust')
        return exchange.Answer(200, {'trust': trust.show(request.base_url)})

    def list_trust_roles(
        self, request: exchange.Request, trust_id: str
    ) -> exchange.Answer:
        trust = self._trust(request, trust_id, 'list_roles_for_trust')
        shown = trust.show(request.base_url)
        return exchange.Answer(
            200, {'roles': shown['roles'], 'links': shown['roles_links']}
        )

    def delete_trust(
        self, request: exchange.Request, trust_id: str
    ) -> exchange.Answer:
        trust = self._trust(request, trust_id, 'delete_trust')
        caller = _caller(request)
        if caller.user_id != trust.trustor_id and not caller.is_admin:
            raise exchange.Refused(403, _not_allowed('delete_trust'))
        self._authority.remove_trust(trust_id)
        return exchange.Answer(204)

    def _trust(
        self, request: exchange.Request, trust_id: str, action: str
    ) -> delegation.Trust:
        caller = _caller(request)
        if caller.application_credential_id:
            raise exchange.Refused(403, NO_TRUSTS)
        trust = self._authority.trusts.get(trust_id)
        if trust is None:
            raise exchange.Refused(404, f'Could not find trust: {trust_id}.')
        if not caller.is_admin and caller.user_id not in (
            trust.trustor_id,
            trust.trustee_id,
        ):
            raise exchange.Refused(403, _not_allowed(action))
        return trust

    # -- application credentials

    def create_credential(
        self, request: exchange.Request, user_id: str
    ) -> exchange.Answer:
        caller = self._owner(request, user_id, 'create')
        self._refuse_delegated(caller)
        body = request.document('application_credential')
        name = body.get('name')
        if not isinstance(name, str) or not name:
            raise exchange.Refused(400, "'name' is a required property")
        if caller.project_id is None:
            raise exchange.Refused(403, 'A project-scoped token is needed.')
        if any(kept.name == name for kept in self._credentials(user_id)):
            raise exchange.Refused(
                409,
                'Conflict occurred attempting to store '
                'application_credential - Duplicate entry found with name '
                f'{name}.',
            )
        roles = self._role_names(body.get('roles')) or tuple(
            sorted(caller.roles)
        )
        if not set(roles) <= caller.roles:
            raise exchange.Refused(
                400, 'Could not find the roles in the project of the token.'
            )
        secret = body.get('secret') or secrets.token_urlsafe(64)
        made = delegation.ApplicationCredential(
            id=authorities.new_id(),
            name=name,
            user_id=user_id,
            project_id=caller.project_id,
            roles=roles,
            secret_hash=delegation.hash_secret(str(secret)),
            description=shape.text_or_none(
                body.get('description'), 'description'
            ),
            unrestricted=bool(body.get('unrestricted', False)),
            expires_at=self._expiry(body),
            access_rules=tuple(
                shape.a_list(body.get('access_rules'), 'access_rules')
            ),
        )
        self._authority.add_credential(made)
        request.ids = [made.id]
        shown = {**made.show(request.base_url), 'secret': secret}
        return exchange.Answer(201, {'application_credential': shown})

    def list_credentials(
        self, request: exchange.Request, user_id: str
    ) -> exchange.Answer:
        self._owner(request, user_id, 'list')
        name = request.parameter('name')
        found = [
            kept.show(request.base_url)
            for kept in self._credentials(user_id)
            if name in (None, kept.name)
        ]
        return exchange.Answer(
            200, {'application_credentials': found, 'links': {}}
        )

    def show_credential(
        self, request: exchange.Request, user_id: str, credential_id: str
    ) -> exchange.Answer:
        self._owner(request, user_id, 'get')
        kept = self._credential(user_id, credential_id)
        return exchange.Answer(
            200, {'application_credential': kept.show(request.base_url)}
        )

    def delete_credential(
        self, request: exchange.Request, user_id: str, credential_id: str
    ) -> exchange.Answer:
        caller = self._owner(request, user_id, 'delete')
        self._refuse_delegated(caller)
        self._credential(user_id, credential_id)
        self._authority.remove_credential(credential_id)
        return exchange.Answer(204)

    def _owner(
        self, request: exchange.Request, user_id: str, verb: str
    ) -> exchange.Caller:
        caller = _caller(request)
        if caller.trust_id:
            raise exchange.Refused(
                403, 'Delegated tokens cannot manage application credentials.'
            )
        if caller.user_id != user_id and not (
            caller.is_admin and verb != 'create'
        ):
            raise exchange.Refused(
                403, _not_allowed(f'{verb}_application_credential')
            )
        return caller

    def _refuse_delegated(self, caller: exchange.Caller) -> None:
        used = self._authority.credentials.get(
            caller.application_credential_id or ''
        )
        if used is not None and not used.unrestricted:
            raise exchange.Refused(
                403,
                'Using method application_credential is not allowed for '
                'managing additional application credentials.',
            )

    def _credentials(
        self, user_id: str
    ) -> list[delegation.ApplicationCredential]:
        return [
            kept
            for kept in list(self._authority.credentials.values())
            if kept.user_id == user_id
        ]

    def _credential(
        self, user_id: str, credential_id: str
    ) -> delegation.ApplicationCredential:
        kept = self._authority.credentials.get(credential_id)
        if kept is None or kept.user_id != user_id:
            raise exchange.Refused(
                404, f'Could not find Application Credential: {credential_id}.'
            )
        return kept

    # -- what both need

    def _role_names(self, references: Any) -> tuple[str, ...]:
        names = []
        for reference in shape.a_list(references, 'roles'):
            reference = shape.an_object(reference, 'role')
            key = str(reference.get('id') or reference.get('name'))
            name = self._authority.people.role_name(key)
            if name is None:
                raise exchange.Refused(404, f'Could not find role: {key}.')
            names.append(name)
        return tuple(sorted(set(names)))

    def _expiry(self, body: dict[str, Any]) -> float | None:
        text = body.get('expires_at')
        if text is None:
            return None
        try:
            expires_at = moment.read(text)
        except (TypeError, ValueError):
            raise exchange.Refused(
                400, f"Invalid input for field 'expires_at': {text!r}"
            ) from None
        if expires_at <= self._clock():
            raise exchange.Refused(400, 'Expiration must be in the future.')
        return expires_at


def _caller(request: exchange.Request) -> exchange.Caller:
    assert request.caller is not None
    return request.caller


def _boolean(body: dict[str, Any], name: str) -> bool:
    value = body.get(name)
    if not isinstance(value, bool):
        raise exchange.Refused(400, f"'{name}' must be true or false")
    return value


def _not_allowed(action: str) -> str:
    return (
        'You are not authorized to perform the requested action: '
        f'identity:{action}.'
    )
