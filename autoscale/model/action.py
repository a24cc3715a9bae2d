"""An action: one request for change, why it came and what became of it."""

import dataclasses
from datetime import datetime
from typing import Any

QUEUED = 'QUEUED'
RUNNING = 'RUNNING'
WAITING = 'WAITING'
SUCCEEDED = 'SUCCEEDED'
FAILED = 'FAILED'
CANCELLED = 'CANCELLED'
REFUSED = 'REFUSED'

STATUSES = (
    QUEUED,
    RUNNING,
    WAITING,
    SUCCEEDED,
    FAILED,
    CANCELLED,
    REFUSED,
)
OPEN = (QUEUED, RUNNING, WAITING)
STARTED = (RUNNING, WAITING)

MOVES = {
    QUEUED: {RUNNING, SUCCEEDED, FAILED, CANCELLED, REFUSED},
    RUNNING: {WAITING, SUCCEEDED, FAILED, CANCELLED},
    WAITING: {RUNNING, SUCCEEDED, FAILED, CANCELLED},  # hooks are out
    SUCCEEDED: set(),
    FAILED: set(),
    CANCELLED: set(),
    REFUSED: set(),  # understood, and not done; the reason is kept
}

WHO_MOVES_IT_ON = {
    QUEUED: 'the next pass of any engine, in the order of arrival',
    RUNNING: 'the pass that sees the last of its nodes arrive or go',
    WAITING: 'answers and deadlines of its hooks, seen by any engine',
    SUCCEEDED: 'nobody: it is over',
    FAILED: 'nobody: it is over; the cluster goes on towards its wish',
    CANCELLED: 'nobody: it is over',
    REFUSED: 'nobody: it is over',
}

# What can be asked of a cluster.
CREATE = 'create'
DELETE = 'delete'
UPDATE = 'update'
SCALE_OUT = 'scale_out'
SCALE_IN = 'scale_in'
RESIZE = 'resize'
REMOVE_NODES = 'remove_nodes'
CANCEL = 'cancel'  # take back what another action has begun
CHECK = 'check'  # compare members with the cloud; make good what is lost

KINDS = (
    CREATE,
    DELETE,
    UPDATE,
    SCALE_OUT,
    SCALE_IN,
    RESIZE,
    REMOVE_NODES,
    CANCEL,
    CHECK,
)

# Who asks: the 'type' of a cause.
PERSON = 'request'  # a call with a Keystone token; ignores cooldowns
WEBHOOK = 'webhook'  # an alarm at a webhook URL; honours cooldowns
ENGINE = 'engine'  # the engine, to hold the wish


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    sequence: int | None  #: the order of arrival; given by the database
    id: str
    project_id: str
    user_id: str | None
    cluster_id: str
    cluster_name: str
    kind: str  #: one of KINDS
    status: str
    status_reason: str | None
    inputs: dict[str, Any]  #: as asked, checked by the API's schema
    cause: dict[str, Any]  #: {'type', …}: who asked, and what moved them
    decision: dict[str, Any] | None  #: what was decided, and why
    request_id: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    def honours_cooldown(self) -> bool:
        return self.cause.get('type') != PERSON
