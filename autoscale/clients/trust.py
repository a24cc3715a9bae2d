"""Trusts: what a user lends to the service, made and ended.

Keystone lets only the user make one, with a token that was got by a password
or the like. The user may end it, and so may a token that the trust itself
gave.
"""

import logging
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from autoscale import exceptions
from autoscale.clients import failure
from autoscale.clients import keystone
from autoscale.metrics import calls
from autoscale.model import credential as credentials

LOG = logging.getLogger(__name__)


class Trusts:
    """Safe to share between threads."""

    def __init__(self, sessions: keystone.Sessions) -> None:
        self._sessions = sessions

    @calls.operation('keystone')
    def make(
        self,
        user_id: str,
        project_id: str,
        roles: Iterable[str],
        user_auth: Any,
    ) -> dict[str, str]:
        """A trust in our service user; the secret that opens it.

        `roles` are names, `user_auth` the plug-in of the user's own token.
        Raises CredentialDoesNotWork with Keystone's words when it refuses,
        and CloudIsUnwell when it does not answer.
        """
        own = self._sessions.session_for()
        with failure.told_as('keystone', 'make a trust'):
            trustee = own.auth.get_user_id(own.session)
            made = own.session.post(
                f'{self._sessions.keystone_url()}/OS-TRUST/trusts',
                auth=user_auth,
                json={
                    'trust': {
                        'trustor_user_id': user_id,
                        'trustee_user_id': trustee,
                        'project_id': project_id,
                        'roles': [{'name': each} for each in roles],
                        'impersonation': True,
                        'allow_redelegation': False,
                    }
                },
                log=False,
            )
            return {keystone.TRUST_ID: str(made.json()['trust']['id'])}

    def end(self, secret: Mapping[str, str], user_auth: Any = None) -> bool:
        """End the trust, by its own token or by the user's.

        False when neither could; then it is Keystone's, until its user ends
        it there or is gone. Raises nothing.
        """
        own = self._sessions.session_for()
        url = (
            f'{self._sessions.keystone_url()}/OS-TRUST/trusts/'
            f'{secret[keystone.TRUST_ID]}'
        )
        through = self._sessions.through(credentials.TRUST, secret)
        for auth in (through.auth, user_auth):
            if auth is None:
                continue
            try:
                with failure.told_as('keystone', 'end a trust'):
                    own.session.delete(url, auth=auth, log=False)
                return True
            except exceptions.CloudError as error:
                if error.status == 404 and auth is user_auth:
                    return True
                LOG.debug('a trust was not ended: %s', error)
        LOG.warning('a trust could not be ended, and is left in Keystone')
        return False
