"""Finds clusters that are due and that no memory of an engine holds.

One indexed query a look, whatever the number of clusters. A wake that was
lost, an engine that was killed: this is what finds their work again. A lease
that runs out before the next look is remembered now, so that whoever had it
costs its clusters the lease and not a look more. Engines that live renew
theirs long before that.
"""

import time
from collections.abc import Callable

from autoscale.db import database
from autoscale.db import work
from autoscale.engine import worker

#: How far ahead a look sees, in times of what lies between two looks: the
#: next may come late.
AHEAD = 1.5
#: Seconds after the end of a lease until it may be taken, for certain.
AFTER = 0.01


class Due:
    def __init__(
        self,
        db: database.Database,
        hands: worker.Worker,
        limit: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._worker = hands
        self._limit = limit
        self._clock = clock
        self._looked_at = clock()

    def run_once(self) -> int:
        """Hand what is overdue to the worker; answers how many."""
        now = self._clock()
        ahead = min(AHEAD * (now - self._looked_at), worker.HORIZON)
        self._looked_at = now
        found = self._db.read(work.due_within, self._limit, ahead)
        for cluster_id, seconds in found.items():
            self._worker.wake(cluster_id, seconds and seconds + AFTER)
        return len(found)
