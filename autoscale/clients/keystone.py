"""Who we are at the cloud: one shared session, and a credential for each.

The session holds the connections; the credential is passed with each call.
It is the one that we were started with, or one that a user lent or gave us.
"""

import os
import threading
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

import requests
from keystoneauth1 import loading
from keystoneauth1 import session as sessions
from keystoneauth1.identity import v3

from autoscale import exceptions
from autoscale.clients import failure
from autoscale.conf import cloud
from autoscale.metrics import calls
from autoscale.model import credential as credentials

#: The parts of a user's secret, as it is kept.
TRUST_ID = 'trust_id'
APPLICATION_ID = 'id'
APPLICATION_SECRET = 'secret'  # noqa: S105  (a key, not a secret)

#: What Keystone says of a scope besides the trust's own: that there are two.
_NO_OTHER_SCOPE = dict.fromkeys(
    (
        'project_id',
        'project_name',
        'project_domain_id',
        'project_domain_name',
    )
)


class Access(NamedTuple):
    """What a door to a service is opened with."""

    session: Any  #: keystoneauth's, shared
    auth: Any  #: keystoneauth's plug-in, which keeps its token
    region_name: str | None
    interface: str


class Identity(NamedTuple):
    """Whose token a credential gives."""

    user_id: str | None
    project_id: str | None


class Sessions:
    """What we log in with, ours and others'; safe to share by threads."""

    def __init__(self, conf: Any) -> None:
        """Looks at `[cloud]` and `[service_auth]`; asks nobody yet."""
        self._conf = conf
        self._lock = threading.Lock()
        self._made: Access | None = None

    def session_for(
        self, project_id: str | None = None, user_id: str | None = None
    ) -> Access:
        """The access that we were started with, whoever asks.

        Raises CredentialDoesNotWork when there is no usable configuration.
        """
        with self._lock:
            if self._made is None:
                with failure.told_as('keystone', 'log in'):
                    self._made = self._make()
            return self._made

    def through(
        self,
        kind: str,
        secret: Mapping[str, str],
        on_refusal: Callable[[exceptions.CredentialDoesNotWork], None]
        | None = None,
    ) -> Access:
        """The access that a user's own credential gives; asks nobody yet.

        `on_refusal` is told, by whoever uses the access, that Keystone gave
        no token for it. Raises CredentialDoesNotWork when [service_auth] is
        not usable.
        """
        own = self.session_for()
        auth: Any
        with failure.told_as('keystone', 'log in'):
            if kind == credentials.TRUST:
                auth = loading.load_auth_from_conf_options(
                    self._conf,
                    cloud.SERVICE_AUTH,
                    trust_id=secret[TRUST_ID],
                    **_NO_OTHER_SCOPE,
                )
            else:
                auth = v3.ApplicationCredential(
                    self.keystone_url(),
                    application_credential_id=secret[APPLICATION_ID],
                    application_credential_secret=secret[APPLICATION_SECRET],
                )
        if on_refusal is not None:
            auth.get_auth_ref = _telling(auth.get_auth_ref, on_refusal)
        return own._replace(auth=auth)

    @calls.operation('keystone')
    def who(self, access: Access) -> Identity:
        """Log in anew and see whose token that gives.

        Raises CredentialDoesNotWork when Keystone gives none, and
        CloudIsUnwell when it does not answer.
        """
        with failure.told_as('keystone', 'log in'):
            access.auth.invalidate()
            told = access.auth.get_access(access.session)
            return Identity(told.user_id, told.project_id)

    def keystone_url(self) -> str:
        """Where Keystone's v3 is, as [service_auth] has it."""
        url = str(self._conf[cloud.SERVICE_AUTH].auth_url).rstrip('/')
        return url if url.endswith('/v3') else f'{url}/v3'

    def _make(self) -> Access:
        if self._conf.cloud.os_cloud:
            return self._of_clouds_yaml()
        return self._of_service_auth()

    def _of_clouds_yaml(self) -> Access:
        # The import costs half a second, and only this way in needs it.
        from openstack import config
        from openstack import exceptions as sdk

        given = self._conf.cloud
        # Of the environment only where the file is: a login that somebody's
        # shell happens to hold must not be mixed in.
        path = given.clouds_file or os.environ.get('OS_CLIENT_CONFIG_FILE')
        try:
            region = config.OpenStackConfig(
                config_files=[path] if path else None, load_envvars=False
            ).get_one(given.os_cloud)
            verify, cert = region.get_requests_verify_args()
            auth = region.get_auth()
        except (sdk.ConfigException, OSError) as error:
            raise _unusable(str(error)) from error
        return Access(
            session=self._session(verify=verify, cert=cert),
            auth=auth,
            region_name=given.region_name or region.get_region_name(),
            interface=given.interface
            or str(region.get_interface() or 'public'),
        )

    def _of_service_auth(self) -> Access:
        group = self._conf[cloud.SERVICE_AUTH]
        auth = loading.load_auth_from_conf_options(
            self._conf, cloud.SERVICE_AUTH
        )
        if auth is None:
            raise _unusable(
                'neither [cloud] os_cloud nor [service_auth] auth_type is set'
            )
        certificates = (group.certfile, group.keyfile)
        return Access(
            session=self._session(
                verify=not group.insecure and (group.cafile or True),
                cert=certificates if all(certificates) else group.certfile,
            ),
            auth=auth,
            region_name=self._conf.cloud.region_name,
            interface=self._conf.cloud.interface or 'public',
        )

    def _session(self, **how: Any) -> sessions.Session:
        """A session with a time limit and room for as many connections."""
        wire = requests.Session()
        kept = sessions.TCPKeepAliveAdapter(
            pool_maxsize=self._conf.cloud.connections
        )
        wire.mount('https://', kept)
        wire.mount('http://', kept)
        return sessions.Session(
            session=wire,
            timeout=self._conf.cloud.timeout,
            split_loggers=True,
            **how,
        )


def _telling(
    log_in: Callable[..., Any],
    tell: Callable[[exceptions.CredentialDoesNotWork], None],
) -> Callable[..., Any]:
    """The same login, which tells of a refusal before it raises it."""

    def log_in_and_tell(session: Any, **how: Any) -> Any:
        try:
            with failure.told_as('keystone', 'log in'):
                return log_in(session, **how)
        except exceptions.CredentialDoesNotWork as refusal:
            tell(refusal)
            raise

    return log_in_and_tell


def _unusable(reason: str) -> exceptions.CredentialDoesNotWork:
    return exceptions.CredentialDoesNotWork(
        service='keystone', operation='log in', reason=reason
    )
