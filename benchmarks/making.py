"""What a user makes before anything can be measured, by plain REST calls."""

import datetime
from collections.abc import Iterable
from typing import Any

from benchmarks import caller

QUEUE = 'leaving'


def profile(api: caller.Caller) -> str:
    """The id of a profile of the smallest server."""
    spec = {'flavor': 'tiny', 'image': 'cirros'}
    body = {'name': 'small', 'type': 'server', 'spec': spec}
    return str(api.post('/profiles', {'profile': body})['profile']['id'])


def hook_policy(api: caller.Caller) -> str:
    """The id of a deletion policy with a hook that waits for an hour."""
    told = {'type': 'zaqar', 'params': {'queue': QUEUE}, 'timeout': 3600}
    body = {'name': 'told', 'type': 'deletion', 'spec': {'hooks': told}}
    return str(api.post('/policies', {'policy': body})['policy']['id'])


def cluster(
    api: caller.Caller,
    name: str,
    profile_id: str,
    *,
    desired: int = 0,
    most: int = -1,
    policies: Iterable[str] = (),
) -> str:
    """The id of a cluster whose members may still be on their way.

    It has `most` members at the most; -1: any number.
    """
    body = {
        'name': name,
        'profile_id': profile_id,
        'desired_capacity': desired,
        'max_size': most,
    }
    cluster_id = str(api.post('/clusters', {'cluster': body})['cluster']['id'])
    for policy_id in policies:
        api.call('PUT', f'/clusters/{cluster_id}/policies/{policy_id}')
    return cluster_id


def ask(api: caller.Caller, cluster_id: str, kind: str, **inputs: Any) -> str:
    """The id of the action that is asked of the cluster."""
    said = api.post(f'/clusters/{cluster_id}/actions', {kind: inputs})
    return str(said['action']['id'])


def action(api: caller.Caller, action_id: str) -> dict[str, Any]:
    return dict(api.get(f'/actions/{action_id}')['action'])


def await_action(api: caller.Caller, action_id: str) -> dict[str, Any]:
    """The action when it is over; raises RuntimeError if it went wrong."""
    ended: dict[str, Any] = {}

    def is_over() -> bool:
        ended.update(action(api, action_id))
        return ended['ended_at'] is not None

    caller.wait_until(is_over)
    if ended['status'] != 'SUCCEEDED':
        raise RuntimeError(f'{ended["kind"]}: {ended["status_reason"]}')
    return ended


def await_members(
    api: caller.Caller, clusters: Iterable[str], seconds: float = 600.0
) -> None:
    """Wait until no action of these clusters is left."""
    for cluster_id in clusters:
        caller.wait_until(
            lambda ref=cluster_id: _is_at_rest(api, ref), seconds=seconds
        )


def _is_at_rest(api: caller.Caller, cluster_id: str) -> bool:
    return bool(
        api.get(f'/clusters/{cluster_id}')['cluster']['status'] == 'ACTIVE'
    )


def moment(text: str) -> float:
    """A time of the API, as `time.time()` has it."""
    return datetime.datetime.fromisoformat(text).timestamp()
