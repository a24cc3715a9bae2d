"""The doors of the identity service and who may pass them."""

import http
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import routing
from autoscale.devcloud import settings
from autoscale.devcloud.identity import authentication
from autoscale.devcloud.identity import authority as authorities
from autoscale.devcloud.identity import catalog
from autoscale.devcloud.identity import lending
from autoscale.devcloud.identity import people


class Identity:
    """Keystone v3."""

    name = 'identity'
    prefix = '/identity'

    def __init__(
        self,
        authority: authorities.Authority,
        *,
        current_settings: Callable[[], settings.Settings],
        clock: Callable[[], float],
    ):
        self._authority = authority
        self._settings = current_settings
        self._login = authentication.Authentication(
            authority, current_settings=current_settings, clock=clock
        )
        self._lending = lending.Lending(authority, clock=clock)

    def routes(self) -> Iterable[routing.Route]:
        login, lend = self._login, self._lending
        credentials = '/v3/users/{user}/application_credentials'
        trusts = '/v3/OS-TRUST/trusts'
        yield from routing.routes(
            (
                ('GET', '', 'list_versions', self.list_versions),
                ('GET', '/v3', 'show_version', self.show_version),
                ('POST', '/v3/auth/tokens', 'create_token', login.create),
            ),
            is_open=True,
        )
        yield from routing.routes(
            (
                ('GET', '/v3/auth/tokens', 'validate_token', login.show),
                ('DELETE', '/v3/auth/tokens', 'revoke_token', login.revoke),
                ('GET', '/v3/auth/catalog', 'show_catalog', self.show_catalog),
                ('GET', '/v3/auth/projects', 'list_auth_projects', self.mine),
                ('POST', trusts, 'create_trust', lend.create_trust),
                ('GET', trusts, 'list_trusts', lend.list_trusts),
                ('GET', f'{trusts}/{{id}}', 'show_trust', lend.show_trust),
                (
                    'DELETE',
                    f'{trusts}/{{id}}',
                    'delete_trust',
                    lend.delete_trust,
                ),
                (
                    'GET',
                    f'{trusts}/{{id}}/roles',
                    'list_trust_roles',
                    lend.list_trust_roles,
                ),
                (
                    'POST',
                    credentials,
                    'create_application_credential',
                    lend.create_credential,
                ),
                (
                    'GET',
                    credentials,
                    'list_application_credentials',
                    lend.list_credentials,
                ),
                (
                    'GET',
                    f'{credentials}/{{id}}',
                    'show_application_credential',
                    lend.show_credential,
                ),
                (
                    'DELETE',
                    f'{credentials}/{{id}}',
                    'delete_application_credential',
                    lend.delete_credential,
                ),
                ('GET', '/v3/users', 'list_users', self.list_users),
                ('GET', '/v3/users/{id}', 'show_user', self.show_user),
                ('PATCH', '/v3/users/{id}', 'update_user', self.update_user),
                (
                    'GET',
                    '/v3/users/{id}/projects',
                    'list_projects',
                    self.theirs,
                ),
                ('GET', '/v3/projects', 'list_projects', self.list_projects),
                (
                    'GET',
                    '/v3/projects/{id}',
                    'show_project',
                    self.show_project,
                ),
                ('GET', '/v3/roles', 'list_roles', self.list_roles),
            ),
        )

    def admit(self, request: exchange.Request, route: routing.Route) -> None:
        if not route.is_open:
            self.identify(request)

    def identify(self, request: exchange.Request) -> None:
        """Put the caller on the request, or refuse with 401."""
        text = request.header('X-Auth-Token')
        request.token_text = text
        request.caller = self._authority.caller(text) if text else None
        if request.caller is None:
            raise exchange.Refused(
                401,
                authentication.REFUSAL,
                headers=(
                    (
                        'WWW-Authenticate',
                        f'Keystone uri="{request.base_url}/identity"',
                    ),
                ),
            )

    def spell(self, refusal: exchange.Refused) -> Any:
        return {
            'error': {
                'code': refusal.status,
                'message': refusal.message,
                'title': http.HTTPStatus(refusal.status).phrase,
            }
        }

    def headers(self, request: exchange.Request) -> exchange.Headers:
        return (('x-openstack-request-id', request.request_id),)

    # -- versions and catalogue

    def list_versions(self, request: exchange.Request) -> exchange.Answer:
        version = catalog.version(request.base_url)
        return exchange.Answer(300, {'versions': {'values': [version]}})

    def show_version(self, request: exchange.Request) -> exchange.Answer:
        version = catalog.version(request.base_url)
        return exchange.Answer(200, {'version': version})

    def show_catalog(self, request: exchange.Request) -> exchange.Answer:
        listed = catalog.catalog(request.base_url, self._settings().endpoints)
        return exchange.Answer(200, {'catalog': listed, 'links': {}})

    # -- people

    def mine(self, request: exchange.Request) -> exchange.Answer:
        assert request.caller is not None
        return self.theirs(request, request.caller.user_id)

    def theirs(
        self, request: exchange.Request, user_id: str
    ) -> exchange.Answer:
        self._self_or_admin(request, user_id)
        found = self._authority.people.projects_of(user_id)
        return exchange.Answer(
            200, {'projects': [each.show() for each in found], 'links': {}}
        )

    def list_users(self, request: exchange.Request) -> exchange.Answer:
        self._self_or_admin(request, None)
        name = request.parameter('name')
        found = [
            user.show()
            for user in self._authority.people.users.values()
            if name in (None, user.name)
        ]
        return exchange.Answer(200, {'users': found, 'links': {}})

    def show_user(
        self, request: exchange.Request, user_id: str
    ) -> exchange.Answer:
        self._self_or_admin(request, user_id)
        return exchange.Answer(200, {'user': self._user(user_id).show()})

    def update_user(
        self, request: exchange.Request, user_id: str
    ) -> exchange.Answer:
        self._self_or_admin(request, None)
        user = self._user(user_id)
        enabled = request.document('user').get('enabled', user.is_enabled)
        user = self._authority.enable_user(user.id, bool(enabled))
        return exchange.Answer(200, {'user': user.show()})

    def list_projects(self, request: exchange.Request) -> exchange.Answer:
        self._self_or_admin(request, None)
        name = request.parameter('name')
        found = [
            project.show()
            for project in self._authority.people.projects.values()
            if name in (None, project.name)
        ]
        return exchange.Answer(200, {'projects': found, 'links': {}})

    def show_project(
        self, request: exchange.Request, project_id: str
    ) -> exchange.Answer:
        assert request.caller is not None
        if request.caller.project_id != project_id:
            self._self_or_admin(request, None)
        project = self._authority.people.projects.get(project_id)
        if project is None:
            raise exchange.Refused(
                404, f'Could not find project: {project_id}.'
            )
        return exchange.Answer(200, {'project': project.show()})

    def list_roles(self, request: exchange.Request) -> exchange.Answer:
        self._self_or_admin(request, None)
        listed = people.role_references(
            frozenset(self._authority.people.roles.values())
        )
        return exchange.Answer(200, {'roles': listed, 'links': {}})

    def _user(self, user_id: str) -> people.User:
        user = self._authority.people.users.get(user_id)
        if user is None:
            raise exchange.Refused(404, f'Could not find user: {user_id}.')
        return user

    def _self_or_admin(
        self, request: exchange.Request, user_id: str | None
    ) -> None:
        caller = request.caller
        assert caller is not None
        if not caller.is_admin and caller.user_id != user_id:
            raise exchange.Refused(
                403,
                'You are not authorized to perform the requested action.',
            )
