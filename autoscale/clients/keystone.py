"""Who we are at the cloud: one shared session, and a credential for each.

The session holds the connections; the credential is passed with each call.
Today one credential serves everybody, the one that we were started with;
who asks for it says already for whom.
"""

import os
import threading
from typing import Any
from typing import NamedTuple

import requests
from keystoneauth1 import loading
from keystoneauth1 import session as sessions

from autoscale import exceptions
from autoscale.clients import failure
from autoscale.conf import cloud


class Access(NamedTuple):
    """What a door to a service is opened with."""

    session: Any  #: keystoneauth's, shared
    auth: Any  #: keystoneauth's plug-in, which keeps its token
    region_name: str | None
    interface: str


class Sessions:
    """Sessions by user and project; safe to share between threads."""

    def __init__(self, conf: Any) -> None:
        """Looks at `[cloud]` and `[service_auth]`; asks nobody yet."""
        self._conf = conf
        self._lock = threading.Lock()
        self._made: Access | None = None

    def session_for(
        self, project_id: str | None = None, user_id: str | None = None
    ) -> Access:
        """The access of that user to that project.

        Raises CredentialDoesNotWork when there is no usable configuration.
        """
        with self._lock:
            if self._made is None:
                with failure.told_as('keystone', 'log in'):
                    self._made = self._make()
            return self._made

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


def _unusable(reason: str) -> exceptions.CredentialDoesNotWork:
    return exceptions.CredentialDoesNotWork(
        service='keystone', operation='log in', reason=reason
    )
