"""From a login to a token, and from a token to its document."""

from collections.abc import Callable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import moment
from autoscale.devcloud import settings
from autoscale.devcloud import shape
from autoscale.devcloud.identity import authority as authorities
from autoscale.devcloud.identity import catalog
from autoscale.devcloud.identity import delegation
from autoscale.devcloud.identity import people
from autoscale.devcloud.identity import token as tokens

REFUSAL = 'The request you have made requires authentication.'


class Authentication:
    """Answers POST, GET and DELETE of /v3/auth/tokens."""

    def __init__(
        self,
        authority: authorities.Authority,
        *,
        current_settings: Callable[[], settings.Settings],
        clock: Callable[[], float],
    ):
        self._authority = authority
        self._settings = current_settings
        self._clock = clock

    def create(self, request: exchange.Request) -> exchange.Answer:
        """A login."""
        auth = request.document('auth')
        identity = _inner(auth, 'identity')
        methods = shape.texts(identity.get('methods'), 'methods')
        if len(methods) != 1:
            raise exchange.Refused(400, 'One authentication method is needed.')
        method = methods[0]
        prove = {
            'password': self._by_password,
            'token': self._by_token,
            'application_credential': self._by_credential,
        }.get(method)
        if prove is None:
            raise exchange.Refused(401, REFUSAL)
        with self._authority.lock:
            text, token = prove(_inner(identity, method), auth.get('scope'))
        return exchange.Answer(
            201,
            {'token': self.describe(token, request)},
            (('X-Subject-Token', text), ('Vary', 'X-Auth-Token')),
        )

    def _by_password(
        self, proof: dict[str, Any], scope: Any
    ) -> tuple[str, tokens.Token]:
        claimed = _inner(proof, 'user')
        user = self._find_user(claimed)
        if claimed.get('password') != people.PASSWORD:
            raise exchange.Refused(401, REFUSAL)
        return self._issue(user, scope, ('password',))

    def _by_token(
        self, proof: dict[str, Any], scope: Any
    ) -> tuple[str, tokens.Token]:
        old = self._authority.read(str(proof.get('id')))
        if old is None:
            raise exchange.Refused(401, REFUSAL)
        if old.trust_id or old.application_credential_id:
            raise exchange.Refused(
                403, 'Rescoping a delegated token is not allowed.'
            )
        user = self._authority.people.users[old.user_id]
        methods = dict.fromkeys(('token', *old.methods))
        return self._issue(user, scope, methods, not_after=old.expires_at)

    def _by_credential(
        self, proof: dict[str, Any], scope: Any
    ) -> tuple[str, tokens.Token]:
        kept = self._find_credential(proof)
        if (
            kept is None
            or not kept.opens_with(str(proof.get('secret')))
            or not kept.holds(self._clock())
        ):
            raise exchange.Refused(401, REFUSAL)
        if scope not in (None, 'unscoped'):
            raise exchange.Refused(
                401, 'Application credentials cannot request a scope.'
            )
        user = self._authority.people.users[kept.user_id]
        if not user.is_enabled:
            raise exchange.Refused(401, REFUSAL)
        return self._authority.issue(
            kept.user_id,
            project_id=kept.project_id,
            methods=('application_credential',),
            seconds=self._settings().token_seconds,
            application_credential_id=kept.id,
            not_after=kept.expires_at,
        )

    def _find_credential(
        self, proof: dict[str, Any]
    ) -> delegation.ApplicationCredential | None:
        if 'id' in proof:
            return self._authority.credentials.get(str(proof['id']))
        user = self._find_user(_inner(proof, 'user'))
        for kept in self._authority.credentials.values():
            if kept.user_id == user.id and kept.name == proof.get('name'):
                return kept
        return None

    def _find_user(self, claimed: dict[str, Any]) -> people.User:
        user = self._authority.people.user(
            str(claimed.get('id') or claimed.get('name'))
        )
        domain = claimed.get('domain') or people.DOMAIN
        if user is None or not user.is_enabled or not _is_ours(domain):
            raise exchange.Refused(401, REFUSAL)
        return user

    def _issue(
        self,
        user: people.User,
        scope: Any,
        methods: Any,
        not_after: float | None = None,
    ) -> tuple[str, tokens.Token]:
        seconds = self._settings().token_seconds
        if isinstance(scope, dict) and 'OS-TRUST:trust' in scope:
            trust_id = _inner(scope, 'OS-TRUST:trust').get('id')
            return self._through_trust(user, str(trust_id), methods, seconds)
        project_id = None
        if isinstance(scope, dict):
            project_id = self._find_project(user, scope)
        return self._authority.issue(
            user.id,
            project_id=project_id,
            methods=methods,
            seconds=seconds,
            not_after=not_after,
        )

    def _find_project(self, user: people.User, scope: dict[str, Any]) -> str:
        if 'project' not in scope:
            raise exchange.Refused(
                401, f'User {user.id} has no access to this scope.'
            )
        wanted = _inner(scope, 'project')
        project = self._authority.people.project(
            str(wanted.get('id') or wanted.get('name'))
        )
        if project is None or not self._authority.people.roles_of(
            user.id, project.id
        ):
            raise exchange.Refused(401, REFUSAL)
        return project.id

    def _through_trust(
        self, user: people.User, trust_id: str, methods: Any, seconds: float
    ) -> tuple[str, tokens.Token]:
        trust = self._authority.trusts.get(trust_id)
        if trust is None or not trust.holds(self._clock()):
            # Keystone 30 does not say what it is that it does not find.
            raise exchange.Refused(401, REFUSAL)
        if user.id != trust.trustee_id:
            raise exchange.Refused(403, 'User is not a trustee.')
        trustor = self._authority.people.users[trust.trustor_id]
        if not trustor.is_enabled:
            raise exchange.Refused(403, 'Trustor is disabled.')
        self._authority.use_trust(trust)
        return self._authority.issue(
            trustor.id if trust.impersonation else user.id,
            project_id=trust.project_id,
            methods=methods,
            seconds=seconds,
            trust_id=trust.id,
            not_after=trust.expires_at,
        )

    def show(self, request: exchange.Request) -> exchange.Answer:
        """Validation, as services ask for it."""
        token, text = self._subject(request)
        return exchange.Answer(
            200,
            {'token': self.describe(token, request)},
            (('X-Subject-Token', text), ('Vary', 'X-Auth-Token')),
        )

    def revoke(self, request: exchange.Request) -> exchange.Answer:
        token, _ = self._subject(request)
        self._authority.revoke(token)
        return exchange.Answer(204)

    def _subject(self, request: exchange.Request) -> tuple[tokens.Token, str]:
        text = request.header('X-Subject-Token') or ''
        token = self._authority.read(
            text, expired_too=request.flag('allow_expired')
        )
        if token is None:
            raise exchange.Refused(404, 'Could not find token.')
        caller = request.caller
        assert caller is not None
        # Only a service may look into others' tokens, and a trust is no
        # way to look even into the trustor's.
        if not caller.roles & {'admin', 'service'} and (
            caller.user_id != token.user_id
            or (caller.trust_id and text != request.token_text)
        ):
            raise exchange.Refused(
                403,
                'You are not authorized to perform the requested action: '
                'identity:validate_token.',
            )
        return token, text

    def describe(
        self, token: tokens.Token, request: exchange.Request
    ) -> dict[str, Any]:
        """The token as Keystone shows it."""
        user = self._authority.people.users[token.user_id]
        shown: dict[str, Any] = {
            'methods': list(token.methods),
            'user': {
                'id': user.id,
                'name': user.name,
                'domain': people.DOMAIN,
                'password_expires_at': None,
            },
            'audit_ids': [token.audit_id],
            'issued_at': moment.long(token.issued_at),
            'expires_at': moment.long(token.expires_at),
        }
        if token.project_id is None:
            return shown
        project = self._authority.people.projects[token.project_id]
        shown['project'] = {
            'id': project.id,
            'name': project.name,
            'domain': people.DOMAIN,
        }
        shown['is_domain'] = False
        shown['roles'] = people.role_references(
            self._authority.roles_of(token)
        )
        if not request.flag('nocatalog'):
            shown['catalog'] = catalog.catalog(
                request.base_url, self._settings().endpoints
            )
        if token.trust_id:
            trust = self._authority.trusts[token.trust_id]
            shown['OS-TRUST:trust'] = {
                'id': trust.id,
                'trustor_user': {'id': trust.trustor_id},
                'trustee_user': {'id': trust.trustee_id},
                'impersonation': trust.impersonation,
            }
        if token.application_credential_id:
            kept = self._authority.credentials[token.application_credential_id]
            shown['application_credential'] = {
                'id': kept.id,
                'name': kept.name,
                'restricted': not kept.unrestricted,
            }
        return shown


def _inner(outer: dict[str, Any], key: str) -> dict[str, Any]:
    inner = outer.get(key)
    if not isinstance(inner, dict):
        raise exchange.Refused(
            400,
            f'Expecting to find {key} in the request. The server could not '
            'comply with the request since it is either malformed or '
            'otherwise incorrect. The client is assumed to be in error.',
        )
    return inner


def _is_ours(domain: Any) -> bool:
    if not isinstance(domain, dict):
        return False
    return (
        domain.get('id') == people.DOMAIN['id']
        or domain.get('name') == people.DOMAIN['name']
    )
