"""An engine: one process that takes passes over clusters."""

import dataclasses
from datetime import datetime


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """One run of a process; a restart is another engine."""

    id: str
    host: str
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime  #: its last heartbeat, by the database's clock
    stopped_at: datetime | None  #: None: it runs, or died without a word
