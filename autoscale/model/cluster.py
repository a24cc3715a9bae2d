"""A cluster: how many servers there should be, and how it is doing."""

import dataclasses
from datetime import datetime
from typing import Any

CREATING = 'CREATING'  # its first members are being built
ACTIVE = 'ACTIVE'  # as many members as desired, all of them well
RESIZING = 'RESIZING'  # members come or go
DEGRADED = 'DEGRADED'  # fewer than desired, and not on the way
EXHAUSTED = 'EXHAUSTED'  # the cloud has no room; back-off is running
ERROR = 'ERROR'  # what we ask for can never work
LOCKED_OUT = 'LOCKED_OUT'  # the cloud does not accept its owner's credential
DELETING = 'DELETING'  # the last members leave, then the cluster

STATUSES = (
    CREATING,
    ACTIVE,
    RESIZING,
    DEGRADED,
    EXHAUSTED,
    ERROR,
    LOCKED_OUT,
    DELETING,
)

UNLIMITED = -1  # as a max_size: no upper bound of the owner's


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """One cluster. Only the engine that holds its lease changes its sizes."""

    id: str
    project_id: str
    user_id: str | None
    name: str
    profile_id: str
    min_size: int
    max_size: int  #: UNLIMITED for no bound
    desired_capacity: int  #: the requester's wish; kept if the work fails
    status: str
    status_reason: str | None
    metadata: dict[str, str]
    next_index: int  #: the next member's number; never used again
    is_deleting: bool  #: the wish is that it goes
    is_forced: bool  #: its members go without hooks
    blocked_reason: str | None  #: the cloud's words; no launch until asked
    exhausted_since: datetime | None  #: when the cloud ran out of room
    exhausted_reason: str | None  #: the cloud's words for it
    capacity_failures: int  #: in a row, for the back-off
    retry_at: datetime | None  #: no launch before this
    created_at: datetime
    updated_at: datetime | None

    def bounds(self) -> dict[str, Any]:
        return {'min_size': self.min_size, 'max_size': self.max_size}
