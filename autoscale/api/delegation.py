"""Credentials for later: the engine acts when its user has gone.

On a request that needs it, a credential is seen to: the one that is kept for
the caller in the project, or else a trust that the caller's own token makes.
Keystone lets no delegated token make one; who comes with such a token is told
what to do.
"""

import logging
from collections.abc import Callable
from typing import Any

from oslo_config import cfg

from autoscale import exceptions
from autoscale.api import answer
from autoscale.clients import keystone
from autoscale.clients import trust as trusts
from autoscale.conf import credentials as options
from autoscale.db import credential as rows
from autoscale.db import database as databases
from autoscale.db import keys as all_keys
from autoscale.model import credential
from autoscale.model.credential import Credential

LOG = logging.getLogger(__name__)

#: Clusters whose engines are told by a call of their own; the due keeper
#: finds the others.
_TOLD = 100


class Caller:
    """Whoever asks, with the token that they came with."""

    def __init__(self, environ: answer.Environ) -> None:
        self.user_id = str(environ.get('HTTP_X_USER_ID', ''))
        self.project_id = str(environ.get('HTTP_X_PROJECT_ID', ''))
        self.auth = environ.get('keystone.token_auth')
        self._token: dict[str, Any] = environ.get(
            'keystone.token_info', {}
        ).get('token', {})

    def why_no_trust(self) -> str | None:
        """Why Keystone would refuse a trust; None: it would not."""
        if self.auth is None or not self._token:
            return 'no token of Keystone came with the request'
        methods = self._token.get('methods', ())
        if 'application_credential' in methods or (
            'application_credential' in self._token
        ):
            return "your token is an application credential's"
        if 'OS-TRUST:trust' in self._token:
            return "your token is a trust's"
        if 'OS-OAUTH1' in self._token:
            return 'your token was delegated by OAuth'
        return None

    def roles(self, wanted: list[str]) -> list[str]:
        """Those of `wanted` that the token has; all, if none is wanted."""
        held = [str(each['name']) for each in self._token.get('roles', ())]
        return [each for each in held if each in wanted or not wanted]


class Delegation:
    """Makes, keeps and ends what engines act with."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        database: databases.Database,
        wake: Callable[[str], None],
    ) -> None:
        """Raises KeysUnusable when credentials are to be kept and cannot."""
        self._conf = conf
        self._database = database
        self._wake = wake
        self.is_on = options.are_kept(conf)
        if self.is_on:
            self._sessions = keystone.Sessions(conf)
            self._trusts = trusts.Trusts(self._sessions)
            self._keys = all_keys.Keys(conf.credentials.key_file)
            self._keys.check()

    def see_to(self, caller: Caller, new_id: Callable[[], str]) -> None:
        """Have a working credential for the caller in their project.

        Raises CredentialRequired with what to do, and Unavailable when
        Keystone does not answer.
        """
        found = self._database.read(
            rows.find, caller.user_id, caller.project_id
        )
        if found is not None and found.state == credential.WORKING:
            return
        reason = caller.why_no_trust()
        if reason is None:
            self.lend(caller, new_id)
            return
        if found is None:
            raise exceptions.CredentialRequired(
                reason=f'you have none in this project, and {reason}, which '
                'can make no trust'
            )
        if not self._works_again(found):
            raise exceptions.CredentialRequired(
                reason=f'the one of yours does not work ({found.reason}), '
                f'and {reason}, which can make no trust'
            )

    def lend(self, caller: Caller, new_id: Callable[[], str]) -> Credential:
        """Make a trust with the caller's token, and keep it.

        Of two at once one is kept: what is kept is answered. Raises as
        `see_to`.
        """
        reason = caller.why_no_trust()
        roles = caller.roles(self._conf.credentials.trust_roles)
        if reason is None and not roles:
            wanted = ', '.join(self._conf.credentials.trust_roles)
            reason = f'you have none of the roles that are lent: {wanted}'
        if reason is not None:
            raise exceptions.CredentialRequired(reason=reason)
        before = self._database.read(
            rows.find, caller.user_id, caller.project_id
        )
        secret = self._made(caller, roles)
        kept = self._keep(caller, credential.TRUST, secret, before, new_id)
        if kept is None:
            self._trusts.end(secret, caller.auth)
            found = self._database.read(
                rows.find, caller.user_id, caller.project_id
            )
            if found is None:  # taken away in this very moment
                raise exceptions.CredentialRequired(
                    reason='it was taken away just now'
                )
            return found
        LOG.info(
            'user %s lends project %s to the service: %s',
            caller.user_id,
            caller.project_id,
            ', '.join(roles),
        )
        self._end(before, caller)
        return kept

    def accept(
        self,
        caller: Caller,
        secret: dict[str, str],
        new_id: Callable[[], str],
    ) -> Credential:
        """Keep the application credential that the caller gives.

        Raises InvalidField when it is not theirs or does not work.
        """
        self._check_given(caller, secret)
        kept = None
        while kept is None:
            before = self._database.read(
                rows.find, caller.user_id, caller.project_id
            )
            kept = self._keep(
                caller, credential.APPLICATION, secret, before, new_id
            )
        LOG.info(
            'user %s gave an application credential for project %s',
            caller.user_id,
            caller.project_id,
        )
        self._end(before, caller)
        return kept

    def forget(self, caller: Caller) -> bool:
        """Take the caller's credential away, and end it if it is a trust.

        False when there is none. Raises InUse while clusters need it.
        """
        found = self._database.write(
            rows.remove, caller.user_id, caller.project_id
        )
        if found is None:
            return False
        LOG.info(
            'the credential of user %s in project %s is removed',
            caller.user_id,
            caller.project_id,
        )
        self._end(found, caller)
        return True

    def _made(self, caller: Caller, roles: list[str]) -> dict[str, str]:
        """A trust that gives a token, as is tried at once."""
        secret: dict[str, str] = {}
        try:
            secret = self._trusts.make(
                caller.user_id, caller.project_id, roles, caller.auth
            )
            through = self._sessions.through(credential.TRUST, secret)
            self._sessions.who(through)
            return secret
        except exceptions.CredentialDoesNotWork as refusal:
            if secret:
                self._trusts.end(secret, caller.auth)
            raise exceptions.CredentialRequired(
                reason=f'Keystone refuses a trust ({refusal.reason})'
            ) from None
        except exceptions.CloudError as error:
            if secret:
                self._trusts.end(secret, caller.auth)
            LOG.warning('a trust could not be made: %s', error)
            raise exceptions.Unavailable(part='identity service') from error

    def _check_given(self, caller: Caller, secret: dict[str, str]) -> None:
        through = self._sessions.through(credential.APPLICATION, secret)
        try:
            who = self._sessions.who(through)
        except exceptions.CredentialDoesNotWork:
            raise exceptions.InvalidField(
                field='application_credential_id',
                reason='Keystone gives no token for it and its secret',
            ) from None
        except exceptions.CloudError as error:
            raise exceptions.Unavailable(part='identity service') from error
        if who != (caller.user_id, caller.project_id):
            raise exceptions.InvalidField(
                field='application_credential_id',
                reason='is not one of yours in this project',
            )

    def _keep(
        self,
        caller: Caller,
        kind: str,
        secret: dict[str, str],
        before: Credential | None,
        new_id: Callable[[], str],
    ) -> Credential | None:
        """Store it and wake what waits for it; None: another came first."""
        new = Credential(
            id=new_id(),
            user_id=caller.user_id,
            project_id=caller.project_id,
            kind=kind,
            sealed=self._keys.seal(secret),
            state=credential.WORKING,
            reason=None,
            broken_at=None,
            failures=0,
            try_at=None,
            created_at=self._database.now(),
            updated_at=None,
        )

        def store(conn: Any) -> list[str] | None:
            instead_of = before.id if before is not None else None
            if not rows.store(conn, new, instead_of):
                return None
            return rows.wake_clusters(conn, new.user_id, new.project_id)

        woken = self._database.write(store)
        if woken is None:
            return None
        self._announce(woken)
        return new

    def _works_again(self, found: Credential) -> bool:
        """Whether what was found broken gives a token after all."""
        try:
            secret = self._keys.open(found.sealed)
            self._sessions.who(self._sessions.through(found.kind, secret))
        except (exceptions.CloudError, exceptions.SecretUnreadable):
            return False
        self._announce(self._database.write(rows.note_working, found))
        return True

    def _announce(self, clusters: list[str]) -> None:
        for each in clusters[:_TOLD]:
            self._wake(each)

    def _end(self, before: Credential | None, caller: Caller) -> None:
        """End a trust that is no longer kept; others' are not ours to end."""
        if before is None or before.kind != credential.TRUST:
            return
        try:
            secret = self._keys.open(before.sealed)
        except exceptions.SecretUnreadable as error:
            LOG.warning('a trust is left in Keystone: %s', error)
            return
        self._trusts.end(secret, caller.auth)
