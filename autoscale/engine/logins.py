"""Logins for owners: what is kept for each user of a project, in use.

Plug-ins of keystoneauth keep their tokens until they expire, so each
credential has one, for as long as it is used and stays the same. That it has
changed is known from its id, which comes with the facts of each pass and with
the keepers' owners; nothing is asked for it.

Whom Keystone refuses is marked as broken, and all clusters of the pair are
looked at. From then on it is tried by one pass at a time, ever more rarely.
"""

import collections
import dataclasses
import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from typing import Protocol

from oslo_config import cfg

from autoscale import exceptions
from autoscale.clients import keystone
from autoscale.conf import credentials as options
from autoscale.db import credential as rows
from autoscale.db import database
from autoscale.db import keys as all_keys
from autoscale.engine.planning import backoff
from autoscale.model import credential as credentials

LOG = logging.getLogger(__name__)

#: Pairs whose logins are kept; the one unused for longest makes room.
MOST = 1000

#: Seconds before a broken credential is tried again, doubling to the limit.
FIRST_TRIAL = 30.0
TRIAL_LIMIT = 600.0

Pair = tuple[str, str]  # user and project


class Owner(Protocol):
    """For whom the engine acts: a cluster, for instance."""

    @property
    def project_id(self) -> str: ...

    @property
    def user_id(self) -> str | None: ...


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """How one credential logs in, and what was opened with it."""

    credential_id: str | None  #: None: the one of the configuration
    access: keystone.Access
    clients: dict[str, Any]  #: by service


class Logins:
    """Safe to share between threads."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        db: database.Database,
        wake: Callable[[str], None],
    ) -> None:
        """Raises KeysUnusable when there are credentials and no keys.

        `wake` is called with each cluster that is to be looked at.
        """
        self._db = db
        self._wake = wake
        self._sessions = keystone.Sessions(conf)
        self._guard = threading.Lock()
        self._kept: collections.OrderedDict[Pair, Login] = (
            collections.OrderedDict()
        )
        self.are_per_owner = options.are_kept(conf)
        self._keys = all_keys.Keys(conf.credentials.key_file)
        if self.are_per_owner:
            self._keys.check()

    def of(self, owner: Owner) -> Login:
        """The owner's login; raises CredentialDoesNotWork."""
        pair = self._pair(owner)
        with self._guard:
            found = self._kept.get(pair)
            if found is not None:
                self._kept.move_to_end(pair)
                return found
        made = self._made(pair)
        with self._guard:
            kept = self._kept.setdefault(pair, made)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return kept

    def expect(self, owner: Owner, credential_id: str | None) -> None:
        """The owner's credential is this one now; forget any other."""
        pair = self._pair(owner)
        with self._guard:
            found = self._kept.get(pair)
            if found is not None and found.credential_id != credential_id:
                del self._kept[pair]

    def try_again(self, owner: Owner, broken: credentials.Standing) -> bool:
        """Whether a broken credential works again.

        It is tried when it is time to, and by one of all engines; else the
        answer is no.
        """
        now = self._db.now()
        if broken.try_at is not None and broken.try_at > now:
            return False
        pause = backoff.delay(broken.failures + 1, FIRST_TRIAL, TRIAL_LIMIT)
        try_at = now + timedelta(seconds=pause)
        if not self._db.write(rows.begin_trial, broken, try_at):
            return False
        found = self._find(self._pair(owner))
        if found is None or found.id != broken.id:
            return False
        try:
            secret = self._keys.open(found.sealed)
            self._sessions.who(self._sessions.through(found.kind, secret))
        except (exceptions.CloudError, exceptions.SecretUnreadable) as error:
            LOG.info('%s: still no use: %s', _named(found), error)
            return False
        LOG.info('%s: works again', _named(found))
        self._tell(self._db.write(rows.note_working, found))
        return True

    def _pair(self, owner: Owner) -> Pair:
        if not self.are_per_owner:
            return ('', '')
        return (owner.user_id or '', owner.project_id)

    def _find(self, pair: Pair) -> credentials.Credential | None:
        return self._db.read(rows.find, *pair)

    def _made(self, pair: Pair) -> Login:
        if not self.are_per_owner:
            access = self._sessions.session_for()
            return Login(credential_id=None, access=access, clients={})
        found = self._find(pair)
        if found is None:
            raise _useless(f'user {pair[0]} has none in this project')
        if found.state != credentials.WORKING:
            raise _useless(found.reason or 'it does not work')
        try:
            secret = self._keys.open(found.sealed)
        except exceptions.SecretUnreadable as error:
            self._note_broken(found, str(error))
            raise _useless(str(error)) from None
        access = self._sessions.through(
            found.kind, secret, lambda refusal: self._refused(found, refusal)
        )
        return Login(credential_id=found.id, access=access, clients={})

    def _refused(
        self,
        used: credentials.Credential,
        refusal: exceptions.CredentialDoesNotWork,
    ) -> None:
        """Keystone gave no token for it: see whose fault that is."""
        pair = (used.user_id, used.project_id)
        with self._guard:
            found = self._kept.get(pair)
            if found is not None and found.credential_id == used.id:
                del self._kept[pair]
        if used.kind == credentials.TRUST and not self._are_we_known():
            return
        noun = used.kind.replace('_', ' ')
        self._note_broken(
            used, f'Keystone gives no token for the {noun} ({refusal.reason})'
        )

    def _are_we_known(self) -> bool:
        """Whether the service itself can log in; a trust needs that, too."""
        try:
            self._sessions.who(self._sessions.session_for())
        except exceptions.CloudError as error:
            LOG.error('[service_auth] does not work: %s', error)
            return False
        return True

    def _note_broken(
        self, broken: credentials.Credential, reason: str
    ) -> None:
        try_at = self._db.now() + timedelta(seconds=FIRST_TRIAL)
        waiting = self._db.write(rows.note_broken, broken, reason, try_at)
        if waiting is None:
            return
        LOG.warning('%s: does not work: %s', _named(broken), reason)
        self._tell(waiting)

    def _tell(self, clusters: list[str]) -> None:
        for each in clusters:
            self._wake(each)


def _named(each: credentials.Credential) -> str:
    return (
        f'the {each.kind} of user {each.user_id} in project {each.project_id}'
    )


def _useless(reason: str) -> exceptions.CredentialDoesNotWork:
    return exceptions.CredentialDoesNotWork(
        service='keystone', operation='log in', reason=reason
    )
