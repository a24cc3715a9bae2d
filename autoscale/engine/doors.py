"""The doors to other services, opened for the owner of a cluster.

One client for each credential, kept; what a profile's names mean in the
cloud is looked up once and remembered for a while.
"""

import functools
import threading
import time
from typing import Any
from typing import Protocol

from oslo_config import cfg

from autoscale import plugins
from autoscale.clients import keystone
from autoscale.clients import nova as nova_client
from autoscale.clients import zaqar as zaqar_client
from autoscale.model import profile as profiles

#: Seconds for which a profile's names keep their meaning.
REQUEST_LIFE = 300.0


class Owner(Protocol):
    """For whom a door is opened: a cluster, for instance."""

    @property
    def project_id(self) -> str: ...

    @property
    def user_id(self) -> str | None: ...


class Doors:
    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._sessions = keystone.Sessions(conf)
        self._guard = threading.Lock()
        self._clients: dict[tuple[str, str, str | None], Any] = {}
        self._requests: dict[str, tuple[float, dict[str, Any]]] = {}

    def nova(self, owner: Owner) -> Any:
        """Nova, as the cluster's owner. Raises CloudError."""
        return self._client('nova', owner, nova_client.Nova)

    def zaqar(self, owner: Owner) -> Any:
        """Zaqar, as the cluster's owner. Raises CloudError."""
        make = functools.partial(
            zaqar_client.Zaqar, timeout=self._conf.cloud.messaging_timeout
        )
        return self._client('zaqar', owner, make)

    def transport(self, type_: str, owner: Owner) -> Any:
        """How a hook's message leaves; raises UnknownPlugin."""
        plugin = plugins.get(plugins.HOOKS, type_)
        return plugin(self._conf, _OwnersDoors(self, owner))

    def launch_request(
        self, profile: profiles.Profile, nova: Any
    ) -> dict[str, Any]:
        """The arguments of a create call; raises CloudError.

        Only a complete answer is remembered, and not for long: an image of
        the same name may be another one tomorrow.
        """
        kept = self._requests.get(profile.id)
        if kept is not None and time.monotonic() - kept[0] < REQUEST_LIFE:
            return kept[1]
        plugin = plugins.get(plugins.PROFILES, profile.type)
        request: dict[str, Any] = plugin(profile.spec).request(nova)
        with self._guard:
            if len(self._requests) > 1000:
                self._requests.clear()
            self._requests[profile.id] = (time.monotonic(), request)
        return request

    def forget_request(self, profile: profiles.Profile) -> None:
        """What we remembered of this profile's names was wrong."""
        with self._guard:
            self._requests.pop(profile.id, None)

    def _client(self, service: str, owner: Owner, make: Any) -> Any:
        key = (service, owner.project_id, owner.user_id)
        with self._guard:
            client = self._clients.get(key)
        if client is None:
            opened = self._sessions.session_for(
                owner.project_id, owner.user_id
            )
            client = make(*opened)
            with self._guard:
                client = self._clients.setdefault(key, client)
        return client


class _OwnersDoors:
    """What a transport may use: doors opened for one owner."""

    def __init__(self, doors: Doors, owner: Owner) -> None:
        self._doors = doors
        self._owner = owner

    @property
    def zaqar(self) -> Any:
        return self._doors.zaqar(self._owner)
