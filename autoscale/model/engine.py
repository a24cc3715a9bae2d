"""An engine: one process that takes passes over clusters."""

import dataclasses
from datetime import datetime

#: Heartbeats that an engine may miss before it is called dead.
MISSED = 3


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

    def is_alive(self, now: datetime, heartbeat_interval: float) -> bool:
        """Whether it shows signs of life; seconds between two of them."""
        silent = (now - self.seen_at).total_seconds()
        return self.stopped_at is None and silent < MISSED * heartbeat_interval
