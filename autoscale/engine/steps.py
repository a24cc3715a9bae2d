"""Steps: what a plan wants done outside, as values; each safe to repeat.

A step is carried out after the transaction that made it necessary, and may
be carried out twice: by us after an error, or by another engine after a
crash. `engine/perform.py` does them; `planning/outcomes.py` reads what came
of them.
"""

import dataclasses
from typing import Any

from autoscale.model import hook as hooks
from autoscale.model import profile as profiles


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """One create call for the servers of one batch.

    Safe to repeat because a repeat comes with the servers found by the
    launch's tag already taken off `count`.
    """

    launch_id: str
    cluster_id: str
    profile: profiles.Profile
    name: str
    count: int
    zone: str | None
    node_ids: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Delete:
    """DELETE each of these servers; 404 is success.

    Not while Nova still seeks a host for one: it would give up those that
    were asked for with it, and list them for ever.
    """

    servers: tuple[tuple[str, str], ...]  #: (node id, server id)
    #: Nodes whose servers may have no host yet: nobody saw them in service.
    never_active: frozenset[str] = frozenset()
    #: A server of more seconds is deleted, whatever Nova is at.
    patience: float = 0.0


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """Take our tags off servers that leave the cluster and live on."""

    cluster_id: str
    servers: tuple[tuple[str, str], ...]  #: (node id, server id)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SendHooks:
    """Post these messages; the same token again is the same message."""

    hooks: tuple[hooks.Hook, ...]


Step = Launch | Delete | Release | SendHooks

DONE = 'done'  # accepted, or carried out
GONE = 'gone'  # there is nothing there
NOT_YET = 'not yet'  # nothing is wrong, and it would do harm now
FAILED = 'failed'


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of a step, or of one of its parts."""

    step: Step
    subject: str  #: launch id, node id or hook id
    result: str  #: DONE, GONE, NOT_YET or FAILED
    kind: str | None = None  #: CloudError.kind of a failure
    reason: str | None = None
    retry_after: float | None = None
    happened: bool | None = False  #: None: the service may have done it
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)


#: Every server of ours carries this tag; the sweep looks for it.
TAG = 'autoscale'


def cluster_tag(cluster_id: str) -> str:
    """The Nova tag of a cluster's servers; 54 characters, Nova allows 60."""
    return f'autoscale-cluster-{cluster_id}'


def launch_tag(launch_id: str) -> str:
    """The Nova tag of a launch's servers."""
    return f'autoscale-launch-{launch_id}'
