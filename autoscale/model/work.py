"""The work of a cluster: when it is next looked at, and who has it in hand.

It is apart from the cluster so that scheduling never contends with it.
"""

import dataclasses
from datetime import datetime


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    cluster_id: str
    project_id: str
    look_at: datetime | None  #: None: nothing is owed to it
    version: int  #: raised by every request
    lease_owner: str | None  #: names one pass of one engine
    lease_until: datetime | None
    failures: int  #: passes that failed in a row, for the back-off
    now: datetime  #: the database's time when this was read
    is_taken_over: bool = False  #: the lease of another ran out before

    def lateness(self) -> float | None:
        """Seconds for which it has been due; None if it is not."""
        if self.look_at is None or self.look_at > self.now:
            return None
        return (self.now - self.look_at).total_seconds()
