"""The whole cloud: its parts made, wired together, started and stopped."""

import os
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from autoscale.devcloud import control
from autoscale.devcloud import faults
from autoscale.devcloud import image
from autoscale.devcloud import journal
from autoscale.devcloud import network
from autoscale.devcloud import server
from autoscale.devcloud import traffic
from autoscale.devcloud.compute import creation as creations
from autoscale.devcloud.compute import fleet as fleets
from autoscale.devcloud.compute import keeping as keepings
from autoscale.devcloud.compute import service as compute
from autoscale.devcloud.compute import view
from autoscale.devcloud.identity import authority as authorities
from autoscale.devcloud.identity import catalog
from autoscale.devcloud.identity import people
from autoscale.devcloud.identity import service as identity
from autoscale.devcloud.messaging import queue as queues
from autoscale.devcloud.messaging import service as messaging
from autoscale.devcloud.messaging import signature
from autoscale.devcloud.settings import Settings

#: So that two runs of a test see servers come up alike.
_SEED = 20260101


class DevCloud:
    """An OpenStack for development: real HTTP, nothing behind it.

    With `state`, a directory, the cloud remembers itself over restarts.
    Settings are given by name, see `settings.py`.
    """

    def __init__(
        self,
        port: int = 0,
        state: str | os.PathLike[str] | None = None,
        *,
        clock: Callable[[], float] = time.time,
        **given: Any,
    ):
        self._port = port
        self._given = given
        self._settings = Settings().changed(given)
        self._settings_lock = threading.Lock()
        self._journal = journal.Journal(state)
        self.faults = faults.Faults()
        self.traffic = traffic.Traffic()
        self._authority = authorities.Authority(
            self._journal.key('token'), log=self._journal, clock=clock
        )
        self._fleet = fleets.Fleet(log=self._journal, clock=clock)
        self._keeping = keepings.Keeping(self._journal)
        self._queues = queues.Queues(log=self._journal, clock=clock)
        self._server = server.Server(self._reception(clock), port)
        self._is_running = False

    def _reception(self, clock: Callable[[], float]) -> server.Reception:
        """Every service, wired to what it shares with the others."""

        def current() -> Settings:
            return self._settings

        keystone = identity.Identity(
            self._authority, current_settings=current, clock=clock
        )
        nova = compute.Compute(
            self._fleet,
            creation=creations.Creation(
                self._fleet,
                current_settings=current,
                rng=random.Random(_SEED),
            ),
            keeping=self._keeping,
            identify=keystone.identify,
            current_settings=current,
        )
        zaqar = messaging.Messaging(
            self._queues,
            signer=signature.Signer(self._journal.key('signature')),
            identify=keystone.identify,
            current_settings=current,
            clock=clock,
        )
        doors = control.Control(
            authority=self._authority,
            fleet=self._fleet,
            rules=self.faults,
            record=self.traffic,
            current_settings=current,
            change_settings=self.change,
        )
        return server.Reception(
            (
                keystone,
                nova,
                zaqar,
                image.Image(keystone.identify),
                network.Network(keystone.identify),
                doors,
            ),
            rules=self.faults,
            record=self.traffic,
            current_settings=current,
            clock=clock,
        )

    # -- running

    def start(self) -> 'DevCloud':
        """Remember, then listen; the cloud answers when this returns."""
        if self._is_running:
            return self
        self._journal.open(self._replay, self._dump)
        # What the caller asked for outranks what was remembered.
        self._settings = self._settings.changed(self._given)
        try:
            self._port = self._server.start()
        except BaseException:
            self._journal.close()
            raise
        self._is_running = True
        return self

    def stop(self) -> None:
        """Stop answering for good; another may take over the state."""
        if self._is_running:
            self._is_running = False
            self._server.stop()
            self._journal.close()

    def __enter__(self) -> 'DevCloud':
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        return self._port

    @property
    def base_url(self) -> str:
        return f'http://127.0.0.1:{self._port}'

    @property
    def auth_url(self) -> str:
        return f'{self.base_url}/identity/v3'

    @property
    def control_url(self) -> str:
        return f'{self.base_url}/devcloud'

    def clouds_yaml(self) -> str:
        """A clouds.yaml with `devcloud` and `devcloud-admin`."""
        lines = ['clouds:']
        for name, user in (('devcloud', 'demo'), ('devcloud-admin', 'admin')):
            lines += [
                f'  {name}:',
                f'    region_name: {catalog.REGION}',
                '    auth:',
                f'      auth_url: {self.auth_url}',
                f'      username: {user}',
                f'      password: {people.PASSWORD}',
                f'      project_name: {user}',
                f'      user_domain_id: {people.DOMAIN["id"]}',
                f'      project_domain_id: {people.DOMAIN["id"]}',
            ]
        return '\n'.join(lines) + '\n'

    # -- what a test asks and does without HTTP

    @property
    def settings(self) -> Settings:
        return self._settings

    def change(self, changes: Any) -> Settings:
        """Change settings given as a mapping; InvalidSetting if wrong."""
        with self._settings_lock:
            self._settings = self._settings.changed(changes)
            self._journal.append('settings.changed', changes=changes)
            return self._settings

    def stats(self) -> dict[str, int]:
        """Requests counted by 'service.operation'."""
        return self.traffic.counts()

    def servers(self) -> list[dict[str, Any]]:
        """Every server of every project, as the control door shows it."""
        with self._fleet.lock:
            now = self._fleet.sweep()
            return [view.bare(each, now) for each in self._fleet.everything()]

    def vanish(self, server_id: str) -> None:
        """The server is gone, and nobody was told. KeyError if unknown."""
        with self._fleet.lock:
            self._fleet.vanish(self._find(server_id))

    def break_down(self, server_id: str, message: str) -> None:
        """The server is in ERROR. KeyError if unknown."""
        with self._fleet.lock:
            self._fleet.break_down(self._find(server_id), message)

    def _find(self, server_id: str) -> Any:
        self._fleet.sweep()
        found = self._fleet.get(server_id)
        if found is None:
            raise KeyError(server_id)
        return found

    def enable_user(self, name: str, is_enabled: bool) -> None:
        """Let a user in, or shut them out. KeyError if unknown."""
        user = self._authority.people.user(name)
        if user is None:
            raise KeyError(name)
        self._authority.enable_user(user.id, is_enabled)

    # -- what is the same in every cloud

    @staticmethod
    def user_id(name: str) -> str:
        return people.fixed_id('user', name)

    @staticmethod
    def project_id(name: str) -> str:
        return people.fixed_id('project', name)

    @staticmethod
    def image_id(name: str) -> str:
        """KeyError if there is no such image."""
        by_name = {each['name']: each for each in image.IMAGES.values()}
        return str(by_name[name]['id'])

    # -- the journal

    def _replay(self, record: journal.Record) -> None:
        if record['kind'] == 'settings.changed':
            self._settings = self._settings.changed(record['changes'])
            return
        for part in self._parts():
            if part.replay(record):
                return

    def _dump(self) -> Any:
        yield {'kind': 'settings.changed', 'changes': self._settings.show()}
        for part in self._parts():
            yield from part.dump()

    def _parts(self) -> tuple[Any, ...]:
        return self._authority, self._fleet, self._keeping, self._queues
