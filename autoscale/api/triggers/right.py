"""Who may trigger a webhook, and when.

An unknown id, a wrong token, a webhook that is disabled or expired, a caller
from elsewhere and a cluster that is going all get the same answer.
"""

import ipaddress
from collections.abc import Mapping
from datetime import datetime

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import capability
from autoscale.api import query as queries
from autoscale.db import webhook as webhooks
from autoscale.model import webhook


def is_somebodys(environ: answer.Environ) -> bool:
    """Whether it comes with a token of Keystone's and with none of ours."""
    if not environ.get('HTTP_X_AUTH_TOKEN'):
        return False
    query = dict(queries.pairs(environ.get('QUERY_STRING', '')))
    return not capability.carried(environ, query)


def check(
    call: calls.Call,
    query: Mapping[str, str],
    found: tuple[webhook.Webhook, webhooks.Target] | None,
) -> tuple[webhook.Webhook, webhooks.Target]:
    """What was found; CapabilityNotFound, whatever is wrong."""
    hook, cluster = found or (None, None)
    owner = hook.project_id if hook else None
    if is_somebodys(call.environ):
        is_right = call.context.project_id == owner
    else:
        token = capability.carried(call.environ, query)
        expected = hook.token_hash if hook else capability.NOBODYS
        is_right = capability.fits(token, expected)
    is_open = hook is not None and _is_open(
        hook, call.now(), call.environ.get('REMOTE_ADDR', '')
    )
    if not (is_right and is_open):
        raise exceptions.CapabilityNotFound()
    if hook is None or cluster is None or cluster.is_deleting:
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
