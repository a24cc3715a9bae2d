"""The trigger of a webhook: an alarm service posts, an action is queued.

This is the busiest door, and a public one: the token is the right. An
unknown id, a wrong token, a webhook that is disabled or expired, a caller
from elsewhere and a cluster that is going all get the same answer. It costs
at most six statements. A member of its project may come with a token of
Keystone's instead.
"""

import functools
import hashlib
import ipaddress
import logging
from datetime import datetime
from typing import Any

from autoscale import exceptions
from autoscale import plugins
from autoscale.api import answer
from autoscale.api import body as bodies
from autoscale.api import call as calls
from autoscale.api import capability
from autoscale.api import place
from autoscale.api import query as queries
from autoscale.api.query import Parameter
from autoscale.api.schemas import fields
from autoscale.api.schemas import shape
from autoscale.api.schemas import webhook as schemas
from autoscale.db import event as events
from autoscale.db import request
from autoscale.db import transition
from autoscale.db import webhook as webhooks
from autoscale.model import action
from autoscale.model import alarm
from autoscale.model import event
from autoscale.model import webhook

LOG = logging.getLogger(__name__)

#: What a query may call the node that shall leave.
NODE_PARAMETERS = ('node', 'server_id', 'instance_id')

_COUNT = Parameter(
    name='count',
    type='integer',
    minimum=1,
    maximum=fields.MOST,
    description="How many; instead of the webhook's own count.",
)


class Trigger(place.Place):
    @place.operation(
        'POST',
        'Trigger a webhook, with the body of any alarm service or with none',
        is_public=True,
        query=(
            Parameter(name='token', description='Or in a header.'),
            _COUNT,
            *(
                Parameter(name=name, description='Who shall leave.')
                for name in NODE_PARAMETERS
            ),
        ),
        answers={202: (None, schemas.TRIGGERED)},
        faults=(404, 503),
    )
    def trigger(self, call: calls.Call) -> answer.Answer:
        if is_somebodys(call.environ):
            call.authorize('cluster:act')
        asked = _Asked(call)
        if call.idempotency_key() is not None:
            call.read(asked.find)
            first = call.first_answer()
            if first is not None:
                return first
        said = call.write(asked.carry_out)
        if said.body['action'] is None:
            LOG.info(
                'webhook %s: ignored, %s', asked.hook.id, said.body['ignored']
            )
        else:
            call.services.waker.wake(asked.cluster.id)
            LOG.info(
                'webhook %s: %s asked for, cluster %s, action %s',
                asked.hook.id,
                asked.hook.action,
                asked.cluster.id,
                said.body['action']['id'],
            )
        return said


class _Asked:
    """What one call asks for; what takes time is done before `find`."""

    hook: webhook.Webhook  #: since `find`
    cluster: webhooks.Target  #: likewise

    def __init__(self, call: calls.Call) -> None:
        self._call = call
        environ = call.environ
        self._query = dict(queries.pairs(environ.get('QUERY_STRING', '')))
        call.raw = bodies.read(environ)
        self._heard = _read_alarm(call.raw)
        # A transaction may be tried again: that is the same call.
        self._take = functools.cache(call.services.triggers.take)

    def find(self, conn: Any) -> None:
        self.hook, self.cluster = _find(conn, self._call, self._query)
        self._take(self.hook.id)
        self._call.key_scope = f'webhook:{self.hook.id}'

    def carry_out(self, conn: Any) -> answer.Answer:
        """All of it, in one transaction."""
        self.find(conn)
        call, hook = self._call, self.hook
        node = _node(self._query, self._heard)
        inputs = _inputs(hook, self._query, node)
        ignored = _ignored(conn, call, hook, self._heard)
        if ignored is not None:
            webhooks.count(conn, hook.id, ignored=1)
            return answer.Answer(
                status=202, body={'action': None, 'ignored': ignored}
            )
        webhooks.count(conn, hook.id, triggered=1)
        wanted = _action(call, hook, self.cluster, inputs, self._heard, node)
        request.accept(conn, wanted)
        shown = {
            'id': wanted.id,
            'kind': wanted.kind,
            'status': wanted.status,
        }
        where = f'{call.base_url}/v1/actions/{wanted.id}'
        return answer.Answer(
            status=202, body={'action': shown}, headers=(('Location', where),)
        )


def is_somebodys(environ: answer.Environ) -> bool:
    """Whether it comes with a token of Keystone's and with none of ours."""
    if not environ.get('HTTP_X_AUTH_TOKEN'):
        return False
    query = dict(queries.pairs(environ.get('QUERY_STRING', '')))
    return not capability.carried(environ, query)


def _find(
    conn: Any, call: calls.Call, query: dict[str, str]
) -> tuple[webhook.Webhook, webhooks.Target]:
    """The webhook and its cluster; CapabilityNotFound, whatever is wrong."""
    try:
        hook, cluster = webhooks.find(conn, call.refs['webhook_id'])
        token_hash, owner = hook.token_hash, hook.project_id
    except exceptions.NotFound:
        hook, cluster = None, None
        token_hash, owner = capability.NOBODYS, None
    if is_somebodys(call.environ):
        is_right = call.context.project_id == owner
    else:
        token = capability.carried(call.environ, query)
        is_right = capability.fits(token, token_hash)
    is_open = hook is not None and _is_open(
        hook, call.now(), call.environ.get('REMOTE_ADDR', '')
    )
    if hook is None or not (is_right and is_open) or cluster.is_deleting:
        raise exceptions.CapabilityNotFound()
    return hook, cluster


def _is_open(hook: webhook.Webhook, now: datetime, address: str) -> bool:
    if not hook.enabled:
        return False
    if hook.expires_at is not None and hook.expires_at <= now:
        return False
    return not hook.allowed_cidrs or _is_within(address, hook.allowed_cidrs)


def _is_within(address: str, cidrs: list[str]) -> bool:
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(caller, 'ipv4_mapped', None)
    if mapped is not None:
        caller = mapped
    return any(caller in ipaddress.ip_network(each) for each in cidrs)


@functools.cache
def _readers() -> list[Any]:
    """The `alarms` plug-ins, in the order in which they are asked."""
    found = plugins.load(plugins.ALARMS).values()
    return sorted(found, key=lambda each: each.priority)


def _read_alarm(raw: bytes) -> alarm.Alarm:
    """What the body says, whoever sent it; what is not JSON is a text."""
    value: Any = None
    if raw.strip():
        try:
            value = bodies.parse(raw)
        except exceptions.Invalid:
            value = raw.decode('utf-8', 'replace').replace('\0', '')
    for reader in _readers():
        if reader.recognises(value):
            heard: alarm.Alarm = reader.read(value)
            return heard
    return alarm.Alarm(source='unknown', state=alarm.ALARM)


def _node(query: dict[str, str], heard: alarm.Alarm) -> str | None:
    """Who is named to leave; a query's word comes before the body's."""
    for name in NODE_PARAMETERS:
        if query.get(name):
            return _checked_node(name, query[name])
    if heard.node:
        return _checked_node('node', heard.node)
    return None


def _checked_node(name: str, node: str) -> str:
    if len(node) > 255 or not node.isprintable():
        raise exceptions.InvalidQuery(
            parameter=name,
            reason='must be an id, a name, a server id or an address',
        )
    return node


def _inputs(
    hook: webhook.Webhook, query: dict[str, str], node: str | None
) -> dict[str, Any]:
    """What is asked for: as the webhook says, but for what the call says."""
    inputs = dict(hook.params)
    if 'count' in query:
        count = _COUNT.read(query['count'])
        if hook.action == action.RESIZE:
            raise exceptions.InvalidQuery(
                parameter='count', reason='a resize has no count'
            )
        inputs.pop('nodes', None)
        inputs['count'] = count
    if node is not None and hook.action == action.SCALE_IN:
        inputs = {'nodes': [node]}
    return inputs


def _ignored(
    conn: Any, call: calls.Call, hook: webhook.Webhook, heard: alarm.Alarm
) -> str | None:
    """Why this is not acted on, with a trace of it; None if it is."""
    is_wanted = heard.state in hook.states
    if is_wanted and heard.transition is None:
        return None
    is_repeated = transition.seen(
        conn,
        hook.id,
        _digest(heard.identity),
        _digest(heard.transition or f'state {heard.state}'),
        heard.window,
    )
    if is_wanted:
        if not is_repeated:
            return None
        return 'this transition of the alarm was heard before'
    why = (
        f"the alarm's state is {heard.state}; the webhook acts on "
        + ', '.join(hook.states)
    )
    if not is_repeated:
        events.record(conn, [_told(call, hook, heard, why)])
    return why


def _digest(text: str | None) -> str:
    return hashlib.sha256((text or '').encode('utf-8', 'replace')).hexdigest()


def _told(
    call: calls.Call, hook: webhook.Webhook, heard: alarm.Alarm, why: str
) -> event.Event:
    return event.Event(
        sequence=None,
        id=call.new_id(),
        project_id=hook.project_id,
        cluster_id=hook.cluster_id,
        node_id=None,
        action_id=None,
        level=event.INFO,
        type='webhook.ignored',
        message=f'The webhook {hook.name} was triggered and did nothing: '
        f'{why}.',
        details={'webhook_id': hook.id, 'alarm': _summary(heard)},
        created_at=call.now(),
    )


def _summary(heard: alarm.Alarm) -> dict[str, Any]:
    """What is kept of an alarm; texts of any length are cut."""
    return {
        key: shape.clip(fact, 1000) if isinstance(fact, str) else fact
        for key, fact in heard.summary().items()
    }


def _action(
    call: calls.Call,
    hook: webhook.Webhook,
    cluster: Any,
    inputs: dict[str, Any],
    heard: alarm.Alarm,
    node: str | None,
) -> action.Action:
    return action.Action(
        sequence=None,
        id=call.new_id(),
        project_id=hook.project_id,
        user_id=hook.user_id,
        cluster_id=cluster.id,
        cluster_name=cluster.name,
        kind=hook.action,
        status=action.QUEUED,
        status_reason=None,
        inputs=inputs,
        cause={
            'type': action.WEBHOOK,
            'webhook_id': hook.id,
            'webhook_name': hook.name,
            'alarm': _summary(heard),
            'node': node,
        },
        decision=None,
        request_id=call.request_id,
        created_at=call.now(),
        started_at=None,
        ended_at=None,
    )
