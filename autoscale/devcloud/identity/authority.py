"""Is this token good, and what does it allow: asked at every request.

The only state of the identity service lives here, with the one rule that
makes the answers quick: any change makes every remembered answer worthless.
"""

import dataclasses
import threading
import uuid
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import journal
from autoscale.devcloud.identity import delegation
from autoscale.devcloud.identity import people
from autoscale.devcloud.identity import token as tokens

#: Answers remembered; beyond this we start again from none.
_REMEMBERED = 10_000


class Authority:
    """People, what they lent, and the tokens they hold."""

    def __init__(
        self,
        key: bytes,
        *,
        log: journal.Journal,
        clock: Callable[[], float],
    ):
        self.lock = threading.RLock()
        self.people = people.People()
        self.trusts: dict[str, delegation.Trust] = {}
        self.credentials: dict[str, delegation.ApplicationCredential] = {}
        self._tokens = tokens.Tokens(key)
        self._revoked: dict[str, float] = {}  #: audit id: expiry
        self._journal = log
        self._clock = clock
        self._known: dict[str, tuple[exchange.Caller, float]] = {}

    # -- tokens

    def issue(
        self,
        user_id: str,
        *,
        project_id: str | None,
        methods: Iterable[str],
        seconds: float,
        trust_id: str | None = None,
        application_credential_id: str | None = None,
        not_after: float | None = None,
    ) -> tuple[str, tokens.Token]:
        """A new token: its text and what it says."""
        now = self._clock()
        expires_at = now + seconds
        if not_after is not None:
            expires_at = min(expires_at, not_after)
        made = tokens.Token(
            user_id=user_id,
            project_id=project_id,
            methods=tuple(methods),
            issued_at=now,
            expires_at=expires_at,
            audit_id=tokens.new_audit_id(),
            trust_id=trust_id,
            application_credential_id=application_credential_id,
        )
        return self._tokens.write(made), made

    def read(
        self, text: str, *, expired_too: bool = False
    ) -> tokens.Token | None:
        """The token, if it is ours and still good."""
        found = self._tokens.read(text)
        if found is None:
            return None
        if self._clock() >= found.expires_at and not expired_too:
            return None
        return found if self._is_good(found) else None

    def caller(self, text: str) -> exchange.Caller | None:
        """Who holds this token, quickly; None when it is no good."""
        known = self._known.get(text)
        if known is not None and self._clock() < known[1]:
            return known[0]
        with self.lock:
            found = self.read(text)
            if found is None:
                return None
            caller = exchange.Caller(
                user_id=found.user_id,
                project_id=found.project_id,
                roles=self.roles_of(found),
                trust_id=found.trust_id,
                application_credential_id=found.application_credential_id,
            )
            if len(self._known) >= _REMEMBERED:
                self._known = {}
            self._known[text] = caller, found.expires_at
        return caller

    def roles_of(self, token: tokens.Token) -> frozenset[str]:
        """What the holder may be just now."""
        if token.project_id is None:
            return frozenset()
        if token.trust_id:
            trust = self.trusts[token.trust_id]
            return people.with_implied(trust.roles)
        held = self.people.roles_of(token.user_id, token.project_id)
        if token.application_credential_id:
            kept = self.credentials[token.application_credential_id]
            return people.with_implied(kept.roles) & held
        return held

    def _is_good(self, token: tokens.Token) -> bool:
        if token.audit_id in self._revoked:
            return False
        user = self.people.users.get(token.user_id)
        if user is None or not user.is_enabled:
            return False
        if token.application_credential_id:
            return token.application_credential_id in self.credentials
        if token.trust_id is None:
            return True
        trust = self.trusts.get(token.trust_id)
        return trust is not None and all(
            self.people.users[user_id].is_enabled
            for user_id in (trust.trustor_id, trust.trustee_id)
        )

    def revoke(self, token: tokens.Token) -> None:
        """This token is no good from now on."""
        self._apply(
            'token.revoked', audit_id=token.audit_id, at=token.expires_at
        )

    # -- changes: each is applied here and replayed by the same code

    def enable_user(self, user_id: str, is_enabled: bool) -> people.User:
        """Let a user in, or shut them out with all their tokens."""
        self._apply('user.enabled', id=user_id, enabled=is_enabled)
        return self.people.users[user_id]

    def add_trust(self, trust: delegation.Trust) -> None:
        self._apply('trust.created', trust=dataclasses.asdict(trust))

    def remove_trust(self, trust_id: str) -> None:
        self._apply('trust.deleted', id=trust_id)

    def use_trust(self, trust: delegation.Trust) -> None:
        """Count one use, if uses are counted."""
        if trust.remaining_uses is not None:
            left = trust.remaining_uses - 1
            self.add_trust(dataclasses.replace(trust, remaining_uses=left))

    def add_credential(self, made: delegation.ApplicationCredential) -> None:
        self._apply('credential.created', credential=dataclasses.asdict(made))

    def remove_credential(self, credential_id: str) -> None:
        self._apply('credential.deleted', id=credential_id)

    def _apply(self, kind: str, **fields: Any) -> None:
        with self.lock:
            self.replay({'kind': kind, **fields})
            self._journal.append(kind, **fields)

    def replay(self, record: journal.Record) -> bool:
        """Make a change again; False when it is none of ours."""
        match record['kind']:
            case 'token.revoked':
                self._revoked[record['audit_id']] = record['at']
            case 'user.enabled':
                self.people.enable(record['id'], record['enabled'])
            case 'trust.created':
                fields = {**record['trust']}
                fields['roles'] = tuple(fields['roles'])
                self.trusts[fields['id']] = delegation.Trust(**fields)
            case 'trust.deleted':
                self.trusts.pop(record['id'], None)
            case 'credential.created':
                fields = {**record['credential']}
                fields['roles'] = tuple(fields['roles'])
                fields['access_rules'] = tuple(fields['access_rules'])
                self.credentials[fields['id']] = (
                    delegation.ApplicationCredential(**fields)
                )
            case 'credential.deleted':
                self.credentials.pop(record['id'], None)
            case _:
                return False
        self._known = {}
        return True

    def dump(self) -> Iterable[journal.Record]:
        """The fewest records that say what is true now."""
        now = self._clock()
        for audit_id, at in self._revoked.items():
            if at > now:
                yield {'kind': 'token.revoked', 'audit_id': audit_id, 'at': at}
        for user in self.people.users.values():
            if not user.is_enabled:
                yield {'kind': 'user.enabled', 'id': user.id, 'enabled': False}
        for trust in self.trusts.values():
            yield {'kind': 'trust.created', 'trust': dataclasses.asdict(trust)}
        for kept in self.credentials.values():
            yield {
                'kind': 'credential.created',
                'credential': dataclasses.asdict(kept),
            }


def new_id() -> str:
    """An id in the form that Keystone gives."""
    return uuid.uuid4().hex
