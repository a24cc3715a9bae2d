"""Who calls: Keystone's token, a name and a password, or nobody asks.

Each strategy is a layer that puts the caller into the environment in the
words of keystonemiddleware, so that all after it is the same.
"""

import ipaddress
import logging
import urllib.parse
from collections.abc import Callable
from collections.abc import Iterable

import webob.exc
from keystonemiddleware import auth_token
from oslo_config import cfg
from oslo_middleware import basic_auth

from autoscale import exceptions
from autoscale.api import answer

LOG = logging.getLogger(__name__)

#: Paths that tell only what versions there are.
PUBLIC_PATHS = frozenset({'', '/', '/v1', '/v1/'})

#: Characters of a user's or a project's id, at most.
LONGEST_ID = 64

NOBODYS_ROLES = 'admin,manager,member,reader'


class Authentication:
    """Lets through who is known, and whoever asks for versions."""

    def __init__(self, app: answer.WSGIApp, conf: cfg.ConfigOpts) -> None:
        self.app = app
        self.guarded = _STRATEGIES[conf.api.auth_strategy](app, conf)

    def __call__(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        if environ.get('PATH_INFO', '') in PUBLIC_PATHS:
            return self.app(environ, start_response)
        return self.guarded(environ, start_response)


class _Keystone:
    """keystonemiddleware asks Keystone; the last word is here.

    It is left to us so that its refusals look like all of our errors.
    """

    def __init__(self, app: answer.WSGIApp, conf: cfg.ConfigOpts) -> None:
        self.app = app
        self.protocol: answer.WSGIApp = auth_token.AuthProtocol(
            self._confirmed,
            {'oslo_config_config': conf, 'delay_auth_decision': True},
        )
        uri = conf.keystone_authtoken.www_authenticate_uri
        self.challenge = f'Keystone uri="{uri or ""}"'

    def __call__(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        return self.protocol(environ, start_response)

    def _confirmed(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        if environ.get('HTTP_X_IDENTITY_STATUS') != 'Confirmed':
            raise exceptions.Unauthenticated(
                reason='a valid token in X-Auth-Token.',
                challenge=self.challenge,
            )
        return self.app(environ, start_response)


class _Basic:
    """A name and a password from a file; one project and roles for all.

    oslo.middleware reads the file and checks the password. Its own layer is
    not used since it turns every error of the service into a 401.
    """

    challenge = 'Basic realm="autoscale", charset="UTF-8"'

    def __init__(self, app: answer.WSGIApp, conf: cfg.ConfigOpts) -> None:
        self.app = app
        self.user_file = conf.api.http_basic_auth_user_file
        self.project = conf.api.default_project
        self.roles = ','.join(conf.api.http_basic_roles)
        basic_auth.validate_auth_file(self.user_file)

    def __call__(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        try:
            token = basic_auth.parse_header(environ)
            name, password = basic_auth.parse_token(token)
            found = basic_auth.authenticate(self.user_file, name, password)
        except (webob.exc.HTTPClientError, ValueError):
            raise exceptions.Unauthenticated(
                reason='a name and a password that are known.',
                challenge=self.challenge,
            ) from None
        _become(
            environ,
            user=found['HTTP_X_USER'],
            project=self.project,
            roles=self.roles,
        )
        return self.app(environ, start_response)


class _Nobody:
    """Everybody is an administrator, from this host only.

    A caller behind a proxy is not from this host, whatever the connection
    says; nor is a page of another site in this host's browser, even if its
    name leads here.
    """

    def __init__(self, app: answer.WSGIApp, conf: cfg.ConfigOpts) -> None:
        self.app = app
        self.project = conf.api.default_project
        self.from_anywhere = conf.api.let_everybody_in_without_authentication
        self.origins = conf.cors.allowed_origin or ()
        if self.from_anywhere:
            LOG.warning(
                'auth_strategy is noauth, and callers from other hosts are '
                'let in: whoever reaches this port may do everything'
            )

    def __call__(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        if not (self.from_anywhere or _is_from_here(environ)):
            raise exceptions.Unauthenticated(
                reason='auth_strategy is noauth, which serves loopback only.'
            )
        origin = environ.get('HTTP_ORIGIN')
        if origin and not (origin in self.origins or _is_our_name(origin)):
            raise exceptions.Unauthenticated(
                reason='auth_strategy is noauth, which serves no pages of '
                'other sites; see [cors] allowed_origin.'
            )
        user = environ.get('HTTP_X_USER_ID') or 'nobody'
        project = environ.get('HTTP_X_PROJECT_ID') or self.project
        if len(user) > LONGEST_ID or len(project) > LONGEST_ID:
            raise exceptions.Invalid(
                reason=f'X-User-Id and X-Project-Id have at most {LONGEST_ID} '
                'characters.'
            )
        _become(
            environ,
            user=user,
            project=project,
            roles=environ.get('HTTP_X_ROLES') or NOBODYS_ROLES,
        )
        return self.app(environ, start_response)


_STRATEGIES: dict[str, Callable[..., answer.WSGIApp]] = {
    'keystone': _Keystone,
    'http_basic': _Basic,
    'noauth': _Nobody,
}


def _is_from_here(environ: answer.Environ) -> bool:
    if 'HTTP_X_FORWARDED_FOR' in environ or 'HTTP_FORWARDED' in environ:
        return False
    address = environ.get('REMOTE_ADDR', '')
    if not address:  # a Unix socket
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _is_our_name(origin: str) -> bool:
    """Whether a browser's page came from this host, by a name of loopback."""
    try:
        name = urllib.parse.urlsplit(origin).hostname or ''
        return name == 'localhost' or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _become(
    environ: answer.Environ, *, user: str, project: str, roles: str
) -> None:
    """Say who calls, and nothing of what the client says of itself."""
    for key in [each for each in environ if each.startswith('HTTP_X_')]:
        if key.startswith(
            (
                'HTTP_X_AUTH_',
                'HTTP_X_DOMAIN_',
                'HTTP_X_IDENTITY_',
                'HTTP_X_IS_ADMIN',
                'HTTP_X_PROJECT_',
                'HTTP_X_ROLE',
                'HTTP_X_SERVICE_',
                'HTTP_X_TENANT',
                'HTTP_X_USER',
                'HTTP_OPENSTACK_SYSTEM_SCOPE',
            )
        ):
            del environ[key]
    environ.pop('HTTP_OPENSTACK_SYSTEM_SCOPE', None)
    environ['HTTP_X_IDENTITY_STATUS'] = 'Confirmed'
    environ['HTTP_X_USER_ID'] = user
    environ['HTTP_X_PROJECT_ID'] = project
    environ['HTTP_X_ROLES'] = roles
