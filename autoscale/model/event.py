"""An event: one sentence about what happened, for whoever owns the cluster."""

import dataclasses
from datetime import datetime
from typing import Any

INFO = 'info'
WARNING = 'warning'
ERROR = 'error'
LEVELS = (INFO, WARNING, ERROR)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    sequence: int | None  #: given by the database
    id: str
    project_id: str
    cluster_id: str | None
    node_id: str | None
    action_id: str | None
    level: str
    type: str  #: stable word, such as 'cluster.exhausted'
    message: str
    details: dict[str, Any]
    created_at: datetime
