"""A lifecycle hook: one member is told that it shall go, and answers."""

import dataclasses
from datetime import datetime
from typing import Any

PENDING = 'PENDING'  # token minted, the message not yet delivered
SENT = 'SENT'  # the transport took the message
COMPLETED = 'COMPLETED'  # answered 'continue'
ABANDONED = 'ABANDONED'  # answered 'abandon': the member stays
TIMED_OUT = 'TIMED_OUT'  # nobody answered in time; on_timeout decided
RESCINDED = 'RESCINDED'  # the removal was taken back

STATUSES = (PENDING, SENT, COMPLETED, ABANDONED, TIMED_OUT, RESCINDED)
OPEN = (PENDING, SENT)

MOVES = {
    PENDING: {SENT, COMPLETED, ABANDONED, TIMED_OUT, RESCINDED},
    SENT: {COMPLETED, ABANDONED, TIMED_OUT, RESCINDED},
    COMPLETED: set(),
    ABANDONED: set(),
    TIMED_OUT: set(),
    RESCINDED: set(),
}

WHO_MOVES_IT_ON = {
    PENDING: 'any engine posts the same message and token again, until late',
    SENT: "the application's answer at the API, or the deadline in any engine",
    COMPLETED: 'nobody: its node is deleted by the next pass',
    ABANDONED: 'nobody: its node is back in service after the next pass',
    TIMED_OUT: 'nobody: on_timeout was applied in the same transaction',
    RESCINDED: 'nobody; a message tells the application, sent by any engine',
}

CONTINUE = 'continue'
ABANDON = 'abandon'

TERMINATION = 'termination'
RESCIND = 'termination-rescinded'


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Hook:
    id: str
    project_id: str
    cluster_id: str
    node_id: str
    action_id: str | None
    status: str
    token: str | None  #: secret; kept only while the message may be repeated
    token_hash: str  #: SHA-256 of the token, hex
    type: str  #: the name of a plug-in of `autoscale.hooks`
    params: dict[str, Any]  #: {'queue': …} or {'url': …}
    body: dict[str, Any]  #: the message, without the token
    timeout: int  #: seconds from delivery to the deadline
    grace_period: int  #: seconds from the end of the hook to the deletion
    heartbeat_limit: int  #: seconds; heartbeats never go past this age
    on_timeout: str  #: CONTINUE or ABANDON
    deadline: datetime  #: after this we go on without an answer
    attempts: int  #: posts tried
    last_error: str | None
    next_attempt_at: datetime | None  #: when a message is owed; None: none is
    sent_at: datetime | None
    heartbeat_at: datetime | None
    ended_at: datetime | None
    answer: str | None  #: CONTINUE or ABANDON
    reason: str | None  #: the application's own words with its answer
    created_at: datetime
