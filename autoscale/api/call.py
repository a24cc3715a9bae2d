"""One request, as a controller sees it."""

import dataclasses
import hashlib
import logging
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any
from typing import Protocol

from oslo_config import cfg
from oslo_policy import policy

from autoscale import context as contexts
from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import delegation as delegations
from autoscale.api import query as queries
from autoscale.api import rate
from autoscale.api.rules import base as rules
from autoscale.db import database as databases
from autoscale.db import idempotency
from autoscale.model import idempotency as first_answers

LOG = logging.getLogger(__name__)


class _Beaten(Exception):
    """Another request with the same Idempotency-Key came first."""


class Waker(Protocol):
    """What we want of the engines; `rpc.client` has it."""

    def wake(self, cluster_id: str) -> None:
        """Say that there is work; never blocks, never raises."""

    def preview(
        self, cluster_id: str, request: dict[str, Any]
    ) -> dict[str, Any]:
        """The decision that would be taken now; `request` is a body.

        Raises Unavailable when no engine answers.
        """

    def is_connected(self) -> bool:
        """Whether the last wake could be handed to the broker."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """What every request works with."""

    conf: cfg.ConfigOpts
    database: databases.Database
    waker: Waker
    delegation: delegations.Delegation
    enforcer: policy.Enforcer
    triggers: rate.Buckets

    def new_id(self) -> str:
        return str(uuid.uuid4())


@dataclasses.dataclass(kw_only=True, slots=True)
class Call:
    """A request on its way; `body` and `query` are checked by then."""

    services: Services
    environ: answer.Environ
    refs: dict[str, str]  #: the parts of the path that name something
    context: contexts.RequestContext
    query: dict[str, Any] = dataclasses.field(default_factory=dict)
    body: Any = None
    raw: bytes = b''
    key_scope: str = ''  #: whose Idempotency-Keys; the project's, if empty
    may_wait: bool = False  #: until there is a credential to do it with

    @property
    def project_id(self) -> str:
        return str(self.context.project_id)

    @property
    def request_id(self) -> str:
        return str(self.environ['openstack.request_id'])

    @property
    def base_url(self) -> str:
        return base_url(self.services.conf, self.environ)

    def now(self) -> datetime:
        return self.services.database.now()

    def new_id(self) -> str:
        return self.services.new_id()

    def cause(self) -> dict[str, Any]:
        """Who asks, as an action keeps it."""
        cause = {
            'type': 'request',
            'user_id': self.context.user_id,
            'request_id': self.request_id,
        }
        if self.context.global_request_id:
            cause['global_request_id'] = self.context.global_request_id
        return cause

    def scope(self) -> str | None:
        """Whose things a read may see: a project's, or all (None)."""
        if not self.query.get('all_projects'):
            return self.project_id
        self.authorize(rules.ALL_PROJECTS)
        return None

    def authorize(self, rule: str) -> None:
        """Raise Forbidden unless the caller may do what `rule` is about."""
        target = {'project_id': self.context.project_id}
        allowed = bool(self.context.project_id)
        try:
            allowed = allowed and self.services.enforcer.authorize(
                rule, target, self.context
            )
        except policy.InvalidScope:
            allowed = False
        if not allowed:
            raise exceptions.Forbidden(rule=rule)

    def read(self, fn: Callable[..., Any], *args: Any, **kw: Any) -> Any:
        return self.services.database.read(fn, *args, **kw)

    def write(
        self,
        work: Callable[[Any], answer.Answer],
        secrets: tuple[str, ...] = (),
    ) -> answer.Answer:
        """Do `work(conn)` in one transaction, and give the answer it makes.

        With an Idempotency-Key the answer is kept in the same transaction,
        without the fields of its noun that `secrets` names.
        """
        key = self.idempotency_key()
        if key is None:
            said: answer.Answer = self.services.database.write(work)
            return said

        def work_and_keep(conn: Any) -> answer.Answer:
            fresh = work(conn)
            if not idempotency.keep(conn, self._kept(key, fresh, secrets)):
                raise _Beaten
            return fresh

        try:
            said = self.services.database.write(work_and_keep)
        except _Beaten:  # the same request, a moment earlier
            first = self.first_answer()
            if first is None:
                raise exceptions.IdempotencyConflict() from None
            said = first
        return said

    def first_answer(self) -> answer.Answer | None:
        """The answer that this request got before, by its Idempotency-Key.

        IdempotencyConflict if the key was used for another request.
        """
        key = self.idempotency_key()
        if key is None:
            return None
        kept = self.services.database.read(
            idempotency.find,
            self.key_scope or self.project_id,
            key,
            self._request_hash(),
        )
        if kept is None:
            return None
        return answer.Answer(
            status=kept.status,
            body=kept.body,
            headers=tuple(kept.headers.items()),
        )

    def idempotency_key(self) -> str | None:
        if self.environ['REQUEST_METHOD'] != 'POST':
            return None
        key = self.environ.get('HTTP_IDEMPOTENCY_KEY')
        if key is None:
            return None
        if not 1 <= len(key) <= 255 or not (
            key.isascii() and key.isprintable()
        ):
            raise exceptions.Invalid(
                reason='Idempotency-Key must have 1 to 255 printable '
                'characters of ASCII.'
            )
        return str(key)

    def _request_hash(self) -> str:
        environ = self.environ
        parts = (
            environ['REQUEST_METHOD'],
            environ.get('PATH_INFO', ''),
            environ.get('QUERY_STRING', ''),
        )
        digest = hashlib.sha256('\0'.join(parts).encode('utf-8', 'replace'))
        digest.update(b'\0' + self.raw)
        return digest.hexdigest()

    def _kept(
        self, key: str, said: answer.Answer, secrets: tuple[str, ...]
    ) -> first_answers.Answer:
        body = said.body
        if secrets:
            body = {
                root: {**noun, **dict.fromkeys(secrets)}
                for root, noun in body.items()
            }
        return first_answers.Answer(
            project_id=self.key_scope or self.project_id,
            key=key,
            request_hash=self._request_hash(),
            status=said.status,
            headers=dict(said.headers),
            body=body,
            created_at=self.now(),
        )

    def pairs(self) -> list[tuple[str, str]]:
        return queries.pairs(self.environ.get('QUERY_STRING', ''))


def base_url(conf: cfg.ConfigOpts, environ: answer.Environ) -> str:
    """Where this API is, without /v1: configured, or as it was reached."""
    if conf.api.public_url:
        return str(conf.api.public_url).rstrip('/')
    host = environ.get('HTTP_HOST')
    if not host:
        host = f'{environ["SERVER_NAME"]}:{environ["SERVER_PORT"]}'
    prefix = environ.get('SCRIPT_NAME', '').rstrip('/')
    return f'{environ["wsgi.url_scheme"]}://{host}{prefix}'
