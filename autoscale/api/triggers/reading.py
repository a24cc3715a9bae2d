"""What the query and the body of a trigger say."""

import functools
from collections.abc import Mapping
from typing import Any

from autoscale import exceptions
from autoscale import plugins
from autoscale.api import body as bodies
from autoscale.api.query import Parameter
from autoscale.api.schemas import fields
from autoscale.model import action
from autoscale.model import alarm
from autoscale.model import webhook

#: What a query may call the node that shall leave.
NODE_PARAMETERS = ('node', 'server_id', 'instance_id')

COUNT = Parameter(
    name='count',
    type='integer',
    minimum=1,
    maximum=fields.MOST,
    description="How many; instead of the webhook's own count.",
)


@functools.cache
def _readers() -> list[Any]:
    """The `alarms` plug-ins, in the order in which they are asked."""
    found = plugins.load(plugins.ALARMS).values()
    return sorted(found, key=lambda each: each.priority)


def read_alarm(raw: bytes) -> alarm.Alarm:
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


def node(query: Mapping[str, str], heard: alarm.Alarm) -> str | None:
    """Who is named to leave; a query's word comes before the body's.

    Raises InvalidQuery for what cannot be a node's name or id.
    """
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


def inputs(
    hook: webhook.Webhook, query: Mapping[str, str], node: str | None
) -> dict[str, Any]:
    """What is asked for: as the webhook says, but for what the call says.

    Raises InvalidQuery for a count that cannot be.
    """
    wanted = dict(hook.params)
    if 'count' in query:
        count = COUNT.read(query['count'])
        if hook.action == action.RESIZE:
            raise exceptions.InvalidQuery(
                parameter='count', reason='a resize has no count'
            )
        wanted.pop('nodes', None)
        wanted['count'] = count
    if node is not None and hook.action == action.SCALE_IN:
        wanted = {'nodes': [node]}
    return wanted
