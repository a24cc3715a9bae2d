"""The doors to other services, opened for the owner of a cluster.

One client for each credential, kept as long as its login is; what a
profile's names mean in the cloud is looked up once and remembered for a while.
"""

import functools
import threading
import time
from typing import Any

from oslo_config import cfg

from autoscale import plugins
from autoscale.clients import nova as nova_client
from autoscale.clients import zaqar as zaqar_client
from autoscale.db import database
from autoscale.db import owning
from autoscale.engine import logins
from autoscale.engine.logins import Owner
from autoscale.model import credential as credentials
from autoscale.model import profile as profiles

#: Seconds for which a profile's names keep their meaning.
REQUEST_LIFE = 300.0


class Doors:
    def __init__(
        self, conf: cfg.ConfigOpts, owners_logins: logins.Logins
    ) -> None:
        self._conf = conf
        self._logins = owners_logins
        self._guard = threading.Lock()
        self._requests: dict[str, tuple[float, dict[str, Any]]] = {}

    def why_locked(
        self, owner: Owner, standing: credentials.Standing | None
    ) -> str | None:
        """Why nothing can be done for the owner now; None: it can.

        `standing` is how the owner's credential was doing a moment ago.
        """
        if not self._logins.are_per_owner:
            return None
        self._logins.expect(owner, standing.id if standing else None)
        if standing is None:
            return (
                f'user {owner.user_id} has no credential in this project; '
                'they store one with PUT /v1/credential'
            )
        if standing.is_working or self._logins.try_again(owner, standing):
            return None
        return (
            f'the credential of user {owner.user_id} does not work: '
            f'{standing.reason}; they store another one with PUT '
            '/v1/credential'
        )

    def owners(self, db: database.Database, turn: int) -> list[owning.Owner]:
        """One owner for each project, among those who are let in."""
        are_per_owner = self._logins.are_per_owner
        found = db.read(owning.owners, turn, are_known=are_per_owner)
        if are_per_owner:
            for owner in found:
                self._logins.expect(owner, owner.credential_id)
        return found

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
        login = self._logins.of(owner)
        client = login.clients.get(service)
        if client is None:
            client = make(*login.access)
            with self._guard:
                client = login.clients.setdefault(service, client)
        return client


class _OwnersDoors:
    """What a transport may use: doors opened for one owner."""

    def __init__(self, doors: Doors, owner: Owner) -> None:
        self._doors = doors
        self._owner = owner

    @property
    def zaqar(self) -> Any:
        return self._doors.zaqar(self._owner)
