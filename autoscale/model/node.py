"""A node: one member of a cluster, from promise to grave.

A node is a row before it is a server and after it. Only the engine that
holds the cluster's lease moves it; `WHO_MOVES_IT_ON` says who does if that
engine dies.
"""

import dataclasses
from datetime import datetime
from typing import Any

PENDING = 'PENDING'
BUILDING = 'BUILDING'
ACTIVE = 'ACTIVE'
DRAINING = 'DRAINING'
DELETING = 'DELETING'
ERROR = 'ERROR'
UNHEALTHY = 'UNHEALTHY'
LOST = 'LOST'
GONE = 'GONE'

STATUSES = (
    PENDING,
    BUILDING,
    ACTIVE,
    DRAINING,
    DELETING,
    ERROR,
    UNHEALTHY,
    LOST,
    GONE,
)

#: What counts towards the cluster's desired capacity.
COUNTED = (PENDING, BUILDING, ACTIVE)

MOVES = {
    PENDING: {BUILDING, ERROR, GONE},  # GONE: the wish shrank first
    BUILDING: {ACTIVE, ERROR, PENDING, DELETING, LOST},  # PENDING: no room
    ACTIVE: {DRAINING, DELETING, UNHEALTHY, LOST, ERROR, GONE},  # GONE: kept
    DRAINING: {ACTIVE, DELETING, LOST, GONE},  # GONE: left, its server kept
    DELETING: {GONE},  # asked again until Nova says 404
    ERROR: {PENDING, DELETING, GONE, ACTIVE},  # PENDING: tried once more
    UNHEALTHY: {ACTIVE, DRAINING, DELETING, LOST, ERROR},
    LOST: {GONE},  # counted no more; its place is filled by another
    GONE: set(),
}

WHO_MOVES_IT_ON = {
    PENDING: 'the next pass of any engine launches it when back-off allows',
    BUILDING: 'the next pass lists its launch tag and adopts or asks again',
    ACTIVE: 'nothing is owed to it',
    DRAINING: 'the answer or the deadline, seen by any engine',
    DELETING: 'the next pass asks Nova again until Nova says 404',
    ERROR: 'the next pass deletes its server and tries again, or a request',
    UNHEALTHY: 'recovery decides in the next pass of any engine',
    LOST: 'the next pass forgets it and the wish launches another',
    GONE: 'nobody: the row is a record, pruned by age',
}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One member."""

    id: str
    cluster_id: str
    project_id: str
    name: str
    index: int  #: its number in the cluster, never used twice
    profile_id: str
    status: str
    status_reason: str | None
    server_id: str | None  #: Nova's id; None until it is known
    launch_id: str | None  #: the batch that it was asked for with
    launch_attempts: int  #: times that its launch was asked for
    zone: str | None
    metadata: dict[str, str]
    protected_until: datetime | None  #: no count-driven removal before this
    fault: dict[str, Any] | None  #: {'kind', 'message', 'at'} of a failure
    action_id: str | None  #: the action that is moving it
    hook_id: str | None  #: the hook whose end it awaits
    keep_server: bool  #: it leaves the cluster, its server stays
    is_forced: bool  #: it leaves without a hook
    delete_at: datetime | None  #: a grace period ends; then it is deleted
    look_at: datetime | None  #: when its server is next asked for or about
    created_at: datetime
    updated_at: datetime | None
    active_at: datetime | None  #: when its server was first seen ACTIVE
    left_at: datetime | None  #: when it was gone

    def is_protected(self, now: datetime) -> bool:
        return self.protected_until is not None and self.protected_until > now
